#include "reports/invariants/model/model.hpp"

#include <algorithm>

namespace squall::invariants {

void model::step(const entry& e, const history::name_table& names) {
  if (e.intent > names.intents() || e.record > names.records())
    throw bad_history("an entry names an intent or a record that the name tables do not have");
  world_.names = &names;
  world_.now = e.at_ns;
  ++world_.step;
  world_.seen.clear();
  close_what_ends(e);
  grants_.before(e);
  // The numbers of the kinds are grouped: see entry.hpp.
  const auto kind = static_cast<std::uint8_t>(e.kind);
  if (kind < 16)
    users(e);
  else if (kind < 32)
    devices(e);
  else if (kind < 40 || (kind >= 44 && kind < 48))
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
      show_cursor(world_, device, {e.scope, e.aux, e.s});
      device.synced_shown = e.code == 1;
      break;
    case entry_kind::grants_told: return grants_told(e);
    case entry_kind::scope_purged: return grants_.purged(e);
    case entry_kind::task_shown: return tasks_.shown(e);
    case entry_kind::fence_told: return lives_.fence_told(e);
    default: break;
  }
}

void model::grants_told(const entry& e) {
  for (const auto scope : grants_.told(e)) {
    pages_.purged(e.actor, scope);
    tasks_.purged(e.actor, scope);
    if (forgets_)
      lives_.purged(e.actor, scope);
  }
  world_.device(e.actor).synced_shown = false;
}

void model::grants_changed(const entry& e) {
  for (const auto device : grants_.changed(e))
    if (forgets_)
      lives_.granted(device, e.scope, e.kind == entry_kind::grant);
}

// What was forgotten, granted and asked then.
void model::mark_place(intent_fact& fact) const {
  fact.fence_steps = static_cast<std::uint32_t>(world_.lifetimes.find_scope(fact.scope).steps.size());
  fact.grant_steps = static_cast<std::uint32_t>(world_.grants.changes(world_.devices[fact.device].user));
  fact.tasks = world_.tasks.size();
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
  auto& replica = device.replica(e.scope);
  world_.seen.old_s = replica.cursor;
  world_.seen.old_generation = replica.generation;
  world_.seen.old_known = !replica.in_doubt;
  world_.seen.old_at = replica.at;
  const bool snapshot = static_cast<history::cursor_code>(e.code) == history::cursor_code::snapshot;
  if (snapshot) {
    pages_.snapshot_applied(e.actor, {e.scope, e.aux, e.s});
    replica.snapshot_at = world_.server.at_sequence(e.s, e.aux);
  }
  move_cursor(world_, device, {e.scope, e.aux, e.s}, snapshot);
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
      grants_.replied(e);
      break;
    case entry_kind::request_refused: grants_.replied(e); break;
    case entry_kind::branch_kept: verdicts_.branch_kept(e); break;
    case entry_kind::backed_up: return restores_.backed_up(e);
    case entry_kind::server_restored: return restores_.restored(e);
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
      mark_place(fact);
    fact.arrived = std::min(fact.arrived, world_.server.head());
  }
  cargo_.erase(found);
}

void model::messages(const entry& e) {
  answers_.message(e);
  tasks_.message(e);
  grants_.message(e);
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
      for (auto& one : device.replicas)
        one.in_doubt = true;
      grants_.crashed(e);
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
    case entry_kind::device_revoked: world_.device(e.peer).revoked = e.code == 1; break;
    case entry_kind::healed: world_.healed_at = e.at_ns; break;
    case entry_kind::participant:
      device.known = true;
      device.scope = e.scope;
      device.user = static_cast<std::uint32_t>(e.ref);
      grants_.participant(e);
      break;
    case entry_kind::grant:
    case entry_kind::revoke: return grants_changed(e);
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
