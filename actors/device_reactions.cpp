// A user who reacts: what the device has just shown, put to the plan's rules. What comes of it is an intention like any other,
// but that nobody hears of it if there is nothing left to do when its time comes.
#include "actors/device.hpp"

#include <algorithm>

namespace squall::actors {

namespace {

using scenarios::stimulus;
using telemetry::fact_kind;

bool may_hold_another_time(verdict_rule rule) { return rule == verdict_rule::guard || rule == verdict_rule::bound; }

} // namespace

void device::see(const telemetry::fact& fact) {
  if (fact.kind == fact_kind::task_shown) {
    tasks_shown_[fact.aux] = {fact.code != 0, fact.sequence};
    if (fact.code != 0)
      tasks_to_look_at_.push_back(fact.aux);
  }
  if (world_.plan.reactions().empty() || fact.kind != fact_kind::surfaced || fact.verdict != verdict_kind::rejected ||
      !may_hold_another_time(fact.rule))
    return;
  if (const auto* refused = world_.find_intention(world_.known.intention_of(fact.intent)))
    react_to({.device = actor(), .at_ns = world_.now(), .refused = refused});
}

void device::look_at_tasks() {
  auto numbers = std::exchange(tasks_to_look_at_, {});
  if (numbers.empty() || world_.plan.reactions().empty())
    return;
  std::sort(numbers.begin(), numbers.end());
  std::vector<io::task_view> shown;
  const auto done = each_task([&](const io::task_view& task) {
    if (task.open && std::binary_search(numbers.begin(), numbers.end(), task.task))
      shown.push_back(task);
  });
  if (!done)
    return; // the store is gone; the participant finds out by itself
  for (const auto& task : shown) {
    const auto symbol = world_.known.symbol_of(task.record);
    if (!symbol)
      continue;
    const auto& collection = world_.names.schema()->collections[task.collection];
    stimulus s{.device = actor(),
               .at_ns = world_.now(),
               .record = *symbol,
               .collection = collection.name,
               .subject = task.subject};
    if (task.subject < collection.fields.size())
      s.field = collection.fields[task.subject].name;
    for (const auto& branch : task.branches)
      s.branches.push_back(world_.known.intention_of(branch.intent));
    react_to(s);
  }
}

void device::react_to(const stimulus& shown) {
  for (const auto& rule : world_.plan.reactions()) {
    auto meant = scenarios::react(rule, world_.plan.seed(), shown);
    if (!meant || meant->due_ns() >= world_.plan.heal_at_ns())
      continue; // when everything has healed, nobody works any more
    // Whoever is about to settle a task sees then whatever has joined it meanwhile.
    const reaction_place place{rule.id(), shown.device, shown.record, shown.subject};
    const auto due = meant->due_ns();
    if (const auto index = world_.add_reaction(place, std::move(*meant)))
      world_.schedule_intention(*index, due, 0);
  }
}

/// What a crash left durable and unshown is shown when the device is up again.
void device::came_up() {
  const auto done = each_task([&](const io::task_view& task) {
    const auto known = tasks_shown_.find(task.task);
    const std::pair now{task.open, static_cast<std::uint64_t>(task.branches.size())};
    if (known != tasks_shown_.end() && known->second == now)
      return;
    report({.kind = fact_kind::task_shown,
            .code = task.open,
            .collection = task.collection,
            .field = task.subject,
            .record = task.record,
            .sequence = task.branches.size(),
            .aux = task.task});
  });
  if (done)
    look_at_tasks();
}

} // namespace squall::actors
