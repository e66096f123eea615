#include "actors/host.hpp"

#include "actors/fabric.hpp"
#include "actors/fault_timeline.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace squall::actors {

namespace {

using history::entry_kind;

/// A store that fails without any fault injected is opened again, but not for ever.
constexpr std::uint32_t failures_in_a_row_max = 3;

constexpr std::uint32_t kind_of_message(io::message_class cls) {
  return static_cast<std::uint32_t>(cause_kind::message) | static_cast<std::uint32_t>(cls) << 8;
}

} // namespace

host::host(caf::actor_config& config, node_seat seat, world& shared, std::uint32_t actor)
    : node(config, seat), world_(shared), actor_(actor) {
  world_.hosts[actor] = this;
}

// -- life --------------------------------------------------------------------------------------------------------------

void host::boot(std::uint64_t fault) {
  if (up() || !world_.gave_up.empty())
    return;
  const lineage cause = root_lineage(cause_kind::start, actor_, starts_++);
  const auto entropy = draw(world_.plan.seed(), draw_domain::engine, cause).low;
  world_.log.set_now(world_.now());
  starts();
  if (starts_ > 1)
    world_.log.add({.kind = entry_kind::restarted, .actor = actor_, .ref = fault});
  world_.disks.set_current(actor_, cause);
  auto made = make(entropy, {faults::disk_vfs_name, faults::disk_set::path(actor_)});
  if (!made) {
    if (world_.disks.at(actor_).frozen())
      die(death::power_loss, world_.timeline->armed_crash(actor_));
    else
      world_.give_up(fmt::format("participant {} does not start: {}", actor_, made.err().message));
    return;
  }
  participant_ = std::move(*made);
  handle(io::started{}, clocks_for(nullptr), cause);
  if (up() && starts_ > 1)
    came_up();
  if (up())
    world_.timeline->greet(actor_);
}

void host::die(death how, std::uint64_t fault) {
  world_.log.set_now(world_.now());
  auto& disk = world_.disks.at(actor_);
  disk.freeze();
  retire();
  std::int64_t lost = 0;
  if (how == death::power_loss) {
    const auto name = root_lineage(cause_kind::fault, fault, actor_);
    lost = static_cast<std::int64_t>(disk.crash({world_.plan.seed(), name}).unsynced_bytes);
  } else {
    disk.thaw();
  }
  world_.log.add({.kind = entry_kind::crashed, .actor = actor_, .value = lost, .ref = fault});
  forget_everything();
  recover();
  world_.timeline->died(actor_, fault);
}

void host::retire() {
  if (!up())
    return;
  if (const auto* counters = participant_->counters())
    world_.counts.add(*counters);
  participant_.reset();
  world_.stores.remove(actor_);
}

void host::forget_everything() {
  for (auto& timer : timers_)
    world_.kern.cancel(timer.handle);
  timers_.clear();
  world_.kern.cancel(awake_);
  if (outbox_)
    world_.give_back(std::move(outbox_));
  auto lost = std::exchange(waiting_, {});
  for (auto& event : lost)
    lose(event);
}

void host::failed(const error& why) {
  if (++failures_in_a_row_ >= failures_in_a_row_max) {
    world_.give_up(fmt::format("participant {} fails again and again: {}", actor_, why.message));
    return;
  }
  died_handling();
  die(death::killed, 0);
  auto [handle, event] = world_.schedule({.at = world_.now() + second_ns,
                                          .receiver = actor_,
                                          .kind = event_kind::boot,
                                          .cause = root_lineage(cause_kind::start, actor_, starts_)});
  event.a = 0;
}

// -- events ------------------------------------------------------------------------------------------------------------

void host::on_event(kernel_event& event) {
  world_.log.set_now(world_.now());
  if (kind_of(event) == event_kind::boot)
    return boot(event.a);
  if (kind_of(event) == event_kind::awake)
    return wake();
  if (!up())
    return lose(event);
  if (busy())
    return waiting_.push_back(std::move(event));
  dispatch(event);
}

