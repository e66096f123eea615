#include "actors/fault_timeline.hpp"

#include "actors/administration.hpp"
#include "actors/fabric.hpp"
#include "actors/host.hpp"
#include "actors/world.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::actors {

namespace {

using faults::fault_number;
using faults::target_kind;
using history::entry_kind;

/// A process that comes back at once still takes a moment.
constexpr duration_ns down_at_least_ns = 100 * millisecond_ns;

bool strikes(fault_number n) { return n == fault_number::crash || n == fault_number::server_crash; }
bool kills(fault_number n) {
  return n == fault_number::restart || n == fault_number::server_restart || n == fault_number::server_restore;
}

bool changes_grants(fault_number n) {
  return n == fault_number::grant_withdrawn || n == fault_number::grant_given || n == fault_number::role_changed;
}

result<io::message_class> class_named(std::string_view name) {
  for (int c = 0; c < io::message_class_count; ++c)
    if (name == io::to_string(static_cast<io::message_class>(c)))
      return static_cast<io::message_class>(c);
  return error{errc::invalid_argument, fmt::format("no message class is named `{}`", name)};
}

} // namespace

fault_timeline::fault_timeline(caf::actor_config& config, node_seat seat, world& shared,
                               std::vector<planned_fault> planned)
    : node(config, seat), world_(shared), planned_(std::move(planned)), armed_(shared.actors()),
      disk_extra_(shared.actors()) {}

result<std::vector<planned_fault>> fault_timeline::resolve(const scenarios::Plan& plan) {
  std::vector<planned_fault> planned;
  const auto devices = static_cast<std::uint32_t>(plan.topology().devices_size());
  for (const auto& entry : plan.faults()) {
    const auto* info = faults::find_fault(entry.name());
    if (!info)
      return error{errc::invalid_argument, fmt::format("no fault is named `{}`; did you mean `{}`?", entry.name(),
                                                       faults::nearest_fault(entry.name()))};
    std::vector<std::pair<std::string, std::int64_t>> given;
    for (const auto& parameter : entry.parameters())
      given.emplace_back(parameter.name(), parameter.value());
    auto values = faults::fault_values::resolve(*info, entry.for_ns(), given);
    if (!values)
      return values.err();
    for (const auto device : entry.devices())
      if (device == 0 || device > devices)
        return error{errc::invalid_argument, fmt::format("fault {} names device {}", entry.id(), device)};
    if (info->target == target_kind::message)
      if (auto cls = class_named(entry.message().message_class()); !cls)
        return cls.err();
    planned.push_back({&entry, std::move(*values)});
  }
  return planned;
}

std::vector<std::uint32_t> fault_timeline::targets_of(const planned_fault& f) const {
  switch (f.values.fault().target) {
    case target_kind::server: return {0};
    case target_kind::issuer: return {world_.issuer_actor()};
    case target_kind::message: return {f.entry->message().device()};
    case target_kind::device:
    case target_kind::link: break;
  }
  if (f.values.fault().number == fault_number::slow_disk && f.entry->devices().empty())
    return {0};
  return {f.entry->devices().begin(), f.entry->devices().end()};
}

bool fault_timeline::possible(const planned_fault& f) const {
  const auto number = f.values.fault().number;
  if (administration::is_of(number))
    return world_.can.administration;
  if (strikes(number) || kills(number))
    return world_.can.durable;
  if (number == fault_number::token_expiry || number == fault_number::refused_refresh)
    return world_.can.has_issuer;
  if (changes_grants(number))
    return world_.can.grants;
  return true;
}

void fault_timeline::begin() {
  for (std::size_t i = 0; i < planned_.size(); ++i) {
    const auto& f = planned_[i];
    if (!possible(f)) {
      ++world_.counts.not_injected[f.values.fault().name];
      continue;
    }
    if (f.values.fault().number == fault_number::token_expiry)
      for (const auto target : targets_of(f))
        world_.tokens.add({target}, {.at_ns = f.entry->at_ns(),
                                     .for_ns = f.entry->for_ns(),
                                     .lifetime_ns = f.values.get("lifetime"),
                                     .spare_ns = f.values.get("spare")});
    if (f.entry->at_ns() <= world_.now()) {
      begin_fault(i);
      continue;
    }
    schedule(i, event_kind::fault_begin, f.entry->at_ns());
  }
}

