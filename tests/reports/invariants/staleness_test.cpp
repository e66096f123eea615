// Who has been left in peace for long is not far behind.
#include "tests/reports/invariants/setting.hpp"

namespace squall::told {
namespace {

constexpr std::uint64_t outage = 77; // a fault of the plan

// Both devices at the head; who has been connected for five minutes is five behind at most.
struct watched : setting {
  watched() {
    auto& fault = *t.plan.add_faults();
    fault.set_id(outage);
    fault.set_for_ns(minute);
    t.plan.mutable_expect()->set_staleness_within_ns(5 * minute);
  }
  void edit() { t.put(1, {update("pages", page, {set("title", "new")})}); }
  void disturb(entry e) {
    t.tick();
    t.tell(e);
  }
  void end() {
    t.pull(1);
    t.pull(2);
    t.rest();
  }
};

TEST(Staleness, PassesADeviceThatPullsInTime) {
  watched o;
  for (int i = 0; i < 3; ++i) {
    o.edit();
    o.t.wait(4 * minute);
    o.t.pull(2);
    o.t.wait(3 * minute);
  }
  o.end();
  const auto judged = judge_tale(o.t);
  EXPECT_EQ(judged.failed(), names{}) << explain(judged);
  EXPECT_GT(judged.of.at("staleness").checked(), 0U);
}

TEST(Staleness, FailsIfAConnectedDeviceIsBehindForTooLong) {
  watched o;
  o.edit();
  o.t.wait(6 * minute);
  o.end();
  expect_only(o.t, "staleness", "behind for too long");
}

TEST(Staleness, FailsIfItNeverGetsThere) {
  watched o;
  o.edit();
  o.t.wait(6 * minute);
  o.t.rest();
  EXPECT_EQ(judge_tale(o.t).shape("staleness"), "behind for too long");
}

TEST(Staleness, AsksForNoMoreThanTheScenarioDoes) {
  watched o;
  o.t.plan.mutable_expect()->set_staleness_within_ns(7 * minute);
  o.edit();
  o.t.wait(6 * minute);
  o.end();
  EXPECT_FALSE(judge_tale(o.t).failed().contains("staleness"));
  watched p;
  p.t.plan.mutable_expect()->set_staleness_within_ns(minute);
  p.edit();
  p.t.wait(2 * minute);
  p.end();
  expect_only(p.t, "staleness", "behind for too long");
}

TEST(Staleness, GivesADeviceItsTimeAfterEachThingThatDisturbsIt) {
  const std::vector<entry> disturbances{
      {.kind = entry_kind::message_lost, .code = 1, .actor = 2, .message = 900},
      {.kind = entry_kind::message_lost, .code = 1, .peer = 2, .message = 900},
      {.kind = entry_kind::message_corrupted, .peer = 2, .message = 900},
      {.kind = entry_kind::request_refused, .code = 1, .peer = 2},
      {.kind = entry_kind::fault_began, .code = 15, .actor = 2, .ref = 5},
      {.kind = entry_kind::restarted, .actor = 2},
      {.kind = entry_kind::queue_locked, .actor = 2},
      {.kind = entry_kind::fault_ended, .actor = 0, .ref = outage},
  };
  for (const auto& e : disturbances) {
    watched calm;
    calm.edit();
    calm.t.wait(4 * minute);
    calm.disturb(e);
    calm.t.wait(4 * minute);
    calm.end();
    EXPECT_FALSE(judge_tale(calm.t).failed().contains("staleness")) << static_cast<int>(e.kind);
    watched late;
    late.edit();
    late.t.wait(4 * minute);
    late.disturb(e);
    late.t.wait(6 * minute);
    late.end();
    EXPECT_TRUE(judge_tale(late.t).failed().contains("staleness")) << static_cast<int>(e.kind);
  }
}

TEST(Staleness, AsksForNothingWhileSomethingIsWrongWithTheDeviceOrTheServer) {
  const std::vector<entry> disturbances{
      {.kind = entry_kind::fault_began, .code = 1, .actor = 2, .ref = outage},
      {.kind = entry_kind::fault_began, .code = 17, .actor = 0, .ref = outage},
      {.kind = entry_kind::crashed, .actor = 2},
      {.kind = entry_kind::crashed, .actor = 0},
      {.kind = entry_kind::queue_locked, .code = 1, .actor = 2},
  };
  for (const auto& e : disturbances) {
    watched o;
    o.edit();
    o.disturb(e);
    o.t.wait(60 * minute);
    o.end();
    EXPECT_FALSE(judge_tale(o.t).failed().contains("staleness")) << static_cast<int>(e.kind);
  }
}

TEST(Staleness, ARefusalLastsForAsLongAsItAsksToWait) {
  const auto told = [](std::int64_t after) {
    watched o;
    o.edit();
    o.disturb({.kind = entry_kind::request_refused, .code = 103, .peer = 2, .value = 10 * minute});
    o.t.wait(after);
    o.end();
    return judge_tale(o.t).failed().contains("staleness");
  };
  EXPECT_FALSE(told(14 * minute));
  EXPECT_TRUE(told(16 * minute));
}

TEST(Staleness, AScopeThatIsNewToADeviceCountsFromTheGrant) {
  const auto told = [](std::int64_t after) {
    watched o;
    o.t.tell({.kind = entry_kind::revoke, .scope = 1, .ref = 2});
    o.edit();
    o.t.wait(20 * minute);
    o.t.tell({.kind = entry_kind::grant, .scope = 1, .ref = 2});
    o.t.wait(after);
    o.end();
    return judge_tale(o.t).failed().contains("staleness");
  };
  EXPECT_FALSE(told(4 * minute));
  EXPECT_TRUE(told(6 * minute));
}

TEST(Staleness, IsLeftOutWhereNobodyIsEverLeftInPeace) {
  watched o;
  o.end();
  EXPECT_FALSE(judge_tale(o.t).of.contains("staleness"));
}

TEST(Staleness, SaysHowFarBehindDevicesWere) {
  watched o;
  o.edit();
  o.t.wait(3 * minute);
  o.disturb({.kind = entry_kind::message_lost, .code = 1, .actor = 2, .message = 900});
  o.t.wait(2 * minute);
  o.t.pull(2);
  o.end();
  const auto m = judge_tale(o.t).metrics;
  EXPECT_NEAR(static_cast<double>(m.at("drift_age_ms_max")), 300'000, 100);
  EXPECT_NEAR(static_cast<double>(m.at("connected_lag_ms_max")), 180'000, 100);
  EXPECT_EQ(m.at("connected_devices"), 1U); // the other was disturbed
}

} // namespace
} // namespace squall::told
