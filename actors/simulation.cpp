#include "actors/simulation.hpp"

#include "actors/administration.hpp"
#include "actors/checkpoint.hpp"
#include "actors/device.hpp"
#include "actors/fabric.hpp"
#include "actors/fault_timeline.hpp"
#include "actors/inspect/moment.hpp"
#include "actors/inspect/watcher.hpp"
#include "actors/server.hpp"
#include "actors/turns/scheduled.hpp"
#include "actors/turns/turn_table.hpp"
#include "actors/world.hpp"
#include "scenarios/reactions/reactions.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace squall::actors {

namespace {

using history::end_code;
using history::entry_kind;

/// How often a healed run is asked whether it has settled.
constexpr duration_ns settle_check_ns = 5 * second_ns;
/// How often a run looks whether it is to stop early.
constexpr duration_ns stop_check_ns = 10 * second_ns;
/// A checkpoint at healing costs an export of every device; runs above this size do without.
constexpr std::uint32_t exported_at_heal_max = 200;

result<void> check_plan(const scenarios::Plan& plan, const model& names) {
  std::uint32_t expected = 1;
  for (const auto& device : plan.topology().devices())
    if (device.id() != expected++)
      return error{errc::invalid_argument, fmt::format("devices are numbered from 1 up, {} is not", device.id())};
  for (const auto& intention : plan.intentions()) {
    if (intention.device() == 0 || intention.device() >= expected)
      return error{errc::invalid_argument, fmt::format("intention {} is of no device", intention.id())};
    if (auto named = check_names(intention, names); !named)
      return named;
  }
  for (const auto& reaction : plan.reactions())
    if (std::find(std::begin(scenarios::reaction_rules), std::end(scenarios::reaction_rules), reaction.rule()) ==
        std::end(scenarios::reaction_rules))
      return error{errc::invalid_argument, fmt::format("no reaction is named `{}`", reaction.rule())};
  for (const auto& name : plan.sabotages())
    if (!telemetry::find_sabotage(name))
      return error{errc::invalid_argument, fmt::format("no sabotage is named `{}`", name)};
  if (plan.has_schedule() && plan.faults_size() > 0)
    return error{errc::invalid_argument, "a plan with a schedule takes no faults: they come at times of their own"};
  return {};
}

class run {
public:
  run(const scenarios::Plan& plan, const simulation_options& options, model names, std::vector<planned_fault> faults)
      : options_(options), world_(plan, options, std::move(names)) {
    populate(std::move(faults));
  }

  simulation_outcome go() {
    begin();
    end_ = look() && adversity() ? healing() : end_;
    if (!abandoned_)
      finish();
    for (auto* host : world_.hosts)
      if (host)
        host->retire();
    return outcome();
  }

private:
  void populate(std::vector<planned_fault> faults);
  faults::disk_options disk_options() const;
  const faults::disk* blank_store();
  void record_roster();
  void begin();
  bool adversity();
  end_code healing();
  bool by_turns(turn_chooser& choose);
  bool advance(time_ns until);
  bool went_well(const run_outcome& ran);
  bool had_enough();
  run_outcome deliver(time_ns until);
  bool look();
  void finish();
  void skip_what_is_left();
  simulation_outcome outcome();

