#include "campaigns/sweep.hpp"

#include "campaigns/failure.hpp"
#include "campaigns/lost_acks.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/signatures.hpp"
#include "campaigns/verify.hpp"
#include "campaigns/workers.hpp"
#include "scenarios/planner/planner.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>

namespace squall::campaigns {

namespace {

/// One run to do: a scenario and a seed, with at most one acknowledgement lost.
struct task {
  const loaded_scenario* scenario = nullptr;
  std::uint64_t seed = 0;
  std::optional<acknowledgement> lost;
};

class sweeper {
public:
  sweeper(const std::vector<loaded_scenario>& scenarios, const sweep_options& options)
      : scenarios_(scenarios), options_(options) {}

  result<reports::Batch> run() {
    if (auto usable = try_out(); !usable)
      return usable.err();
    for (const auto& scenario : scenarios_)
      for (std::uint64_t i = 0; i <= options_.seed_last - options_.seed_first; ++i)
        tasks_.push_back({&scenario, options_.seed_first + i, std::nullopt});
    if (options_.lost_acks_everywhere)
      if (auto enumerated = enumerate_acknowledgements(); !enumerated)
        return enumerated.err();
    auto outcome = run_all(true);
    if (options_.verify && !outcome.interrupted)
      verify(outcome);
    if (!refused_.empty())
      return error{errc::invalid_argument, refused_};
    keep_failures(outcome);
    return batch_of(std::move(outcome));
  }

private:
  /// Before hours are spent: can failures be written?
  result<void> try_out() const {
    std::error_code failed;
    const std::filesystem::path out = options_.out;
    std::filesystem::path made; // the topmost folder that was not there
    for (auto at = out; !at.empty() && !std::filesystem::exists(at, failed); at = at.parent_path())
      made = at;
    std::filesystem::create_directories(out, failed);
    result<void> usable;
    if (failed)
      usable = error{errc::storage, "cannot create " + options_.out + ": " + failed.message()};
    else if (::access(options_.out.c_str(), W_OK) != 0)
      usable = error{errc::storage, "cannot write into " + options_.out};
    for (auto at = out; !made.empty() && at != made.parent_path(); at = at.parent_path())
      std::filesystem::remove(at, failed); // empty still
    return usable;
  }

  scenarios::Plan plan_of(const task& t) const {
    scenarios::Plan plan = scenarios::plan(t.scenario->scenario, t.seed);
    for (const auto& name : options_.sabotages)
      plan.add_sabotages(name);
    return t.lost ? without_acknowledgement(plan, *t.lost) : plan;
  }

  reports::Run execute(std::size_t index) const {
    const task& t = tasks_[index];
    auto outcome = run_plan(plan_of(t), {});
    reports::Run run;
    if (outcome)
      run = std::move(outcome->run);
    else
      run.set_crash("not run: " + outcome.err().message);
    describe(index, run);
    return run;
  }

  void describe(std::size_t index, reports::Run& run) const {
    const task& t = tasks_[index];
    run.set_scenario(t.scenario->scenario.name());
    run.set_scenario_file(t.scenario->file);
    run.set_seed(t.seed);
    if (t.lost)
      run.set_variant(fmt::format("without ack {} to d{}", t.lost->ordinal, t.lost->device));
  }

  /// Runs each seed once as it is and adds a task for each acknowledgement that it sent.
  result<void> enumerate_acknowledgements() {
    std::vector<task> all;
    for (const task& t : tasks_) {
      acknowledgement_list list;
      auto outcome = run_plan(plan_of(t), {.sinks = {&list}});
      if (!outcome)
        return outcome.err();
      for (const auto& lost : list.all())
        all.push_back({t.scenario, t.seed, lost});
    }
    enumerated_ = all.size();
    tasks_ = std::move(all);
    return {};
  }

