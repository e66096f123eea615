#include "reports/invariants/model/lifetime_reader.hpp"

#include <utility>

namespace squall::invariants {

void lifetime_reader::trouble(fence_flaw what, std::uint64_t s, std::uint64_t expected, std::uint32_t device,
                              record_index record) {
  w_.seen.fences.push_back({what, device, record, s, expected});
}

// -- the host -----------------------------------------------------------------------------------------------------------------

void lifetime_reader::granted(std::uint32_t device, std::uint32_t scope, bool holds) {
  static_cast<void>(book_.of(device, scope));
  book_.scope(scope).grants_changed_at = w_.now;
  if (!holds)
    book_.withdrawn(device, scope);
}

guest& lifetime_reader::guest_of(std::uint32_t device, const entry& e) {
  static_cast<void>(scope_of(e));
  return book_.of(device, e.scope);
}

scope_life& lifetime_reader::scope_of(const entry& e) {
  if (e.scope > world::participants_max)
    throw bad_history("an entry names a scope that no run has");
  return book_.scope(e.scope);
}

void lifetime_reader::crashed(const entry& e) {
  if (e.actor == 0)
    server_crashed_at_ = e.at_ns;
  else
    for (const auto scope : book_.scopes_of(e.actor))
      book_.of(e.actor, scope).in_doubt = true;
}

void lifetime_reader::message(const entry& e) {
  switch (e.kind) {
    case entry_kind::message_sent:
      if (e.actor != 0 && e.peer == 0)
        sent_[e.message] = verdicts_through(e.actor);
      break;
    case entry_kind::message_delivered: {
      if (e.actor != 0) {
        page_came(e);
        break;
      }
      w_.device(e.peer); // or there is no such one
      auto& by = book_.of(e.peer);
      const auto found = sent_.find(e.message);
      ++by.asked;
      by.through_asked = std::min(by.through_asked, found == sent_.end() ? 0 : found->second);
      sent_.erase(e.message);
      break;
    }
    case entry_kind::message_lost: sent_.erase(e.message); break;
    default: break;
  }
}

// Only what has come says what is in a backup. The last page may have been of no use to the device, the one before was.
void lifetime_reader::page_came(const entry& e) {
  const auto found = backups_told_.find(e.message);
  if (found == backups_told_.end())
    return;
  auto& by = book_.of(e.actor);
  if (found->second.generation == w_.generation)
    by.backed_up_before = std::exchange(by.backed_up_last, std::max(by.backed_up_last, found->second.through));
  backups_told_.erase(found);
}

std::uint64_t lifetime_reader::verdicts_through(std::uint32_t device) {
  const auto& waiting = w_.device(device).unverdicted;
  return waiting.empty() ? book_.find(device).newest_seq : w_.intents.get(waiting.front()).seq - 1;
}

// What a replica says of how far it has forgotten is what it, or the server, has said before.
void lifetime_reader::export_began(const entry& e) {
  ++w_.done.fences;
  if (e.actor == 0) {
    if (e.ref != book_.find_scope(e.scope).fence)
      trouble(fence_flaw::exported, e.ref, book_.find_scope(e.scope).fence);
    return;
  }
  auto& by = guest_of(e.actor, e);
  if (by.in_doubt && (e.ref >= by.fence || e.aux != by.fence_in) && e.ref <= by.offered) {
    by.fence = e.ref;
    by.fence_in = e.aux;
  }
  by.in_doubt = false;
  if (e.ref != by.fence)
    trouble(fence_flaw::exported, e.ref, by.fence, e.actor);
  else if (e.ref < by.due)
    trouble(fence_flaw::not_kept, e.ref, by.due, e.actor);
  w_.device(e.actor).replica(e.scope).forgotten = w_.server.at_sequence(e.ref, e.aux);
}

// -- the server -----------------------------------------------------------------------------------------------------------------

void lifetime_reader::served(const entry& e) {
  switch (e.kind) {
    case entry_kind::intent_committed: return committed(e);
    case entry_kind::branch_kept: return judged(e.intent, true);
    case entry_kind::verdict_released: return judged(e.intent, false);
    case entry_kind::page_served:
      if (e.scope != 0)
        page_served(e);
      break;
    default: break;
  }
}

void lifetime_reader::committed(const entry& e) {
  judged(e.intent, true);
  const auto at = w_.seen.committed;
  if (at == 0)
    return;
  book_.date(at, w_.clock.restarted_at == e.at_ns);
  for (const auto& row : w_.server.rows_of(at)) {
    auto& deaths = book_.scope(row.scope).deaths;
    if (!row.live && (deaths.empty() || deaths.back().at != at || deaths.back().record != row.record))
      deaths.push_back({at, row.record});
  }
}

// An intent of a device was judged; `surely`: at the newest reading of the server's clock.
void lifetime_reader::judged(intent_index intent, bool surely) {
  const auto& fact = w_.intents.get(intent);
  if (fact.device != 0 && fact.incarnation == w_.device(fact.device).incarnation)
    book_.pushed(fact.device, surely);
}

void lifetime_reader::fence_moved(const entry& e) {
  auto& scope = scope_of(e);
  w_.seen.fence_judged = true;
  ++w_.done.fences;
  if (!book_.forgets())
    trouble(fence_flaw::unasked, e.s, e.scope);
  else if (e.s <= scope.fence || e.ref != scope.fence)
    trouble(fence_flaw::runs_back, e.s, scope.fence);
  if (book_.forgets() && e.s > scope.fence) {
    pass(e, scope);
    judge_devices(e, scope);
  }
  scope.fence = std::max(scope.fence, e.s);
  scope.through = w_.server.at_sequence(scope.fence);
  scope.steps.push_back({w_.server.head(), scope.through});
}

// What is forgotten with it: each must be old enough, and nobody's task.
void lifetime_reader::pass(const entry& e, scope_life& scope) {
  const auto to = w_.server.at_sequence(e.s);
  death last;
  for (; scope.passed < scope.deaths.size() && scope.deaths[scope.passed].at <= to; ++scope.passed) {
    const auto& one = scope.deaths[scope.passed];
    if (!w_.is_tombstone(one))
      continue;
    last = one;
    ++w_.seen.tombstones_forgotten;
    if (w_.tasks.is_asked_about(one.record))
      trouble(fence_flaw::asked_about, e.s, w_.server.sequence(one.at), 0, one.record);
  }
  if (last.at == 0 || w_.server.sequence(last.at) != e.s)
    trouble(fence_flaw::no_tombstone, e.s, w_.server.sequence(last.at));
  judge_time(e, to);
}

void lifetime_reader::judge_time(const entry& e, position last) {
  const auto& time = book_.time();
  const bool late = server_crashed_at_ == e.at_ns || w_.clock.restarted_at == e.at_ns;
  if (e.value > time.high || (e.value < time.low && !late && !book_.ran_back()))
    trouble(fence_flaw::time, static_cast<std::uint64_t>(e.value), static_cast<std::uint64_t>(time.low));
  const auto age = time.high - book_.committed(last).low;
  if (age < book_.settings().tombstones_for_ns)
    trouble(fence_flaw::young, e.s, static_cast<std::uint64_t>(age));
}

// Each living device has told a cursor that far. The pull that moves the fence counts, and is told of after it; so may others
// that the server has, and one whose answer went down with it: then the device itself must be that far.
void lifetime_reader::judge_devices(const entry& e, scope_life& scope) {
  if (e.s <= scope.floor)
    return;
  auto floor = UINT64_MAX;
  for (const auto number : scope.members) {
    const auto& by = book_.find(number, e.scope);
    const auto& device = w_.device(number);
    if (!by.pulled || by.reborn || !w_.is_granted(device.user, e.scope) || book_.may_have_expired(by))
      continue;
    floor = std::min(floor, by.told);
    if (by.told >= e.s)
      continue;
    const auto& replica = device.find(e.scope);
    const bool asked = book_.find(number).asked != by.answered || by.served_at <= server_crashed_at_;
    if (!asked || (!replica.in_doubt && replica.cursor < e.s))
      trouble(fence_flaw::unheard, e.s, by.told, number);
  }
  scope.floor = floor == UINT64_MAX ? 0 : floor;
}

void lifetime_reader::page_served(const entry& e) {
  auto& by = guest_of(e.peer, e);
  auto& scope = scope_of(e);
  auto& called = book_.of(e.peer);
  const auto code = static_cast<history::page_code>(e.code);
  const bool snapshot = code == history::page_code::snapshot || code == history::page_code::snapshot_last;
  // A cursor of another generation says nothing of this one.
  const auto& replica = w_.device(e.peer).find(e.scope);
  const bool other = w_.server.ever_restored() && replica.generation != 0 && replica.generation != w_.generation;
  w_.seen.below_fence = !snapshot && !other && e.ref < scope.fence;
  if (code == history::page_code::changes && w_.seen.below_fence)
    trouble(fence_flaw::page_below, e.ref, scope.fence, e.peer);
  if (snapshot && e.s < scope.fence)
    trouble(fence_flaw::snapshot_below, e.s, scope.fence, e.peer);
  // A resync need not name its generation: it is the server's.
  const auto generation = code == history::page_code::resync ? w_.generation : e.aux;
  if (by.offered_in != generation) {
    by.offered_before = by.offered;
    by.offered = 0;
    by.offered_in = generation;
    by.pages.clear();
  }
  by.offered = std::max(by.offered, scope.fence);
  by.served_at = e.at_ns;
  if (e.ref >= replica.cursor) // else it answers an earlier request: another may be under way
    by.answered = called.asked;
  if (code != history::page_code::resync && (other || e.s > replica.cursor)) {
    const auto at = std::lower_bound(by.pages.begin(), by.pages.end(), std::pair{e.s, std::uint64_t{0}});
    if (at == by.pages.end() || at->first != e.s)
      by.pages.insert(at, {e.s, scope.fence});
  }
  if (snapshot) {
    by.heard.high = book_.time().high;
    return;
  }
  scope.before = scope.last;
  scope.last = {e.at_ns, book_.time().low, e.peer, by};
  book_.pushed(e.peer, true); // it is heard of everywhere
  book_.pulled(by, other ? 0 : e.ref);
  scope.floor = std::min(scope.floor, by.told);
  if (w_.keeps_copies && code == history::page_code::changes)
    backups_told_[e.message] = {w_.backed_up_through, w_.generation};
  called.through_before = called.through_last;
  called.through_last = called.through_asked == UINT64_MAX ? 0 : called.through_asked;
  called.through_asked = UINT64_MAX;
}

// -- devices ----------------------------------------------------------------------------------------------------------------------

void lifetime_reader::accepted(const entry& e) {
  auto& by = book_.of(e.actor);
  by.newest_seq = std::max<std::uint64_t>(by.newest_seq, w_.intents.get(e.intent).seq);
}

// While the intent is folded in, the device keeps a tombstone that it is about; one that it has forgotten does not come back.
void lifetime_reader::operates(device_fact& device, intent_index intent, record_index record) {
  const auto& replica = device.find(w_.intents.get(intent).scope);
  const auto* row = w_.server.row(record, replica.at);
  const bool forgotten = row != nullptr && !row->live && row->at <= replica.forgotten;
  if (!forgotten || is_kept(device.kept, record))
    device.kept.push_back({intent, record});
}

void lifetime_reader::incarnation_begun(const entry& e) {
  if (e.code == 0)
    for (const auto scope : book_.scopes_of(e.actor)) {
      auto& by = book_.of(e.actor, scope);
      by.reborn = by.pulled;
      purged(e.actor, scope);
    }
  auto& called = book_.of(e.actor);
  called.newest_seq = 0;
  called.through_asked = 0;
  called.through_last = 0;
  called.through_before = 0;
}

void lifetime_reader::purged(std::uint32_t device, std::uint32_t scope) {
  auto& by = book_.of(device, scope);
  by.fence = 0;
  by.due = 0;
  by.in_doubt = false;
  by.pages.clear();
}

void lifetime_reader::fence_told(const entry& e) {
  auto& by = guest_of(e.actor, e);
  w_.seen.fence_judged = true;
  ++w_.done.fences;
  const auto offered = e.aux == by.offered_in ? by.offered : by.offered_before;
  const bool other = w_.generation != 0 && e.aux != w_.generation && !w_.server.ever_restored();
  if (e.s > offered || other || e.aux > std::max(w_.generation, by.offered_in))
    trouble(fence_flaw::told_beyond, e.s, offered, e.actor);
  else if (e.s < by.fence && e.aux == by.fence_in)
    trouble(fence_flaw::runs_back, e.s, by.fence, e.actor);
  by.fence = e.s;
  by.fence_in = e.aux;
  by.in_doubt = false;
  w_.device(e.actor).replica(e.scope).forgotten = w_.server.at_sequence(e.s, e.aux);
}

void lifetime_reader::cursor_moved(const entry& e, bool snapshot) {
  auto& by = guest_of(e.actor, e);
  if (w_.seen.old_generation != 0 && w_.seen.old_generation != e.aux) {
    by.due = 0;
    if (by.fence_in != e.aux) {
      by.fence = 0;
      by.fence_in = e.aux;
      w_.device(e.actor).replica(e.scope).forgotten = 0;
    }
  }
  const auto beyond = std::upper_bound(by.pages.begin(), by.pages.end(), std::pair{e.s, UINT64_MAX});
  if (beyond != by.pages.begin() && std::prev(beyond)->first == e.s)
    by.due = std::max(by.due, std::prev(beyond)->second);
  by.pages.erase(by.pages.begin(), beyond);
  auto& device = w_.device(e.actor);
  device.replica(e.scope).swapped |= snapshot && !device.pending.empty();
}

// -- what may be forgotten --------------------------------------------------------------------------------------------------------

position forgettable(const world& w, const forget_question& asked) {
  const auto& book = w.lifetimes;
  const auto& scope = book.find_scope(asked.scope);
  auto floor = UINT64_MAX;
  for (const auto number : scope.members) {
    const attendance& by = number == asked.device ? *asked.instead : book.find(number, asked.scope);
    if (by.pulled && w.is_granted(w.devices[number].user, asked.scope) &&
        !book.has_expired(by, asked.time - asked.hearing_ns))
      floor = std::min(floor, by.told);
  }
  // What one commit deleted is forgotten together.
  auto through = scope.through, before = through;
  for (auto i = scope.passed; i < scope.deaths.size(); ++i) {
    const auto& one = scope.deaths[i];
    const auto* newest = w.server.row(one.record, w.server.head());
    if (!w.is_tombstone(one) && newest != nullptr && book.committed(newest->at).high <= asked.time)
      continue;
    // One that lived again only since then may have stood in the way.
    const bool stands = w.is_tombstone(one);
    const bool old = asked.time - book.committed(one.at).high >= book.settings().tombstones_for_ns;
    if (!stands || !old || w.server.sequence(one.at) > floor || w.tasks.was_asked_about(one.record, asked.at_ns))
      return one.at == through ? before : through;
    if (one.at != through)
      before = std::exchange(through, one.at);
  }
  return through;
}

} // namespace squall::invariants
