// The server on a disk that loses power: at every operation of a push and a snapshot, whatever was committed is there
// afterwards, once, and the rest can be pushed again.
#include "engine/wire/codec.hpp"
#include "faults/disk/vfs.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

namespace squall::server {
namespace {

constexpr std::uint32_t server_disk = 1;
const record_id shared = record_id::derive({1, 1, 1}, 0);

bench_options on_simulated_disk(std::vector<telemetry::sabotage> bugs = {}) {
  return {.sabotages = std::move(bugs), .change = [](options& o) {
            o.store.vfs = faults::disk_vfs_name;
            o.store.path = faults::disk_set::path(server_disk);
            o.store.synchronous_full = true;
            o.retention_entries = 2;
          }};
}

/// What was heard of a server before its machine lost power.
struct heard {
  bool crashed = false;
  std::map<std::uint64_t, std::uint64_t> committed; ///< sequence by seq
};

heard run_until_power_fails(bench& b, faults::disk& disk, const std::vector<std::string>& requests) {
  heard out;
  io::effects fx;
  std::deque<io::event> events;
  for (const auto& bytes : requests)
    events.push_back(io::received{{1}, bytes});
  while (!events.empty()) {
    b.server->handle(events.front(), b.now, fx);
    events.pop_front();
    if (disk.frozen()) {
      out.crashed = true;
      return out;
    }
    EXPECT_FALSE(fx.failed);
    for (const auto& f : fx.facts)
      if (f.kind == telemetry::fact_kind::intent_committed)
        out.committed[f.intent.seq] = f.sequence;
    for (const auto job : fx.runnable)
      events.push_back(io::resume{job});
  }
  return out;
}

std::int64_t count_of(bench& b) {
  const auto v = field_of(b.rows({1}).at(shared), order_count);
  return std::holds_alternative<std::int64_t>(v) ? std::get<std::int64_t>(v) : 0;
}

/// One run that loses power at the k-th operation. Result: whether it came so far, and whether a commit was lost.
struct crash_result {
  bool crashed = false;
  bool lost_a_commit = false;
};

crash_result crash_at(std::uint64_t k, faults::crash_moment moment, std::vector<telemetry::sabotage> bugs = {}) {
  faults::disk_set disks(k);
  faults::disk& disk = disks.add(server_disk);
  bench b(on_simulated_disk(std::move(bugs)));
  device d;
  b.commit(d, {create(orders, {})});
  d.seen.sequence = 1;
  disk.sync_all();
  std::vector<intent> batch;
  for (const std::int64_t n : {1, 10, 100})
    batch.push_back(d.act({update(orders, shared, {add(order_count, n)}), create(notes, {})}));
  wire::SnapshotRequest snapshot;
  snapshot.set_token(b.token(1, 1));
  snapshot.set_device(1);
  snapshot.set_scope(1);
  disk.arm_crash(k, moment);
  const auto before = run_until_power_fails(
      b, disk,
      {wire::seal(b.push_request(d, batch, {.verdicts_through = 1}), {wire::message_kind::push_request, 7}),
       wire::seal(snapshot, {wire::message_kind::snapshot_request, 8})});
  disk.disarm_crash();
  if (!before.crashed)
    return {};
  b.server.reset();
  disk.crash({k, k});
  b.restart();
  crash_result out{true, false};
  const auto reply = b.push(d, batch);
  EXPECT_EQ(reply.verdicts_size(), 3);
  for (const auto& v : reply.verdicts()) {
    const auto was = before.committed.find(v.seq());
    if (was != before.committed.end())
      out.lost_a_commit = out.lost_a_commit || !v.verdict().was_duplicate() || v.verdict().sequence() != was->second;
    EXPECT_EQ(v.verdict().sequence(), v.seq()) << "one device: the sequence is dense and in order";
  }
  EXPECT_EQ(count_of(b), 111);
  EXPECT_EQ(b.rows({1}).size(), 4u);
  EXPECT_EQ(b.snapshot(d).rows_size(), 4);
  EXPECT_EQ(b.pull(d, {1, 2, 1}).entries_size(), 2);
  return out;
}

TEST(ServerCrash, KeepsEveryCommitOnceWhereverThePowerFails) {
  for (const auto moment : {faults::crash_moment::before, faults::crash_moment::during, faults::crash_moment::after}) {
    std::uint64_t k = 1;
    for (crash_result r{true, false}; r.crashed; ++k) {
      SCOPED_TRACE(k);
      r = crash_at(k, moment);
      ASSERT_FALSE(r.lost_a_commit);
      ASSERT_FALSE(HasFailure());
    }
    EXPECT_GT(k, 20u) << "the exchange has more operations than that";
  }
}

/// A pull that moves the fence, on a disk that loses power at the k-th operation. Result: whether it came so far.
bool fence_crash_at(std::uint64_t k, faults::crash_moment moment) {
  faults::disk_set disks(k);
  faults::disk& disk = disks.add(server_disk);
  auto o = on_simulated_disk();
  o.change = [simulated = o.change](options& to) {
    simulated(to);
    to.tombstones_for = second_ns;
    to.device_expires_after = minute_ns;
  };
  bench b(std::move(o));
  device d;
  const auto made = d.act({create(orders, {add(order_count, 1)})});
  b.push(d, {made});
  d.seen.sequence = 1;
  b.commit(d, {remove(orders, made.operations[0].record)});
  disk.sync_all();
  b.now.wall += second_ns;
  wire::PullRequest pull;
  pull.set_token(b.token(1, 1));
  pull.set_device(1);
  pull.set_incarnation(1);
  pull.set_scope(1);
  pull.mutable_cursor()->set_generation(1);
  pull.mutable_cursor()->set_sequence(2);
  pull.mutable_cursor()->set_scope_version(1);
  pull.set_verdicts_through(1);
  disk.arm_crash(k, moment);
  const bool crashed =
      run_until_power_fails(b, disk, {wire::seal(pull, {wire::message_kind::pull_request, 7})}).crashed;
  disk.disarm_crash();
  if (crashed) {
    b.server.reset();
    disk.crash({k, k});
    b.restart();
  }
  const std::uint64_t fence = *b.server->fence({1});
  EXPECT_EQ(b.rows({1}).size(), fence == 0 ? 1u : 0u) << "fence and forgetting are one";
  EXPECT_TRUE(fence == 0 || fence == 2);
  EXPECT_TRUE(crashed || fence == 2);
  b.pull(d, {1, 2, 1});
  EXPECT_EQ(*b.server->fence({1}), 2u);
  return crashed;
}

TEST(ServerCrash, AFenceMovesWithAllThatItForgetsOrNotAtAll) {
  for (const auto moment : {faults::crash_moment::before, faults::crash_moment::during, faults::crash_moment::after}) {
    std::uint64_t k = 1;
    while (fence_crash_at(k, moment) && !HasFailure())
      ++k;
    EXPECT_GT(k, 10u) << "the pull has more operations than that";
  }
}

TEST(ServerCrash, ATransactionThatFailsReportsNoCommitAndAsksForAnotherTry) {
  faults::disk_set disks(1);
  faults::disk& disk = disks.add(server_disk);
  bench b(on_simulated_disk());
  device d;
  b.commit(d, {create(orders, {})});
  b.facts.clear();
  const auto sent = b.send(b.push_request(d, {d.act({create(orders, {})})}));
  disk.freeze();
  b.drain();
  const auto reply = b.push_reply(sent);
  EXPECT_EQ(reply.status(), 503u);
  EXPECT_EQ(reply.verdicts_size(), 0);
  EXPECT_EQ(b.hits(telemetry::probe::server_storage_failed), 1u);
  for (const auto& f : b.facts)
    EXPECT_NE(f.kind, telemetry::fact_kind::intent_committed);
  EXPECT_EQ(b.server->head({1})->sequence, 1u);
}

TEST(ServerCrash, WhileTheDiskRefusesEverythingRequestsAreAnsweredAllTheSame) {
  faults::disk_set disks(1);
  faults::disk& disk = disks.add(server_disk);
  bench b(on_simulated_disk());
  device d;
  b.commit(d, {create(orders, {})});
  const auto act = d.act({create(orders, {})});
  disk.freeze();
  for (int i = 0; i < 2; ++i) {
    const auto sent = b.send(b.push_request(d, {act}));
    b.drain();
    EXPECT_EQ(b.push_reply(sent).status(), 503u);
  }
  b.server.reset();
  disk.thaw();
  b.restart();
  const auto sent = b.send(b.push_request(d, {act}));
  b.drain();
  EXPECT_EQ(b.push_reply(sent).status(), 200u);
  EXPECT_EQ(b.push_reply(sent).verdicts_size(), 1);
  EXPECT_EQ(b.server->head({1})->sequence, 2u);
}

TEST(ServerCrash, AnUnsyncedStoreLosesCommitsThatItReported) {
  bool lost = false;
  for (std::uint64_t k = 1; k < 60 && !lost; ++k) {
    faults::disk_set disks(k);
    faults::disk& disk = disks.add(server_disk);
    bench b(on_simulated_disk({telemetry::sabotage::server_commit_unsynced}));
    device d;
    b.commit(d, {create(orders, {})});
    disk.sync_all();
    const auto next = b.push(d, {d.act({create(orders, {})})});
    ASSERT_EQ(next.verdicts_size(), 1);
    disk.freeze();
    b.server.reset();
    disk.crash({k, k});
    auto opened = replica::open(b.settings);
    std::size_t rows = 0;
    // A torn database may not even open; that is a loss, too.
    lost = !opened.ok() || !(*opened)->export_rows({1}, [&](const io::row_view&) { ++rows; }).ok() || rows < 2;
  }
  EXPECT_TRUE(lost);
}

} // namespace
} // namespace squall::server
