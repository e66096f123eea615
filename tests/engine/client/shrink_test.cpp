// A device's store is made smaller on a disk that loses power: wherever that happens, all that was in it is in it.
#include "engine/client/client_store.hpp"
#include "faults/disk/vfs.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

constexpr std::uint32_t disk_number = 1;
constexpr int rows = 120, left = 10;

store::open_options on_disk() {
  store::open_options o;
  o.path = faults::disk_set::path(disk_number);
  o.vfs = faults::disk_vfs_name;
  return o;
}

int count(client_store& store) {
  int n = 0;
  store.for_each_row([&](const stored_row& row) { n += row.confirmed == std::string(300, 'x') ? 1 : 100'000; });
  return n;
}

/// A store of many rows most of which went.
void fill(client_store& store) {
  store.begin();
  std::vector<record_id> gone;
  const std::string bytes(300, 'x');
  for (int i = 1; i <= rows; ++i) {
    const auto id = record_id::derive({1, 1, static_cast<std::uint64_t>(i)}, 0);
    store.put_row({.id = id, .confirmed = bytes});
    if (i > left)
      gone.push_back(id);
  }
  store.commit();
  store.begin();
  store.forget_rows(gone);
  store.commit();
}

/// True if the power failed at the k-th operation of the disk.
bool fails_at(std::uint64_t k, faults::crash_moment moment) {
  faults::disk_set disks(k);
  faults::disk& disk = disks.add(disk_number);
  auto store = client_store::open(on_disk());
  EXPECT_TRUE(store.ok());
  fill(**store);
  EXPECT_FALSE((*store)->failure());
  disk.sync_all();
  disk.arm_crash(k, moment);
  const bool shrunk = (*store)->shrink();
  const bool crashed = disk.frozen();
  disk.disarm_crash();
  EXPECT_TRUE(shrunk || crashed);
  store->reset();
  if (crashed)
    disk.crash({k, k});
  auto again = client_store::open(on_disk());
  EXPECT_TRUE(again.ok());
  if (again.ok()) {
    EXPECT_EQ(count(**again), left);
  }
  return crashed;
}

TEST(StoreShrink, LosesNothingWhereverThePowerFails) {
  for (const auto moment : {faults::crash_moment::before, faults::crash_moment::during, faults::crash_moment::after}) {
    std::uint64_t k = 1;
    while (fails_at(k, moment) && !HasFailure())
      ++k;
    EXPECT_GT(k, 10u) << "it has more operations than that";
  }
}

TEST(StoreShrink, DoesNothingWhereLittleLiesIdle) {
  faults::disk_set disks(1);
  disks.add(disk_number);
  auto store = client_store::open(on_disk());
  ASSERT_TRUE(store.ok());
  EXPECT_FALSE((*store)->shrink());
  fill(**store);
  EXPECT_TRUE((*store)->shrink());
  EXPECT_FALSE((*store)->shrink());
  EXPECT_EQ(count(**store), left);
}

} // namespace
} // namespace squall::client
