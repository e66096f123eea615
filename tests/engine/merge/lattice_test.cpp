// What does not depend on the order of commits: concurrent changes under crdt and lww_clock, and writes of different fields
// wherever.
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace squall::merge {
namespace {

const intent_id origin{9, 1, 1};
const record_id record = record_id::derive(origin, 0);

std::string letter() { return *rc::gen::element<std::string>("a", "b", "c"); }

field_write crdt_write(field_number f) {
  switch (f) {
    case highest:
    case lowest: return set(f, number(*rc::gen::inRange(0, 4)));
    case badges:
    case labels: return *rc::gen::arbitrary<bool>() ? insert(f, letter()) : erase(f, letter());
    case stock: return add(f, *rc::gen::inRange(-3, 4));
    default: return set(f, text(letter()));
  }
}

operation change_of(collection_number c) {
  if (*rc::gen::inRange(0, 4) == 0)
    return remove_of(c, record);
  operation op = update_of(c, record, {});
  if (c == registers) { // the whole record
    op.writes = {set(title, text(letter())), set(status, text(letter())),
                 set(quantity, number(*rc::gen::inRange(0, 4))), set(count, number(*rc::gen::inRange(0, 4)))};
    return op;
  }
  for (field_number f = caption; f <= stock; ++f)
    if (f != decided && *rc::gen::inRange(0, 3) == 0)
      op.writes.push_back(crdt_write(f));
  if (op.writes.empty())
    op.writes.push_back(crdt_write(stock));
  return op;
}

/// Of as many authors, none of whom had seen another's.
std::vector<intent> concurrent_changes(collection_number c) {
  std::vector<intent> out;
  const auto n = *rc::gen::inRange<std::uint32_t>(2, 8);
  for (std::uint32_t device = 1; device <= n; ++device) {
    out.push_back(make_intent({device, 1, 1}, 1, {change_of(c)}));
    out.back().stamp = {*rc::gen::inRange<time_ns>(1, 6), *rc::gen::inRange<std::uint32_t>(0, 2)};
  }
  return out;
}

std::vector<intent> shuffled(std::vector<intent> in) {
  for (std::size_t i = in.size(); i > 1; --i)
    std::swap(in[i - 1], in[*rc::gen::inRange<std::size_t>(0, i)]);
  return in;
}

/// What a reader sees of the record.
struct seen {
  bool deleted = false;
  std::vector<value> values;
  std::vector<std::set<std::string>> members;
  bool operator==(const seen&) const = default;
};

seen after(collection_number c, const std::vector<intent>& changes) {
  committer server;
  std::vector<field_write> first{set(caption, text("m"))};
  if (c != registers)
    first = {set(caption, text("m")), set(highest, number(1)), insert(badges, "a"), insert(labels, "b")};
  RC_ASSERT(server.commit(make_intent(origin, 0, {create_of(c, record, first)})).committed());
  for (const intent& in : changes)
    server.commit(in);
  seen out;
  out.deleted = server.deleted(record);
  if (out.deleted)
    return out;
  const auto fields = static_cast<field_number>(server.rows.all.at(record).fields.size());
  for (field_number f = 0; f < fields; ++f) {
    out.values.push_back(server.at(record, f).current);
    out.members.push_back(server.members(record, f));
  }
  return out;
}

void any_order_gives_the_same(collection_number c) {
  const auto changes = concurrent_changes(c);
  RC_ASSERT(after(c, changes) == after(c, shuffled(changes)));
}

RC_GTEST_PROP(Lattice, ConcurrentChangesOfARegisterByStamp, ()) { any_order_gives_the_same(registers); }
RC_GTEST_PROP(Lattice, ConcurrentChangesUnderCrdtWithAddWins, ()) { any_order_gives_the_same(carts); }
RC_GTEST_PROP(Lattice, ConcurrentChangesUnderCrdtWithRemoveWins, ()) { any_order_gives_the_same(shelves); }

RC_GTEST_PROP(Lattice, WritesOfDifferentFieldsCommuteUnderEveryFieldRule, ()) {
  std::vector<intent> group;
  std::uint32_t device = 0;
  for (field_number f = caption; f <= phase; ++f) {
    if (f == stock || !*rc::gen::arbitrary<bool>())
      continue;
    field_write w = f == phase ? set(phase, text("approved")) : crdt_write(f);
    group.push_back(make_intent({++device, 1, 1}, 1, {update_of(forms, record, {std::move(w)})}));
  }
  RC_ASSERT(after(forms, group) == after(forms, shuffled(group)));
}

} // namespace
} // namespace squall::merge
