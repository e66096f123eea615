// Whatever happened: once the line is good, everybody has the same rows, every accepted intent has one verdict, and every
// addition counts once. And with a bug switched on, somebody notices.
#include "tests/engine/client/world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::client {
namespace {

using telemetry::sabotage;

std::string outcome(const std::vector<move>& moves, world_options o, std::uint64_t* duplicates = nullptr) {
  world w(std::move(o));
  for (const move& m : moves)
    w.run(m);
  w.heal();
  if (duplicates)
    *duplicates = w.duplicates();
  return w.complaint();
}

rc::Gen<std::vector<move>> some_moves() {
  const auto one = rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0u, 12u), rc::gen::inRange(0u, devices), rc::gen::inRange(0u, 1000u)),
      [](const auto& t) {
        return move{std::get<0>(t), std::get<1>(t), std::get<2>(t)};
      });
  // At full size from the first case on: every kind of move matters from the beginning.
  return rc::gen::resize(100, rc::gen::mapcat(rc::gen::inRange<std::size_t>(20, 160), [one](std::size_t n) {
                           return rc::gen::container<std::vector<move>>(n, one);
                         }));
}

std::string described(const std::vector<move>& moves) {
  std::string out;
  for (const move& m : moves)
    out += "{" + std::to_string(m.kind) + "," + std::to_string(m.who) + "," + std::to_string(m.which) + "}, ";
  return out;
}

RC_GTEST_PROP(World, EverybodyAgreesAfterLossRepetitionAndCrashes, ()) {
  const auto moves = *some_moves();
  RC_LOG() << described(moves);
  std::uint64_t duplicates = 0;
  RC_ASSERT(outcome(moves, {}, &duplicates) == "");
  RC_TAG(duplicates > 0 ? "with lost acknowledgements" : "without");
}

RC_GTEST_PROP(World, EverybodyAgreesThoughTheFeedIsTrimmed, ()) {
  const auto moves = *some_moves();
  RC_LOG() << described(moves);
  RC_ASSERT(outcome(moves, {.retention = 3}) == "");
}

RC_GTEST_PROP(World, EverybodyAgreesWithReferencesKeysAndTasks, ()) {
  const auto moves = *some_moves();
  RC_LOG() << described(moves);
  RC_ASSERT(outcome(moves, {.linked = true}) == "");
}

RC_GTEST_PROP(World, EverybodyAgreesWithReferencesKeysAndTasksThoughTheFeedIsTrimmed, ()) {
  const auto moves = *some_moves();
  RC_LOG() << described(moves);
  RC_ASSERT(outcome(moves, {.retention = 3, .linked = true}) == "");
}

/// Without crashes of their own, which would disarm the disk.
std::vector<move> calm_moves_of(std::uint64_t seed, std::size_t count) {
  auto moves = moves_of(seed, count);
  std::erase_if(moves, [](const move& m) { return m.kind == 8; });
  return moves;
}

/// Runs the moves with the power of device 1 failing at its k-th disk operation. False if it does not come to that.
bool crash_point(const std::vector<move>& moves, std::uint64_t k, faults::crash_moment moment,
                 std::uint32_t retention) {
  world w({.retention = retention});
  w.disk_of(1).arm_crash(k, moment);
  for (const move& m : moves)
    w.run(m);
  w.heal();
  const bool struck = w.failures() > 0;
  EXPECT_EQ(w.complaint(), "") << "operation " << k << ", moment " << static_cast<int>(moment);
  return struck;
}

TEST(World, PowerMayFailAtEveryDiskOperation) {
  const auto moves = calm_moves_of(5, 60);
  int points = 0;
  for (const auto moment : {faults::crash_moment::before, faults::crash_moment::during, faults::crash_moment::after}) {
    // Every point is a run of its own; strides that are no multiples of each other meet all kinds of operations.
    for (std::uint64_t k = 1 + static_cast<std::uint64_t>(moment); k < 2000 && !HasFailure(); k += 3, ++points)
      if (!crash_point(moves, k, moment, 3))
        break;
  }
  EXPECT_GT(points, 100);
}

// -- bugs that are switched on -----------------------------------------------------------------------------------------

/// The first complaint over some seeds; nothing if nobody noticed.
std::string drill(sabotage s, std::uint32_t retention = 0) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    if (const std::string found = outcome(moves_of(seed, 140), {retention, {s}}); !found.empty())
      return found;
  return {};
}

TEST(WorldSabotage, TheSeedsAreFineWithoutOne) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    EXPECT_EQ(outcome(moves_of(seed, 140), {}), "") << "seed " << seed;
}

TEST(WorldSabotage, SnapshotThatOnlyUpsertsIsNoticed) { EXPECT_NE(drill(sabotage::snapshot_upserts_only, 3), ""); }
TEST(WorldSabotage, RetryAsNewIntentIsNoticed) { EXPECT_NE(drill(sabotage::retry_as_new_intent), ""); }
TEST(WorldSabotage, EnqueueInMemoryIsNoticed) { EXPECT_NE(drill(sabotage::enqueue_in_memory_only), ""); }
TEST(WorldSabotage, DequeueOnSendIsNoticed) { EXPECT_NE(drill(sabotage::dequeue_on_send), ""); }
TEST(WorldSabotage, BatchTakenAsAckedIsNoticed) { EXPECT_NE(drill(sabotage::batch_taken_as_acked), ""); }
TEST(WorldSabotage, EditInFlightLostIsNoticed) { EXPECT_NE(drill(sabotage::edit_in_flight_lost), ""); }
TEST(WorldSabotage, ResyncThatDropsTheQueueIsNoticed) { EXPECT_NE(drill(sabotage::resync_drops_queue, 3), ""); }
TEST(WorldSabotage, RefreshThatDropsTheQueueIsNoticed) { EXPECT_NE(drill(sabotage::refresh_drops_queue), ""); }

TEST(WorldSabotage, ATaskThatIsNotLookedAtAgainIsNoticed) {
  std::string found;
  for (std::uint64_t seed = 1; seed <= 40 && found.empty(); ++seed)
    found = outcome(moves_of(seed, 140), {.sabotages = {sabotage::task_change_ignored}, .linked = true});
  EXPECT_NE(found, "");
}

TEST(WorldSabotage, CursorBeforeItsPageIsNoticedWhenThePowerFailsBetween) {
  const auto moves = calm_moves_of(5, 60);
  bool noticed = false;
  for (std::uint64_t k = 1; k < 600 && !noticed; ++k) {
    world w({0, {sabotage::cursor_before_page}});
    w.disk_of(1).arm_crash(k);
    for (const move& m : moves)
      w.run(m);
    w.heal();
    noticed = !w.complaint().empty();
  }
  EXPECT_TRUE(noticed);
}

} // namespace
} // namespace squall::client