  const simulation_options& options_;
  world world_;
  std::vector<device*> devices_;
  end_code end_ = end_code::settled;
  std::string detail_;
  bool stopped_ = false;
  std::uint64_t looks_ = 0; ///< the moment's number
  bool abandoned_ = false;  ///< whoever watched has seen enough
};

/// Every device begins with the same empty store: it is made once and copied, which is ten times cheaper than making tables.
const faults::disk* run::blank_store() {
  if (!world_.can.durable || !world_.can.blank_store)
    return nullptr;
  const auto spare = world_.actors();
  auto& disk = world_.disks.add(spare, disk_options());
  world_.disks.set_current(spare, root_lineage(cause_kind::host, spare));
  auto made = world_.system.start_client(
      config_of_client(world_, 1, 0, {faults::disk_vfs_name, faults::disk_set::path(spare)}));
  if (!made)
    return nullptr; // the devices will fail by themselves, and say why
  made->reset();
  disk.sync_all();
  return &disk;
}

faults::disk_options run::disk_options() const {
  const auto& knobs = world_.plan.knobs();
  return {.cost = {knobs.disk_sync_ns(), knobs.disk_write_ns()}};
}

void run::populate(std::vector<planned_fault> faults) {
  world_.disks.add(0, disk_options());
  world_.kern.spawn<server>(world_);
  const auto* blank = world_.devices() > 0 ? blank_store() : nullptr;
  for (std::uint32_t id = 1; id <= world_.devices(); ++id) {
    if (blank)
      world_.disks.add_clone(id, *blank).take_cost();
    else
      world_.disks.add(id, disk_options());
    devices_.push_back(&world_.kern.spawn<device>(world_, id));
  }
  if (blank)
    world_.disks.remove(world_.actors());
  if (world_.can.has_issuer) {
    world_.disks.add(world_.issuer_actor(), disk_options());
    world_.kern.spawn<issuer>(world_);
  }
  world_.timeline = &world_.kern.spawn<fault_timeline>(world_, std::move(faults));
}

void run::record_roster() {
  world_.log.add({.kind = entry_kind::participant, .actor = 0});
  for (const auto& member : world_.who.members)
    world_.log.add(
        {.kind = entry_kind::participant, .actor = member.device, .scope = member.scope.value, .ref = member.user});
  if (world_.can.has_issuer)
    world_.log.add({.kind = entry_kind::participant, .actor = world_.issuer_actor()});
  for (const auto& [held, role] : world_.granted.all())
    world_.log.add({.kind = entry_kind::grant, .code = role, .scope = held.second.value, .ref = held.first, .aux = 1});
}

void run::begin() {
  record_roster();
  world_.timeline->begin();
  world_.administrators->begin_backups();
  for (auto* host : world_.hosts)
    if (host)
      host->boot(0);
  std::vector<std::vector<std::size_t>> due(devices_.size());
  const auto& intentions = world_.plan.intentions();
  for (int i = 0; i < intentions.size(); ++i)
    if (intentions[i].after() == 0)
      due[intentions[i].device() - 1].push_back(static_cast<std::size_t>(i));
  for (std::size_t d = 0; d < due.size(); ++d) {
    std::sort(due[d].begin(), due[d].end(), [&](std::size_t a, std::size_t b) {
      const auto& left = intentions[static_cast<int>(a)];
      const auto& right = intentions[static_cast<int>(b)];
      return std::tuple(left.due_ns(), left.id()) < std::tuple(right.due_ns(), right.id());
    });
    devices_[d]->plan_intentions(std::move(due[d]));
  }
  world_.orphan_followers();
}

/// False: the run is over.
bool run::advance(time_ns until) {
  while (world_.now() < until) {
    if (options_.stop && *options_.stop) {
      stopped_ = true;
      end_ = end_code::not_settled;
      return false;
    }
    const auto ran = deliver(std::min(until, world_.now() + stop_check_ns));
    if (abandoned_)
      return false;
    if (!went_well(ran) || had_enough())
      return false;
  }
  return true;
}

bool run::had_enough() {
  if (!options_.enough)
    return false;
  world_.log.flush();
  abandoned_ = options_.enough();
  return abandoned_;
}

bool run::went_well(const run_outcome& ran) {
  if (!world_.gave_up.empty()) {
    end_ = end_code::engine_failed;
    detail_ = world_.gave_up;
    return false;
  }
  if (ran.end == run_end::instant_budget || ran.end == run_end::run_budget) {
    end_ = ran.end == run_end::instant_budget ? end_code::livelock_instant : end_code::event_budget;
    detail_ = describe(ran, world_.now());
    return false;
  }
  return true;
}

/// One turn after another until whoever chooses has enough; false: the run is over.
bool run::by_turns(turn_chooser& choose) {
  turn_table table(world_);
  for (;;) {
    if (options_.turns) // whoever searches may listen to the history, too
      world_.log.flush();
    const auto next = choose.choose(table.look());
    switch (next.todo) {
      case turn_chooser::what::finish: return true;
      case turn_chooser::what::abandon: abandoned_ = true; return false;
      case turn_chooser::what::lose: table.lose(next.index); break;
      case turn_chooser::what::take:
        if (!went_well(table.take(next.index)))
          return false;
    }
    ++looks_;
    if (!look())
      return false;
  }
}

/// Up to and including `until`; where somebody watches, with a look after each event.
run_outcome run::deliver(time_ns until) {
  if (!options_.watch)
    return world_.kern.run(until);
  for (;;) {
    const auto pause = std::max(world_.now(), options_.watch->pause_at());
    auto ran = world_.kern.step(std::min(until, pause));
    const bool paused = ran.end == run_end::reached_time && pause < until;
    if (ran.end == run_end::stopped)
      ++looks_;
    if ((!paused && ran.end != run_end::stopped) || !look() || !world_.gave_up.empty())
      return ran;
  }
}

/// False: enough seen.
bool run::look() {
  if (!options_.watch)
    return true;
  world_.log.flush();
  moment now(world_, looks_);
  abandoned_ = !options_.watch->between(now);
  return !abandoned_;
}

bool run::adversity() {
  const bool turns = options_.turns || world_.plan.has_schedule();
  if (!advance(turns ? world_.plan.schedule().from_ns() : world_.plan.heal_at_ns()))
    return false;
  if (turns) {
    scheduled written(world_.plan.schedule());
    if (!by_turns(options_.turns ? *options_.turns : written))
      return false;
  }
  world_.log.set_now(world_.now());
  world_.timeline->heal();
  if (world_.devices() <= exported_at_heal_max)
    export_visible(world_);
  ++looks_;
  return look();
}

end_code run::healing() {
  settle_watch watch;
  const time_ns limit = world_.now() + world_.plan.settle_within_ns();
  while (!watch.settled(world_)) {
    if (world_.now() >= limit)
      return end_code::not_settled;
    if (!advance(std::min(limit, world_.now() + settle_check_ns)))
      return end_;
  }
  return end_code::settled;
}

void run::skip_what_is_left() {
  for (const auto& intention : world_.plan.intentions())
    if (world_.known.ended(intention.id()) == ending::open)
      world_.skip_intention(intention, history::skip_reason::run_over);
  for (const auto& intention : world_.reacted)
    if (world_.known.ended(intention.id()) == ending::open)
      world_.skip_intention(intention, history::skip_reason::run_over);
}

void run::finish() {
  world_.log.set_now(world_.now());
  skip_what_is_left();
  if (end_ != end_code::engine_failed)
    final_checkpoint(world_);
  if (options_.look_at_server && world_.can.durable) {
    const disk_copy copy(world_, 0);
    options_.look_at_server(copy.place());
  }
  if (!world_.gave_up.empty() && detail_.empty()) {
    end_ = end_code::engine_failed;
    detail_ = world_.gave_up;
  }
  world_.log.add({.kind = entry_kind::run_ended, .code = static_cast<std::uint8_t>(end_)});
  ++looks_;
  look();
}

simulation_outcome run::outcome() {
  static constexpr const char* reasons[] = {"",        "not_visible", "dependency", "device_down",
                                            "deleted", "refused",     "run_over"};
  simulation_outcome out;
  out.end = end_;
  out.abandoned = abandoned_;
  out.end_detail = stopped_ || abandoned_ ? "stopped early" : detail_;
  out.virtual_ns = world_.now();
  out.events = world_.kern.counts().delivered;
  out.digest = world_.log.digest();
  out.entries = world_.log.entries();
  out.messages = world_.counts.messages;
  out.acknowledgements = world_.counts.acknowledgements;
  for (const auto& fault : faults::catalogue())
    if (const auto n = world_.counts.faults[static_cast<std::size_t>(fault.number)]; n > 0)
      out.faults[fault.name] = n;
  for (const auto& [name, n] : world_.counts.not_injected)
    out.faults[name + " (not injected)"] = n;
  for (std::size_t i = 0; i < telemetry::probe_count; ++i)
    out.probes[std::string(info(static_cast<telemetry::probe>(i)).name)] = world_.counts.probes[i];
  for (std::size_t i = 0; i < telemetry::sabotage_count; ++i)
    if (world_.who.sabotages.test(i))
      out.sabotages[std::string(info(static_cast<telemetry::sabotage>(i)).name)] = world_.counts.sabotages[i];
  for (std::size_t i = 1; i < std::size(reasons); ++i)
    if (world_.counts.skipped[i] > 0)
      out.skipped[reasons[i]] = world_.counts.skipped[i];
  for (std::size_t i = 0; i < world_.counts.failed.size(); ++i)
    if (world_.counts.failed[i] > 0)
      out.failed[to_string(static_cast<errc>(i))] = world_.counts.failed[i];
  for (const auto& intention : world_.reacted)
    if (const auto how = world_.known.ended(intention.id()); how == ending::accepted || how == ending::in_doubt)
      out.reacted.push_back(intention);
  out.promises = world_.promises.findings();
  out.names = world_.log.take_names();
  return out;
}

} // namespace

result<simulation_outcome> simulate(const scenarios::Plan& plan, const simulation_options& options) {
  CHECK(options.system != nullptr);
  auto names = model::from(plan);
  if (!names)
    return names.err();
  if (auto checked = check_plan(plan, *names); !checked)
    return checked.err();
  auto faults = fault_timeline::resolve(plan);
  if (!faults)
    return faults.err();
  return run{plan, options, std::move(*names), std::move(*faults)}.go();
}

} // namespace squall::actors
