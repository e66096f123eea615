#include "reports/invariants/model/callers.hpp"

namespace squall::invariants {

namespace {

using history::message_code;

/// Clocks are read in whole ns: so much may be lost.
constexpr std::int64_t rounding_ns = 1'000;
/// No answer takes longer, however long messages are held back.
constexpr std::int64_t answers_within_ns = 15LL * 60 * 1'000'000'000;
constexpr std::uint8_t clock_drift = 10; // its number in the catalogue of faults
constexpr std::uint8_t server_error = 500 - 400;

} // namespace

std::size_t caller_book::line_of_request(std::uint8_t code) {
  switch (static_cast<message_code>(code)) {
    case message_code::push: return 0;
    case message_code::pull: return 1;
    case message_code::snapshot: return 2;
    default: return lines;
  }
}

std::size_t caller_book::line_of_answer(std::uint8_t code) {
  switch (static_cast<message_code>(code)) {
    case message_code::push_reply: return 0;
    case message_code::page: return 1;
    case message_code::snapshot_page: return 2;
    default: return lines;
  }
}

caller_book::caller& caller_book::of(std::uint32_t device) {
  while (device >= callers_.size()) {
    const auto number = callers_.size();
    callers_.push_back({});
    callers_.back().clock = device_clock(number < settings_.drift_ppb.size() ? settings_.drift_ppb[number] : 0);
  }
  return callers_[device];
}

void caller_book::step(const entry& e) {
  seen_ = {};
  switch (e.kind) {
    case entry_kind::request_refused:
      refusal_ = e.message;
      refused_ = {};
      refused_.to = arrived_at_ == e.at_ns ? arrived_ : 0;
      refused_.refused = e.code;
      refused_.wait_ns = e.value;
      break;
    case entry_kind::message_sent: return sent(e);
    case entry_kind::message_lost: return lost(e);
    case entry_kind::message_delivered: return delivered(e);
    case entry_kind::message_duplicated: return duplicated(e);
    case entry_kind::message_corrupted:
      if (const auto found = answers_.find(e.message); found != answers_.end())
        found.value().corrupted = true;
      break;
    case entry_kind::crashed:
    case entry_kind::restarted:
    case entry_kind::incarnation_begun:
      if (e.actor != 0)
        started(of(e.actor));
      break;
    case entry_kind::fault_effect:
      if (e.code == clock_drift && e.actor != 0)
        of(e.actor).clock.drifts(e.at_ns, e.ref, e.value);
      break;
    case entry_kind::fault_ended:
      if (e.code == clock_drift && e.actor != 0)
        of(e.actor).clock.fault_ended(e.at_ns, e.ref);
      break;
    default: break;
  }
}

// What it remembers of the server is gone.
void caller_book::started(caller& by) {
  const auto clock = by.clock;
  by = {};
  by.clock = clock;
}

// -- requests -------------------------------------------------------------------------------------------------------------

void caller_book::sent(const entry& e) {
  if (e.actor == 0) {
    answer what = e.message == refusal_ ? refused_ : answer{};
    what.on = line_of_answer(e.code);
    what.hint = static_cast<message_code>(e.code) == message_code::invalidation;
    answers_[e.message] = what;
    return;
  }
  if (e.peer == 0)
    asks(e, line_of_request(e.code));
}

void caller_book::asks(const entry& e, std::size_t on) {
  auto& by = of(e.actor);
  const auto now = by.clock.at(e.at_ns);
  if (on < lines && by.line_of[on].asked && now - by.line_of[on].asked_at + rounding_ns >= settings_.request_timeout_ns)
    failed(by);
  if (by.refused != never_at && now + rounding_ns < by.refused + by.wait_ns) {
    seen_.flaw = call_flaw::too_early;
    seen_.since_ns = now - by.refused;
    seen_.asked_ns = by.wait_ns;
  }
  if (settings_.breaker_after > 0 && by.failures >= settings_.breaker_after) {
    seen_.tried = true;
    if (by.tried != never_at && now + rounding_ns < by.tried + settings_.breaker_for_ns) {
      seen_.flaw = call_flaw::breaker;
      seen_.since_ns = now - by.tried;
      seen_.asked_ns = settings_.breaker_for_ns;
    }
    by.tried = now;
  }
  if (on == lines)
    return;
  auto& one = by.line_of[on];
  std::erase_if(one.under_way, [&](std::int64_t at) { return at + answers_within_ns < now; });
  one.under_way.push_back(now);
  one.asked = true;
  one.asked_at = now;
  one.newest = e.message;
  requests_[e.message] = {e.actor, on};
}

void caller_book::failed(caller& by) {
  ++by.failures;
  seen_.breaker_opened = settings_.breaker_after > 0 && by.failures == settings_.breaker_after;
  openings_ += seen_.breaker_opened ? 1 : 0;
}

// -- what becomes of messages ---------------------------------------------------------------------------------------------

void caller_book::duplicated(const entry& e) {
  if (const auto answer = answers_.find(e.message); answer != answers_.end()) {
    ++answer.value().copies;
    answer.value().doubled = true;
  } else if (const auto request = requests_.find(e.message); request != requests_.end())
    ++request.value().copies;
}

void caller_book::give_up_one(line& on) {
  if (!on.under_way.empty())
    on.under_way.erase(on.under_way.begin());
}

// No answer can come of it any more.
void caller_book::lost(const entry& e) {
  if (const auto found = requests_.find(e.message); found != requests_.end() && --found.value().copies == 0) {
    give_up_one(of(found->second.device).line_of[found->second.on]);
    requests_.erase(found);
  }
  if (const auto found = answers_.find(e.message); found != answers_.end() && --found.value().copies == 0) {
    if (found->second.on < lines && !found->second.doubled)
      give_up_one(of(e.peer).line_of[found->second.on]);
    answers_.erase(found);
  }
}

void caller_book::delivered(const entry& e) {
  if (e.actor == 0) {
    arrived_ = e.message;
    arrived_at_ = e.at_ns;
    if (const auto found = requests_.find(e.message); found != requests_.end() && --found.value().copies == 0)
      requests_.erase(found);
    return;
  }
  if (e.peer != 0)
    return;
  auto& by = of(e.actor);
  answer with;
  if (const auto found = answers_.find(e.message); found != answers_.end()) {
    with = found->second;
    if (--found.value().copies == 0)
      answers_.erase(found);
  }
  if (with.hint)
    return;
  // Of two copies one may be good; else the device can make nothing of it.
  if (with.corrupted && !with.doubled) {
    if (with.on < lines)
      give_up_one(by.line_of[with.on]);
    return;
  }
  answered(by, e, with);
}

// The device waited for this answer.
bool caller_book::surely(caller& by, std::int64_t now, const answer& with) const {
  if (with.on == lines || with.corrupted)
    return false;
  const auto& on = by.line_of[with.on];
  const bool waits = on.asked && now - on.asked_at + rounding_ns < settings_.request_timeout_ns;
  return waits && (with.to != 0 ? with.to == on.newest : on.under_way.size() == 1);
}

void caller_book::answered(caller& by, const entry& e, const answer& with) {
  const auto now = by.clock.at(e.at_ns);
  const bool sure = surely(by, now, with);
  if (with.on < lines) {
    by.line_of[with.on].asked = false;
    give_up_one(by.line_of[with.on]);
  }
  if (with.refused < server_error) {
    by.failures = 0;
    by.tried = never_at;
    by.answered_perhaps = now;
    by.answered_surely = sure ? now : by.answered_surely;
  } else if (sure)
    failed(by);
  const bool waits = with.refused == history::refused_too_many || with.refused == history::refused_unavailable;
  if (sure && waits && with.wait_ns > 0) {
    seen_.asked_to_wait = true;
    if (by.refused == never_at || now + with.wait_ns > by.refused + by.wait_ns) {
      by.refused = now;
      by.wait_ns = with.wait_ns;
    }
  }
}

// -- contact ----------------------------------------------------------------------------------------------------------------

contact caller_book::contact_of(std::uint32_t device, std::int64_t now) const {
  if (device >= callers_.size())
    return contact::lost;
  const auto& by = callers_[device];
  const auto here = by.clock.at(now);
  const auto recent = [&](std::int64_t at, std::int64_t slack) {
    return at != never_at && here - at <= settings_.contact_within_ns + slack;
  };
  if (!recent(by.answered_perhaps, rounding_ns))
    return contact::lost;
  return recent(by.answered_surely, -rounding_ns) ? contact::had : contact::unclear;
}

} // namespace squall::invariants
