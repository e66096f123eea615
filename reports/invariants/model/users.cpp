// What users do at their devices, and what they see there.
#include "reports/invariants/model/model.hpp"
#include "reports/invariants/model/restorer.hpp"

#include <algorithm>

namespace squall::invariants {

// What its author says the fields were is what the author's device had to show; and so with the scope that it names.
void model::before_values(intent_index intent) {
  const auto& fact = world_.intents.get(intent);
  auto& device = world_.device(fact.device);
  if (world_.intents.past(fact).relabels != 0 || !judges_reads(device) || device.pending.empty() ||
      device.pending.back() != intent)
    return;
  device.pending.pop_back();
  const auto sees = visible(world_, device);
  compare_before(fact, sees);
  world_.seen.scope_expected = scope_expected(fact, sees);
  device.pending.push_back(intent);
}

void model::compare_before(const intent_fact& fact, const view& sees) {
  const exhibit shown{place::read, fact.device, &sees};
  for (const auto& op : world_.intents.operations(fact)) {
    for (const auto& item : world_.intents.writes(op)) {
      const auto* field = world_.rules.field(op.collection, item.field);
      if (field == nullptr || field->is_derived() || field->is_set())
        continue;
      if (item.before_tag == value_tag::none && !sees.is_live(op.record))
        continue; // a deleted record shows nothing, though the same change may bring it back
      entry said;
      said.record = op.record;
      said.collection = op.collection;
      said.field = item.field;
      said.tag = item.before_tag;
      said.value = item.before;
      said.intent = sees.cell(op.record, item.field).writer; // not said: only the value counts
      compare_cell(world_, shown, said);
    }
  }
}

// That of wide records; or of the first record that it is about, or refers to; or its author's own.
std::uint32_t model::scope_expected(const intent_fact& fact, const view& sees) const {
  const auto operations = world_.intents.operations(fact);
  for (const auto& op : operations)
    if (const auto* rules = world_.rules.collection(op.collection); rules != nullptr && rules->wide)
      return world_.rules.wide_scope();
  for (const auto& op : operations)
    if (const auto row = sees.row(op.record); op.code != operation_code::create && row.known)
      return row.scope;
  for (const auto& op : operations)
    for (const auto& item : world_.intents.writes(op)) {
      const auto* field = world_.rules.field(op.collection, item.field);
      const bool stays = field != nullptr && field->indexes_parents && item.tag == value_tag::reference;
      const auto row = stays ? sees.row(world_.server.record_of(item.number)) : row_view{};
      if (row.known && !(world_.rules.has_wide() && row.scope == world_.rules.wide_scope()))
        return row.scope;
    }
  return world_.devices[fact.device].scope;
}

bool model::judges_reads(const device_fact& device) const {
  return !device.in_doubt() && !world_.moves_in_doubt(device) && !world_.overlay_in_doubt(device);
}

// -- users ------------------------------------------------------------------------------------------------------------

void model::users(const entry& e) {
  switch (e.kind) {
    case entry_kind::intention_in_doubt: ++world_.device(e.actor).in_doubt_writes; break;
    case entry_kind::intent_accepted: return accepted(e);
    case entry_kind::intent_operation:
    case entry_kind::intent_write:
    case entry_kind::intent_branch:
    case entry_kind::intent_guard: return part_of_intent(e);
    case entry_kind::row_read:
    case entry_kind::value_read: return read(e);
    default: break;
  }
}

void model::accepted(const entry& e) {
  auto& fact = world_.intents.at(e.intent, *world_.names);
  world_.device(fact.device);
  auto& device = world_.device(e.actor);
  if (fact.accepted)
    throw bad_history("an intent is accepted twice");
  if (e.flags == 0)
    show_cursor(world_, device, {e.scope, e.aux, e.s});
  fact.accepted = true;
  fact.plan_id = e.ref;
  fact.context_s = e.s;
  fact.generation = e.aux;
  fact.context = world_.server.at_sequence(e.s, e.aux);
  fact.blind = world_.server.ever_restored() && e.aux != world_.generation;
  fact.floor_s = world_.told_s;
  fact.accepted_at = e.at_ns;
  fact.given = {e.value, e.field + (std::uint32_t{e.collection} << 16)};
  fact.scope = e.scope;
  if (fact.incarnation > 1)
    find_other_name(e, fact);
  world_.intents.begin_body(fact);
  open_intent_ = e.intent;
  if (forgets_)
    lives_.accepted(e);
  if (!shows_undone(world_, device, e.intent))
    device.pending.push_back(e.intent);
  device.unverdicted.push_back(e.intent);
  device.synced_shown = false;
}

void model::part_of_intent(const entry& e) {
  if (open_intent_ == 0 || open_intent_ != e.intent)
    throw bad_history("an intent's parts do not follow it");
  auto& fact = world_.intents.at(e.intent, *world_.names);
  if (e.kind == entry_kind::intent_operation) {
    operation op;
    op.record = e.record;
    op.task = static_cast<std::uint32_t>(std::min<std::uint64_t>(e.aux, UINT32_MAX));
    op.collection = e.collection;
    op.code = static_cast<operation_code>(e.code);
    op.to = op.code == operation_code::move ? e.scope : 0;
    world_.intents.add(fact, op);
    world_.server.learn(e.record, history::digest_of(world_.names->record(e.record)));
    if (forgets_)
      lives_.operates(world_.device(fact.device), e.intent, e.record);
  } else if (e.kind == entry_kind::intent_branch) {
    world_.intents.add_branch(fact, static_cast<intent_index>(e.ref));
  } else if (e.kind == entry_kind::intent_write)
    world_.intents.add_write(fact, e.record,
                             write{e.value, e.field, static_cast<write_code>(e.code), e.tag,
                                   static_cast<value_tag>(e.flags), static_cast<std::int64_t>(e.aux)});
  else
    world_.intents.add(fact, guard{e.record, e.collection, e.field, static_cast<compare_code>(e.code), e.tag, e.value});
}

void model::read(const entry& e) {
  auto& device = world_.device(e.actor);
  if (!judges_reads(device))
    return;
  const auto sees = visible(world_, device);
  const exhibit shown{place::read, e.actor, &sees};
  if (e.kind == entry_kind::row_read) {
    const bool live = static_cast<history::presence_code>(e.code) == history::presence_code::live;
    compare_row(world_, shown, e, live);
    if (live)
      compare_flags(world_, shown, e);
    read_.device = live ? e.actor : 0;
    read_.record = e.record;
    read_.collection = e.collection;
    return;
  }
  compare_cell(world_, shown, e);
  if (const auto* field = world_.rules.field(e.collection, e.field); field->is_set() && e.record == read_.record)
    read_.members.push_back({e.field, e.tag, e.value});
}

// Who shows a set shows all of it.
void model::close_read() {
  if (read_.device != 0 && !read_.members.empty()) {
    auto& device = world_.device(read_.device);
    if (judges_reads(device)) {
      const auto sees = visible(world_, device);
      report_missing_members(world_, {place::read, read_.device, &sees}, read_.record, read_.collection, read_.members,
                             false);
    }
  }
  read_.device = 0;
  read_.members.clear();
}

} // namespace squall::invariants
