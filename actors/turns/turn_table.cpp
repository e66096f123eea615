#include "actors/turns/turn_table.hpp"

#include "actors/device.hpp"
#include "actors/fabric.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace squall::actors {

namespace {

/// So long after the last turn comes the next, at least.
constexpr duration_ns turn_ns = millisecond_ns;
/// Longer pauses are not ended by a search.
constexpr duration_ns pause_max_ns = 5 * minute_ns;

event_kind kind_of_const(const kernel_event& event) { return static_cast<event_kind>(event.kind); }
bool is(const kernel_event& event, event_kind kind) { return kind_of_const(event) == kind; }
duration_ns pause_of(const kernel_event& timer) { return static_cast<duration_ns>(timer.f); }

std::string who(std::uint32_t device) { return fmt::format("d{}", device); }

} // namespace

std::string describe(const turn& t, bool lost) {
  const char* cls = io::to_string(t.cls);
  switch (t.kind) {
    case turn_kind::work: return fmt::format("the server goes on with {} of {}", cls, who(t.device));
    case turn_kind::message:
      return fmt::format("{} {} {}{}", cls, t.actor == t.device ? "to" : "from", who(t.device), lost ? " is lost" : "");
    case turn_kind::timer: return fmt::format("{} waits no longer", who(t.device));
    case turn_kind::act: return fmt::format("{} acts ({})", who(t.device), t.about);
  }
  return {};
}

// -- looking -----------------------------------------------------------------------------------------------------------

void turn_table::collect() {
  pending_.clear();
  world_.kern.each_pending_handle([this](event_handle handle, const kernel_event& event) {
    pending_.push_back({handle, &event});
  });
  wishes_.assign(world_.devices() + 1, {});
  for (std::uint32_t d = 1; d <= world_.devices(); ++d)
    wishes_[d] = wish_of(d);
}

turn_table::wish turn_table::wish_of(std::uint32_t device) const {
  if (!world_.hosts[device]->up() || !world_.hosts[0]->up())
    return {};
  const auto status = world_.hosts[device]->system().status();
  world_.disks.set_current(0, root_lineage(cause_kind::host, 0));
  const auto head = world_.hosts[0]->system().head({world_.scope_of(device)});
  const bool behind = !head || head->sequence != status.at.sequence || head->generation != status.at.generation;
  return {behind || status.queue_depth > 0 || status.pending != io::pending_reason::none, behind};
}

std::uint32_t turn_table::device_of(const kernel_event& event) const {
  const auto is_device = [this](std::uint64_t actor) { return actor >= 1 && actor <= world_.devices(); };
  if (is_device(event.receiver))
    return event.receiver;
  const std::uint64_t peer = is(event, event_kind::message) ? event.a : is(event, event_kind::resume) ? event.f : 0;
  return is_device(peer) ? static_cast<std::uint32_t>(peer) : 0;
}

bool turn_table::under_way(std::uint64_t exchange) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const pending& p) {
    return (is(*p.event, event_kind::message) || is(*p.event, event_kind::resume)) && p.event->e == exchange;
  });
}

bool turn_table::busy(std::uint32_t device) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const pending& p) {
    return (is(*p.event, event_kind::message) || is(*p.event, event_kind::resume)) && device_of(*p.event) == device;
  });
}

bool turn_table::shortest_pause(const kernel_event& timer) const {
  return std::none_of(pending_.begin(), pending_.end(), [&](const pending& p) {
    const auto& other = *p.event;
    return is(other, event_kind::timer) && other.receiver == timer.receiver &&
           (other.e != 0 || std::tuple(pause_of(other), other.c) < std::tuple(pause_of(timer), timer.c));
  });
}

/// A timer that is no turn becomes one when others change what is at the server.
bool turn_table::may_wake(std::uint32_t device) const {
  return !wishes_[device].behind && std::any_of(pending_.begin(), pending_.end(), [&](const pending& p) {
    return is(*p.event, event_kind::timer) && p.event->receiver == device && pause_of(*p.event) <= pause_max_ns;
  });
}

bool turn_table::enabled(const kernel_event& timer) const {
  const auto device = timer.receiver;
  if (device == 0 || device > world_.devices() || !wishes_[device].unsettled)
    return false;
  if (timer.e != 0)
    return !under_way(timer.e);
  if (pause_of(timer) > pause_max_ns)
    return false;
  return wishes_[device].behind || (!busy(device) && shortest_pause(timer));
}

