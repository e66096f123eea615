#include "faults/disk/disk_file.hpp"
#include "faults/disk/power_loss.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace squall::faults {
namespace {

constexpr int longest = 8000;

std::string content(const disk_file& f) {
  std::string all(static_cast<std::size_t>(f.length()), '?');
  const std::size_t got = f.read(reinterpret_cast<std::byte*>(all.data()), all.size() + 100, 0);
  all.resize(got);
  return all;
}

void write(disk_file& f, const std::string& bytes, std::int64_t at) {
  f.write(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size(), at);
}

/// What a file is, said the simplest way.
struct reference {
  std::string now;
  std::string durable;
  void write(const std::string& bytes, std::size_t at) {
    now.resize(std::max(now.size(), at + bytes.size()), '\0');
    now.replace(at, bytes.size(), bytes);
  }
};

/// Does something at random to a file and its reference.
void act(disk_file& f, reference& r) {
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      f.sync();
      r.durable = r.now;
      break;
    case 1: {
      const auto length = *rc::gen::inRange<std::size_t>(0, longest);
      f.truncate(static_cast<std::int64_t>(length));
      r.now.resize(length, '\0');
      break;
    }
    default: {
      const std::string bytes(*rc::gen::inRange<std::size_t>(1, 2500), *rc::gen::inRange('a', 'z'));
      const auto at = *rc::gen::inRange<std::size_t>(0, longest);
      write(f, bytes, static_cast<std::int64_t>(at));
      r.write(bytes, at);
    }
  }
}

RC_GTEST_PROP(DiskFile, ReadsWhatWasWritten, ()) {
  chunk_pool pool;
  disk_file f(pool);
  reference r;
  for (int i = *rc::gen::inRange(1, 30); i > 0; --i) {
    act(f, r);
    RC_ASSERT(content(f) == r.now);
  }
}

RC_GTEST_PROP(DiskFile, IsWhatTheLastSyncMadeItWhereACrashKeepsNothing, ()) {
  chunk_pool pool;
  disk_file f(pool);
  reference r;
  for (int i = *rc::gen::inRange(1, 30); i > 0; --i)
    act(f, r);
  lose_power(f, 0, crash_temper::keeps_nothing, crash_draws(1, 1));
  RC_ASSERT(content(f) == r.durable);
}

RC_GTEST_PROP(DiskFile, IsWhatWasWrittenLastWhereACrashKeepsEverything, ()) {
  chunk_pool pool;
  disk_file f(pool);
  reference r;
  for (int i = *rc::gen::inRange(1, 30); i > 0; --i)
    act(f, r);
  const power_loss_report report = lose_power(f, 0, crash_temper::keeps_everything, crash_draws(1, 1));
  RC_ASSERT(content(f) == r.now);
  RC_ASSERT(report.lost_bytes == 0u);
}

RC_GTEST_PROP(DiskFile, KeepsOfEachSectorOldOrNewOrATornMix, ()) {
  chunk_pool pool;
  disk_file f(pool);
  reference r;
  for (int i = *rc::gen::inRange(1, 30); i > 0; --i)
    act(f, r);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const power_loss_report report = lose_power(f, 0, crash_temper::mixed, crash_draws(seed, 1));
  const std::string left = content(f);
  RC_ASSERT(left.size() <= std::max(r.now.size(), r.durable.size()));
  RC_ASSERT(left.size() >= std::min(r.now.size(), r.durable.size()));
  if (r.now.size() < r.durable.size())
    RC_ASSERT(left.size() == r.now.size() || left.size() == r.durable.size());
  int torn = 0;
  for (std::size_t at = 0; at < std::min(left.size(), r.durable.size()); at += sector_bytes) {
    const std::string part = left.substr(at, sector_bytes);
    std::string old = r.durable.substr(at, part.size());
    old.resize(part.size(), '\0');
    // What a shrink cut off is there as it was, if it is there.
    const std::string cut = r.now.substr(std::min(at, r.now.size()), part.size());
    const std::string now = cut + old.substr(std::min(cut.size(), old.size()));
    torn += part != old && part != now;
    for (std::size_t i = 0; i < old.size(); ++i)
      RC_ASSERT(part[i] == old[i] || part[i] == now[i]);
  }
  RC_ASSERT(torn <= static_cast<int>(report.torn_sectors));
}

