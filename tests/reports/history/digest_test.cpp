#include "reports/history/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::history {
namespace {

std::vector<entry> some(std::size_t n) {
  std::vector<entry> all(n);
  for (std::size_t i = 0; i < n; ++i)
    all[i] = {.at_ns = static_cast<std::int64_t>(i),
              .kind = entry_kind::clock_read,
              .actor = 1,
              .value = static_cast<std::int64_t>(i * i)};
  return all;
}

RC_GTEST_PROP(Digest, DoesNotDependOnBatches, (const std::vector<std::uint8_t>& sizes)) {
  const auto all = some(500);
  name_table names;
  names.intern(intent_name{1, 1, 1});
  digest whole;
  whole.append(all, names);
  digest parts;
  std::span<const entry> left(all);
  for (const auto size : sizes) {
    const auto take = std::min<std::size_t>(size, left.size());
    parts.append(left.first(take), names);
    left = left.subspan(take);
  }
  parts.append(left, names);
  RC_ASSERT(parts.value() == whole.value());
  RC_ASSERT(parts.of_entries() == whole.of_entries());
  RC_ASSERT(parts.entries() == 500U);
}

TEST(Digest, SeesEachEntryAndEachName) {
  auto all = some(10);
  name_table names;
  digest a;
  a.append(all, names);
  all[7].value += 1;
  digest b;
  b.append(all, names);
  EXPECT_NE(a.value(), b.value());
  names.intern(record_name{{1, 1, 1}, 0});
  digest c;
  c.append(all, names);
  EXPECT_EQ(b.of_entries(), c.of_entries());
  EXPECT_NE(b.value(), c.value());
}

TEST(Digest, IsWrittenAsSixteenDigits) { EXPECT_EQ(to_hex(0xAB), "00000000000000ab"); }

} // namespace
} // namespace squall::history
