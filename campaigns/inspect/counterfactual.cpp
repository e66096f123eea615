#include "campaigns/inspect/counterfactual.hpp"

#include "campaigns/run_plan.hpp"
#include "campaigns/stopwatch.hpp"
#include "campaigns/workers.hpp"
#include "reports/story/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace squall::campaigns::inspect {

namespace {

template <class Entries>
void remove_id(Entries& from, std::uint64_t id) {
  for (int i = 0; i < from.size(); ++i)
    if (from.Get(i).id() == id) {
      from.DeleteSubrange(i, 1);
      return;
    }
}

struct noise_kind {
  const char* name;
  const char* meaning;
  std::uint32_t (*get)(const scenarios::Network&);
  void (*clear)(scenarios::Network&);
};

constexpr noise_kind noises[] = {
    {"loss", "the network's loss of messages", [](const scenarios::Network& n) { return n.loss_ppm(); },
     [](scenarios::Network& n) { n.clear_loss_ppm(); }},
    {"duplicates", "the network's doubling of messages", [](const scenarios::Network& n) { return n.duplicate_ppm(); },
     [](scenarios::Network& n) { n.clear_duplicate_ppm(); }},
    {"reordering", "the network's holding back of messages",
     [](const scenarios::Network& n) { return n.reorder_ppm(); }, [](scenarios::Network& n) { n.clear_reorder_ppm(); }},
    {"corruption", "the network's damage to messages", [](const scenarios::Network& n) { return n.corrupt_ppm(); },
     [](scenarios::Network& n) { n.clear_corrupt_ppm(); }},
};

/// A schedule loses messages by itself (turns of it), whatever the network does.
bool loses_by_schedule(const scenarios::Plan& plan) {
  const auto& turns = plan.schedule().turns();
  return std::any_of(turns.begin(), turns.end(), [](const auto& t) { return t.lost(); });
}

bool makes(const noise_kind& noise, const scenarios::Plan& plan) {
  return noise.get(plan.network()) > 0 || (std::string_view(noise.name) == "loss" && loses_by_schedule(plan));
}

void take_out(const noise_kind& noise, scenarios::Plan& plan) {
  noise.clear(*plan.mutable_network());
  if (std::string_view(noise.name) == "loss" && plan.has_schedule())
    for (auto& turn : *plan.mutable_schedule()->mutable_turns())
      turn.set_lost(false); // it arrives at that turn
}

bool same_thing(const reports::Violation& a, const reports::Violation& b) {
  return a.intent() == b.intent() && a.record() == b.record() && a.has_device() == b.has_device() &&
         a.device() == b.device();
}

without_it outcome_of(const reports::Run& run, const counterfactual_options& options) {
  if (!run.crash().empty())
    return without_it::fails_otherwise;
  bool elsewhere = false;
  for (const auto& invariant : run.invariants())
    for (const auto& violation : invariant.violations()) {
      if (invariant.name() + "/" + violation.shape() != options.signature)
        continue;
      if (!options.about || same_thing(violation, *options.about))
        return without_it::fails_the_same;
      elsewhere = true;
    }
  if (elsewhere)
    return without_it::fails_elsewhere;
  return run.signature().empty() ? without_it::does_not_fail : without_it::fails_otherwise;
}

} // namespace

std::vector<plan_entry> entries_of(const scenarios::Plan& plan) {
  std::vector<plan_entry> out;
  for (const auto& name : plan.sabotages())
    out.push_back({entry_of::sabotage, 0, name});
  for (const auto& noise : noises)
    if (makes(noise, plan))
      out.push_back({entry_of::noise, 0, noise.name});
  for (const auto& fault : plan.faults())
    out.push_back({entry_of::fault, fault.id(), ""});
  for (const auto& intention : plan.intentions())
    out.push_back({entry_of::operation, intention.id(), ""});
  return out;
}

scenarios::Plan without(const scenarios::Plan& plan, const plan_entry& entry) {
  scenarios::Plan out = plan;
  switch (entry.kind) {
    case entry_of::operation: remove_id(*out.mutable_intentions(), entry.id); break;
    case entry_of::fault: remove_id(*out.mutable_faults(), entry.id); break;
    case entry_of::noise:
      for (const auto& noise : noises)
        if (entry.name == noise.name)
          take_out(noise, out);
      break;
    case entry_of::sabotage: {
      auto& names = *out.mutable_sabotages();
      names.erase(std::remove(names.begin(), names.end(), entry.name), names.end());
      break;
    }
  }
  return out;
}

std::string say(const plan_entry& entry, const scenarios::Plan& plan) {
  switch (entry.kind) {
    case entry_of::operation:
      for (const auto& intention : plan.intentions())
        if (intention.id() == entry.id)
          return fmt::format("{} ({})", story::operation(entry.id, plan), story::say(intention, plan));
      break;
    case entry_of::fault:
      for (const auto& fault : plan.faults())
        if (fault.id() == entry.id)
          return "the fault " + story::say(fault, plan);
      break;
    case entry_of::noise:
      for (const auto& noise : noises)
        if (entry.name == noise.name)
          return noise.meaning;
      break;
    case entry_of::sabotage: return "the bug " + entry.name;
  }
  return "an entry that is not in the plan";
}

std::vector<counterfactual> run_without(const scenarios::Plan& plan, const std::vector<plan_entry>& entries,
                                        const counterfactual_options& options) {
  std::vector<counterfactual> out;
  for (const auto& entry : entries)
    out.push_back({entry, without_it::untried, ""});
  const auto began = real_time_ns();
  const auto batch = static_cast<std::size_t>(std::max(1, options.jobs)) * 8;
  for (std::size_t from = 0; from < out.size(); from += batch) {
    if ((options.stop && *options.stop) || (from > 0 && real_time_ns() - began > options.real_time_ns_max))
      break;
    const auto work = [&](std::size_t i) {
      auto outcome = run_plan(without(plan, out[from + i].entry), {});
      reports::Run run;
      if (outcome)
        run = std::move(outcome->run);
      return run;
    };
    const auto done = run_in_workers(std::min(batch, out.size() - from), work, [](std::size_t, reports::Run&) {},
                                     {.jobs = options.jobs, .stop = options.stop});
    for (std::size_t i = 0; i < done.runs.size() && !done.interrupted; ++i) {
      const auto& run = done.runs[i];
      auto& one = out[from + i];
      one.signature = run.crash().empty() ? run.signature() : "the run dies";
      one.outcome = outcome_of(run, options);
    }
    if (options.progress)
      options.progress(std::min(out.size(), from + batch), out.size());
  }
  return out;
}

} // namespace squall::campaigns::inspect
