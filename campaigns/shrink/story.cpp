#include "campaigns/shrink/reduction.hpp"
#include "campaigns/shrink/surgery.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace squall::campaigns {

namespace {

using scenarios::Plan;

/// The times that the plan names: when a change is due, when a fault begins and ends.
std::vector<std::int64_t> times_of(const Plan& plan) {
  std::set<std::int64_t> times;
  for (const auto& intention : plan.intentions())
    if (intention.after() == 0)
      times.insert(intention.due_ns());
  for (const auto& fault : plan.faults()) {
    times.insert(fault.at_ns());
    times.insert(fault.at_ns() + fault.for_ns());
  }
  return {times.begin(), times.end()};
}

/// The plan with its times moved, and the end as long after the last of them as before.
Plan retimed(const Plan& plan, const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to) {
  std::map<std::int64_t, std::int64_t> becomes;
  for (std::size_t i = 0; i < from.size(); ++i)
    becomes[from[i]] = to[i];
  Plan out = plan;
  for (auto& intention : *out.mutable_intentions())
    if (intention.after() == 0)
      intention.set_due_ns(becomes[intention.due_ns()]);
  for (auto& fault : *out.mutable_faults()) {
    const auto end = becomes[fault.at_ns() + fault.for_ns()];
    fault.set_at_ns(becomes[fault.at_ns()]);
    if (fault.for_ns() > 0)
      fault.set_for_ns(std::max<std::int64_t>(1, end - fault.at_ns()));
  }
  const auto spare = from.empty() ? plan.heal_at_ns() : plan.heal_at_ns() - from.back();
  out.set_heal_at_ns(std::max(duration_least_ns, (to.empty() ? 0 : to.back()) + std::max<std::int64_t>(1, spare)));
  return out;
}

/// Evenly: 1 s apart, 5 s apart, ...; only if the whole story gets shorter by it.
reduction even_times() {
  static constexpr std::int64_t steps[] = {second_ns,      5 * second_ns, 10 * second_ns,
                                           30 * second_ns, minute_ns,     2 * minute_ns};
  return {"times", [](const Plan&) { return std::size(steps); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto from = times_of(plan);
            std::vector<std::int64_t> to;
            for (std::size_t k = 0; k < from.size(); ++k)
              to.push_back(steps[i] * static_cast<std::int64_t>(k + 1));
            if (from.empty() || to.back() >= from.back())
              return std::nullopt;
            return retimed(plan, from, to);
          }};
}

/// One pause at a time becomes a shorter, rounder one, or one with the same seconds: what happens by the minute stays apart.
reduction shorter_pauses() {
  static constexpr std::int64_t pauses[] = {second_ns,      2 * second_ns,  5 * second_ns, 10 * second_ns,
                                            20 * second_ns, 30 * second_ns, minute_ns,     2 * minute_ns,
                                            5 * minute_ns,  10 * minute_ns};
  static constexpr std::size_t each = std::size(pauses) + 2;
  return {"pause", [](const Plan& plan) { return times_of(plan).size() * each; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto from = times_of(plan);
            const std::size_t which = i / each, how = i % each;
            const std::int64_t before = which == 0 ? 0 : from[which - 1];
            const std::int64_t pause = how < std::size(pauses)
                                           ? pauses[how]
                                           : (from[which] - before) % minute_ns +
                                                 minute_ns * static_cast<std::int64_t>(how - std::size(pauses));
            if (from[which] - before <= pause)
              return std::nullopt;
            auto to = from;
            for (std::size_t k = which; k < to.size(); ++k)
              to[k] -= from[which] - before - pause;
            return retimed(plan, from, to);
          }};
}

/// All times to whole seconds, tenths or milliseconds; then each pause.
reduction round_times() {
  static constexpr std::int64_t units[] = {second_ns, 100 * millisecond_ns, 10 * millisecond_ns, millisecond_ns};
  const auto rounded = [](std::int64_t t, std::int64_t unit) { return t / unit * unit; };
  return {"round times", [](const Plan& plan) { return (times_of(plan).size() + 1) * std::size(units); },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto from = times_of(plan);
            const std::size_t which = i / std::size(units);
            const std::int64_t unit = units[i % std::size(units)];
            auto to = from;
            for (std::size_t k = 0; k < to.size(); ++k)
              if (which == 0)
                to[k] = rounded(from[k], unit);
            if (which > 0) {
              const std::int64_t less = from[which - 1] - rounded(from[which - 1], unit);
              for (std::size_t k = which - 1; k < to.size(); ++k)
                to[k] -= less;
              if (less == 0 || (which > 1 && to[which - 1] < to[which - 2]))
                return std::nullopt;
            }
            return retimed(plan, from, to);
          }};
}