RC_GTEST_PROP(DiskFile, AndItsCloneNeverSeeEachOther, ()) {
  chunk_pool pool;
  disk_file f(pool);
  reference r;
  for (int i = *rc::gen::inRange(1, 20); i > 0; --i)
    act(f, r);
  const auto copy = f.clone();
  reference copy_reference = r;
  for (int i = *rc::gen::inRange(1, 20); i > 0; --i) {
    act(f, r);
    act(*copy, copy_reference);
  }
  RC_ASSERT(content(f) == r.now);
  RC_ASSERT(content(*copy) == copy_reference.now);
  lose_power(f, 0, crash_temper::keeps_nothing, crash_draws(1, 1));
  lose_power(*copy, 0, crash_temper::keeps_nothing, crash_draws(1, 1));
  RC_ASSERT(content(f) == r.durable);
  RC_ASSERT(content(*copy) == copy_reference.durable);
}

RC_GTEST_PROP(DiskFile, CountsWhatIsNotSynced, ()) {
  chunk_pool pool;
  disk_file f(pool);
  reference r;
  for (int i = *rc::gen::inRange(1, 20); i > 0; --i)
    act(f, r);
  std::uint64_t expected = 0;
  for (std::size_t at = 0; at < r.now.size(); at += sector_bytes) {
    const std::string now = r.now.substr(at, sector_bytes);
    std::string old = r.durable.substr(std::min(at, r.durable.size()), now.size());
    old.resize(now.size(), '\0');
    if (now != old)
      expected += now.size();
  }
  RC_ASSERT(unsynced_bytes(f) == expected);
}

TEST(DiskFile, WritesWithoutTakingMemoryInSteadyState) {
  chunk_pool pool;
  disk_file f(pool);
  const std::string page(1024, 'x');
  std::size_t reserved = 0;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 20; ++i)
      write(f, page, i * 1024);
    if (round % 3 == 0)
      f.truncate(5 * 1024);
    f.sync();
    if (round == 2)
      reserved = pool.bytes_reserved();
  }
  EXPECT_EQ(pool.bytes_reserved(), reserved);
}

TEST(DiskFile, TakesNoMoreMemoryHoweverOftenItIsCutWithoutASync) {
  chunk_pool pool;
  disk_file f(pool);
  const std::string bytes(5000, 'x');
  write(f, bytes, 0);
  f.sync();
  for (int round = 0; round < 1000; ++round) {
    f.truncate(0);
    write(f, bytes, 0);
  }
  EXPECT_LE(pool.chunks_in_use(), 10u);
  EXPECT_LE(f.changes().size(), 5u);
}

TEST(CrashDraws, OfOneSectorDoNotDependOnWhatElseIsDirty) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    chunk_pool pool;
    disk_file few(pool), many(pool);
    for (disk_file* f : {&few, &many}) {
      write(*f, std::string(8192, 'a'), 0);
      f->sync();
      write(*f, std::string(512, 'b'), 3072);
    }
    write(many, std::string(2048, 'c'), 0);
    write(many, std::string(512, 'd'), 7680);
    lose_power(few, 0, crash_temper::mixed, crash_draws(seed, 9));
    lose_power(many, 0, crash_temper::mixed, crash_draws(seed, 9));
    EXPECT_EQ(content(few).substr(3072, 512), content(many).substr(3072, 512));
  }
}

TEST(CrashDraws, ReachEveryFate) {
  int old = 0, fresh = 0, torn = 0;
  for (std::uint64_t n = 0; n < 1000; ++n)
    switch (crash_draws(1, n).sector(0, 5).fate) {
      case crash_draws::sector_fate::before: ++old; break;
      case crash_draws::sector_fate::now: ++fresh; break;
      case crash_draws::sector_fate::torn: ++torn; break;
    }
  EXPECT_NEAR(old, 420, 80);
  EXPECT_NEAR(fresh, 420, 80);
  EXPECT_NEAR(torn, 160, 60);
}

} // namespace
} // namespace squall::faults
