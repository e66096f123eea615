#include "campaigns/run_plan.hpp"

#include "actors/simulation.hpp"
#include "actors/system/squall_system.hpp"
#include "campaigns/pending.hpp"
#include "campaigns/promises.hpp"
#include "campaigns/stopwatch.hpp"
#include "reports/first_violation.hpp"
#include "reports/invariants/judge.hpp"

#include <fmt/core.h>

#include <map>

namespace squall::campaigns {

namespace {

using count_map = std::map<std::string, std::uint64_t>;

constexpr std::uint32_t skipped_ppm_default = 50'000;

void put(const count_map& from, google::protobuf::RepeatedPtrField<reports::Count>& to) {
  for (const auto& [name, value] : from) {
    auto& count = *to.Add();
    count.set_name(name);
    count.set_value(value);
  }
}

std::uint64_t look_up(const std::string& name, const std::vector<const count_map*>& in) {
  for (const count_map* map : in)
    if (const auto it = map->find(name); it != map->end())
      return it->second;
  return 0;
}

/// The judge knows that a run stopped short; what looped or failed only the simulation can tell.
void tell_the_end(const actors::simulation_outcome& outcome, reports::Run& run) {
  if (outcome.end_detail.empty())
    return;
  for (auto& invariant : *run.mutable_invariants())
    for (auto& violation : *invariant.mutable_violations())
      if (invariant.name() == "liveness" && !violation.has_device())
        violation.set_message(violation.message() + ": " + outcome.end_detail);
}

void judge_reached(const scenarios::Plan& plan, const std::vector<const count_map*>& counts, reports::Run& run) {
  for (const auto& reached : plan.expect().reached()) {
    auto& got = *run.add_reached();
    got.set_name(reached.what());
    got.set_want(reached.at_least());
    got.set_got(look_up(reached.what(), counts));
    if (got.got() < got.want())
      run.add_unknown_because(fmt::format("{} was reached {} times of {}", got.name(), got.got(), got.want()));
  }
}

void judge_skips(const scenarios::Plan& plan, const count_map& skipped, reports::Run& run) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : skipped)
    sum += count;
  const std::uint64_t limit = plan.expect().skipped_ppm_max() ? plan.expect().skipped_ppm_max() : skipped_ppm_default;
  const auto all = static_cast<std::uint64_t>(plan.intentions_size());
  if (all > 0 && sum * 1'000'000 > limit * all)
    run.add_unknown_because(fmt::format("{} of {} intentions were skipped", sum, all));
}

void judge_faults(const scenarios::Plan& plan, const count_map& effects, reports::Run& run) {
  std::map<std::string, bool> asked;
  for (const auto& fault : plan.faults())
    asked[fault.name()] = true;
  for (const auto& [name, unused] : asked)
    if (look_up(name, {&effects}) == 0)
      run.add_unknown_because(fmt::format("the fault {} was asked for and hit nothing", name));
}

void judge_sabotages(const count_map& hits, reports::Run& run) {
  for (const auto& [name, count] : hits)
    if (count == 0)
      run.add_unknown_because(fmt::format("the sabotage {} was never reached", name));
}

reports::Verdict verdict_of(const reports::Run& run) {
  reports::Verdict worst = run.unknown_because().empty() ? reports::PASS : reports::UNKNOWN;
  for (const auto& invariant : run.invariants())
    worst = invariant.verdict() > worst ? invariant.verdict() : worst;
  return worst;
}

void fill(const actors::simulation_outcome& outcome, reports::Run& run) {
  run.set_digest(fmt::format("{:016x}", outcome.digest));
  run.set_virtual_ns(outcome.virtual_ns);
  run.set_messages(outcome.messages);
  run.set_events(outcome.events);
  put(outcome.faults, *run.mutable_faults());
  put(outcome.probes, *run.mutable_probes());
  put(outcome.sabotages, *run.mutable_sabotages());
  put(outcome.skipped, *run.mutable_skipped());
  put(outcome.failed, *run.mutable_failed());
}

} // namespace

std::string signature_of(const reports::Run& run) {
  const auto [in, first] = reports::first_violation_of(run);
  return in ? in->name() + "/" + (first ? first->shape() : "") : "";
}

result<run_result> run_plan(const scenarios::Plan& plan, const run_options& options) {
  const std::int64_t began = real_time_ns();
  actors::squall_system ours;
  invariants::judge judge(plan);
  pending_list pending(static_cast<std::uint32_t>(plan.topology().devices_size()));
  actors::simulation_options how;
  how.system = options.system ? options.system : &ours;
  how.sinks = options.sinks;
  how.sinks.push_back(&judge);
  how.sinks.push_back(&pending);
  how.remember_texts = options.remember_texts;
  how.check_promises_every = options.check_promises_every;
  how.turns = options.turns;
  auto outcome = actors::simulate(plan, how);
  if (!outcome)
    return outcome.err();
  if (outcome->abandoned) {
    run_result nothing;
    nothing.abandoned = true;
    return nothing;
  }
  const auto judgement = judge.finish(outcome->names);

  run_result out;
  out.run.set_scenario(plan.scenario());
  out.run.set_seed(plan.seed());
  out.run.set_devices(static_cast<std::uint64_t>(plan.topology().devices_size()));
  out.run.set_operations(look_up("intents", {&judgement.metrics}));
  fill(*outcome, out.run);
  for (const auto& invariant : judgement.invariants) {
    *out.run.add_invariants() = invariant;
    if (invariant.verdict() == reports::UNKNOWN)
      out.run.add_unknown_because(invariant.name() + ": " + invariant.reason());
  }
  judge_promises(outcome->promises, out.run);
  tell_the_end(*outcome, out.run);
  pending.put(out.run);
  put(judgement.metrics, *out.run.mutable_metrics());
  judge_reached(plan, {&judgement.metrics, &outcome->faults, &outcome->probes}, out.run);
  judge_skips(plan, outcome->skipped, out.run);
  judge_faults(plan, outcome->faults, out.run);
  judge_sabotages(outcome->sabotages, out.run);
  out.run.set_verdict(verdict_of(out.run));
  out.run.set_signature(signature_of(out.run));
  out.acknowledgements = outcome->acknowledgements;
  out.names = std::move(outcome->names);
  out.run.set_wall_ns(real_time_ns() - began);
  out.run.set_peak_rss_bytes(peak_rss_bytes());
  return out;
}

} // namespace squall::campaigns
