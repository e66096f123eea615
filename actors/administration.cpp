#include "actors/administration.hpp"

#include "actors/events.hpp"
#include "actors/fault_timeline.hpp"
#include "actors/host.hpp"
#include "actors/world.hpp"

namespace squall::actors {

using faults::fault_number;
using history::entry_kind;

administration::administration(world& shared) : world_(shared) {
  for (const auto& fault : shared.plan.faults())
    listens_ = listens_ || fault.name() == faults::find_fault(fault_number::refresh_reused)->name;
}

bool administration::is_of(fault_number number) {
  return number == fault_number::device_revoked || number == fault_number::refresh_reused ||
         number == fault_number::issuer_key_rotation || number == fault_number::server_restore;
}

bool administration::begin(const planned_fault& f, std::uint32_t target) {
  switch (f.values.fault().number) {
    case fault_number::device_revoked:
      did(f, target, 1);
      if (revocations_[target]++ == 0)
        tell_revocation(f, target, true);
      return true;
    case fault_number::refresh_reused: return replay(f, target);
    case fault_number::issuer_key_rotation: rotate_key(f); return true;
    case fault_number::server_restore: return choose_copy(f);
    default: CHECK(!"no act of an administrator");
  }
  return false;
}

void administration::end(const planned_fault& f, std::uint32_t target) {
  const bool for_good = f.entry->for_ns() == 0;
  if (!for_good && --revocations_[target] == 0)
    tell_revocation(f, target, false);
}

void administration::did(const planned_fault& f, std::uint32_t target, std::int64_t value) {
  const auto number = f.values.fault().number;
  world_.counts.count(number);
  world_.log.add({.kind = entry_kind::fault_effect,
                  .code = static_cast<std::uint8_t>(number),
                  .actor = target,
                  .value = value,
                  .ref = f.entry->id()});
}

// -- the issuer --------------------------------------------------------------------------------------------------------

void administration::tell_revocation(const planned_fault& f, std::uint32_t device, bool revoked) {
  const auto cause = root_lineage(cause_kind::fault, f.entry->id(), device);
  auto [handle, event] = world_.schedule({.at = world_.now(),
                                          .receiver = world_.issuer_actor(),
                                          .kind = event_kind::revocation,
                                          .cause = mix(cause, revoked)});
  event.a = device;
  event.b = revoked;
}

void administration::rotate_key(const planned_fault& f) {
  did(f, world_.issuer_actor(), 1);
  world_.schedule({.at = world_.now(),
                   .receiver = world_.issuer_actor(),
                   .kind = event_kind::key_rotation,
                   .cause = root_lineage(cause_kind::fault, f.entry->id(), world_.issuer_actor())});
}

void administration::note(const telemetry::fact& fact) {
  if (fact.kind != telemetry::fact_kind::device_revoked)
    return;
  if (fact.code == 1)
    revoked_.insert(fact.endpoint.value);
  else
    revoked_.erase(fact.endpoint.value);
}

// -- who listens -------------------------------------------------------------------------------------------------------

/// The first refresh after an enrolment shows the token that is replaced first.
void administration::remember(std::uint32_t from, const io::outgoing& what, lineage message) {
  if (what.cls == io::message_class::enrol)
    first_refresh_.erase(from);
  else if (what.cls == io::message_class::refresh)
    first_refresh_.try_emplace(from, overheard{message, what.bytes});
}

/// Arrives by another way than the device's links: they may be cut.
bool administration::replay(const planned_fault& f, std::uint32_t device) {
  const auto found = first_refresh_.find(device);
  if (found == first_refresh_.end())
    return false; // it has never refreshed: there is nothing to show
  did(f, device, 1);
  const auto& heard = found->second;
  const auto issuer = world_.issuer_actor();
  world_.log.add({.kind = entry_kind::message_duplicated, .actor = device, .peer = issuer, .message = heard.message});
  const auto cause = mix(root_lineage(cause_kind::fault, f.entry->id(), device), heard.message);
  auto [handle, event] =
      world_.schedule({.at = world_.now(), .receiver = issuer, .kind = event_kind::message, .cause = cause});
  event.a = device;
  event.b = heard.message;
  event.d = static_cast<std::uint64_t>(io::message_class::refresh);
  event.e = heard.message;
  event.bytes = heard.bytes;
  return true;
}

// -- the server's store ------------------------------------------------------------------------------------------------

namespace {

/// Older copies are thrown away.
constexpr std::size_t copies_max = 64;
/// A plan that asks for more takes no more than these.
constexpr std::int64_t backups_max = 100'000;

} // namespace

void administration::begin_backups() {
  const auto every = world_.who.knobs.backup_every_ns;
  if (every <= 0 || !world_.can.administration)
    return;
  const auto until = world_.plan.heal_at_ns() + world_.plan.settle_within_ns();
  for (std::int64_t k = 1; k <= backups_max && k <= until / every; ++k) {
    auto [handle, event] = world_.schedule({.at = k * every,
                                            .receiver = 0,
                                            .kind = event_kind::backup,
                                            .cause = root_lineage(cause_kind::host, 3, static_cast<std::uint64_t>(k))});
    event.a = static_cast<std::uint64_t>(k);
  }
}

void administration::keep_copy(copied what) {
  auto disk = world_.disks.at(0).clone();
  disk->sync_all();
  copies_.push_back({world_.now(), std::move(what), std::move(disk)});
  if (copies_.size() > copies_max)
    copies_.pop_front();
}

bool administration::choose_copy(const planned_fault& f) {
  const auto newest = world_.now() - f.values.get("age");
  due_.reset();
  if (world_.hosts[0]->up())
    for (std::size_t i = 0; i < copies_.size() && copies_[i].at <= newest; ++i)
      due_ = i;
  if (!due_)
    ++world_.counts.not_injected[f.values.fault().name];
  return due_.has_value();
}

std::optional<administration::copied> administration::put_copy_in_place() {
  if (!due_)
    return std::nullopt;
  // What was put away later is of a history that never was.
  copies_.erase(copies_.begin() + static_cast<std::ptrdiff_t>(*due_) + 1, copies_.end());
  due_.reset();
  const auto& from = copies_.back();
  const auto cost = world_.disks.at(0).options().cost;
  world_.disks.add_clone(0, *from.disk).set_cost(cost);
  world_.log.restored({.kind = entry_kind::server_restored,
                       .s = from.what.s,
                       .value = from.at,
                       .ref = generation_,
                       .aux = generation_ + 1});
  ++generation_;
  return from.what;
}

} // namespace squall::actors