  worker_outcome run_all(bool show) {
    worker_options how;
    how.jobs = options_.jobs;
    how.stop = options_.stop;
    how.finished = [&](std::size_t done, const reports::Run& run) {
      if (run.crash().rfind("not run: ", 0) == 0 && refused_.empty())
        refused_ = run.crash().substr(9);
      if (show && options_.progress)
        options_.progress(run, done, tasks_.size());
    };
    return run_in_workers(
        tasks_.size(), [&](std::size_t i) { return execute(i); },
        [&](std::size_t i, reports::Run& run) { describe(i, run); }, how);
  }

  void verify(worker_outcome& outcome) {
    const worker_outcome again = run_all(false);
    for (std::size_t i = 0; i < outcome.runs.size() && !again.interrupted; ++i)
      if (outcome.runs[i].crash().empty())
        judge_determinism(plan_of(tasks_[i]), again.runs[i].digest(), outcome.runs[i]);
  }

  std::string directory_of(const reports::Run& run, const task& t) const {
    std::string name = fmt::format("{}/{}-{}", options_.out, run.scenario(), run.seed());
    for (const auto& sabotage : options_.sabotages)
      name += "-" + sabotage;
    return t.lost ? fmt::format("{}-ack-{}-{}", name, t.lost->device, t.lost->ordinal) : name;
  }

  /// One traced run cannot know that two differ.
  static void keep_determinism(const reports::Run& first, reports::Run& traced) {
    const bool known = !traced.invariants().empty() && traced.invariants().rbegin()->name() == "determinism";
    if (known || first.invariants().empty() || first.invariants().rbegin()->name() != "determinism")
      return;
    const auto& found = *first.invariants().rbegin();
    *traced.add_invariants() = found;
    if (found.verdict() != reports::FAIL)
      return;
    *traced.mutable_story() = first.story();
    traced.set_verdict(reports::FAIL);
    traced.set_signature(first.signature());
  }

  /// One failure of each signature is run again with the trace on, in workers: what failed once may also die.
  void keep_failures(worker_outcome& outcome) {
    std::vector<std::size_t> failed;
    for (const auto& group : group_failures(outcome.runs))
      if (failed.size() < options_.failures_kept)
        failed.push_back(group.representative);
    const auto work = [&](std::size_t k) {
      const std::size_t i = failed[k];
      reports::Run run = outcome.runs[i];
      const std::string first_digest = run.digest();
      if (auto written = write_failure(plan_of(tasks_[i]), directory_of(run, tasks_[i]), run); !written) {
        run = outcome.runs[i];
        run.add_unknown_because("its failure directory could not be written: " + written.err().message);
      } else if (run.digest() != first_digest) {
        run.add_unknown_because("the traced run gave another digest than the first (" + first_digest + ")");
      }
      keep_determinism(outcome.runs[i], run);
      describe(i, run);
      return run;
    };
    const auto traced =
        run_in_workers(failed.size(), work, [&](std::size_t k, reports::Run& run) { describe(failed[k], run); },
                       {.jobs = options_.jobs});
    for (std::size_t k = 0; k < failed.size(); ++k)
      if (traced.runs[k].crash().empty() || !outcome.runs[failed[k]].crash().empty()) {
        const auto wall = outcome.runs[failed[k]].wall_ns();
        const std::string crash = outcome.runs[failed[k]].crash();
        outcome.runs[failed[k]] = traced.runs[k];
        outcome.runs[failed[k]].set_wall_ns(wall);
        outcome.runs[failed[k]].set_crash(crash);
      }
  }

  reports::Batch batch_of(worker_outcome outcome) const {
    reports::Batch batch;
    batch.set_version(program_version());
    batch.set_interrupted(outcome.interrupted);
    batch.set_acknowledgements_enumerated(enumerated_);
    for (auto& run : outcome.runs)
      if (run.verdict() != reports::VERDICT_NONE)
        *batch.add_runs() = std::move(run);
    tell_groups(batch);
    return batch;
  }

  const std::vector<loaded_scenario>& scenarios_;
  const sweep_options& options_;
  std::vector<task> tasks_;
  std::uint64_t enumerated_ = 0;
  std::string refused_;
};

} // namespace

result<reports::Batch> sweep(const std::vector<loaded_scenario>& scenarios, const sweep_options& options) {
  return sweeper(scenarios, options).run();
}

} // namespace squall::campaigns