void host::dispatch(kernel_event& event) {
  const lineage cause = lineage_of(event);
  switch (kind_of(event)) {
    case event_kind::message:
      world_.log.add({.kind = entry_kind::message_delivered,
                      .actor = actor_,
                      .peer = static_cast<std::uint32_t>(event.a),
                      .message = event.b});
      handling_ = static_cast<io::message_class>(event.d);
      errand_ = {event.e, handling_, static_cast<std::uint32_t>(event.a)};
      handle(io::received{{static_cast<std::uint32_t>(event.a)}, event.bytes}, clocks_for(&event), cause);
      handling_ = {};
      break;
    case event_kind::timer:
      if (take_timer(event))
        handle(io::timer_fired{static_cast<io::timer_id>(event.a), event.b}, clocks_for(&event), cause);
      break;
    case event_kind::resume:
      errand_ = {event.e, static_cast<io::message_class>(event.d), static_cast<std::uint32_t>(event.f)};
      handle(io::resume{event.a}, clocks_for(&event), cause);
      break;
    case event_kind::connectivity: handle(io::connectivity{event.a != 0}, clocks_for(&event), cause); break;
    case event_kind::availability:
      handle(io::availability{event.a != 0, static_cast<duration_ns>(event.b), event.d != 0}, clocks_for(&event),
             cause);
      break;
    case event_kind::ruling:
      handle(io::offline_ruling{static_cast<io::offline_rule>(event.a)}, clocks_for(&event), cause);
      break;
    case event_kind::revocation:
      handle(io::revocation{static_cast<std::uint32_t>(event.a), event.b != 0}, clocks_for(&event), cause);
      break;
    case event_kind::key_rotation: handle(io::key_rotation{}, clocks_for(&event), cause); break;
    case event_kind::backup: handle(io::backup{}, clocks_for(&event), cause); break;
    case event_kind::grant_change:
      handle(io::grant_change{static_cast<std::uint32_t>(event.a),
                              {static_cast<std::uint32_t>(event.b)},
                              static_cast<std::uint8_t>(event.d),
                              event.e != 0},
             clocks_for(&event), cause);
      break;
    default: CHECK(!"an event that no participant knows");
  }
}

void host::lose(kernel_event& event) {
  if (kind_of(event) == event_kind::message)
    world_.net->receiver_down(static_cast<std::uint32_t>(event.a), actor_, event.b);
}

clock_reading host::clocks_for(const kernel_event*) const { return world_.clocks[actor_].read(world_.now()); }

bool host::handle(const io::event& event, const clock_reading& now, lineage cause) {
  auto& disk = world_.disks.at(actor_);
  world_.disks.set_current(actor_, cause);
  world_.disks.set_wall(now.wall);
  auto fx = world_.take_effects();
  participant_->handle(event, now, *fx);
  if (disk.frozen()) {
    world_.give_back(std::move(fx));
    died_handling();
    die(death::power_loss, world_.timeline->armed_crash(actor_));
    return false;
  }
  if (fx->failed) {
    const error why = std::move(*fx->failed);
    world_.give_back(std::move(fx));
    failed(why);
    return false;
  }
  failures_in_a_row_ = 0;
  record(*fx);
  if (const auto idle = world_.stores.touch(actor_); idle && world_.hosts[*idle]->up())
    world_.hosts[*idle]->system().release_memory();
  if (const auto cost = disk.take_cost(); cost > 0) {
    outbox_ = std::move(fx);
    outbox_cause_ = cause;
    awake_ = world_.schedule({.at = world_.now() + cost, .receiver = actor_, .kind = event_kind::awake, .cause = cause})
                 .handle;
    return true;
  }
  release(*fx, cause);
  world_.give_back(std::move(fx));
  return true;
}

void host::wake() {
  auto fx = std::move(outbox_);
  release(*fx, outbox_cause_);
  world_.give_back(std::move(fx));
  std::size_t next = 0;
  auto turns = std::exchange(waiting_, {});
  while (next < turns.size() && up() && !busy())
    dispatch(turns[next++]);
  if (!up()) {
    for (; next < turns.size(); ++next)
      lose(turns[next]);
    return;
  }
  waiting_.insert(waiting_.begin(), std::make_move_iterator(turns.begin() + static_cast<std::ptrdiff_t>(next)),
                  std::make_move_iterator(turns.end()));
}

// -- effects -----------------------------------------------------------------------------------------------------------

void host::record(const io::effects& fx) {
  for (const auto& fact : fx.facts)
    if (!names_a_message(fact.kind))
      world_.log.add_fact(actor_, fact, 0);
}

