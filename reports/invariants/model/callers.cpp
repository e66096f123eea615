#include "reports/invariants/model/callers.hpp"

namespace squall::invariants {

namespace {

using history::message_code;

/// Clocks are read in whole ns: so much may be lost.
constexpr std::int64_t rounding_ns = 1'000;
constexpr std::int64_t wait_max_ns = 24LL * 3600 * 1'000'000'000;
constexpr std::uint8_t clock_drift = 10; // its number in the catalogue of faults
constexpr std::uint8_t slow_disk = 14;
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
    case entry_kind::message_lost:
      if (const auto found = answers_.find(e.message); found != answers_.end() && --found.value().copies == 0)
        answers_.erase(found);
      break;
    case entry_kind::message_delivered: return delivered(e);
    case entry_kind::message_duplicated:
      if (const auto found = answers_.find(e.message); found != answers_.end()) {
        ++found.value().copies;
        found.value().doubled = true;
      }
      break;
    case entry_kind::message_corrupted:
      if (const auto found = answers_.find(e.message); found != answers_.end())
        found.value().corrupted = true;
      break;
    case entry_kind::crashed:
    case entry_kind::restarted:
    case entry_kind::incarnation_begun:
      // Who gives other names to what it has queued goes on as before.
      if (e.actor != 0 && !(e.kind == entry_kind::incarnation_begun && e.code == 1))
        started(of(e.actor));
      break;
    case entry_kind::fault_effect:
      if (e.code == clock_drift && e.actor != 0)
        of(e.actor).clock.drifts(e.at_ns, e.ref, e.value);
      break;
    case entry_kind::fault_began:
      if (e.code == slow_disk && e.actor != 0)
        of(e.actor).slow = of(e.actor).slow_since_asked = true;
      break;
    case entry_kind::fault_ended:
      if (e.code == clock_drift && e.actor != 0)
        of(e.actor).clock.fault_ended(e.at_ns, e.ref);
      if (e.code == slow_disk && e.actor != 0)
        of(e.actor).slow = false;
      break;
    default: break;
  }
}

// What it remembers of the server is gone.
void caller_book::started(caller& by) {
  const auto clock = by.clock;
  const bool slow = by.slow;
  by = {};
  by.clock = clock;
  by.slow = by.slow_since_asked = slow;
}

// -- requests -------------------------------------------------------------------------------------------------------------

void caller_book::sent(const entry& e) {
  if (e.actor == 0) {
    answer what = e.message == refusal_ ? refused_ : answer{};
    what.on = line_of_answer(e.code);
    what.hint = static_cast<message_code>(e.code) == message_code::invalidation;
    what.told = true;
    answers_[e.message] = what;
    return;
  }
  if (e.peer == 0)
    asks(e, line_of_request(e.code));
}

void caller_book::asks(const entry& e, std::size_t on) {
  auto& by = of(e.actor);
  const auto now = by.clock.at(e.at_ns);
  time_out(by, now);
  const auto slack = held_back_max(by);
  if (by.refused != never_at && now + slack < by.refused + by.wait_ns && now - by.refused > slack) {
    seen_.flaw = call_flaw::too_early;
    seen_.since_ns = now - by.refused;
    seen_.asked_ns = by.wait_ns;
  }
  if (by.open) {
    seen_.tried = true;
    if (by.tried != never_at && now + slack < by.tried + settings_.breaker_for_ns) {
      seen_.flaw = call_flaw::breaker;
      seen_.since_ns = now - by.tried;
      seen_.asked_ns = settings_.breaker_for_ns;
    }
    by.tried = now;
  }
  if (on < lines)
    by.line_of[on] = {true, now, e.message};
  by.was_slow = by.slow_since_asked;
  by.slow_since_asked = by.slow;
}

// A request leaves when all is written that its sender had to write when it chose to send it; the history tells when it left.
std::int64_t caller_book::held_back_max(const caller& by) const {
  return by.slow_since_asked || by.was_slow ? wait_max_ns : rounding_ns + settings_.disk_ns;
}

// Requests without an answer have failed when their time was over. Whether one has, is not always known: an answer may be to
// the one before it. So the device may have known sooner that too many failed, and only what it sends after that is known is
// held against it.
void caller_book::time_out(caller& by, std::int64_t now) {
  for (auto& one : by.line_of)
    if (one.asked && now + rounding_ns >= one.asked_at + settings_.request_timeout_ns) {
      one.asked = false;
      failed(by);
    }
}

void caller_book::failed(caller& by) {
  ++by.failures;
  if (settings_.breaker_after == 0 || by.failures != settings_.breaker_after)
    return;
  by.open = true;
  seen_.breaker_opened = true;
  ++openings_;
}

// -- answers --------------------------------------------------------------------------------------------------------------

void caller_book::delivered(const entry& e) {
  if (e.actor == 0) {
    arrived_ = e.message;
    arrived_at_ = e.at_ns;
    return;
  }
  if (e.peer != 0)
    return;
  answer with;
  if (const auto found = answers_.find(e.message); found != answers_.end()) {
    with = found->second;
    if (--found.value().copies == 0)
      answers_.erase(found);
  }
  // Of two copies one may be good; else the device can make nothing of it.
  if (!with.hint && (!with.corrupted || with.doubled))
    answered(of(e.actor), e, with);
}

// It is the answer to the newest request of its line, which has not timed out.
bool caller_book::waits_for(const caller& by, std::int64_t now, const answer& with) const {
  if (with.on == lines || with.to == 0)
    return false;
  const auto& on = by.line_of[with.on];
  return on.asked && with.to == on.newest && now - on.asked_at + rounding_ns < settings_.request_timeout_ns;
}

void caller_book::answered(caller& by, const entry& e, const answer& with) {
  const auto now = by.clock.at(e.at_ns);
  const bool readable = with.told && !with.corrupted;
  const bool fails = with.refused >= server_error;
  const bool counts = fails && readable && waits_for(by, now, with);
  time_out(by, now);
  // Who is refused for what it is may give up what it has asked on other lines.
  for (std::size_t i = 0; i < lines; ++i)
    if (with.on == i || with.on == lines || (with.refused != 0 && !fails))
      by.line_of[i].asked = false;
  if (counts)
    failed(by);
  if (!fails) {
    by.failures = 0;
    by.open = false;
    by.tried = never_at;
    by.answered_perhaps = now;
    by.answered_surely = readable ? now : by.answered_surely;
  }
  const bool asks = with.refused == history::refused_too_many || with.refused == history::refused_unavailable;
  const auto wait = std::min(with.wait_ns, wait_max_ns);
  if (!readable || !asks || wait <= 0)
    return;
  seen_.asked_to_wait = true;
  if (by.refused == never_at || now + wait > by.refused + by.wait_ns) {
    by.refused = now;
    by.wait_ns = wait;
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
