#include "reports/invariants/model/replica.hpp"

#include "reports/invariants/model/restorer.hpp"

#include <algorithm>
#include <utility>

namespace squall::invariants {

replica_fact& device_fact::replica(std::uint32_t number) {
  if (number > world::participants_max)
    throw bad_history("an entry names a scope that no run has");
  const auto at = std::lower_bound(replicas.begin(), replicas.end(), number,
                                   [](const replica_fact& one, std::uint32_t wanted) { return one.scope < wanted; });
  if (at != replicas.end() && at->scope == number)
    return *at;
  const auto fresh = replicas.insert(at, replica_fact{});
  fresh->scope = number;
  return *fresh;
}

const replica_fact& device_fact::find(std::uint32_t number) const {
  static const replica_fact none;
  for (const auto& one : replicas)
    if (one.scope == number)
      return one;
  return none;
}

namespace {

// True: they were others before.
bool take_horizons(device_fact& device) {
  std::size_t n = 0;
  bool same = true;
  const auto take = [&](const horizon& is) {
    if (n == device.horizons.size())
      device.horizons.emplace_back();
    same = same && device.horizons[n] == is;
    device.horizons[n++] = is;
  };
  for (const auto& one : device.replicas)
    if (one.held)
      take({one.scope, one.at, one.forgotten});
  for (const auto& one : device.purged)
    take(one);
  same = same && n == device.horizons.size();
  device.horizons.resize(n);
  return !same;
}

} // namespace

view visible(world& w, device_fact& device) {
  if (take_horizons(device))
    fold_anew(device);
  const auto sees = view(w.server, device.horizons, device.overlay).forgetting(0, device.kept);
  const auto& grants = w.told_grants(device);
  for (; device.folded < device.pending.size(); ++device.folded) {
    const auto intent = device.pending[device.folded];
    const auto& fact = w.intents.get(intent);
    static_cast<void>(w.resolve.judge({.intent = intent,
                                       .grants = &grants,
                                       .names = w.names,
                                       .counted = fact.given,
                                       .on_device = true,
                                       .generation = device.find(fact.scope).generation},
                                      sees));
  }
  return sees;
}

namespace {

void drop_folded(device_fact& device) {
  fold_anew(device);
  for (auto& one : device.replicas)
    one.swapped &= !device.pending.empty();
  std::erase_if(device.kept, [&](const kept_record& one) {
    return std::find(device.pending.begin(), device.pending.end(), one.intent) == device.pending.end();
  });
}

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

} // namespace

namespace {

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

void move_cursor(world& w, device_fact& device, const cursor_told& to, bool by_snapshot) {
  auto& replica = device.replica(to.scope);
  const bool enters = replica.generation != 0 && replica.generation != to.generation;
  if (enters)
    device.seen_before = std::max(device.seen_before, w.server.latest(to.scope, replica.at));
  if (to.generation > device.newest)
    device.purged.clear();
  device.newest = std::max(device.newest, to.generation);
  replica.generation = to.generation;
  replica.cursor = to.s;
  replica.at = w.server.at_sequence(to.s, to.generation);
  replica.in_doubt = false;
  const auto covered = [&](intent_index intent) {
    const auto& fact = w.intents.get(intent);
    const auto has = [&](position made) { return made != 0 && w.server.covers(replica.at, made); };
    if (fact.scope != to.scope || (!has(fact.committed) && !has(w.intents.past(fact).undone)))
      return false;
    replica.overlay_in_doubt |= by_snapshot && fact.received.code == verdict_code::none;
    return true;
  };
  if (std::erase_if(device.pending, covered) > 0)
    drop_folded(device);
  if (enters)
    enter_generation(w, device, to.scope);
  device.resolving &= !device.pending.empty();
}

void show_cursor(world& w, device_fact& device, const cursor_told& at) {
  const auto& replica = device.replica(at.scope);
  const bool onward = at.generation == replica.generation ? at.s >= replica.cursor : at.generation > replica.generation;
  if (replica.in_doubt && (onward || replica.generation == 0))
    move_cursor(w, device, at, false);
}

namespace {

// What it has queued of the scope stays so; what it kept until a backup has it does not. What was undone may be either: from the
// first of its scopes on that has gone over, or from a gap on, it may await a verdict again.
void drop_scope(world& w, device_fact& device, replica_fact& one) {
  const auto in_scope = [&](intent_index intent) { return w.intents.get(intent).scope == one.scope; };
  std::erase_if(device.kept, [&](const kept_record& kept) { return in_scope(kept.intent); });
  std::erase_if(device.pending, [&](intent_index intent) {
    return in_scope(intent) && w.intents.get(intent).received.code != verdict_code::none;
  });
  std::erase_if(device.acknowledged, [&](intent_index intent) {
    auto& fact = w.intents.at(intent, *w.names);
    if (!in_scope(intent) || fact.received.code == verdict_code::none)
      return false;
    if (fact.past == 0)
      return true;
    auto& past = w.intents.past_at(fact);
    past.was_kept = false;
    if (fact.committed != 0 || past.undone == 0)
      return true;
    if (std::find(device.uncertain.begin(), device.uncertain.end(), intent) == device.uncertain.end())
      device.uncertain.push_back(intent);
    return false;
  });
  device.seen_before = std::max(device.seen_before, w.server.latest(one.scope, one.at));
  if (w.server.any_moved() && one.generation == device.newest)
    device.purged.push_back({one.scope, one.at, 0, true});
  const auto scope = one.scope;
  one = {};
  one.scope = scope;
}

} // namespace

void take_grants(world& w, device_fact& device, std::uint32_t step) {
  device.grant_step = step;
  const auto& grants = w.told_grants(device);
  for (auto& one : device.replicas)
    if (one.held && !grants.holds(one.scope))
      drop_scope(w, device, one);
  for (const auto& [scope, role] : grants.all()) {
    auto& replica = device.replica(scope);
    if (std::exchange(replica.held, true))
      continue;
    replica.overlay_in_doubt = std::any_of(device.uncertain.begin(), device.uncertain.end(),
                                           [&](intent_index one) { return w.intents.get(one).scope == replica.scope; });
    for (const auto intent : device.pending)
      for (const auto& op : w.intents.operations(w.intents.get(intent)))
        if (w.intents.get(intent).scope == scope)
          device.kept.push_back({intent, op.record});
  }
  fold_anew(device); // roles may be others
}

void begin_grants(world& w, device_fact& device) {
  device.grants = 1;
  device.grants_after = 0;
  take_grants(w, device, w.grants.find(device.user, 1));
}

void fold_anew(device_fact& device) {
  device.overlay.clear();
  device.folded = 0;
}

void take_verdict(world& w, device_fact& device, intent_index intent, const verdict& what) {
  std::erase(device.unverdicted, intent);
  const auto& fact = w.intents.get(intent);
  const auto& replica = device.find(fact.scope);
  // It may be of a commit that has been undone while the verdict was under way.
  const auto undone = w.intents.past(fact).undone;
  const bool stands = undone == 0 || fact.committed != 0;
  const auto made = stands ? w.server.at_sequence(what.s) : undone;
  if (stands)
    w.told_s = std::max(w.told_s, what.s);
  // A later verdict stands for an earlier one, of what had been undone.
  if (w.keeps_copies) {
    std::erase(device.acknowledged, intent);
    if (takes_effect(what.code) && replica.held)
      device.acknowledged.push_back(intent);
  }
  const bool gone = !takes_effect(what.code) || !replica.held || w.server.covers(replica.at, made);
  if (gone && std::erase(device.pending, intent) > 0)
    drop_folded(device);
  device.resolving &= !device.pending.empty();
  if (device.unverdicted.empty() && device.uncertain.empty())
    for (auto& one : device.replicas)
      one.overlay_in_doubt = false;
}

} // namespace squall::invariants
