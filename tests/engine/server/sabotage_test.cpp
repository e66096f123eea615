// Each sabotage point does what it says, and nothing where it is off: the same exchange, with and without.
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

namespace squall::server {
namespace {

using telemetry::sabotage;

const record_id shared = record_id::derive({1, 1, 1}, 0);

std::int64_t count_in(bench& b, const record_id& id = shared) {
  const auto v = field_of(b.rows({1}).at(id), order_count);
  return std::holds_alternative<std::int64_t>(v) ? std::get<std::int64_t>(v) : 0;
}

/// Runs `exchange` on a clean server and on one with the bug; the answers must be those given.
template <class Answer, class Exchange>
void differs(
    sabotage bug, Answer clean, Answer broken, Exchange exchange,
    std::function<void(options&)> change = [](options&) {}) {
  bench good({.change = change});
  EXPECT_EQ(exchange(good), clean) << "clean";
  bench bad({.sabotages = {bug}, .change = change});
  EXPECT_EQ(exchange(bad), broken) << "with the bug";
  EXPECT_GT(bad.server->counters().hits(bug), 0u);
}

// -- dedupe ------------------------------------------------------------------------------------------------------------

std::int64_t push_twice(bench& b) {
  device d;
  b.commit(d, {create(orders, {})});
  const auto in = d.act({update(orders, shared, {add(order_count, 1)})});
  b.push(d, {in});
  b.push(d, {in});
  return count_in(b);
}

TEST(ServerSabotage, NoDedupe) { differs<std::int64_t>(sabotage::no_dedupe, 1, 2, push_twice); }

TEST(ServerSabotage, DedupePrunedEarly) {
  differs<std::int64_t>(sabotage::dedupe_pruned_early, 6, 9, [](bench& b) {
    device d;
    b.commit(d, {create(orders, {})});
    std::vector<intent> batch;
    for (int i = 0; i < 6; ++i)
      batch.push_back(d.act({update(orders, shared, {add(order_count, 1)})}));
    b.push(d, batch);
    b.push(d, batch);
    return count_in(b);
  });
}

TEST(ServerSabotage, DedupeCheckApart) {
  differs<std::int64_t>(sabotage::dedupe_check_apart, 1, 2, [](bench& b) {
    device d;
    b.commit(d, {create(orders, {})});
    const auto in = d.act({update(orders, shared, {add(order_count, 1)})});
    b.send(b.push_request(d, {in}));
    b.send(b.push_request(d, {in})); // the network's copy
    b.drain();
    return count_in(b);
  });
}

TEST(ServerSabotage, HighWaterLate) {
  differs<std::int64_t>(sabotage::high_water_late, 1, 2, [](bench& b) {
    device d;
    b.commit(d, {create(orders, {})});
    for (int i = 2; i <= 8; ++i)
      b.commit(d, {create(notes, {})});
    const auto in = d.act({update(orders, shared, {add(order_count, 1)})});
    b.push(d, {in});
    const auto before = b.server->counters().hits(sabotage::high_water_late);
    b.restart();
    b.push(d, {in});
    EXPECT_EQ(before > 0, b.settings.sabotages.any());
    return count_in(b);
  });
}

TEST(ServerSabotage, StrandedInProgress) {
  using answer = std::pair<std::uint32_t, std::size_t>;
  const auto exchange = [](bench& b) {
    device d;
    const auto in = d.act({create(orders, {})});
    b.send(b.push_request(d, {in}));
    if (b.settings.sabotages.any())
      b.resume(1);
    b.restart();
    const auto reply = b.push(d, {in});
    if (b.settings.sabotages.any()) {
      device other;
      other.id = 2;
      b.commit(other, {create(orders, {})});
    }
    return answer{reply.verdicts(0).verdict().kind(), b.rows({1}).size()};
  };
  differs(sabotage::stranded_in_progress, answer{static_cast<std::uint32_t>(verdict_kind::applied), 1},
          answer{static_cast<std::uint32_t>(verdict_kind::duplicate), 1}, exchange);
}

// -- commit ------------------------------------------------------------------------------------------------------------

TEST(ServerSabotage, EarlySequence) {
  differs<int>(sabotage::early_sequence, 2, 1, [](bench& b) {
    device a, z, reader;
    z.id = 2, reader.id = 8, reader.user = 2;
    b.send(b.push_request(a, {a.act({create(orders, {})})}));
    b.send(b.push_request(z, {z.act({create(orders, {})})}));
    const bool split = b.settings.sabotages.any();
    for (const io::job_id job : {1, 2, 2})
      if (split)
        b.resume(job);
    b.runnable = split ? std::deque<io::job_id>{} : b.runnable;
    io::cursor at{};
    int seen = 0;
    const auto read = [&] {
      const auto page = b.pull(reader, at);
      at = {page.next().generation(), page.next().sequence(), page.next().scope_version()};
      seen += page.entries_size();
    };
    read();
    b.resume(1);
    b.drain();
    read();
    return seen;
  });
}

TEST(ServerSabotage, StaleDecision) {
  differs<std::int64_t>(sabotage::stale_decision, 11, 10, [](bench& b) {
    device a, z;
    z.id = 2;
    b.commit(a, {create(orders, {})});
    b.send(b.push_request(a, {a.act({update(orders, shared, {add(order_count, 1)})})}));
    b.send(b.push_request(z, {z.act({update(orders, shared, {add(order_count, 10)})})}));
    b.drain();
    return count_in(b);
  });
}

TEST(ServerSabotage, GuardNotChecked) {
  differs<std::int64_t>(sabotage::guard_not_checked, 0, 1, [](bench& b) {
    device d;
    b.commit(d, {create(orders, {})});
    b.push(d, {d.act({update(orders, shared, {add(order_count, 1)})},
                     {{shared, orders, order_count, guard_kind::at_least, std::int64_t{5}}})});
    return count_in(b);
  });
}

TEST(ServerSabotage, ScopeNotChecked) {
  differs<std::int64_t>(sabotage::scope_not_checked, 0, 1, [](bench& b) {
    device d, outsider;
    outsider.id = 3, outsider.user = 3, outsider.scope = {2};
    b.commit(d, {create(orders, {})});
    b.push(outsider, {outsider.act({update(orders, shared, {add(order_count, 1)})})});
    return count_in(b);
  });
}

TEST(ServerSabotage, RejectionBlocksBatch) {
  differs<int>(sabotage::rejection_blocks_batch, 3, 1, [](bench& b) {
    device d;
    return b
        .push(d, {d.act({create(orders, {})}), d.act({create(orders, {set(order_total, std::int64_t{1})})}),
                  d.act({create(orders, {})})})
        .verdicts_size();
  });
}

TEST(ServerSabotage, RemovedChildCounted) {
  differs<std::int64_t>(sabotage::removed_child_counted, 0, 10, [](bench& b) {
    device d;
    b.commit(d, {create(orders, {})});
    b.commit(d, {create(lines, {set(line_order, shared), add(line_quantity, 2), set(line_price, std::int64_t{5})})});
    b.commit(d, {remove(lines, record_id::derive({1, 1, 2}, 0))});
    return std::get<std::int64_t>(field_of(b.rows({1}).at(shared), order_total));
  });
}

TEST(ServerSabotage, ServerCommitUnsyncedIsReachedAtOpening) {
  bench b({.sabotages = {sabotage::server_commit_unsynced}});
  EXPECT_EQ(b.server->counters().hits(sabotage::server_commit_unsynced), 1u);
}

// -- feed and snapshots ------------------------------------------------------------------------------------------------

/// Entries and rows that a reader gets who pages through four commits of two rows, two entries a page.
std::pair<int, int> page_through(bench& b) {
  device d;
  for (int i = 0; i < 4; ++i)
    b.commit(d, {create(orders, {}), create(notes, {})});
  io::cursor at{};
  int entries = 0, rows = 0;
  for (bool more = true; more;) {
    const auto page = b.pull(d, at, 2);
    for (const auto& e : page.entries())
      ++entries, rows += e.rows_size();
    at = {page.next().generation(), page.next().sequence(), page.next().scope_version()};
    more = page.more();
  }
  return {entries, rows};
}

TEST(ServerSabotage, FullPageDropsLast) {
  differs(sabotage::full_page_drops_last, std::pair{4, 8}, std::pair{3, 6}, page_through);
}

TEST(ServerSabotage, HalfGroupInPage) {
  differs(sabotage::half_group_in_page, std::pair{4, 8}, std::pair{4, 7}, page_through);
}

TEST(ServerSabotage, PageEdgeTie) { differs(sabotage::page_edge_tie, std::pair{4, 8}, std::pair{2, 4}, page_through); }

TEST(ServerSabotage, TailBelowFloor) {
  differs<int>(
      sabotage::tail_below_floor, 0, 2,
      [](bench& b) {
        device d;
        for (int i = 0; i < 5; ++i)
          b.commit(d, {create(orders, {})});
        return b.pull(d, {1, 1, 1}).entries_size();
      },
      [](options& o) { o.retention_entries = 2; });
}

/// Reads a snapshot of three rows, a row a page, while the oldest row changes after the first page; then the feed. The
/// highest count and the number of different rows that the reader ends up with.
std::pair<std::int64_t, std::size_t> resync_under_load(bench& b) {
  device d;
  for (int i = 0; i < 3; ++i)
    b.commit(d, {create(orders, {add(order_count, 1)})});
  std::map<std::string, std::int64_t> copy;
  const auto take = [&](const wire::RowState& row) {
    for (const auto& f : row.fields())
      if (f.field() == order_count)
        copy[to_string(wire::from_wire(row.record()))] = f.value().integer();
  };
  auto page = b.snapshot(d);
  take(page.rows(0));
  b.commit(d, {update(orders, record_id::derive({1, 1, 3}, 0), {add(order_count, 10)})});
  b.commit(d, {update(orders, shared, {set(order_note, text("moved"))})});
  for (std::uint32_t n = 1; n < 3; ++n) {
    page = b.snapshot(d, page.snapshot(), n);
    for (const auto& row : page.rows())
      take(row);
  }
  const auto feed = b.pull(d, {page.at().generation(), page.at().sequence(), 1});
  for (const auto& e : feed.entries())
    for (const auto& row : e.rows())
      take(row);
  std::int64_t highest = 0;
  for (const auto& [record, count] : copy)
    highest = std::max(highest, count);
  return {highest, copy.size()};
}

void one_row_a_page(options& o) { o.snapshot_page_rows = 1; }

TEST(ServerSabotage, SnapshotCursorAtEnd) {
  using answer = std::pair<std::uint64_t, int>;
  differs(sabotage::snapshot_cursor_at_end, answer{2, 2}, answer{2, 1}, [](bench& b) {
    device d;
    b.commit(d, {create(orders, {})});
    b.snapshot(d);
    b.commit(d, {create(orders, {})});
    const auto page = b.snapshot(d);
    return answer{page.at().sequence(), page.rows_size()};
  });
}

TEST(ServerSabotage, SnapshotByOffset) {
  differs(sabotage::snapshot_by_offset, std::pair{std::int64_t{11}, std::size_t{3}},
          std::pair{std::int64_t{11}, std::size_t{2}}, resync_under_load, one_row_a_page);
}

} // namespace
} // namespace squall::server
