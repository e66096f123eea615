#include "reports/first_violation.hpp"

#include <tuple>

namespace squall::reports {

namespace {

bool in_history(const InvariantResult& result) {
  return result.name() != "promises_durable" && result.name() != "determinism";
}

bool same_kind(const Violation& a, const Violation& b) { return a.at_ns() == b.at_ns() && a.shape() == b.shape(); }

} // namespace

first_violation first_violation_of(const Run& run) {
  first_violation first;
  const auto place = [](const InvariantResult& in, const Violation* of) {
    return std::tuple(!in_history(in), of == nullptr, of == nullptr ? 0 : of->at_ns());
  };
  for (const auto& result : run.invariants()) {
    if (result.verdict() != FAIL)
      continue;
    const Violation* earliest = nullptr;
    for (const auto& violation : result.violations())
      if (earliest == nullptr || violation.at_ns() < earliest->at_ns())
        earliest = &violation;
    if (first.in == nullptr || place(result, earliest) < place(*first.in, first.of))
      first = {&result, earliest};
  }
  if (first.of == nullptr || !first.of->intent().empty())
    return first;
  for (const auto& violation : first.in->violations())
    if (same_kind(violation, *first.of) && !violation.intent().empty())
      return {first.in, &violation};
  return first;
}

} // namespace squall::reports
