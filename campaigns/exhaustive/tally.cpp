#include "campaigns/exhaustive/tally.hpp"

#include <fmt/core.h>

namespace squall::campaigns {

namespace {

using reports::Run;

template <class Counts>
void add_up(std::map<std::string, std::uint64_t>& to, const Counts& from) {
  for (const auto& count : from)
    to[count.name()] += count.value();
}

/// How long something took is not the same in orders that are the same: it is no sum, and left out.
bool is_duration(const std::string& metric) { return metric.find("_ms_") != std::string::npos; }

template <class Counts>
void put(const std::map<std::string, std::uint64_t>& from, Counts& to) {
  to.Clear();
  for (const auto& [name, value] : from) {
    auto& count = *to.Add();
    count.set_name(name);
    count.set_value(value);
  }
}

} // namespace

void tally::add(const Run& run) {
  if (first_.scenario().empty())
    first_ = run;
  failed_ += run.verdict() == reports::FAIL;
  for (const auto& i : run.invariants()) {
    const auto [at, fresh] = invariants_.try_emplace(i.name());
    if (fresh)
      order_.push_back(i.name());
    auto& sum = at->second;
    sum.times += i.checked();
    sum.violations += i.violation_count();
    sum.passed = sum.passed || i.verdict() == reports::PASS;
    if (i.verdict() == reports::UNKNOWN && i.checked() > 0 && sum.unknown_because.empty())
      sum.unknown_because = i.reason();
    if (i.verdict() == reports::FAIL && !sum.failed) {
      sum.failed = true;
      worst_[i.name()] = i;
    }
  }
  add_up(faults_, run.faults());
  add_up(metrics_, run.metrics());
  std::erase_if(metrics_, [](const auto& one) { return is_duration(one.first); });
  add_up(probes_, run.probes());
  add_up(sabotages_, run.sabotages());
  add_up(skipped_, run.skipped());
  operations_ += run.operations();
  messages_ += run.messages();
  events_ += run.events();
}

Run tally::sum(const scenarios::Expect& expect) const {
  Run out = first_;
  out.clear_invariants();
  out.clear_unknown_because();
  out.clear_pending();
  out.clear_reached();
  out.clear_signature();
  out.clear_digest();
  for (const auto& name : order_) {
    const auto& sum = invariants_.at(name);
    auto& i = *out.add_invariants();
    if (sum.failed)
      i = worst_.at(name);
    i.set_name(name);
    i.set_checked(sum.times);
    i.set_violation_count(sum.violations);
    const bool open = !sum.unknown_because.empty() || !sum.passed;
    i.set_verdict(sum.failed ? reports::FAIL : open ? reports::UNKNOWN : reports::PASS);
    if (i.verdict() != reports::UNKNOWN)
      continue;
    i.set_reason(sum.unknown_because.empty() ? "it checked nothing in any schedule" : sum.unknown_because);
    out.add_unknown_because(name + ": " + i.reason());
  }
  put(faults_, *out.mutable_faults());
  put(metrics_, *out.mutable_metrics());
  put(probes_, *out.mutable_probes());
  put(sabotages_, *out.mutable_sabotages());
  put(skipped_, *out.mutable_skipped());
  out.set_operations(operations_);
  out.set_messages(messages_);
  out.set_events(events_);
  out.clear_virtual_ns(); // of orders that are the same the one takes longer than the other
  for (const auto& wanted : expect.reached()) {
    auto& got = *out.add_reached();
    got.set_name(wanted.what());
    got.set_want(wanted.at_least());
    for (const auto* in : {&metrics_, &faults_, &probes_})
      if (const auto at = in->find(wanted.what()); at != in->end() && got.got() == 0)
        got.set_got(at->second);
    if (got.got() < got.want())
      out.add_unknown_because(fmt::format("{} was reached {} times of {}", got.name(), got.got(), got.want()));
  }
  for (const auto& [name, hits] : sabotages_)
    if (hits == 0)
      out.add_unknown_because(fmt::format("the sabotage {} was never reached", name));
  return out;
}

} // namespace squall::campaigns