void host::release(const io::effects& fx, lineage cause) {
  auto& messages = world_.outgoing_lineages;
  messages.assign(fx.sends.size(), 0);
  for (std::size_t i = 0; i < fx.sends.size(); ++i) {
    const auto& send = fx.sends[i];
    std::uint32_t ordinal = 0;
    for (std::size_t j = 0; j < i; ++j)
      ordinal += fx.sends[j].to == send.to && fx.sends[j].cls == send.cls;
    messages[i] = mix(child_lineage(cause, {cause_kind::message, send.to.value, ordinal}), kind_of_message(send.cls));
  }
  if (!messages.empty())
    before_sending(messages.front());
  std::uint64_t message = 0;
  for (const auto& fact : fx.facts) {
    if (!names_a_message(fact.kind))
      continue;
    using enum telemetry::fact_kind;
    if (fact.kind == intent_carried || fact.kind == verdict_released || fact.kind == request_refused)
      message = fact.aux < messages.size() ? messages[fact.aux] : 0;
    else if (fact.kind == page_served)
      message = messages.empty() ? 0 : messages.front();
    world_.log.add_fact(actor_, fact, message);
  }
  for (std::size_t i = 0; i < fx.sends.size(); ++i) {
    fabric::sending how{.from = actor_, .message = messages[i], .exchange = exchange_of(messages[i])};
    if (world_.net->wants_carried())
      for (const auto& fact : fx.facts)
        if (names_a_message(fact.kind) && fact.aux == i && !fact.intent.null())
          how.carried.push_back(fact.intent);
    world_.net->send(how, fx.sends[i]);
  }
  std::size_t guarded = 0;
  for (std::size_t i = 0; i < fx.timers.size(); ++i) {
    const auto same = [&](const io::timer_request& t) { return t.id == fx.timers[i].id; };
    const auto before = std::count_if(fx.timers.begin(), fx.timers.begin() + static_cast<std::ptrdiff_t>(i), same);
    const lineage own = child_lineage(cause, {cause_kind::timer, fx.timers[i].id, static_cast<std::uint32_t>(before)});
    // A timer of a request's length that is set with a request waits for its answer.
    const bool guards = fx.timers[i].delay == world_.who.knobs.request_timeout_ns && guarded < messages.size();
    if (guards)
      asked_with(fx.timers[i].id) = fx.sends[guarded].cls;
    set_timer(fx.timers[i], own, guards ? exchange_of(messages[guarded++]) : 0);
  }
  release_jobs(fx, cause);
}

std::uint64_t host::exchange_of(lineage message) const {
  return actor_ >= 1 && actor_ <= world_.devices() ? message : errand_.exchange;
}

void host::release_jobs(const io::effects&, lineage) {}

io::message_class& host::asked_with(io::timer_id id) {
  const auto at = std::find_if(asked_with_.begin(), asked_with_.end(), [&](const auto& a) { return a.first == id; });
  return at != asked_with_.end() ? at->second : asked_with_.emplace_back(id, io::message_class::other).second;
}

void host::set_timer(const io::timer_request& request, lineage own, std::uint64_t exchange) {
  auto at = std::find_if(timers_.begin(), timers_.end(), [&](const timer& t) { return t.id == request.id; });
  if (at != timers_.end()) {
    world_.kern.cancel(at->handle);
    if (request.delay == io::timer_request::cancel) {
      *at = timers_.back();
      timers_.pop_back();
      return;
    }
  } else if (request.delay == io::timer_request::cancel) {
    return;
  } else {
    at = timers_.insert(timers_.end(), timer{request.id, 0, {}});
  }
  const auto delay = world_.clocks[actor_].true_delay(world_.now(), request.delay);
  auto [handle, event] =
      world_.schedule({.at = world_.now() + delay, .receiver = actor_, .kind = event_kind::timer, .cause = own});
  event.a = request.id;
  event.b = request.generation;
  event.d = static_cast<std::uint64_t>(asked_with(request.id));
  event.e = exchange;
  event.f = static_cast<std::uint64_t>(request.delay);
  at->generation = request.generation;
  at->handle = handle;
}

bool host::take_timer(const kernel_event& event) {
  const auto at = std::find_if(timers_.begin(), timers_.end(),
                               [&](const timer& t) { return t.id == event.a && t.generation == event.b; });
  if (at == timers_.end())
    return false;
  *at = timers_.back();
  timers_.pop_back();
  return true;
}

} // namespace squall::actors
