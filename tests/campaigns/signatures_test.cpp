// Failures of many seeds, by signature.
#include "campaigns/signatures.hpp"

#include <gtest/gtest.h>

namespace squall::campaigns {
namespace {

reports::Run ran(std::uint64_t seed, const char* signature, std::uint64_t operations, std::uint64_t events) {
  reports::Run run;
  run.set_seed(seed);
  run.set_verdict(*signature != '\0' ? reports::FAIL : reports::PASS);
  run.set_signature(signature);
  run.set_operations(operations);
  run.set_events(events);
  run.set_wall_ns(static_cast<std::int64_t>(1000 - events)); // says the opposite, and must not count
  return run;
}

TEST(Signatures, GroupFailuresAndTakeTheSmallestAndThenTheFastestForEach) {
  const std::vector<reports::Run> runs{ran(1, "", 1, 1),   ran(2, "b", 9, 90), ran(3, "a", 5, 80),
                                       ran(4, "b", 7, 95), ran(5, "b", 7, 70), ran(6, "a", 5, 80)};
  const auto groups = group_failures(runs);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].signature, "b");
  EXPECT_EQ(groups[0].runs, (std::vector<std::size_t>{1, 3, 4}));
  EXPECT_EQ(groups[0].representative, 4u);
  EXPECT_EQ(groups[1].representative, 2u) << "of equals the first";
}

TEST(Signatures, AreToldInTheBatch) {
  reports::Batch batch;
  *batch.add_runs() = ran(8, "x", 3, 3);
  *batch.add_runs() = ran(9, "x", 2, 3);
  batch.mutable_runs(1)->set_failure("out/9");
  tell_groups(batch);
  ASSERT_EQ(batch.groups_size(), 1);
  EXPECT_EQ(batch.groups(0).count(), 2u);
  EXPECT_EQ(batch.groups(0).seeds_size(), 2);
  EXPECT_EQ(batch.groups(0).smallest_seed(), 9u);
  EXPECT_EQ(batch.groups(0).failure(), "out/9");
}

} // namespace
} // namespace squall::campaigns
