#include "reports/story/chronicle.hpp"

#include <algorithm>

namespace squall::story {

using history::entry;
using history::entry_kind;
using history::intent_index;
using history::verdict_code;

namespace {

constexpr std::uint8_t service_unavailable = 103; // 503, as histories say it
/// An answer may well take less.
constexpr std::int64_t long_wait_ns = 60'000'000'000;

bool has_effect(std::uint8_t verdict) {
  return verdict == static_cast<std::uint8_t>(verdict_code::applied) ||
         verdict == static_cast<std::uint8_t>(verdict_code::merged);
}

bool final(std::uint8_t verdict) {
  return verdict >= static_cast<std::uint8_t>(verdict_code::applied) &&
         verdict <= static_cast<std::uint8_t>(verdict_code::rejected);
}

/// Faults of links are told with the letters that they hit.
bool of_a_link(std::uint8_t number) { return (number >= 1 && number <= 8) || (number >= 20 && number <= 22); }

} // namespace

void chronicle::append(std::span<const entry> entries, const history::name_table& names) {
  names_ = &names;
  for (const auto& e : entries)
    if (until_ == 0 || e.at_ns <= until_)
      hear(e);
}

void chronicle::finish() {
  if (page_.open)
    close_page();
  if (queue_of_)
    end_queue();
  for (const auto& [intent, of] : lives_) {
    const auto end = until_ != 0 ? until_ : last_at_;
    if (!of.accepted || of.has_verdict || of.exited || !cast_.is_subject(intent) || end - of.last_sent < long_wait_ns)
      continue;
    entry e;
    e.at_ns = end;
    e.actor = names_->intent(intent).device;
    e.intent = intent;
    auto& b = tell(e, beat_kind::waiting);
    b.from_s = of.times_sent;
    b.value = of.last_sent;
  }
}

void chronicle::hear(const entry& e) {
  last_at_ = e.at_ns;
  const auto kind = static_cast<std::uint8_t>(e.kind);
  const bool inside_page =
      e.kind == entry_kind::feed_entry || e.kind == entry_kind::feed_row || e.kind == entry_kind::feed_field;
  if (page_.open && !inside_page)
    close_page();
  if (queue_of_ && e.kind != entry_kind::queue_row)
    end_queue();
  if (kind < static_cast<std::uint8_t>(entry_kind::incarnation_begun))
    hear_user(e);
  else if (kind < static_cast<std::uint8_t>(entry_kind::intent_committed))
    hear_device(e);
  else if (kind < static_cast<std::uint8_t>(entry_kind::message_sent))
    hear_server(e);
  else if (kind < static_cast<std::uint8_t>(entry_kind::fault_began))
    hear_network(e);
  else if (kind < static_cast<std::uint8_t>(entry_kind::participant))
    hear_fault(e);
  else if (e.kind == entry_kind::participant)
    scopes_[e.actor] = e.scope;
  else if (e.kind == entry_kind::queue_read || e.kind == entry_kind::queue_row)
    hear_queue(e);
  else
    hear_export(e);
}

beat& chronicle::tell(const entry& e, beat_kind kind) {
  beat b;
  b.at_ns = e.at_ns;
  b.kind = kind;
  b.actor = e.actor;
  b.peer = e.peer;
  if (e.intent != 0)
    b.intents.push_back(e.intent);
  b.message = e.message;
  b.s = e.s;
  b.code = e.code;
  b.rule = e.rule;
  b.ref = e.ref;
  b.value = e.value;
  beats_.push_back(std::move(b));
  return beats_.back();
}

/// Hosts may record that a message was sent before or after what it carries.
letter& chronicle::open_letter(const entry& e) {
  letter& l = letters_[e.message];
  if (last_sent_.message == e.message && l.sent_at == 0)
    sent(l, last_sent_);
  return l;
}

void chronicle::sent(letter& l, const entry& e) {
  l.from = e.actor;
  l.to = e.peer;
  l.message_class = e.code;
  l.sent_at = e.at_ns;
}

bool chronicle::is_of(std::uint32_t scope, intent_index intent) const {
  const auto of = lives_.find(intent);
  return of != lives_.end() && scope != 0 && (of->second.scope == scope || of->second.to == scope);
}

// -- devices -----------------------------------------------------------------------------------------------------------

void chronicle::hear_user(const entry& e) {
  switch (e.kind) {
    case entry_kind::intent_accepted:
      if (cast_.plays(e.intent)) {
        tell(e, beat_kind::accepted);
        lives_[e.intent].accepted = true;
        lives_[e.intent].scope = e.scope;
      }
      break;
    case entry_kind::intention_in_doubt:
      if (cast_.watched.contains(e.actor))
        tell(e, beat_kind::in_doubt);
      break;
    case entry_kind::intent_operation:
      if (cast_.plays(e.intent))
        deeds_[e.intent].push_back({e.code, e.record, e.collection, e.aux, {}});
      if (e.code == static_cast<std::uint8_t>(history::operation_code::move) && lives_.contains(e.intent))
        lives_[e.intent].to = e.scope;
      break;
    case entry_kind::intent_write:
      if (cast_.plays(e.intent) && !deeds_[e.intent].empty())
        deeds_[e.intent].back().writes.push_back(e);
      break;
    default: break;
  }
}

void chronicle::task(const entry& e, beat_kind kind) {
  auto& b = tell(e, kind);
  b.ref = e.aux;
  b.record = e.record;
  b.collection = e.collection;
}

void chronicle::hear_device(const entry& e) {
  if (e.kind == entry_kind::cursor_moved)
    return cursor(e);
  if (e.kind == entry_kind::task_shown && cast_.watched.contains(e.actor) && e.record == cast_.record)
    return task(e, beat_kind::task_shown);
  if (e.kind == entry_kind::queue_locked && cast_.watched.contains(e.actor))
    tell(e, e.code == 1 ? beat_kind::locked : beat_kind::unlocked);
  if (!cast_.plays(e.intent))
    return;
  life& of = lives_[e.intent];
  switch (e.kind) {
    case entry_kind::intent_carried: {
      ++of.times_sent;
      of.last_sent = e.at_ns;
      open_letter(e);
      auto* before = beats_.empty() ? nullptr : &beats_.back();
      if (before && before->kind == beat_kind::carried && before->message == e.message)
        before->intents.push_back(e.intent);
      else
        tell(e, beat_kind::carried).from_s = of.times_sent;
      break;
    }
    case entry_kind::verdict_received:
      of.has_verdict = of.has_verdict || final(e.code);
      tell(e, beat_kind::learned);
      break;
    case entry_kind::queue_exit:
      of.exited = true;
      if (!of.has_verdict)
        tell(e, beat_kind::left_queue).turn = true;
      break;
    case entry_kind::surfaced: tell(e, beat_kind::surfaced); break;
    case entry_kind::overlay_dropped: {
      const bool seen = !of.commits.empty() && of.commits.front() <= e.s;
      const bool refused = of.has_verdict && !has_effect(of.answer);
      if (!seen && !refused)
        tell(e, beat_kind::overlay_dropped).turn = true;
      break;
    }
    case entry_kind::group_applied:
      of.applied_at.insert(e.actor);
      if (cast_.watched.contains(e.actor))
        tell(e, beat_kind::applied);
      break;
    default: break;
  }
}

void chronicle::cursor(const entry& e) {
  if (!cast_.watched.contains(e.actor))
    return;
  cursors_[{e.actor, e.scope}] = e.s;
  if (e.code != static_cast<std::uint8_t>(history::cursor_code::page)) {
    auto& b = tell(e, beat_kind::snapshot);
    b.from_s = e.ref;
    return;
  }
  for (auto& [intent, of] : lives_)
    for (const auto s : of.commits)
      if (e.ref < s && s <= e.s && !of.applied_at.contains(e.actor) && is_of(e.scope, intent)) {
        auto& b = tell(e, beat_kind::passed);
        b.intents = {intent};
        b.from_s = e.ref;
        b.turn = true;
      }
}

// -- the server --------------------------------------------------------------------------------------------------------

void chronicle::hear_server(const entry& e) {
  switch (e.kind) {
    case entry_kind::intent_committed:
      if (cast_.plays(e.intent))
        committed(e);
      break;
    case entry_kind::verdict_released:
      if (cast_.plays(e.intent))
        answered(e);
      break;
    case entry_kind::branch_kept:
      if (cast_.plays(e.intent))
        task(e, beat_kind::branched);
      break;
    case entry_kind::page_served:
      if (cast_.watched.contains(e.peer) && e.code == static_cast<std::uint8_t>(history::page_code::changes))
        page_ = {e.peer, e.scope, e.ref, e.s, e.message, e.at_ns, {}, true};
      break;
    case entry_kind::feed_entry:
      if (page_.open && cast_.plays(e.intent))
        page_.holds.insert(e.intent);
      break;
    case entry_kind::token_refused:
      if (cast_.watched.contains(e.peer)) {
        auto& b = tell(e, beat_kind::no_token);
        const auto fault = faults_.find(e.peer);
        b.ref = fault == faults_.end() ? 0 : fault->second;
      }
      break;
    case entry_kind::request_refused:
      if (cast_.watched.contains(e.peer)) {
        auto& b = tell(e, beat_kind::refused);
        // Out of service is the server's trouble, all else the device's.
        const auto fault = faults_.find(e.code == service_unavailable ? 0 : e.peer);
        b.ref = fault == faults_.end() ? 0 : fault->second;
      }
      break;
    default: break;
  }
}

void chronicle::committed(const entry& e) {
  life& of = lives_[e.intent];
  auto& b = tell(e, beat_kind::committed);
  b.turn = !of.commits.empty() || !of.accepted || (of.answer != 0 && !has_effect(of.answer));
  b.from_s = of.commits.empty() ? 0 : of.commits.back();
  of.commits.push_back(e.s);
  for (const auto& [where, at] : cursors_)
    if (at >= e.s && is_of(where.second, e.intent)) {
      auto& late = tell(e, beat_kind::overtaken);
      late.peer = where.first;
      late.from_s = at;
      late.turn = true;
    }
}

void chronicle::answered(const entry& e) {
  open_letter(e);
  life& of = lives_[e.intent];
  auto& b = tell(e, beat_kind::answered);
  const bool changed = of.answer != 0 && final(e.code) && of.answer != e.code;
  const bool unfounded = has_effect(e.code) && of.commits.empty();
  b.turn = changed || unfounded;
  if (final(e.code))
    of.answer = e.code;
  b.from_s = e.flags; // 1: once more
}

void chronicle::close_page() {
  page_.open = false;
  entry e;
  e.at_ns = page_.at_ns;
  e.peer = page_.peer;
  e.message = page_.message;
  e.s = page_.to;
  for (auto& [intent, of] : lives_) {
    const bool within = std::any_of(of.commits.begin(), of.commits.end(),
                                    [&](std::uint64_t s) { return page_.from < s && s <= page_.to; });
    const bool holds = page_.holds.contains(intent);
    if (!is_of(page_.scope, intent) || (!holds && !within))
      continue;
    open_letter(e);
    auto* before = beats_.empty() ? nullptr : &beats_.back();
    const auto kind = holds ? beat_kind::served : beat_kind::left_out;
    if (before && before->kind == kind && before->message == e.message) {
      before->intents.push_back(intent);
      continue;
    }
    auto& b = tell(e, kind);
    b.intents = {intent};
    b.from_s = page_.from;
    b.turn = !holds;
  }
}

// -- the network and faults --------------------------------------------------------------------------------------------

void chronicle::hear_network(const entry& e) {
  if (e.kind == entry_kind::message_sent)
    last_sent_ = e;
  const auto at = letters_.find(e.message);
  if (at == letters_.end())
    return;
  letter& l = at->second;
  switch (e.kind) {
    case entry_kind::message_sent: sent(l, e); break;
    case entry_kind::message_delivered: l.arrived_at.push_back(e.at_ns); break;
    case entry_kind::message_lost:
      l.lost = true;
      l.loss = e.code;
      break;
    case entry_kind::message_duplicated: l.duplicated = true; break;
    case entry_kind::message_corrupted: l.corrupted = true; break;
    default: break;
  }
}

void chronicle::hear_fault(const entry& e) {
  constexpr std::uint8_t reordering = 6, delay_message = 20, noise_reorder = 67;
  if (e.kind == entry_kind::fault_effect) {
    // What a fault does to a message is told between its sending and its fate.
    const auto at = letters_.find(last_sent_.message);
    if (at == letters_.end() || at->second.sent_at != e.at_ns || at->second.from != e.actor)
      return;
    if (of_a_link(e.code) || e.code >= 64)
      at->second.cause = e.ref;
    at->second.held_back |= e.code == reordering || e.code == delay_message || e.code == noise_reorder;
    return;
  }
  const bool near = cast_.watched.contains(e.actor) || e.actor == 0;
  if (!near)
    return;
  if (e.kind == entry_kind::crashed)
    tell(e, beat_kind::crashed);
  else if (e.kind == entry_kind::restarted)
    tell(e, beat_kind::restarted);
  else if (e.kind == entry_kind::fault_ended)
    std::erase_if(faults_, [&](const auto& one) { return one.first == e.actor && one.second == e.ref; });
  else if (e.kind == entry_kind::fault_began && !of_a_link(e.code)) {
    tell(e, beat_kind::fault);
    faults_[e.actor] = e.ref;
  }
}

} // namespace squall::story
