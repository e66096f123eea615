#include "campaigns/shrink/laboratory.hpp"

#include "campaigns/run_plan.hpp"
#include "campaigns/stopwatch.hpp"
#include "campaigns/workers.hpp"
#include "scenarios/loader.hpp"
#include "scenarios/planner/planner.hpp"
#include "scenarios/writer/from_plan.hpp"
#include "scenarios/writer/yaml.hpp"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <vector>

namespace squall::campaigns {

namespace {

/// Candidates in one go: enough to spare forks, few enough that little is made in vain.
constexpr std::size_t batch_max = 64;
/// A candidate may take so many times the events of the run before it.
constexpr std::uint64_t events_allowed = 10;
constexpr std::uint64_t events_allowed_least = 200'000;

} // namespace

reports::Run judged_by(const criterion& wanted, const scenarios::Plan& plan) {
  scenarios::Plan bounded = plan;
  if (wanted.events_max > 0 && (plan.budget().events() == 0 || plan.budget().events() > wanted.events_max))
    bounded.mutable_budget()->set_events(wanted.events_max);
  auto outcome = run_plan(bounded, {.sinks = {}, .to_first_violation = true});
  if (!outcome)
    return {};
  if (outcome->run.signature() != wanted.signature || !wanted.control || plan.sabotages().empty())
    return std::move(outcome->run);
  bounded.clear_sabotages();
  const auto clean = run_plan(bounded, {.sinks = {}, .to_first_violation = true});
  if (!clean || clean->run.verdict() == reports::FAIL)
    outcome->run.clear_signature();
  return std::move(outcome->run);
}

std::optional<scenarios::Plan> retold(const scenarios::Plan& plan) {
  const auto told = scenarios::scenario_from(plan);
  if (!told)
    return std::nullopt;
  const auto loaded = scenarios::load_text(scenarios::to_yaml(*told), "shrunk.yaml", {});
  if (!loaded.ok())
    return std::nullopt;
  return scenarios::plan(*loaded.scenario, plan.seed());
}

std::vector<scenarios::Plan> made_apart(const std::function<std::vector<scenarios::Plan>()>& make) {
  const auto work = [&](std::size_t) {
    reports::Run run;
    for (const auto& plan : make()) // a text field holds no other bytes
      google::protobuf::TextFormat::PrintToString(plan, run.add_unknown_because());
    return run;
  };
  const auto outcome = run_in_workers(1, work, [](std::size_t, reports::Run&) {}, {});
  std::vector<scenarios::Plan> made;
  for (const auto& text : outcome.runs[0].unknown_because()) {
    scenarios::Plan plan;
    if (google::protobuf::TextFormat::ParseFromString(text, &plan))
      made.push_back(std::move(plan));
  }
  return made;
}

bool laboratory::out_of_time() const {
  return (options_.stop != nullptr && *options_.stop) || real_time_ns() >= options_.until_ns;
}

std::optional<std::size_t> laboratory::first_hit(std::size_t count, const maker& make) {
  for (std::size_t from = 0; from < count && !out_of_time(); from += batch_max) {
    const std::size_t size = std::min(batch_max, count - from);
    const auto work = [&](std::size_t i) {
      const auto candidate = make(from + i);
      reports::Run run = candidate ? judged_by(options_.wanted, *candidate) : reports::Run{};
      run.set_seed(i); // which it was, for whoever collects the results
      return run;
    };
    volatile bool enough = false;
    std::vector<bool> done(size, false);
    std::vector<std::uint64_t> events(size, 0);
    std::vector<std::int64_t> lasted(size, 0);
    std::size_t first = size, told = 0;
    worker_options how;
    how.jobs = options_.jobs;
    how.stop = &enough;
    how.finished = [&](std::size_t, const reports::Run& run) {
      const auto i = static_cast<std::size_t>(run.seed());
      done[i] = true;
      events[i] = run.events();
      lasted[i] = run.virtual_ns();
      tried_ += run.verdict() != reports::VERDICT_NONE;
      if (run.signature() == options_.wanted.signature)
        first = std::min(first, i);
      while (told < first && done[told])
        ++told;
      if (told >= first || out_of_time())
        enough = true; // what comes after the first hit is not waited for
    };
    run_in_workers(
        size, work, [](std::size_t i, reports::Run& run) { run.set_seed(i); }, how);
    if (first < size && told >= first) {
      expect_events(events[first]);
      lasted_ns_ = lasted[first];
      return from + first;
    }
  }
  return std::nullopt;
}

void laboratory::expect_events(std::uint64_t events) {
  options_.wanted.events_max = std::max(events * events_allowed, events_allowed_least);
}

bool laboratory::meets(const scenarios::Plan& plan) {
  return first_hit(1, [&](std::size_t) { return std::optional{plan}; }).has_value();
}

} // namespace squall::campaigns
