#include "actors/world.hpp"

#include "actors/administration.hpp"
#include "actors/fabric.hpp"
#include "actors/host.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <unordered_set>

namespace squall::actors {

namespace {

/// 2026-01-01T00:00:00Z: the true wall-clock time at which a run starts.
constexpr time_ns wall_epoch_ns = 1'767'225'600 * second_ns;
/// Participants that keep an open store's memory at once.
constexpr std::uint32_t open_stores_max = 1024;
/// Where a plan leaves the life of access tokens to the system.
constexpr duration_ns token_lifetime_default_ns = hour_ns;
constexpr std::uint64_t events_per_instant_default = 1'000'000;
constexpr std::uint64_t events_default = 2'000'000'000;

roster roster_of(const scenarios::Plan& plan, const model& names) {
  roster who;
  const auto& k = plan.knobs();
  who.knobs = {k.poll_every_ns(),
               k.request_timeout_ns(),
               k.backoff_base_ns(),
               k.backoff_cap_ns(),
               k.access_token_lifetime_ns(),
               k.token_leeway_ns(),
               k.push_batch_max(),
               k.page_limit(),
               k.snapshot_page_rows(),
               k.retention_entries(),
               k.first_sequence(),
               k.store_cache_pages(),
               k.stamp_bound_ns(),
               k.tombstones_for_ns(),
               k.device_expires_after_ns(),
               k.compact_above(),
               k.queue_max(),
               k.jobs_max(),
               k.requests_per_minute(),
               k.overload_retry_after_ns(),
               k.breaker_after(),
               k.breaker_for_ns(),
               k.invalidate_for_ns(),
               k.contact_within_ns(),
               k.backup_every_ns()};
  const scope_id wide = names.schema()->wide_scope;
  for (const auto& device : plan.topology().devices()) {
    const auto code = draw(plan.seed(), draw_domain::engine, root_lineage(cause_kind::host, 1, device.id()));
    who.members.push_back({.device = device.id(),
                           .user = device.user(),
                           .role = names.role(device.role()),
                           .scope = {device.team()},
                           .enrolment_code = fmt::format("code-{:016x}", code.low)});
    auto& member = who.members.back();
    for (const auto team : device.more_teams())
      member.more_scopes.push_back({{team}, member.role});
    if (wide.value != 0)
      member.more_scopes.push_back({wide, member.role});
  }
  for (const auto& name : plan.sabotages())
    if (const auto s = telemetry::find_sabotage(name))
      who.sabotages.set(static_cast<std::size_t>(*s));
  who.issuer_key_seed = draw(plan.seed(), draw_domain::engine, root_lineage(cause_kind::host, 2)).low;
  return who;
}

std::vector<std::uint32_t> scopes_of_members(const roster& who) {
  std::vector<std::uint32_t> scopes(who.members.size() + 2, 0);
  for (const auto& member : who.members)
    scopes[member.device] = member.scope.value;
  return scopes;
}

kernel_options kernel_of(const scenarios::Plan& plan) {
  const auto& budget = plan.budget();
  return {.seed = plan.seed(),
          .nodes_expected = static_cast<std::uint32_t>(plan.topology().devices_size()) + 3,
          .events_per_instant_max =
              budget.events_per_instant() ? budget.events_per_instant() : events_per_instant_default,
          .events_per_run_max = budget.events() ? budget.events() : events_default};
}

faults::link_settings base_links(const scenarios::Network& network) {
  faults::link_settings base;
  const auto& latency = network.latency();
  if (latency.has_uniform())
    base.latency = {faults::latency_kind::uniform, latency.uniform().low_ns(), latency.uniform().high_ns(), 0};
  else if (latency.has_lognormal())
    base.latency = {faults::latency_kind::lognormal, latency.lognormal().median_ns(), 0,
                    latency.lognormal().sigma_milli()};
  else
    base.latency = {faults::latency_kind::constant, latency.constant_ns(), 0, 0};
  base.jitter_ns = network.jitter_ns();
  base.loss_ppm = network.loss_ppm();
  base.duplicate_ppm = network.duplicate_ppm();
  base.reorder_ppm = network.reorder_ppm();
  base.reorder_by_ns = network.reorder_by_ns();
  base.corrupt_ppm = network.corrupt_ppm();
  return base;
}

std::vector<faults::participant_clock> clocks_of(const scenarios::Plan& plan) {
  const auto& devices = plan.topology().devices();
  std::vector<faults::participant_clock> clocks(static_cast<std::size_t>(devices.size()) + 2,
                                                faults::participant_clock({.wall_epoch_ns = wall_epoch_ns}));
  for (const auto& device : devices)
    clocks[device.id()] = faults::participant_clock({.wall_epoch_ns = wall_epoch_ns,
                                                     .offset_ns = device.clock().offset_ns(),
                                                     .drift_ppb = device.clock().drift_ppb()});
  return clocks;
}

} // namespace

void tallies::add(const telemetry::counters& counters) {
  for (std::size_t i = 0; i < telemetry::probe_count; ++i)
    probes[i] += counters.hits(static_cast<telemetry::probe>(i));
  for (std::size_t i = 0; i < telemetry::sabotage_count; ++i)
    sabotages[i] += counters.hits(static_cast<telemetry::sabotage>(i));
}

world::world(const scenarios::Plan& p, const simulation_options& options, model m)
    : plan(p), system(*options.system), can(options.system->can()), names(std::move(m)), who(roster_of(p, names)),
      kern(kernel_of(p)), granted(who.members),
      log({.sinks = options.sinks, .remember_texts = options.remember_texts, .scopes = scopes_of_members(who)}),
      disks(p.seed()), links({.seed = p.seed(),
                              .devices = devices(),
                              .server = {0},
                              .issuer = {issuer_actor()},
                              .base = base_links(p.network())}),
      tokens(who.knobs.access_token_lifetime_ns ? who.knobs.access_token_lifetime_ns : token_lifetime_default_ns,
             who.knobs.token_leeway_ns),
      clocks(clocks_of(p)), hosts(actors()), net(std::make_unique<fabric>(*this)),
      administrators(std::make_unique<administration>(*this)), stores(actors(), open_stores_max),
      promises(options.check_promises_every), chances(options.chances) {
  for (int i = 0; i < plan.intentions_size(); ++i)
    if (const auto after = plan.intentions(i).after(); after != 0)
      followers_[after].push_back(static_cast<std::size_t>(i));
  open_intentions = static_cast<std::size_t>(plan.intentions_size());
}

// Stores must close before the disks go, and the nodes that hold them live as long as the kernel.
world::~world() {
  for (auto* host : hosts)
    if (host)
      host->retire();
  system.end_readings();
}

kernel::scheduled world::schedule(const appointment& a) {
  const auto at = std::max(a.at, now());
  auto made = kern.schedule({.at_ns = at,
                             .order = order_key({plan.seed(), at, a.receiver, a.cause}),
                             .receiver = a.receiver,
                             .kind = static_cast<std::uint32_t>(a.kind)});
  lineage_of(made.event) = a.cause;
  return made;
}

void world::schedule_intention(std::size_t index, time_ns at, std::uint64_t looks) {
  const auto& intention = this->intention(index);
  auto [handle, event] = schedule({.at = at,
                                   .receiver = intention.device(),
                                   .kind = event_kind::intention,
                                   .cause = root_lineage(cause_kind::intention, intention.id())});
  event.a = index;
  event.b = looks;
}

std::vector<std::uint32_t> world::scopes() const {
  std::set<std::uint32_t> all;
  for (const auto& member : who.members)
    all.insert(member.scope.value);
  for (std::uint32_t team = 1; can.grants && team <= plan.topology().teams(); ++team)
    all.insert(team);
  if (const scope_id wide = names.schema()->wide_scope; wide.value != 0)
    all.insert(wide.value);
  return {all.begin(), all.end()};
}

std::vector<std::uint32_t> world::scopes_of(std::uint32_t actor) const {
  const auto held = hosts[actor]->up() ? hosts[actor]->system().scopes() : std::nullopt;
  if (!held)
    return {scope_of(actor)};
  std::vector<std::uint32_t> out;
  for (const auto& scope : *held)
    out.push_back(scope.value);
  return out;
}

const scenarios::Intention* world::find_intention(std::uint64_t id) const {
  const auto& all = plan.intentions();
  const auto at = std::lower_bound(all.begin(), all.end(), id,
                                   [](const scenarios::Intention& i, std::uint64_t wanted) { return i.id() < wanted; });
  if (at != all.end() && at->id() == id)
    return &*at;
  const auto found = reaction_index_.find(id);
  return found == reaction_index_.end() ? nullptr : &reacted[found->second];
}

std::optional<std::size_t> world::add_reaction(const reaction_place& place, scenarios::Intention meant) {
  if (place.record != 0) {
    auto& to_come = reactions_to_come_[place];
    if (to_come != 0 && known.ended(to_come) == ending::open)
      return std::nullopt;
    to_come = meant.id();
  }
  if (find_intention(meant.id()))
    return std::nullopt;
  reaction_index_.emplace(meant.id(), reacted.size());
  reacted.push_back(std::move(meant));
  ++open_intentions;
  return planned_count() + reacted.size() - 1;
}

void world::end_intention(std::uint64_t id, ending how) {
  known.end(id, how);
  --open_intentions;
  const auto found = followers_.find(id);
  if (found == followers_.end())
    return;
  for (const auto index : found->second)
    schedule_intention(index, now() + plan.intentions(static_cast<int>(index)).due_ns(), 0);
}

void world::orphan_followers() {
  std::unordered_set<std::uint64_t> present;
  for (const auto& intention : plan.intentions())
    present.insert(intention.id());
  for (const auto& intention : plan.intentions())
    if (intention.after() != 0 && !present.contains(intention.after()))
      skip_intention(intention, history::skip_reason::dependency);
}

void world::skip_intention(const scenarios::Intention& intention, history::skip_reason reason) {
  // Somebody else settled the task, or the record is gone: nothing happened that anybody could tell.
  if (reaction_index_.contains(intention.id()))
    return end_intention(intention.id(), ending::skipped);
  log.add({.kind = history::entry_kind::intention_skipped,
           .code = static_cast<std::uint8_t>(reason),
           .actor = intention.device(),
           .ref = intention.id()});
  ++counts.skipped[static_cast<std::size_t>(reason)];
  end_intention(intention.id(), ending::skipped);
}

void world::give_up(std::string why) {
  if (gave_up.empty())
    gave_up = std::move(why);
  kern.stop();
}

std::unique_ptr<io::effects> world::take_effects() {
  if (spare_effects_.empty())
    return std::make_unique<io::effects>();
  auto fx = std::move(spare_effects_.back());
  spare_effects_.pop_back();
  return fx;
}

void world::give_back(std::unique_ptr<io::effects> fx) {
  fx->clear();
  spare_effects_.push_back(std::move(fx));
}

} // namespace squall::actors