void fault_timeline::schedule(std::size_t planned, event_kind kind, time_ns at) {
  const auto cause = root_lineage(cause_kind::fault, planned_[planned].entry->id(), static_cast<std::uint64_t>(kind));
  auto [handle, event] = world_.schedule({.at = at, .receiver = index(), .kind = kind, .cause = cause});
  event.a = planned;
}

void fault_timeline::on_event(kernel_event& event) {
  if (healed_)
    return;
  world_.log.set_now(world_.now());
  switch (kind_of(event)) {
    case event_kind::fault_begin: return begin_fault(event.a);
    case event_kind::fault_end: return end_fault(event.a);
    case event_kind::crash_due: return strike(event.a, static_cast<std::uint32_t>(event.b));
    default: CHECK(!"an event that is no fault's");
  }
}

void fault_timeline::heal() {
  for (std::size_t i = 0; i < planned_.size(); ++i)
    if (planned_[i].active)
      end_fault(i);
  world_.links.end_all();
  healed_ = true;
  world_.log.add({.kind = entry_kind::healed});
  for (std::uint32_t actor = 0; actor < world_.actors(); ++actor) {
    auto* host = world_.hosts[actor];
    if (!host)
      continue;
    world_.disks.at(actor).disarm_crash();
    if (!host->up())
      host->boot(armed_[actor].fault);
  }
}

// -- one fault -----------------------------------------------------------------------------------------------------------

void fault_timeline::note(const planned_fault& f, std::uint32_t target, entry_kind kind, std::int64_t value) {
  world_.log.add({.kind = kind,
                  .code = static_cast<std::uint8_t>(f.values.fault().number),
                  .actor = target,
                  .value = value,
                  .ref = f.entry->id()});
}

void fault_timeline::begin_fault(std::size_t planned) {
  auto& f = planned_[planned];
  f.active = true;
  for (const auto target : targets_of(f)) {
    note(f, target, entry_kind::fault_began);
    begin_at(f, planned, target);
  }
  if (f.values.fault().lasts != faults::extent::momentary && f.entry->for_ns() > 0 &&
      !strikes(f.values.fault().number) && !kills(f.values.fault().number))
    schedule(planned, event_kind::fault_end, world_.now() + f.entry->for_ns());
}

void fault_timeline::end_fault(std::size_t planned) {
  auto& f = planned_[planned];
  if (!f.active)
    return;
  f.active = false;
  for (const auto target : targets_of(f)) {
    end_at(f, target);
    note(f, target, entry_kind::fault_ended);
  }
}

