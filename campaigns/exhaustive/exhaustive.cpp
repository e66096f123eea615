#include "campaigns/exhaustive/exhaustive.hpp"

#include "campaigns/exhaustive/prepared.hpp"
#include "campaigns/exhaustive/tally.hpp"
#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/stopwatch.hpp"

#include <fmt/core.h>

namespace squall::campaigns {

namespace {

constexpr std::int64_t second = 1'000'000'000;

class exploration {
public:
  exploration(const scenarios::Plan& asked, scenarios::Plan small, const exhaustive_options& options)
      : asked_(asked), plan_(std::move(small)), options_(options), search_(plan_, options.search) {}

  result<reports::Run> run() {
    const auto began = real_time_ns();
    shown_at_ = began;
    while (incomplete_.empty() && search_.next()) {
      if (auto done = one(); !done)
        return done.err();
      look_at_limits(began);
    }
    auto out = tally_.sum(asked_.expect());
    fill(out);
    judge(out);
    if (tally_.failed() > 0 && !options_.failure.empty())
      keep(out);
    out.set_wall_ns(real_time_ns() - began);
    return out;
  }

private:
  result<void> one() {
    auto outcome =
        run_plan(plan_, {.sinks = {&search_}, .check_promises_every = 8, .system = options_.system, .turns = &search_});
    ++runs_;
    if (!outcome)
      return outcome.err();
    // A run that ended by itself, as of a system that fails, is an end too.
    if (outcome->abandoned)
      return {};
    tally_.add(outcome->run);
    if (options_.judged)
      options_.judged(search_.key(), outcome->run);
    const auto turns = search_.schedule();
    if (outcome->run.verdict() == reports::FAIL &&
        (failing_.digest().empty() || turns.turns_size() < failing_turns_.turns_size())) {
      failing_ = std::move(outcome->run);
      failing_turns_ = turns;
    }
    ++judged_;
    return {};
  }

  void look_at_limits(std::int64_t began) {
    const auto now = real_time_ns();
    if (options_.progress && now - shown_at_ >= second) {
      options_.progress(search_.counts());
      shown_at_ = now;
    }
    if (options_.stop && *options_.stop)
      incomplete_ = "it was interrupted";
    else if (tally_.failed() > 0 && !options_.all_failures)
      incomplete_ = "it stops at the first schedule that fails";
    else if (judged_ >= options_.schedules_max)
      incomplete_ = fmt::format("the limit of {} schedules was reached", options_.schedules_max);
    else if (options_.seconds_max > 0 && now - began >= options_.seconds_max * second)
      incomplete_ = fmt::format("the limit of {} s was reached", options_.seconds_max);
  }

  void fill(reports::Run& out) const {
    const auto& counts = search_.counts();
    auto& e = *out.mutable_exploration();
    std::string why = incomplete_;
    if (why.empty() && counts.cut_off > 0)
      why = fmt::format("{} schedules were not done after {} turns", counts.cut_off, options_.search.turns_max);
    e.set_complete(why.empty());
    e.set_incomplete_because(why);
    e.set_states(counts.states);
    e.set_schedules(judged_);
    e.set_pruned(counts.pruned);
    e.set_runs(runs_);
    for (const auto n : counts.lost)
      e.add_lost(n);
    e.set_lose_max(options_.search.lose);
    e.set_turns_max(counts.turns_max);
    e.set_failed(tally_.failed());
  }

  void judge(reports::Run& out) const {
    if (!out.exploration().complete())
      out.add_unknown_because("not every schedule was judged: " + out.exploration().incomplete_because());
    out.set_verdict(tally_.failed() > 0             ? reports::FAIL
                    : out.unknown_because().empty() ? reports::PASS
                                                    : reports::UNKNOWN);
    out.set_signature(failing_.signature());
    out.set_digest(failing_.digest());
  }

  /// Written with the trace on; what it says of the schedule is the schedule's, the counts stay those of all.
  void keep(reports::Run& out) const {
    scenarios::Plan failing = plan_;
    *failing.mutable_schedule()->mutable_turns() = failing_turns_.turns();
    reports::Run traced = failing_;
    traced.set_scenario_file(out.scenario_file());
    if (auto written = write_failure(failing, options_.failure, traced); !written)
      return out.add_unknown_because("its failure directory could not be written: " + written.err().message);
    if (traced.digest() != failing_.digest())
      out.add_unknown_because("the traced run gave another digest than the first (" + failing_.digest() + ")");
    out.set_failure(traced.failure());
    *out.mutable_story() = traced.story();
  }

  const scenarios::Plan& asked_;
  scenarios::Plan plan_;
  const exhaustive_options& options_;
  search search_;
  tally tally_;
  std::uint64_t judged_ = 0;
  std::uint64_t runs_ = 0;
  std::int64_t shown_at_ = 0;
  std::string incomplete_;
  reports::Run failing_;
  scenarios::Schedule failing_turns_;
};

} // namespace

result<reports::Run> explore(const scenarios::Plan& plan, const exhaustive_options& options) {
  auto small = prepared(plan);
  if (!small)
    return small.err();
  return exploration(plan, std::move(*small), options).run();
}

} // namespace squall::campaigns
