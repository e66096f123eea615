#include "actors/server.hpp"

#include "actors/administration.hpp"
#include "actors/checkpoint.hpp"

#include <algorithm>

namespace squall::actors {

namespace {

// Of one transaction of a server on ordinary hardware.
constexpr duration_ns step_low_ns = 100 * microsecond_ns;
constexpr duration_ns step_high_ns = millisecond_ns;

} // namespace

server::server(caf::actor_config& config, node_seat seat, world& shared, std::uint32_t id)
    : host(config, seat, shared, id) {}

server_config server::config_for(std::uint64_t entropy, const store_place& store) const {
  server_config config;
  config.self = {actor()};
  config.entropy = entropy;
  config.model = world_.names.schema();
  config.knobs = world_.who.knobs;
  config.store = store;
  config.sabotages = world_.who.sabotages;
  config.issuer_key_seed = world_.who.issuer_key_seed;
  config.members = world_.who.members;
  config.issuer = {world_.issuer_actor()};
  config.generation = world_.administrators->generation();
  return config;
}

result<std::unique_ptr<participant>> server::make(std::uint64_t entropy, const store_place& store) {
  return world_.system.start_server(config_for(entropy, store));
}

void server::release_jobs(const io::effects& fx, lineage parent) {
  const auto& knobs = world_.plan.knobs();
  const bool set = knobs.server_step_high_ns() > 0;
  const duration_ns low = set ? knobs.server_step_low_ns() : step_low_ns;
  const duration_ns high = std::max(low, set ? knobs.server_step_high_ns() : step_high_ns);
  for (std::size_t i = 0; i < fx.runnable.size(); ++i) {
    const lineage own = child_lineage(parent, {cause_kind::resume, actor(), static_cast<std::uint32_t>(i)});
    const auto bits = draw(world_.plan.seed(), draw_domain::service, own).low;
    const auto takes = low + static_cast<duration_ns>(below(bits, static_cast<std::uint64_t>(high - low) + 1));
    auto [handle, event] =
        world_.schedule({.at = world_.now() + takes, .receiver = actor(), .kind = event_kind::resume, .cause = own});
    event.a = fx.runnable[i];
    event.d = static_cast<std::uint64_t>(errand_.cls);
    event.e = errand_.exchange;
    event.f = errand_.peer;
  }
}

/// Whatever is judged in one handling is judged at one reading of the clock.
void server::record(const io::effects& fx) {
  using enum telemetry::fact_kind;
  const bool forgets = world_.who.knobs.tombstones_for_ns > 0;
  bool clock_told = false;
  for (const auto& fact : fx.facts) {
    const bool dated = fact.kind == intent_committed || fact.kind == branch_kept ||
                       (forgets && (fact.kind == fence_moved || fact.kind == page_served));
    if (dated && !clock_told) {
      tell_clock();
      clock_told = true;
    }
    if (!names_a_message(fact.kind))
      report(fact);
  }
}

void server::tell_clock() {
  world_.log.add({.kind = history::entry_kind::clock_read,
                  .actor = actor(),
                  .value = world_.clocks[actor()].read(world_.now()).wall});
}

void server::report(const telemetry::fact& fact) {
  if (fact.kind == telemetry::fact_kind::intent_committed)
    newest_commit_ = std::max(newest_commit_, fact.sequence);
  if (fact.kind == telemetry::fact_kind::branch_kept)
    branches_kept_ = fact.sequence + 1;
  if (fact.kind == telemetry::fact_kind::fence_moved)
    fences_[static_cast<std::uint32_t>(fact.aux)] = fact.sequence;
  if (fact.kind == telemetry::fact_kind::backed_up)
    world_.administrators->keep_copy({fact.sequence, newest_commit_, branches_kept_, fences_, world_.granted});
  world_.administrators->note(fact);
  if (fact.kind == telemetry::fact_kind::grant_given || fact.kind == telemetry::fact_kind::grant_revoked)
    world_.granted.take(fact);
  world_.log.add_fact(actor(), fact, 0);
}

void server::starts() {
  const auto copy = world_.administrators->put_copy_in_place();
  if (!copy)
    return;
  newest_commit_ = copy->newest_commit;
  branches_kept_ = copy->branches_kept;
  fences_ = copy->fences;
  world_.granted = copy->granted;
}

void server::recover() {
  if (!world_.can.durable)
    return;
  const disk_copy copy(world_, actor());
  const auto commits = world_.system.read_commits(copy.place(), newest_commit_);
  if (!commits)
    return world_.give_up("the server's store cannot be read: " + commits.err().message);
  const auto branches = world_.system.read_branches(copy.place(), branches_kept_);
  if (!branches)
    return world_.give_up("the server's branches cannot be read: " + branches.err().message);
  if (!commits->empty() || !branches->empty())
    tell_clock();
  for (const auto& commit : *commits)
    report({.kind = telemetry::fact_kind::intent_committed,
            .logical = commit.stamp.logical,
            .intent = commit.id,
            .sequence = commit.sequence,
            .aux = commit.generation,
            .wall = commit.stamp.wall});
  for (const auto& branch : *branches)
    report({.kind = telemetry::fact_kind::branch_kept,
            .collection = branch.collection,
            .field = branch.subject,
            .intent = branch.id,
            .record = branch.record,
            .sequence = branch.number,
            .aux = branch.task});
  if (world_.can.grants)
    recover_grants(copy);
  if (world_.can.fences && world_.who.knobs.tombstones_for_ns > 0)
    recover_fences(copy);
}

/// An administrator whose server is down, or dies of it, tries again.
void server::lose(kernel_event& event) {
  if (kind_of(event) != event_kind::grant_change)
    return host::lose(event);
  auto [handle, again] = world_.schedule({.at = world_.now() + second_ns,
                                          .receiver = actor(),
                                          .kind = event_kind::grant_change,
                                          .cause = child_lineage(lineage_of(event), {cause_kind::look_again, 0, 0})});
  again.a = event.a;
  again.b = event.b;
  again.d = event.d;
  again.e = event.e;
}

void server::dispatch(kernel_event& event) {
  host::dispatch(event);
  if (kind_of(event) == event_kind::grant_change && !up())
    lose(event);
}

void server::recover_grants(const disk_copy& copy) {
  const auto stored = world_.system.read_grants(copy.place());
  if (!stored)
    return world_.give_up("the server's grants cannot be read: " + stored.err().message);
  for (const auto& fact : world_.granted.missing(*stored))
    report(fact);
}

void server::recover_fences(const disk_copy& copy) {
  const auto stored = world_.system.read_fences(copy.place());
  if (!stored)
    return world_.give_up("the server's fences cannot be read: " + stored.err().message);
  tell_clock();
  for (const auto& [scope, fence] : *stored)
    if (const std::uint64_t before = fences_[scope.value]; fence != before)
      report({.kind = telemetry::fact_kind::fence_moved,
              .sequence = fence,
              .from_sequence = before,
              .aux = scope.value,
              .wall = world_.clocks[actor()].read(world_.now()).wall});
}

issuer::issuer(caf::actor_config& config, node_seat seat, world& shared)
    : server(config, seat, shared, shared.issuer_actor()) {}

result<std::unique_ptr<participant>> issuer::make(std::uint64_t entropy, const store_place& store) {
  return world_.system.start_issuer(config_for(entropy, store));
}

clock_reading issuer::clocks_for(const kernel_event* event) const {
  auto clocks = host::clocks_for(event);
  if (event && kind_of(*event) == event_kind::message)
    clocks.wall -= world_.tokens.issuer_lag({static_cast<std::uint32_t>(event->a)}, world_.now());
  return clocks;
}

} // namespace squall::actors