void fault_timeline::begin_at(planned_fault& f, std::size_t planned, std::uint32_t target) {
  const auto number = f.values.fault().number;
  const auto id = f.entry->id();
  switch (number) {
    case fault_number::offline:
    case fault_number::partition:
    case fault_number::latency:
    case fault_number::loss:
    case fault_number::duplication:
    case fault_number::reordering:
    case fault_number::corruption:
      world_.links.begin({target}, id, influence_of(f));
      if (number == fault_number::offline)
        tell_connectivity(target, id, false);
      if (number == fault_number::offline || number == fault_number::partition)
        world_.counts.count(number);
      return;
    case fault_number::drop_message:
    case fault_number::delay_message:
    case fault_number::duplicate_message:
    case fault_number::corrupt_message: {
      const auto& m = f.entry->message();
      const std::int64_t by = number == fault_number::drop_message      ? 0
                              : number == fault_number::corrupt_message ? f.values.get("bit")
                                                                        : f.values.get("by");
      world_.net->arm(
          {id, number, by, *class_named(m.message_class()), m.device(), m.intention(), std::max(1u, m.ordinal())});
      return;
    }
    case fault_number::clock_offset: step_clock(f, target, f.values.get("offset")); break;
    case fault_number::clock_step: step_clock(f, target, f.values.get("step")); break;
    case fault_number::clock_drift:
      world_.clocks[target].gain(world_.now(), f.values.get("drift"));
      note(f, target, entry_kind::fault_effect, f.values.get("drift"));
      break;
    case fault_number::crash:
    case fault_number::server_crash: return arm_crash(f, planned, target);
    case fault_number::restart:
    case fault_number::server_restart: return restart(f, target);
    case fault_number::slow_disk: slow_disk(f, target, 1); break;
    case fault_number::refused_refresh:
    case fault_number::server_unavailable: tell_availability(target, id); break;
    case fault_number::offline_flag: tell_ruling(id); break;
    case fault_number::device_revoked:
    case fault_number::refresh_reused:
    case fault_number::issuer_key_rotation: world_.administrators->begin(f, target); return;
    case fault_number::server_restore:
      if (world_.administrators->begin(f, target))
        restart(f, target);
      return;
    case fault_number::token_expiry: break; // the token timeline does it, from what `begin` told it
    case fault_number::grant_withdrawn:
    case fault_number::grant_given:
    case fault_number::role_changed: change_grant(f, target); break;
    default: CHECK(!"a fault that nobody plans");
  }
  world_.counts.count(number);
}

void fault_timeline::end_at(planned_fault& f, std::uint32_t target) {
  const auto id = f.entry->id();
  switch (f.values.fault().number) {
    case fault_number::offline:
      world_.links.end({target}, id);
      if (!world_.links.offline({target}))
        tell_connectivity(target, id, true);
      break;
    case fault_number::partition:
    case fault_number::latency:
    case fault_number::loss:
    case fault_number::duplication:
    case fault_number::reordering:
    case fault_number::corruption: world_.links.end({target}, id); break;
    case fault_number::drop_message:
    case fault_number::delay_message:
    case fault_number::duplicate_message:
    case fault_number::corrupt_message: world_.net->disarm(id); break;
    case fault_number::clock_offset: world_.clocks[target].step(world_.now(), -f.values.get("offset")); break;
    case fault_number::clock_drift: world_.clocks[target].gain(world_.now(), -f.values.get("drift")); break;
    case fault_number::slow_disk: slow_disk(f, target, -1); break;
    case fault_number::refused_refresh:
    case fault_number::server_unavailable: tell_availability(target, id); break;
    case fault_number::offline_flag: tell_ruling(id); break;
    case fault_number::device_revoked: world_.administrators->end(f, target); break;
    case fault_number::grant_withdrawn:
    case fault_number::grant_given:
    case fault_number::role_changed: change_grant_back(f, target); break;
    default: break; // momentary, or over when its participant is up again
  }
}

faults::link_influence fault_timeline::influence_of(const planned_fault& f) const {
  faults::link_influence on;
  switch (f.values.fault().number) {
    case fault_number::offline: on.offline = true; break;
    case fault_number::partition:
      on.partitioned = true;
      on.direction = static_cast<faults::cut_direction>(f.values.get("direction"));
      break;
    case fault_number::latency:
      on.latency_ppm = static_cast<std::uint32_t>(f.values.get("factor"));
      on.latency_add_ns = f.values.get("add");
      break;
    case fault_number::loss: on.loss_ppm = rate_of(f); break;
    case fault_number::duplication: on.duplicate_ppm = rate_of(f); break;
    case fault_number::reordering:
      on.reorder_ppm = rate_of(f);
      on.reorder_by_ns = f.values.get("by");
      break;
    case fault_number::corruption: on.corrupt_ppm = rate_of(f); break;
    default: CHECK(!"not a fault of links");
  }
  return on;
}