reduction earlier_end() {
  static constexpr std::int64_t spares[] = {second_ns,     10 * second_ns, 30 * second_ns, minute_ns,
                                            2 * minute_ns, 5 * minute_ns,  15 * minute_ns};
  return {"end", [](const Plan&) { return std::size(spares); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto times = times_of(plan);
            const auto unit = std::max(second_ns, std::min(minute_ns, spares[i]));
            const auto last = (times.empty() ? 0 : times.back()) + spares[i];
            const auto end = std::max(duration_least_ns, (last + unit - 1) / unit * unit);
            if (end >= plan.heal_at_ns())
              return std::nullopt;
            Plan out = plan;
            out.set_heal_at_ns(end);
            return out;
          }};
}

/// An end at a whole second, if need be a later one.
reduction round_end() {
  return {"round end", [](const Plan&) { return std::size_t{2}; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto over = plan.heal_at_ns() % second_ns;
            const auto end = plan.heal_at_ns() - over + (i == 0 ? 0 : second_ns);
            const auto times = times_of(plan);
            if (over == 0 || end < duration_least_ns || (!times.empty() && times.back() >= end))
              return std::nullopt;
            Plan out = plan;
            out.set_heal_at_ns(end);
            return out;
          }};
}

/// Users wait for records to the end, which is what a script says by itself.
reduction patient_users() {
  return {"wait", [](const Plan&) { return std::size_t{1}; },
          [](const Plan& plan, std::size_t) -> std::optional<Plan> {
            Plan out = plan;
            for (auto& intention : *out.mutable_intentions())
              intention.set_wait_limit_ns(plan.heal_at_ns() - (intention.after() == 0 ? intention.due_ns() : 0));
            return out;
          }};
}

const scenarios::Field* field_named(const Plan& plan, const std::string& collection, const std::string& name) {
  for (const auto& c : plan.model().collections())
    if (c.name() == collection)
      for (const auto& f : c.fields())
        if (f.name() == name)
          return &f;
  return nullptr;
}

void plainer_value(const Plan& plan, const std::string& collection, std::size_t number, scenarios::Assignment& a) {
  if (a.value_case() == scenarios::Assignment::kInteger && (a.integer() > 1 || a.integer() < -1))
    a.set_integer(a.integer() > 0 ? 1 : -1);
  const auto* field = field_named(plan, collection, a.field());
  if (a.value_case() == scenarios::Assignment::kText && a.text().size() > 1 && number < 26 &&
      (field == nullptr || field->rule() != "precedence") && (field == nullptr || field->states().empty()))
    a.set_text(std::string(1, static_cast<char>('a' + number)));
}

/// All at once, then each. Texts stay apart from each other.
reduction plainer_values() {
  const auto count = [](const Plan& plan) {
    std::size_t n = 0;
    for (const auto& intention : plan.intentions())
      for (const auto& act : intention.acts())
        n += static_cast<std::size_t>(act.fields_size());
    return n;
  };
  return {"value", [=](const Plan& plan) { return count(plan) + 1; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            std::size_t number = 0;
            for (auto& intention : *out.mutable_intentions())
              for (auto& act : *intention.mutable_acts())
                for (auto& field : *act.mutable_fields())
                  if (const std::size_t mine = number++; i == 0 || mine == i - 1)
                    plainer_value(plan, act.collection(), mine, field);
            return out;
          }};
}

reduction no_expectations() {
  return {"expectation", [](const Plan&) { return std::size_t{1}; },
          [](const Plan& plan, std::size_t) -> std::optional<Plan> {
            Plan out = plan;
            out.clear_expect();
            return out;
          }};
}

} // namespace

std::vector<reduction> plainer_story() {
  return {patient_users(), even_times(), shorter_pauses(), earlier_end(),
          round_times(),   round_end(),  plainer_values(), no_expectations()};
}

} // namespace squall::campaigns
