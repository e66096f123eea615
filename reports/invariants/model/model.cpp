#include "reports/invariants/model/model.hpp"

#include <algorithm>

namespace squall::invariants {

void model::step(const entry& e, const history::name_table& names) {
  if (e.intent > names.intents() || e.record > names.records())
    throw bad_history("an entry names an intent or a record that the name tables do not have");
  world_.names = &names;
  world_.now = e.at_ns;
  world_.seen.clear();
  close_what_ends(e);
  // The numbers of the kinds are grouped: see entry.hpp.
  const auto kind = static_cast<std::uint8_t>(e.kind);
  if (kind < 16)
    users(e);
  else if (kind < 32)
    devices(e);
  else if (kind < 40 || e.kind == entry_kind::branch_kept || e.kind == entry_kind::fence_moved)
    server(e);
  else if (kind >= 48 && kind < 64)
    messages(e);
  else
    host(e);
  drift_.step(e);
  world_.callers.step(e);
}

void model::finish(const history::name_table& names) {
  world_.names = &names;
  world_.seen.clear();
  close_what_ends({});
  tasks_.finish();
  drift_.finish();
}

void model::close_what_ends(const entry& e) {
  if (e.kind != entry_kind::verdict_field)
    verdicts_.close();
  if (e.kind != entry_kind::value_read || e.actor != read_.device || e.record != read_.record)
    close_read();
  if (e.kind != entry_kind::feed_entry && e.kind != entry_kind::feed_row && e.kind != entry_kind::feed_field)
    pages_.close();
  const bool continues = e.kind == entry_kind::intent_operation || e.kind == entry_kind::intent_write ||
                         e.kind == entry_kind::intent_guard || e.kind == entry_kind::intent_branch ||
                         e.kind == entry_kind::clock_read;
  if (open_intent_ != 0 && !continues) {
    world_.seen.body_complete = open_intent_;
    const auto& fact = world_.intents.get(open_intent_);
    world_.device(fact.device).resolving |= world_.intents.resolves(fact);
    before_values(open_intent_);
    open_intent_ = 0;
  }
}

// What its author says the fields were is what the author's device had to show.
void model::before_values(intent_index intent) {
  const auto& fact = world_.intents.get(intent);
  auto& device = world_.device(fact.device);
  if (!judges_reads(device) || device.pending.empty() || device.pending.back() != intent)
    return;
  device.pending.pop_back();
  const auto sees = visible(world_, device);
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
  device.pending.push_back(intent);
}

bool model::judges_reads(const device_fact& device) const {
  return !device.in_doubt && !device.overlay_in_doubt && world_.is_granted(device) && !world_.generation_changed &&
         !world_.resolves_closed_task(device) && !world_.tombstones_in_doubt(device);
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
  if (device.in_doubt && e.s >= device.cursor)
    move_cursor(world_, device, e.aux, e.s, false);
  fact.accepted = true;
  fact.plan_id = e.ref;
  fact.context_s = e.s;
  fact.generation = e.aux;
  fact.context = world_.server.at_sequence(e.s);
  fact.floor_s = world_.told_s;
  fact.accepted_at = e.at_ns;
  fact.given = {e.value, e.field + (std::uint32_t{e.collection} << 16)};
  fact.scope = device.scope;
  world_.intents.begin_body(fact);
  open_intent_ = e.intent;
  if (forgets_)
    lives_.accepted(e);
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
      compare_flags(world_, shown, e, device.at);
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

// -- devices ----------------------------------------------------------------------------------------------------------

void model::devices(const entry& e) {
  auto& device = world_.device(e.actor);
  switch (e.kind) {
    case entry_kind::incarnation_begun: return incarnation_begun(e);
    case entry_kind::intent_carried: return carried(e);
    case entry_kind::verdict_received: return verdict_received(e);
    case entry_kind::queue_exit:
      world_.intents.at(e.intent, *world_.names).exited |= terminal(static_cast<verdict_code>(e.code));
      break;
    case entry_kind::cursor_moved: return cursor_moved(e);
    case entry_kind::status_shown:
      if (device.in_doubt && e.s >= device.cursor)
        move_cursor(world_, device, e.aux, e.s, false);
      device.synced_shown = e.code == 1;
      break;
    case entry_kind::task_shown: return tasks_.shown(e);
    case entry_kind::fence_told: return lives_.fence_told(e);
    default: break;
  }
}

void model::incarnation_begun(const entry& e) {
  auto& device = world_.device(e.actor);
  if (e.aux <= device.incarnation)
    return;
  for (const auto intent : device.unverdicted)
    world_.intents.at(intent, *world_.names).orphaned = true;
  device.incarnation = static_cast<std::uint32_t>(e.aux);
  device.unverdicted.clear();
  device.pending.clear();
  device.resolving = false;
  device.forgotten = 0;
  device.kept.clear();
  device.swapped = false;
  if (forgets_)
    lives_.incarnation_begun(e);
  device.snapshot_at = 0;
  device.tasks_told = 0;
  device.overlay.clear();
  device.folded = 0;
  device.cursor = 0;
  device.at = 0;
  device.generation = 0;
}

void model::carried(const entry& e) {
  auto& fact = world_.intents.at(e.intent, *world_.names);
  if (fact.carried == never) {
    fact.carried = world_.server.head();
    fact.fence_steps = static_cast<std::uint32_t>(world_.lifetimes.find_scope(fact.scope).steps.size());
  }
  if (fact.arrived == never)
    cargo_[e.message].push_back(e.intent);
}

void model::verdict_received(const entry& e) {
  auto& fact = world_.intents.at(e.intent, *world_.names);
  const verdict what{static_cast<verdict_code>(e.code), static_cast<rule_code>(e.rule),
                     static_cast<intent_index>(e.ref), e.s};
  if (!terminal(what.code))
    return;
  if (fact.received.code == verdict_code::none)
    fact.received = what;
  take_verdict(world_, world_.device(e.actor), e.intent, what);
}

void model::cursor_moved(const entry& e) {
  auto& device = world_.device(e.actor);
  world_.seen.old_s = device.cursor;
  world_.seen.old_generation = device.generation;
  world_.seen.old_known = !device.in_doubt;
  world_.seen.old_at = device.at;
  const bool snapshot = static_cast<history::cursor_code>(e.code) == history::cursor_code::snapshot;
  if (snapshot) {
    pages_.snapshot_applied(e.actor, e.s);
    device.snapshot_at = world_.server.at_sequence(e.s);
  }
  move_cursor(world_, device, e.aux, e.s, snapshot);
  if (forgets_)
    lives_.cursor_moved(e, snapshot);
  device.synced_shown = false;
}

// -- the server -------------------------------------------------------------------------------------------------------

void model::server(const entry& e) {
  switch (e.kind) {
    case entry_kind::intent_committed: verdicts_.committed(e); break;
    case entry_kind::verdict_released:
      answers_.released(e);
      verdicts_.released(e);
      break;
    case entry_kind::verdict_field: return verdicts_.listed(e);
    case entry_kind::page_served:
      tasks_.page_served(e);
      pages_.page_served(e);
      break;
    case entry_kind::branch_kept: verdicts_.branch_kept(e); break;
    case entry_kind::fence_moved: return lives_.fence_moved(e);
    case entry_kind::feed_entry: return pages_.feed_entry(e);
    case entry_kind::feed_row:
    case entry_kind::feed_field: return pages_.feed_part(e);
    default: break;
  }
  if (forgets_)
    lives_.served(e);
}

// -- messages ---------------------------------------------------------------------------------------------------------

void model::arrived(std::uint64_t message) {
  const auto found = cargo_.find(message);
  if (found == cargo_.end())
    return;
  for (const auto intent : found->second) {
    auto& fact = world_.intents.at(intent, *world_.names);
    if (fact.arrived == never)
      fact.fence_steps = static_cast<std::uint32_t>(world_.lifetimes.find_scope(fact.scope).steps.size());
    fact.arrived = std::min(fact.arrived, world_.server.head());
  }
  cargo_.erase(found);
}

void model::messages(const entry& e) {
  answers_.message(e);
  tasks_.message(e);
  if (forgets_)
    lives_.message(e);
  if (e.kind == entry_kind::message_delivered && e.actor == 0)
    arrived(e.message);
  else if (e.kind == entry_kind::message_lost)
    cargo_.erase(e.message); // a duplicate may still arrive: then the time it left stands for the time it came
}

// -- the host ---------------------------------------------------------------------------------------------------------

void model::host(const entry& e) {
  auto& device = world_.device(e.actor);
  switch (e.kind) {
    case entry_kind::crashed:
      device.in_doubt = true;
      device.down = true;
      device.synced_shown = false;
      answers_.crashed(e);
      if (forgets_)
        lives_.crashed(e);
      break;
    case entry_kind::queue_read: return answers_.queue_read(e);
    case entry_kind::queue_row: return answers_.queue_row(e);
    case entry_kind::restarted:
      device.down = false;
      if (e.actor == 0)
        world_.clock.restarted_at = e.at_ns;
      if (e.actor == 0 && forgets_)
        lives_.restarted();
      break;
    case entry_kind::clock_read:
      if (e.actor == 0)
        world_.clock.read(e.value, e.at_ns);
      if (e.actor == 0 && forgets_)
        lives_.clock_read(e);
      device.clock = device.clock_known ? std::max(device.clock, e.value) : e.value;
      device.clock_known = true;
      break;
    case entry_kind::healed: world_.healed_at = e.at_ns; break;
    case entry_kind::participant:
      device.known = true;
      device.scope = e.scope;
      device.user = static_cast<std::uint32_t>(e.ref);
      if (forgets_)
        lives_.participant(e);
      break;
    case entry_kind::grant:
      world_.grants[e.ref << 32 | e.scope] = e.code;
      world_.grants_changed_at = e.at_ns > 0 ? e.at_ns : world_.grants_changed_at;
      break;
    case entry_kind::revoke:
      world_.grants.erase(e.ref << 32 | e.scope);
      world_.grants_changed_at = e.at_ns;
      break;
    case entry_kind::export_task:
    case entry_kind::export_branch: return tasks_.exported(e);
    case entry_kind::export_began:
      tasks_.export_began(e);
      exports_.began(e);
      if (forgets_)
        lives_.export_began(e);
      break;
    case entry_kind::export_row: return exports_.row(e);
    case entry_kind::export_field: return exports_.field(e);
    case entry_kind::export_ended: tasks_.export_ended(exports_.settled()); return exports_.ended(e);
    default: break;
  }
}

} // namespace squall::invariants