turn turn_table::turn_of(const kernel_event& event) const {
  turn t{.actor = event.receiver, .device = device_of(event), .cause = event.c};
  switch (kind_of_const(event)) {
    case event_kind::message:
      t.kind = turn_kind::message;
      t.cls = static_cast<io::message_class>(event.d);
      t.exchange = event.e;
      break;
    case event_kind::resume:
      t.kind = turn_kind::work;
      t.cls = static_cast<io::message_class>(event.d);
      t.exchange = event.e;
      break;
    case event_kind::timer:
      t.kind = turn_kind::timer;
      t.cls = static_cast<io::message_class>(event.d);
      break;
    default: t.kind = turn_kind::act; t.about = world_.plan.intentions(static_cast<int>(event.a)).id();
  }
  return t;
}

const crossroads& turn_table::look() {
  collect();
  found_.clear();
  for (const auto& p : pending_) {
    const auto& event = *p.event;
    const auto kind = kind_of_const(event);
    const bool moves = kind == event_kind::message || kind == event_kind::resume;
    const bool acts = kind == event_kind::intention && static_cast<device*>(world_.hosts[event.receiver])->ready(event);
    if (moves || acts || (kind == event_kind::timer && enabled(event)))
      found_.emplace_back(turn_of(event), p.handle);
  }
  std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const turn& t) { return std::tuple(t.kind, t.actor, t.device, t.cls, t.cause); };
    return rank(a.first) < rank(b.first);
  });
  here_.turns.clear();
  for (const auto& [t, handle] : found_)
    here_.turns.push_back(t);
  here_.acts_left.assign(world_.devices() + 1, false);
  for (const auto& intention : world_.plan.intentions())
    if (world_.known.ended(intention.id()) == ending::open)
      here_.acts_left[intention.device()] = true;
  for (const auto& intention : world_.reacted)
    if (world_.known.ended(intention.id()) == ending::open)
      here_.acts_left[intention.device()] = true;
  here_.may_wake.assign(world_.devices() + 1, false);
  for (std::uint32_t d = 1; d <= world_.devices(); ++d)
    here_.may_wake[d] = may_wake(d);
  return here_;
}

// -- doing -------------------------------------------------------------------------------------------------------------

/// With what the disks owe for it: their work is no turn.
run_outcome turn_table::deliver(event_handle handle, time_ns at) {
  auto ran = world_.kern.deliver_out_of_turn(handle, at);
  while (ran.end == run_end::stopped) {
    const auto awake = first([](const kernel_event& event) { return is(event, event_kind::awake); });
    if (!awake)
      break;
    ran = world_.kern.deliver_out_of_turn(*awake, world_.now());
  }
  return ran;
}

template <class Is>
std::optional<event_handle> turn_table::first(Is wanted) const {
  std::optional<event_handle> found;
  std::uint64_t cause = 0;
  world_.kern.each_pending_handle([&](event_handle handle, const kernel_event& event) {
    if (wanted(event) && (!found || event.c < cause)) {
      found = handle;
      cause = event.c;
    }
  });
  return found;
}

run_outcome turn_table::take(std::size_t index) {
  const turn t = found_[index].first;
  const event_handle handle = found_[index].second;
  const auto at = std::find_if(pending_.begin(), pending_.end(), [&](const pending& p) { return p.handle == handle; });
  const bool unanswered = t.kind == turn_kind::timer && at->event->e != 0;
  const std::uint64_t timer_id = at->event->a;
  const auto ran = deliver(handle, world_.now() + turn_ns);
  if (ran.end != run_end::stopped)
    return ran;
  std::optional<event_handle> next;
  if (t.kind == turn_kind::message && t.actor == 0)
    next = first([&](const kernel_event& event) {
      return is(event, event_kind::resume) && event.e == t.exchange && event.receiver == 0;
    });
  else if (unanswered)
    next = first([&](const kernel_event& event) {
      return is(event, event_kind::timer) && event.receiver == t.actor && event.a == timer_id && event.e == 0;
    });
  return next ? deliver(*next, world_.now()) : ran;
}

void turn_table::lose(std::size_t index) {
  const auto handle = found_[index].second;
  for (const auto& p : pending_)
    if (p.handle == handle) {
      world_.log.set_now(world_.now());
      world_.net->lose(*p.event);
    }
  world_.kern.cancel(handle);
}

} // namespace squall::actors
