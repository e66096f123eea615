// Reports: what people and programs read.
#include "reports/writers/format.hpp"
#include "reports/writers/listing.hpp"
#include "reports/writers/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace squall::reports {
namespace {

using ::testing::HasSubstr;

Batch failing_batch() {
  Batch batch;
  auto& run = *batch.add_runs();
  run.set_scenario("airplane-mode");
  run.set_seed(7);
  run.set_verdict(FAIL);
  run.set_digest("00000000deadbeef");
  run.set_devices(20);
  run.set_operations(1234);
  run.set_virtual_ns(3'600'000'000'000);
  run.set_wall_ns(40'000'000);
  run.set_failure("out/airplane-mode-7");
  auto& invariant = *run.add_invariants();
  invariant.set_name("no_lost_write");
  invariant.set_verdict(FAIL);
  invariant.set_checked(1234);
  invariant.set_violation_count(1);
  auto& violation = *invariant.add_violations();
  violation.set_at_ns(61'000'000'000);
  violation.set_message("d3:7 has no verdict & is \"gone\"");
  auto& reached = *run.add_reached();
  reached.set_name("concurrent_edits");
  reached.set_want(10);
  reached.set_got(3);
  auto& probe = *run.add_probes();
  probe.set_name("resync_below_floor");
  return batch;
}

TEST(Format, NumbersAndTimesReadWell) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(80'000'000), "80 ms");
  EXPECT_EQ(duration_text(2'500'000'000), "2.5 s");
  EXPECT_EQ(duration_text(90 * 60'000'000'000), "1 h 30 min");
  EXPECT_EQ(duration_text(6 * 3'600'000'000'000), "6 h");
  EXPECT_EQ(moment_text(1'862'120'000'000), "00:31:02.120");
  EXPECT_EQ(moment_text(90'000'000'000'000), "1d 01:00:00.000");
}

TEST(Console, SaysHowFarBehindDevicesWereAsTimesAndOfABatchTheWorst) {
  Batch batch;
  for (const std::uint64_t ms : {61'000ULL, 90'000ULL}) {
    auto& run = *batch.add_runs();
    run.set_verdict(PASS);
    for (const char* name : {"drift_age_ms_max", "connected_lag_ms_max"}) {
      auto& metric = *run.add_metrics();
      metric.set_name(name);
      metric.set_value(ms);
    }
  }
  const char* worst = "behind by at most 1 min 30 s · while connected by 1 min 30 s";
  EXPECT_THAT(to_console(batch, {}), HasSubstr(worst));
  batch.mutable_runs()->DeleteSubrange(0, 1);
  EXPECT_THAT(to_console(batch, {}), HasSubstr(worst));
}

TEST(Console, AFailureSaysWhatAndHowToSeeItAgain) {
  const std::string text = to_console(failing_batch(), {});
  EXPECT_THAT(text, HasSubstr("FAIL  airplane-mode seed 7  digest 00000000deadbeef"));
  EXPECT_THAT(text, HasSubstr("no_lost_write: 1 violation"));
  EXPECT_THAT(text, HasSubstr("00:01:01.000  d3:7 has no verdict"));
  EXPECT_THAT(text, HasSubstr("squall replay out/airplane-mode-7"));
  EXPECT_THAT(text, HasSubstr("concurrent_edits 3 (>= 10, not reached)"));
}

TEST(Console, TellsTheStoryOfWhatBrokeFirstAndNamesTheRest) {
  Batch batch = failing_batch();
  auto& run = *batch.mutable_runs(0);
  auto& second = *run.add_invariants();
  second = run.invariants(0);
  second.set_name("liveness");
  second.set_violation_count(3);
  run.mutable_story()->set_invariant("liveness");
  auto& line = *run.mutable_story()->add_lines();
  line.set_at_ns(61'000'000'000);
  line.set_who("d3");
  line.set_what("waits for " + std::string(120, 'x') + " in vain");
  line.set_turn(true);
  run.mutable_story()->set_left_out(2);
  run.mutable_story()->add_suspects("the fault offline: it was lost");
  const std::string text = to_console(batch, {});
  EXPECT_THAT(text, HasSubstr("  broken     liveness 3 times · no_lost_write 1 time\n"));
  EXPECT_THAT(text, HasSubstr("  how liveness was first broken\n  ! 00:01:01.000  d3          waits for\n" +
                              std::string(30, ' ') + "xxx"));
  EXPECT_THAT(text, HasSubstr("(2 lesser lines are left out)"));
  EXPECT_THAT(text, HasSubstr("  disturbed by the fault offline: it was lost\n"));
}

TEST(Format, TextIsBrokenAtSpaces) {
  EXPECT_EQ(wrapped("- ", "one two three", 4, 10), "- one two\n    three\n");
  EXPECT_EQ(wrapped("- ", "", 4, 10), "- \n");
}

TEST(Console, QuietIsOneLineARun) {
  EXPECT_EQ(to_console(failing_batch(), {.quiet = true}).find("violation"), std::string::npos);
}

TEST(Console, ABatchListsProbesThatWereNeverHit) {
  Batch batch = failing_batch();
  *batch.add_runs() = batch.runs(0);
  EXPECT_THAT(to_console(batch, {}), HasSubstr("never hit  resync_below_floor"));
}

TEST(Json, IsVersionedAndHoldsTheRun) {
  const auto json = nlohmann::json::parse(to_json(failing_batch()));
  EXPECT_EQ(json["schema"], "squall.run/1");
  EXPECT_EQ(json["verdict"], "fail");
  const auto& run = json["runs"][0];
  EXPECT_EQ(run["seed"], 7);
  EXPECT_EQ(run["virtual_s"], 3600.0);
  EXPECT_EQ(run["invariants"][0]["violations"][0]["message"], "d3:7 has no verdict & is \"gone\"");
  EXPECT_EQ(run["reached"][0]["got"], 3);
}

TEST(Junit, EscapesAndCounts) {
  const std::string xml = to_junit(failing_batch());
  EXPECT_THAT(xml, HasSubstr("failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("no verdict &amp; is &quot;gone&quot;"));
}

TEST(Listing, JsonHasNumbersWhereTheyAreNumbers) {
  const auto json =
      nlohmann::json::parse(list_json("sabotage", {{"x", "breaks", {{"bug", "15"}, {"invariant", "liveness"}}}}));
  EXPECT_EQ(json["sabotage"][0]["bug"], 15);
  EXPECT_EQ(json["sabotage"][0]["invariant"], "liveness");
}

TEST(Overall, IsTheWorst) {
  Batch batch;
  EXPECT_EQ(overall(batch), UNKNOWN);
  batch.add_runs()->set_verdict(PASS);
  EXPECT_EQ(overall(batch), PASS);
  batch.add_runs()->set_verdict(UNKNOWN);
  EXPECT_EQ(overall(batch), UNKNOWN);
  batch.add_runs()->set_verdict(FAIL);
  EXPECT_EQ(overall(batch), FAIL);
}

} // namespace
} // namespace squall::reports
