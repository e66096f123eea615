// Going forward and back in a run: every place is where the straight run passes, and looking changes nothing.
#include "campaigns/inspect/time_travel.hpp"

#include "actors/inspect/moment.hpp"
#include "actors/inspect/watcher.hpp"
#include "actors/simulation.hpp"
#include "actors/system/squall_system.hpp"
#include "campaigns/run_plan.hpp"
#include "reports/history/digest.hpp"
#include "tests/actors/plan_builder.hpp"
#include "tests/campaigns/inspect/restless.hpp"
#include "tests/campaigns/plans.hpp"

#include <gmock/gmock.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace squall::campaigns::inspect {
namespace {

using testing::HasSubstr;

travel_options ours(std::int64_t park_every_ns = 2'000'000) {
  travel_options options;
  options.standing.park_every_ns = park_every_ns;
  options.standing.system = [] { return std::make_unique<actors::squall_system>(); };
  return options;
}

const scenarios::Plan& adversity() {
  static const auto plan = scenarios::plan(small_adversity(), 3);
  return plan;
}

/// The run without anyone who goes back: digest by moment.
struct straight final : actors::watcher {
  bool between(actors::moment& now) override {
    digests[now.number()] = now.digest();
    last_at = now.at();
    return true;
  }
  std::map<std::uint64_t, std::uint64_t> digests;
  time_ns last_at = 0;
};

straight run_straight(const scenarios::Plan& plan) {
  straight seen;
  actors::squall_system system;
  const auto outcome = actors::simulate(plan, {.system = &system, .watch = &seen});
  EXPECT_TRUE(outcome.ok());
  return seen;
}

place at(const result<place>& p) {
  EXPECT_TRUE(p.ok()) << (p ? "" : p.err().message);
  return p ? *p : place{};
}

TEST(Watching, ChangesNothingOfARun) {
  const auto seen = run_straight(adversity());
  const auto unwatched = run_plan(adversity(), {});
  ASSERT_TRUE(unwatched.ok());
  EXPECT_EQ(history::to_hex(seen.digests.rbegin()->second), unwatched->run.digest());
  EXPECT_GT(seen.digests.size(), 1000U);
}

TEST(TimeTravel, ArrivesWhereTheStraightRunPassesForwardAndBack) {
  const auto seen = run_straight(adversity());
  const auto last = seen.digests.rbegin()->first;
  time_travel run(adversity(), ours());
  EXPECT_EQ(at(run.begin()).moment, 0U);
  for (const std::uint64_t wanted :
       {last / 2, last / 4, last / 4 + 1, last - 3, last / 3, std::uint64_t{0}, last / 2}) {
    const auto here = at(run.go({verb::to_moment, wanted, ""}));
    EXPECT_EQ(here.moment, wanted);
    EXPECT_EQ(here.digest, seen.digests.at(wanted)) << wanted;
  }
  const auto end = at(run.go({verb::to_end, 0, ""}));
  EXPECT_TRUE(end.ended);
  EXPECT_EQ(end.digest, seen.digests.rbegin()->second);
  EXPECT_EQ(at(run.go({verb::back, 1, ""})).moment < end.moment, true);
}

TEST(TimeTravel, StepsOnAndBackByWhatWroteHistory) {
  time_travel run(adversity(), ours());
  at(run.begin());
  at(run.go({verb::to_time, static_cast<std::uint64_t>(10 * minute_ns), ""}));
  std::vector<place> way;
  for (int i = 0; i < 12; ++i)
    way.push_back(at(run.go({verb::next, 1, ""})));
  for (std::size_t i = 1; i < way.size(); ++i)
    EXPECT_GT(way[i].entries, way[i - 1].entries);
  for (std::size_t i = way.size() - 1; i-- > 0;) {
    const auto here = at(run.go({verb::back, 1, ""}));
    EXPECT_EQ(here.moment, way[i].moment);
    EXPECT_EQ(here.digest, way[i].digest);
  }
  EXPECT_EQ(at(run.go({verb::next, 5, ""})).moment, way[5].moment);
}

TEST(TimeTravel, StandsAtAnInstantAfterAllThatHappenedInIt) {
  time_travel run(adversity(), ours());
  at(run.begin());
  const auto heal = adversity().heal_at_ns();
  for (const std::int64_t when : {heal / 2, heal, heal + second_ns, heal / 3}) {
    const auto here = at(run.go({verb::to_time, static_cast<std::uint64_t>(when), ""}));
    EXPECT_EQ(here.at_ns, when);
    const auto next = at(run.go({verb::next, 1, ""}));
    EXPECT_GT(next.at_ns, when);
  }
}

TEST(TimeTravel, FindsForwardAndBackAndSaysWhereThereIsNone) {
  time_travel run(adversity(), ours());
  at(run.begin());
  const auto first = at(run.go({verb::find, 0, "intent_committed"}));
  const auto second = at(run.go({verb::find, 0, "intent_committed"}));
  EXPECT_GT(second.moment, first.moment);
  EXPECT_THAT(*run.show("last"), HasSubstr("intent_committed"));
  EXPECT_EQ(at(run.go({verb::find_back, 0, "intent_committed"})).moment, first.moment);
  const auto none = at(run.go({verb::find_back, 0, "intent_committed"}));
  EXPECT_FALSE(none.found);
  EXPECT_EQ(none.moment, first.moment);
  const auto ended = at(run.go({verb::find, 0, "no such thing"}));
  EXPECT_FALSE(ended.found);
  EXPECT_TRUE(ended.ended);
}

TEST(TimeTravel, LookingChangesNothing) {
  const auto seen = run_straight(adversity());
  time_travel run(adversity(), ours());
  at(run.begin());
  for (int i = 1; i <= 6; ++i) {
    at(run.go({verb::to_time, static_cast<std::uint64_t>(i * 5 * minute_ns), ""}));
    for (const char* view : {"state", "device d1", "device server", "diff d1 server", "messages", "last"})
      EXPECT_GT(run.show(view)->size(), 5U) << view;
  }
  EXPECT_EQ(at(run.go({verb::to_end, 0, ""})).digest, seen.digests.rbegin()->second);
  EXPECT_THAT(*run.show("device d99"), HasSubstr("no participant"));
  EXPECT_THAT(*run.show("record none"), HasSubstr("not a record's name"));
  EXPECT_THAT(*run.show("state"), HasSubstr("synced"));
  EXPECT_THAT(*run.show("diff d1 server"), HasSubstr("show the same"));
}

/// What a process could write to.
std::size_t lines_of(const std::string& process) {
  std::size_t lines = 0;
  for (const auto& fd : std::filesystem::directory_iterator(process + "/fd")) {
    std::error_code closed; // between the listing and the look
    lines += std::filesystem::read_symlink(fd.path(), closed).string() != "/dev/null" && !closed;
  }
  return lines;
}

TEST(TimeTravel, KeepsFewCopiesEachWithOneThreadAndOneDescriptorToWriteTo) {
  time_travel run(adversity(), ours(0));
  at(run.begin());
  at(run.go({verb::to_time, static_cast<std::uint64_t>(20 * minute_ns), ""}));
  EXPECT_GT(run.parked(), 4U);
  EXPECT_LE(run.parked(), 16U);
  at(run.go({verb::to_time, static_cast<std::uint64_t>(5 * minute_ns), ""}));
  EXPECT_LE(run.parked(), 16U);
  for (const int pid : run.processes()) {
    const std::string base = "/proc/" + std::to_string(pid);
    std::size_t lines = lines_of(base), threads = 0;
    // A copy that was just made closes what it inherited when it comes to run.
    for (int tries = 0; tries < 100'000 && lines != 1; ++tries, lines = lines_of(base))
      sched_yield();
    for (const auto& task : std::filesystem::directory_iterator(base + "/task"))
      threads += task.is_directory();
    EXPECT_EQ(lines, 1U);
    EXPECT_EQ(threads, 1U);
  }
}

TEST(TimeTravel, SaysSoIfTheRunIsNotTheSameEveryTime) {
  actors::plan_builder b;
  b.devices(2);
  const auto note = b.create(1, second_ns, {{"title", "a"}});
  for (std::uint32_t k = 0; k < 20; ++k)
    b.set(1 + k % 2, (20 + k) * second_ns, note, {{"text", "v" + std::to_string(k)}});
  auto options = ours(1'000'000'000);
  options.standing.system = [] { return std::make_unique<restless::restless_system>(); };
  time_travel run(b.plan, options);
  at(run.begin());
  at(run.go({verb::to_moment, 60, ""}));
  const auto later = run.go({verb::to_moment, 100, ""});
  ASSERT_TRUE(later.ok());
  const auto back = run.go({verb::to_moment, 5, ""});
  ASSERT_TRUE(back.ok());
  const auto again = run.go({verb::to_moment, 100, ""});
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.err().message, HasSubstr("not the same every time"));
}

TEST(TimeTravel, SaysWhyAPlanCannotBeRun) {
  auto plan = adversity();
  plan.add_sabotages("no such bug");
  time_travel run(plan, ours());
  const auto nowhere = run.begin();
  ASSERT_FALSE(nowhere.ok());
  EXPECT_THAT(nowhere.err().message, HasSubstr("no such bug"));
}

} // namespace
} // namespace squall::campaigns::inspect
