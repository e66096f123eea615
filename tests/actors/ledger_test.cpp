#include "actors/ledger.hpp"
#include "actors/lineage.hpp"
#include "actors/store_ring.hpp"
#include "tests/actors/plan_builder.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <set>

namespace squall::actors {

namespace {

using history::entry_kind;
using telemetry::fact_kind;

TEST(Ledger, HandsOverEveryEntryOnceInOrderWhateverTheBatches) {
  keeper kept;
  ledger log({.sinks = {&kept}});
  for (int i = 0; i < 10'000; ++i) {
    log.set_now(i);
    log.add({.kind = entry_kind::clock_read, .value = i});
  }
  log.flush();
  ASSERT_EQ(kept.entries.size(), 10'000u);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(kept.entries[i].at_ns, i);
    ASSERT_EQ(kept.entries[i].value, i);
  }
}

TEST(Ledger, RowsOfAPageNameTheirReaderScopeAndEntry) {
  keeper kept;
  ledger log({.sinks = {&kept}, .scopes = {0, 11, 12, 0}});
  log.add_fact(0, {.kind = fact_kind::page_served, .endpoint = {2}, .sequence = 5, .aux = 1}, 77);
  log.add_fact(0, {.kind = fact_kind::feed_entry, .intent = {1, 1, 3}, .sequence = 5, .from_sequence = 4}, 77);
  log.add_fact(0, {.kind = fact_kind::feed_row, .record = {1, 1, 3 << 8}}, 77);
  log.flush();
  ASSERT_EQ(kept.entries.size(), 3u);
  EXPECT_EQ(kept.entries[0].message, 77u);
  for (const auto& e : kept.entries) {
    EXPECT_EQ(e.peer, 2u);
    EXPECT_EQ(e.scope, 12u);
  }
  EXPECT_EQ(kept.entries[2].s, 5u);
  EXPECT_EQ(kept.entries[2].record, 1u);
}

TEST(Ledger, StatusCodesCountFrom400) {
  keeper kept;
  ledger log({.sinks = {&kept}});
  for (const int status : {401, 403, 429, 503})
    log.add_fact(0, {.kind = fact_kind::request_refused, .code = static_cast<std::uint8_t>(status), .endpoint = {1}},
                 0);
  log.flush();
  std::vector<int> codes;
  for (const auto& e : kept.entries)
    codes.push_back(e.code);
  EXPECT_EQ(codes, (std::vector<int>{1, 3, 29, 103}));
}

TEST(Lineage, SiblingsParentsAndRootsNeverShareOne) {
  std::set<lineage> seen;
  for (std::uint64_t root = 1; root <= 20; ++root)
    for (std::uint32_t target = 0; target < 20; ++target)
      for (std::uint32_t ordinal = 0; ordinal < 5; ++ordinal) {
        const auto parent = root_lineage(cause_kind::intention, root);
        EXPECT_TRUE(seen.insert(child_lineage(parent, {cause_kind::message, target, ordinal})).second);
        EXPECT_TRUE(seen.insert(child_lineage(parent, {cause_kind::timer, target, ordinal})).second);
      }
}

RC_GTEST_PROP(StoreRing, ReleasesTheLeastRecentlyActive, ()) {
  const std::uint32_t open_max = *rc::gen::inRange<std::uint32_t>(1, 5);
  store_ring ring(8, open_max);
  std::deque<std::uint32_t> model; // oldest first
  for (const auto step : *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, 16))) {
    const auto actor = step % 8;
    std::erase(model, actor);
    if (step >= 8) {
      ring.remove(actor);
      continue;
    }
    model.push_back(actor);
    std::optional<std::uint32_t> expected;
    if (model.size() > open_max) {
      expected = model.front();
      model.pop_front();
    }
    RC_ASSERT(ring.touch(actor) == expected);
  }
}

} // namespace

} // namespace squall::actors
