// What is shown, held against what must be: rows, cells and members, wherever they are shown.
#include "reports/invariants/model/replica.hpp"

#include <algorithm>

namespace squall::invariants {

namespace {

// The writer is named and did write that value there (a counter's value is a sum, which only the state knows).
bool wrote(const world& w, intent_index writer, const entry& e, bool counter) {
  const auto* item = w.intents.find_write(writer, e.record, e.field);
  return item != nullptr && (counter || (item->tag == e.tag && item->number == e.value));
}

flaw flaw_of_cell(const world& w, const exhibit& shown, const entry& e, const cell_view& expected, bool counter) {
  if (expected.present && expected.value == cell_value{e.tag, e.value})
    return flaw::writer;
  if (e.intent != 0 && !wrote(w, e.intent, e, counter))
    return expected.present && expected.at == never ? flaw::own_write_hidden : flaw::unfounded;
  const auto& author = w.intents.get(e.intent);
  const auto& owner = w.intents.get(expected.writer);
  if (e.intent != 0 && author.device == shown.device && author.received.code != verdict_code::none &&
      !takes_effect(author.received.code))
    return flaw::own_write_kept;
  if (e.intent != 0 && author.committed != 0 && !w.server.covers(shown.against->at(e.record), author.committed))
    return flaw::beyond;
  if (expected.present && shown.device != 0 && owner.device == shown.device)
    return flaw::own_write_hidden;
  if (expected.present && (e.tag == value_tag::none || author.committed != 0))
    return flaw::stale;
  return flaw::unfounded;
}

difference& add(world& w, const exhibit& shown, record_index record, std::uint16_t collection, std::uint16_t field) {
  difference d;
  d.where = shown.where;
  d.device = shown.device;
  d.record = record;
  d.collection = collection;
  d.field = field;
  d.synced = shown.synced;
  w.seen.differences.push_back(d);
  return w.seen.differences.back();
}

// The record is where the device's user may not see it, as the device was told.
bool withdrawn(const world& w, const exhibit& shown, record_index record) {
  if (shown.device == 0 || shown.where == place::feed || shown.where == place::snapshot || !w.server.known(record))
    return false;
  const auto& replica = w.devices[shown.device].find(w.server.scope_of(record));
  return replica.scope != 0 && !replica.held;
}

// The record has left a scope that the device holds, and the device has seen it leave.
bool left(const world& w, const exhibit& shown, record_index record) {
  if (shown.device == 0 || shown.where == place::feed || shown.where == place::snapshot || !w.server.known(record))
    return false;
  const auto& replicas = w.devices[shown.device].replicas;
  return std::any_of(replicas.begin(), replicas.end(), [&](const replica_fact& one) {
    const auto* row = one.held ? w.server.row(record, one.at) : nullptr;
    return row != nullptr && row->scope != one.scope && w.server.was_in(record, one.scope, one.at);
  });
}

} // namespace

void compare_row(world& w, const exhibit& shown, const entry& e, bool live) {
  ++w.done.compared[static_cast<std::size_t>(shown.where)];
  const auto expected = shown.against->row(e.record);
  const bool here = shown.scope == 0 || expected.scope == shown.scope;
  const bool should_live = expected.known && expected.live && here;
  if (should_live == live)
    return;
  auto& d = add(w, shown, e.record, e.collection, effect::row);
  d.expected_writer = expected.writer;
  const bool by_own = expected.known && shown.device != 0 && w.intents.get(expected.writer).device == shown.device;
  const auto* forgotten = expected.known ? nullptr : w.server.row(e.record, shown.against->at(e.record));
  if (forgotten != nullptr)
    d.expected_writer = forgotten->writer;
  if (live && withdrawn(w, shown, e.record))
    d.why = flaw::withdrawn;
  else if (live && ((expected.known && expected.live) || (!expected.known && left(w, shown, e.record))))
    d.why = flaw::elsewhere;
  else if (expected.at == never)
    d.why = flaw::own_write_hidden;
  else if (live && (expected.known || forgotten != nullptr))
    d.why = flaw::resurrected;
  else if (live)
    d.why = w.server.known(e.record) ? flaw::beyond : flaw::unborn;
  else
    d.why = by_own ? flaw::own_write_hidden : flaw::vanished;
}

namespace {

// A text is shown as a member of a set, with its newest insert, or a set as empty.
void compare_member(world& w, const exhibit& shown, const entry& e, bool remove_wins) {
  ++w.done.compared[static_cast<std::size_t>(shown.where)];
  const auto& sees = *shown.against;
  if (e.tag == value_tag::none) {
    const auto members = sees.members(e.record, e.field, remove_wins);
    if (!members.empty())
      report_missing_members(w, shown, e.record, e.collection, {{e.field, e.tag, 0}}, false);
    return;
  }
  const auto marks = sees.marks(e.record, e.field, e.value);
  const bool member = e.tag == value_tag::text && is_member(marks, remove_wins);
  const auto newest = std::find_if(marks.rbegin(), marks.rend(), [](const mark& one) { return !one.erase; });
  if (member && newest->intent == e.intent)
    return;
  auto& d = add(w, shown, e.record, e.collection, e.field);
  d.shown = {e.tag, e.value};
  d.shown_writer = e.intent;
  d.expected_writer = sees.cell(e.record, e.field).writer;
  if (member) {
    d.expected = d.shown;
    d.expected_writer = newest->intent;
    d.why = flaw::writer;
    return;
  }
  const auto& author = w.intents.get(e.intent);
  const auto ever = w.server.marks().of(e.record, e.field, e.value);
  const auto at = sees.at(e.record);
  const bool before = std::any_of(ever.begin(), ever.end(), [&](const mark& m) { return w.server.covers(at, m.made); });
  const bool taken_back = author.device == shown.device && author.received.code != verdict_code::none &&
                          !takes_effect(author.received.code);
  d.why = e.intent != 0 && taken_back                ? flaw::own_write_kept
          : sees.cell(e.record, e.field).at == never ? flaw::own_write_hidden
          : before                                   ? flaw::stale
          : !ever.empty()                            ? flaw::beyond
                                                     : flaw::unfounded;
}

} // namespace

void report_missing_members(world& w, const exhibit& shown, record_index record, std::uint16_t collection,
                            const std::vector<shown_member>& members, bool all) {
  for (const auto field : w.rules.collection(collection)->sets) {
    const auto of_field = [&](const shown_member& m) { return m.field == field; };
    if (!all && std::none_of(members.begin(), members.end(), of_field))
      continue;
    const bool remove_wins = w.rules.field(collection, field)->rule == field_rule::remove_wins;
    for (const auto member : shown.against->members(record, field, remove_wins)) {
      if (std::any_of(members.begin(), members.end(), [&](const shown_member& m) {
            return of_field(m) && m.tag == value_tag::text && m.member == member;
          }))
        continue;
      const auto newest = shown.against->marks(record, field, member).back();
      auto& d = add(w, shown, record, collection, field);
      d.why = newest.made == never ? flaw::own_write_hidden : flaw::stale;
      d.expected = {value_tag::text, member};
      d.expected_writer = newest.intent;
    }
  }
}

void compare_cell(world& w, const exhibit& shown, const entry& e) {
  const auto* field = w.rules.field(e.collection, e.field);
  if (field == nullptr)
    throw bad_history("a value names a field that the model does not have");
  if (field->is_set())
    return compare_member(w, shown, e, field->rule == field_rule::remove_wins);
  const bool is_derived = field->is_derived();
  ++w.done.compared[static_cast<std::size_t>(shown.where)];
  cell_view expected;
  if (is_derived)
    expected = {true, {value_tag::integer, shown.against->derived(e.record, e.field, *w.names)}, 0, 0};
  else
    expected = shown.against->cell(e.record, e.field);
  const bool same_value = expected.present ? expected.value == cell_value{e.tag, e.value} : e.tag == value_tag::none;
  if (same_value && (is_derived || !expected.present || e.intent == expected.writer))
    return;
  const bool counter = field->type == field_type::counter;
  const auto why = withdrawn(w, shown, e.record) ? flaw::withdrawn
                   : is_derived                  ? flaw::derived
                                                 : flaw_of_cell(w, shown, e, expected, counter);
  auto& d = add(w, shown, e.record, e.collection, e.field);
  d.why = why;
  d.expected = expected.value;
  d.shown = {e.tag, e.value};
  d.expected_writer = expected.writer;
  d.shown_writer = e.intent;
  d.counter = counter;
}

void report_missing(world& w, const exhibit& shown, record_index record, std::uint16_t field) {
  const auto expected = shown.against->cell(record, field);
  auto& d = add(w, shown, record, w.server.known(record) ? w.server.collection_of(record) : 0, field);
  d.why = expected.at == never ? flaw::own_write_hidden : flaw::stale;
  d.expected = expected.value;
  d.expected_writer = expected.writer;
}

} // namespace squall::invariants
