#include "campaigns/exhaustive/exhaustive.hpp"

#include "campaigns/exhaustive/experience.hpp"
#include "campaigns/exhaustive/prepared.hpp"
#include "campaigns/exhaustive/record.pb.h"
#include "campaigns/exhaustive/tally.hpp"
#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/stopwatch.hpp"
#include "engine/base/check.hpp"

#include <fmt/core.h>

#include <optional>
#include <utility>

namespace squall::campaigns {

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::span<const std::uint64_t> span_of(const google::protobuf::RepeatedField<std::uint64_t>& numbers) {
  return {numbers.data(), static_cast<std::size_t>(numbers.size())};
}

class exploration {
public:
  exploration(const scenarios::Plan& asked, const scenarios::Plan& small, const exhaustive_options& options, int jobs)
      : asked_(asked), plan_(small), options_(options), jobs_(jobs) {}

  result<reports::Run> run() {
    began_ = shown_at_ = real_time_ns();
    auto made = common_ground::make();
    if (!made)
      return made.err();
    shared_ = std::move(*made);
    process_tree tree(*shared_, jobs_);
    const std::string death =
        tree.run([&] { go_through(tree); }, [&](const std::string& bytes) { take(bytes); }, [&] { look_around(); });
    if (!refused_.empty())
      return error{errc::invalid_argument, refused_};
    auto out = tally_.sum(asked_.expect());
    fill(out);
    judge(out);
    if (!death.empty())
      tell_death(death, tree.steps_to_death(), out);
    return out;
  }

  bool failed() const { return tally_.failed() > 0; }
  bool died() const { return died_; }

  /// What was done up to the death: it cannot be traced, only done again.
  void keep_death(reports::Run& out) const {
    reports::Run dead;
    dead.set_scenario(plan_.scenario());
    dead.set_scenario_file(out.scenario_file());
    dead.set_seed(plan_.seed());
    dead.set_verdict(out.verdict());
    dead.set_crash(out.crash());
    dead.set_signature(out.signature());
    keep(fatal_turns_, dead, out);
  }

  /// Written with the trace on; what it says of the schedule is the schedule's, the counts stay those of all.
  void keep(reports::Run& out) const {
    reports::Run traced = failing_;
    traced.set_scenario_file(out.scenario_file());
    keep(failing_turns_, traced, out);
    if (!traced.failure().empty() && traced.digest() != failing_.digest())
      out.add_unknown_because("the traced run gave another digest than the first (" + failing_.digest() + ")");
    *out.mutable_story() = traced.story();
  }

private:
  void keep(const scenarios::Schedule& schedule, reports::Run& one, reports::Run& out) const {
    scenarios::Plan failing = plan_;
    *failing.mutable_schedule()->mutable_turns() = schedule.turns();
    if (auto written = write_failure(failing, options_.failure, one); !written)
      out.add_unknown_because("its failure directory could not be written: " + written.err().message);
    else
      out.set_failure(one.failure());
  }

  // -- in the processes that search ------------------------------------------------------------------------------------

  /// Where the ways part this returns once for each of them, each time in a process of its own.
  void go_through(process_tree& tree) const {
    // What a first run makes once for a process (symbols bound, memory at hand) all others find there.
    static_cast<void>(run_plan(plan_, {.system = options_.system}));
    search way(plan_, options_.search, *shared_, tree);
    experience all(static_cast<std::uint32_t>(plan_.topology().devices_size()));
    run_options how{.sinks = {&way}, .check_promises_every = 8, .system = options_.system, .turns = &way};
    if (options_.judged)
      how.sinks.push_back(&all);
    auto outcome = run_plan(plan_, how);
    Record record;
    if (!outcome) {
      shared_->stop(stopped_by::interruption);
      record.set_error(outcome.err().message);
    } else if (!may_be_judged(outcome->run.verdict() == reports::FAIL)) {
      tree.leave();
    } else {
      *record.mutable_run() = std::move(outcome->run);
      record.set_name(way.key());
      if (options_.judged) {
        const auto seen_by = way.seen_by();
        record.mutable_seen_by()->Assign(seen_by.begin(), seen_by.end());
        record.mutable_lived()->Assign(all.by_actor().begin(), all.by_actor().end());
      }
      if (record.run().verdict() == reports::FAIL)
        *record.mutable_schedule() = way.schedule();
    }
    send(std::move(record), tree);
    tree.leave();
  }

  /// False: as many as were asked for have been.
  bool may_be_judged(bool failed) const {
    const auto n = shared_->count([](search_counts& c) { return ++c.judged; });
    if (n >= options_.schedules_max)
      shared_->stop(stopped_by::limit);
    if (n <= options_.schedules_max && failed && !options_.all_failures)
      shared_->stop(stopped_by::failure);
    return n <= options_.schedules_max;
  }

