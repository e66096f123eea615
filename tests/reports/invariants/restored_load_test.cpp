// A server that goes back to a backup, and what is asked meanwhile of queues, hints, quiet and staleness.
#include "tests/reports/invariants/office.hpp"
#include "tests/reports/invariants/shop.hpp"
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {
namespace {

// Two changes of device 1 are acknowledged one after the other, with room for one; and undone.
struct crowded : shop {
  intent_index two = 0, three = 0;
  crowded() {
    t.plan.mutable_knobs()->set_queue_max(1);
    two = retitle(1, "two");
    three = retitle(1, "three");
    t.restore_server(1);
  }
  void refuse(std::uint64_t intention) {
    t.tick();
    t.tell({.kind = entry_kind::intention_invoked, .actor = 1, .ref = intention});
    t.tell({.kind = entry_kind::intention_failed,
            .code = static_cast<std::uint8_t>(failure_code::queue_full),
            .actor = 1,
            .ref = intention});
  }
};

TEST(RestoredQueue, IsFullOfWhatWasUndone) {
  crowded c;
  c.refuse(900); // it may have been told of a gap
  c.hear(1);
  c.refuse(901);
  c.hear(2);
  c.offer(1, {c.two, c.three});
  c.end();
  expect_none(c.t);
}

TEST(RestoredQueue, FailsIfMoreIsTakenOnTopOfWhatWasUndone) {
  crowded c;
  c.hear(1);
  c.retitle(1, "four");
  EXPECT_EQ(judge_tale(c.t).shape("bounded"), "queue too long");
}

TEST(RestoredQueue, FailsIfAChangeIsRefusedWhenAllHasItsVerdictAgain) {
  crowded c;
  c.hear(1);
  c.hear(2);
  c.offer(1, {c.two, c.three});
  c.refuse(900);
  c.end();
  expect_only(c.t, "bounded", "refused below its bound");
}

TEST(RestoredHints, AreOfTheNewGenerationAndForWhoHasPulledInIt) {
  const auto told = [](bool pulls, std::uint64_t generation) {
    shop s;
    s.t.plan.mutable_knobs()->set_invalidate_for_ns(minute);
    const auto title = s.retitle(1, "two");
    s.t.restore_server(1);
    s.hear(1);
    if (pulls)
      s.hear(2);
    s.offer(1, {title});
    wire(s.t).invalidate(2, 2, 1, generation);
    return judge_tale(s.t).shape("bounded");
  };
  EXPECT_EQ(told(true, 2), "");
  EXPECT_EQ(told(true, 1), "invalidation of what is not");
  EXPECT_EQ(told(false, 2), "invalidation without a pull");
}

// A snapshot of each scope is no unrest while the device has not gone over; afterwards it is.
TEST(RestoredQuiet, LeavesTimeForEachScopeToGoOver) {
  for (const bool heard : {false, true}) {
    office o;
    o.t.backs_up();
    o.t.back_up();
    o.t.restore_server(2);
    if (heard)
      for (const auto scope : {1U, 3U}) {
        o.t.resync(2, scope);
        o.t.snapshot(2, scope);
      }
    wire line(o.t);
    for (int i = 0; i < 5; ++i)
      line.ask(2, message_code::snapshot);
    EXPECT_EQ(judge_tale(o.t).shape("quiet"), heard ? "never quiet" : "");
  }
}

TEST(RestoredStaleness, FailsIfADeviceTakesTheOldGenerationsSequencesForReached) {
  const auto told = [](std::int64_t after) {
    shop s;
    s.t.plan.mutable_expect()->set_staleness_within_ns(5 * minute);
    const auto title = s.retitle(1, "two");
    s.t.restore_server(1);
    s.hear(1);
    s.offer(1, {title});
    s.t.wait(after);
    s.hear(2);
    s.end();
    return judge_tale(s.t).shape("staleness");
  };
  EXPECT_EQ(told(4 * minute), "");
  EXPECT_EQ(told(6 * minute), "behind for too long");
}

TEST(RestoredStaleness, AsksNobodyForWhatWasUndone) {
  shop s;
  s.t.plan.mutable_expect()->set_staleness_within_ns(5 * minute);
  const auto title = s.t.put(1, {update("orders", s.order, {set("title", "two")})}); // device 2 never sees it
  s.t.restore_server(1);
  s.t.wait(6 * minute);
  s.hear(1);
  s.hear(2);
  s.offer(1, {title});
  s.end();
  const auto o = judge_tale(s.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_GT(o.of.at("staleness").checked(), 0U);
}

} // namespace
} // namespace squall::told
