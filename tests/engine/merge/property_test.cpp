// Laws that hold for every history, over random ones.
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

namespace squall::merge {
namespace {

const intent_id origin{9, 1, 1};
constexpr std::uint8_t record_count = 3;

collection_number collection_of(std::uint8_t i) { return i == 2 ? notes : records; }
record_id record_at(std::uint8_t i) { return record_id::derive(origin, i); }

committer seeded() {
  committer server;
  std::vector<operation> creates;
  for (std::uint8_t i = 0; i < record_count; ++i)
    creates.push_back(create_of(collection_of(i), record_at(i), {set(title, text("t")), set(status, text("open"))}));
  RC_ASSERT(server.commit(make_intent(origin, 0, creates)).committed());
  return server;
}

field_write arbitrary_write(collection_number c, field_number field) {
  switch (field) {
    case count:
      if (c == notes)
        return set(count, number(*rc::gen::inRange(0, 4)));
      break;
    case title: return set(title, text(*rc::gen::element<std::string>("a", "b", "c")));
    case status: return set(status, text(*rc::gen::element<std::string>("closed", "approved", "open", "odd")));
    case quantity: return set(quantity, number(*rc::gen::inRange(0, 4)));
    default: break;
  }
  return add(count, *rc::gen::inRange(-3, 4));
}

operation arbitrary_operation() {
  const auto i = static_cast<std::uint8_t>(*rc::gen::inRange<int>(0, record_count));
  switch (*rc::gen::inRange(0, 8)) {
    case 0: return remove_of(collection_of(i), record_at(i));
    case 1: return restore_of(collection_of(i), record_at(i));
    default: break;
  }
  operation op = update_of(collection_of(i), record_at(i), {});
  for (const field_number f : {title, status, quantity, count})
    if (*rc::gen::inRange(0, 3) == 0)
      op.writes.push_back(arbitrary_write(op.collection, f));
  return op;
}

/// Intents of four authors in the order in which they reach the server, each with a context that its author may have.
std::vector<intent> arbitrary_history() {
  std::vector<intent> history;
  std::map<std::uint32_t, std::uint64_t> seqs, seen;
  const int n = *rc::gen::inRange(1, 25);
  std::uint64_t head = 1;
  for (int i = 0; i < n; ++i) {
    const auto device = static_cast<std::uint32_t>(*rc::gen::inRange(1, 5));
    auto& s = seen[device];
    s = *rc::gen::inRange<std::uint64_t>(std::max<std::uint64_t>(s, 1), ++head);
    std::vector<operation> ops;
    const int size = *rc::gen::inRange(1, 4);
    for (int k = 0; k < size; ++k)
      ops.push_back(arbitrary_operation());
    history.push_back(make_intent({device, 1, ++seqs[device]}, s, std::move(ops)));
  }
  return history;
}

RC_GTEST_PROP(Merge, GivesTheSameStateAndVerdictsForTheSameOrder, ()) {
  const auto history = arbitrary_history();
  committer one = seeded(), two = seeded();
  for (const intent& in : history) {
    const auto a = one.commit(in), b = two.commit(in);
    RC_ASSERT(a.outcome.kind == b.outcome.kind);
    RC_ASSERT(a.outcome.winner == b.outcome.winner);
  }
  RC_ASSERT(one.rows == two.rows);
  RC_ASSERT(one.head == two.head);
}

RC_GTEST_PROP(Merge, TouchesOnlyWhatItReportsAndOnlyWhenItCommits, ()) {
  committer server = seeded();
  for (const intent& in : arbitrary_history()) {
    const auto before = server.rows;
    const auto d = server.commit(in);
    if (!d.committed())
      RC_ASSERT(server.rows == before);
    for (const auto& [id, r] : server.rows.all) {
      const row& was = before.all.at(id);
      if (std::find(d.rows.begin(), d.rows.end(), id) == d.rows.end())
        RC_ASSERT(r == was);
      else
        RC_ASSERT(r.last_sequence == server.head);
      for (field_number f = 0; f < r.fields.size(); ++f) {
        const bool reported = std::any_of(d.changed.begin(), d.changed.end(),
                                          [&](const changed_field& c) { return c.record == id && c.field == f; });
        RC_ASSERT(reported == (r.fields[f] != was.fields[f]));
      }
    }
  }
}

RC_GTEST_PROP(Merge, CountersAreTheSumOfCommittedAdds, ()) {
  committer server = seeded();
  std::map<record_id, std::int64_t> sums;
  for (const intent& in : arbitrary_history()) {
    const auto d = server.commit(in);
    if (!d.committed())
      continue;
    for (const operation& op : in.operations)
      for (const field_write& w : op.writes) {
        const bool overridden =
            std::any_of(d.outcome.fields.begin(), d.outcome.fields.end(),
                        [&](const field_outcome& f) { return f.record == op.record && f.field == w.field; });
        if (w.kind == write_kind::add && !overridden)
          sums[op.record] += std::get<std::int64_t>(w.to);
      }
  }
  for (const auto& [id, sum] : sums) {
    const auto* n = std::get_if<std::int64_t>(&server.at(id, count).current);
    RC_ASSERT((n != nullptr ? *n : 0) == sum);
  }
}

RC_GTEST_PROP(Merge, AddsInAnyOrderGiveTheSameSum, (std::vector<std::int64_t> deltas)) {
  committer there = seeded(), back = seeded();
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    const auto commit = [&](committer& server, std::size_t k) {
      return server.commit(make_intent({static_cast<std::uint32_t>(k + 1), 2, 1}, 1,
                                       {update_of(records, record_at(0), {add(count, deltas[k])})}));
    };
    RC_ASSERT(commit(there, i).outcome.kind == verdict_kind::applied);
    RC_ASSERT(commit(back, deltas.size() - 1 - i).outcome.kind == verdict_kind::applied);
  }
  RC_ASSERT(there.at(record_at(0), count).current == back.at(record_at(0), count).current);
}

RC_GTEST_PROP(Merge, DisjointWritesCommute, ()) {
  // Authors write different fields, or different records, each having seen the same prefix.
  std::vector<intent> group;
  std::uint32_t device = 0;
  for (std::uint8_t i = 0; i < record_count; ++i)
    for (const field_number f : {title, status, quantity, count})
      if (*rc::gen::arbitrary<bool>())
        group.push_back(make_intent(
            {++device, 1, 1}, 1, {update_of(collection_of(i), record_at(i), {arbitrary_write(collection_of(i), f)})}));
  committer there = seeded(), back = seeded();
  for (std::size_t i = 0; i < group.size(); ++i) {
    RC_ASSERT(there.commit(group[i]).outcome.kind == verdict_kind::applied);
    RC_ASSERT(back.commit(group[group.size() - 1 - i]).outcome.kind == verdict_kind::applied);
  }
  for (std::uint8_t i = 0; i < record_count; ++i)
    for (const field_number f : {title, status, quantity, count}) {
      RC_ASSERT(there.at(record_at(i), f).current == back.at(record_at(i), f).current);
      RC_ASSERT(there.at(record_at(i), f).writer == back.at(record_at(i), f).writer);
    }
}

RC_GTEST_PROP(Merge, PrecedenceDoesNotDependOnTheOrderOfConcurrentWrites, ()) {
  const std::vector<std::string> values{"closed", "approved", "open"};
  std::vector<std::size_t> order{0, 1, 2};
  const int swaps = *rc::gen::inRange(0, 6);
  for (int i = 0; i < swaps; ++i)
    std::next_permutation(order.begin(), order.end());
  const auto writers = *rc::gen::inRange<std::size_t>(1, 4);
  committer server = seeded();
  std::size_t best = 2;
  for (std::size_t i = 0; i < writers; ++i) {
    best = std::min(best, order[i]);
    server.commit(make_intent({static_cast<std::uint32_t>(i + 1), 1, 1}, 1,
                              {update_of(records, record_at(0), {set(status, text(values[order[i]]))})}));
  }
  RC_ASSERT(server.at(record_at(0), status).current == text(values[best]));
}

} // namespace
} // namespace squall::merge