  static void send(Record record, process_tree& tree) {
    if (tree.send(record.SerializeAsString()))
      return;
    for (auto& invariant : *record.mutable_run()->mutable_invariants())
      if (invariant.violations_size() > 1)
        invariant.mutable_violations()->DeleteSubrange(1, invariant.violations_size() - 1);
    CHECK(tree.send(record.SerializeAsString()));
  }

  // -- in the one that began it ----------------------------------------------------------------------------------------

  void take(const std::string& bytes) {
    Record record;
    CHECK(record.ParseFromString(bytes));
    if (!record.error().empty()) {
      refused_ = record.error();
      return;
    }
    auto& run = *record.mutable_run();
    tally_.add(run);
    if (options_.judged)
      options_.judged({record.name(), span_of(record.seen_by()), span_of(record.lived()), run});
    const auto& turns = record.schedule();
    if (run.verdict() == reports::FAIL &&
        (failing_.digest().empty() || turns.turns_size() < failing_turns_.turns_size())) {
      failing_ = std::move(run);
      failing_turns_ = turns;
    }
    ++judged_;
  }

  void look_around() {
    const auto now = real_time_ns();
    if (options_.progress && now - shown_at_ >= second) {
      options_.progress(shared_->counts());
      shown_at_ = now;
    }
    if (options_.stop && *options_.stop)
      shared_->stop(stopped_by::interruption);
    if (options_.seconds_max > 0 && now - began_ >= options_.seconds_max * second)
      shared_->stop(stopped_by::time);
  }

  std::string incomplete_because(const search_counts& counts) const {
    switch (shared_->stopped()) {
      case stopped_by::nothing:
        return counts.cut_off == 0 ? ""
                                   : fmt::format("{} schedules were not done after {} turns", counts.cut_off,
                                                 options_.search.turns_max);
      case stopped_by::time: return fmt::format("the limit of {} s was reached", options_.seconds_max);
      case stopped_by::limit: return fmt::format("the limit of {} schedules was reached", options_.schedules_max);
      case stopped_by::interruption: return "it was interrupted";
      case stopped_by::memory: return "there is no room for more names of states";
      case stopped_by::failure: return "it stops at the first schedule that fails";
      case stopped_by::death: return "a process died";
    }
    return {};
  }

  void fill(reports::Run& out) const {
    const auto counts = shared_->counts();
    auto& e = *out.mutable_exploration();
    const auto why = incomplete_because(counts);
    e.set_complete(why.empty());
    e.set_incomplete_because(why);
    e.set_states(counts.states);
    e.set_schedules(judged_);
    e.set_pruned(counts.pruned);
    for (std::uint32_t n = 0; n <= options_.search.lose; ++n)
      e.add_lost(counts.lost[n]);
    e.set_lose_max(options_.search.lose);
    e.set_turns_max(counts.turns_max);
    e.set_failed(tally_.failed());
    out.set_peak_rss_bytes(peak_rss_bytes());
    out.set_wall_ns(real_time_ns() - began_);
  }

  void judge(reports::Run& out) const {
    if (!out.exploration().complete())
      out.add_unknown_because("not every schedule was judged: " + out.exploration().incomplete_because());
    out.set_verdict(failed() ? reports::FAIL : out.unknown_because().empty() ? reports::PASS : reports::UNKNOWN);
    out.set_signature(failing_.signature());
    out.set_digest(failing_.digest());
  }

  void tell_death(const std::string& death, const std::vector<std::string>& turns, reports::Run& out) {
    died_ = true;
    for (const auto& turn : turns)
      CHECK(fatal_turns_.add_turns()->ParseFromString(turn));
    out.set_verdict(reports::FAIL);
    out.set_crash(death);
    out.set_signature("crash/" + death.substr(0, death.find('\n')));
  }

  const scenarios::Plan& asked_;
  const scenarios::Plan& plan_;
  const exhaustive_options& options_;
  int jobs_;
  std::unique_ptr<common_ground> shared_;
  tally tally_;
  std::uint64_t judged_ = 0;
  std::int64_t began_ = 0;
  std::int64_t shown_at_ = 0;
  std::string refused_;
  reports::Run failing_;
  scenarios::Schedule failing_turns_;
  bool died_ = false;
  scenarios::Schedule fatal_turns_; ///< up to the death
};

} // namespace

result<reports::Run> explore(const scenarios::Plan& plan, const exhaustive_options& options) {
  const auto small = prepared(plan);
  if (!small)
    return small.err();
  std::optional<exploration> searched(std::in_place, plan, *small, options, options.jobs);
  auto out = searched->run();
  // Which failure is met first depends on who goes ahead: so that it does not, one process looks for it alone.
  if (out && searched->failed() && !searched->died() && options.jobs > 1) {
    searched.emplace(plan, *small, options, 1);
    out = searched->run();
  }
  if (!out || options.failure.empty())
    return out;
  if (searched->died())
    searched->keep_death(*out);
  else if (searched->failed())
    searched->keep(*out);
  return out;
}

} // namespace squall::campaigns