std::uint32_t fault_timeline::rate_of(const planned_fault& f) {
  return static_cast<std::uint32_t>(f.values.get("rate"));
}

void fault_timeline::step_clock(const planned_fault& f, std::uint32_t target, duration_ns by) {
  world_.clocks[target].step(world_.now(), by);
  note(f, target, entry_kind::fault_effect, by);
}

void fault_timeline::slow_disk(const planned_fault& f, std::uint32_t target, int sign) {
  auto& extra = disk_extra_[target];
  extra.sync_ns += sign * f.values.get("sync");
  extra.write_ns += sign * f.values.get("write");
  const auto& knobs = world_.plan.knobs();
  world_.disks.at(target).set_cost({knobs.disk_sync_ns() + extra.sync_ns, knobs.disk_write_ns() + extra.write_ns});
}

// -- processes -----------------------------------------------------------------------------------------------------------

void fault_timeline::arm_crash(const planned_fault& f, std::size_t planned, std::uint32_t target) {
  auto& slot = armed_[target];
  if (slot.fault != 0 || !world_.hosts[target]->up())
    return; // it is down already, or about to be
  slot = {f.entry->id(), f.entry->for_ns(), {}};
  const auto k = f.values.get("disk_operation");
  if (k == 0)
    return world_.hosts[target]->die(death::power_loss, f.entry->id());
  world_.disks.at(target).arm_crash(static_cast<std::uint64_t>(k),
                                    static_cast<faults::crash_moment>(f.values.get("moment")));
  const auto cause = root_lineage(cause_kind::fault, f.entry->id(), target);
  auto [handle, event] = world_.schedule({.at = world_.now() + f.values.get("within"),
                                          .receiver = index(),
                                          .kind = event_kind::crash_due,
                                          .cause = cause});
  event.a = planned;
  event.b = target;
  slot.deadline = handle;
}

void fault_timeline::strike(std::size_t planned, std::uint32_t target) {
  const auto id = planned_[planned].entry->id();
  if (armed_[target].fault == id && world_.hosts[target]->up())
    world_.hosts[target]->die(death::power_loss, id);
}

void fault_timeline::restart(const planned_fault& f, std::uint32_t target) {
  if (!world_.hosts[target]->up())
    return;
  auto& slot = armed_[target];
  world_.kern.cancel(slot.deadline);
  world_.disks.at(target).disarm_crash();
  slot = {f.entry->id(), f.entry->for_ns(), {}};
  world_.hosts[target]->die(death::killed, f.entry->id());
}

void fault_timeline::died(std::uint32_t actor, std::uint64_t fault) {
  auto& slot = armed_[actor];
  if (fault == 0)
    return; // its host starts it again
  world_.kern.cancel(slot.deadline);
  slot.down = true;
  for (const auto& f : planned_)
    if (f.entry->id() == fault) {
      world_.counts.count(f.values.fault().number);
      note(f, actor, entry_kind::fault_effect, 1);
    }
  const auto at = world_.now() + std::max(slot.down_for, down_at_least_ns);
  auto [handle, event] = world_.schedule(
      {.at = at, .receiver = actor, .kind = event_kind::boot, .cause = root_lineage(cause_kind::fault, fault, actor)});
  event.a = fault;
}

void fault_timeline::greet(std::uint32_t actor) {
  if (auto& slot = armed_[actor]; slot.down) {
    const auto fault = std::exchange(slot, {}).fault;
    for (auto& f : planned_)
      if (f.entry->id() == fault) {
        note(f, actor, entry_kind::fault_ended);
        f.active = false;
      }
  }
  if (actor == 0 && rulings_planned())
    tell_ruling(0);
  if (actor == 0 || actor == world_.issuer_actor()) {
    for (const auto& f : planned_)
      if (f.active && is_outage(f) && targets_of(f).front() == actor)
        return tell_availability(actor, f.entry->id());
  } else if (world_.links.offline({actor})) {
    tell_connectivity(actor, 0, false);
  }
}

} // namespace squall::actors
