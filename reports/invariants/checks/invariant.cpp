#include "reports/invariants/checks/invariant.hpp"

#include <algorithm>

namespace squall::invariants {

void invariant::listen(std::initializer_list<entry_kind> kinds) {
  for (const auto kind : kinds)
    kinds_.set(static_cast<std::size_t>(kind));
}

invariant::invariant(std::string_view name, std::initializer_list<entry_kind> kinds) {
  result_.set_name(std::string(name));
  listen(kinds);
}

void invariant::take_over(const reports::InvariantResult& other) {
  result_.set_checked(result_.checked() + other.checked());
  result_.set_violation_count(result_.violation_count() + other.violation_count());
  auto& all = *result_.mutable_violations();
  all.MergeFrom(other.violations());
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at_ns() < b.at_ns(); });
  if (all.size() > violations_kept)
    all.DeleteSubrange(violations_kept, all.size() - violations_kept);
  if (result_.reason().empty())
    result_.set_reason(other.reason());
}

void invariant::keep(const world& w, const char* shape, const subject& about, std::string sentence) {
  auto& v = *result_.add_violations();
  v.set_at_ns(w.now);
  if (about.device != subject::nobody) {
    v.set_device(about.device);
    v.set_has_device(true);
  }
  if (about.record != 0)
    v.set_record(to_string(w.names->record(about.record)));
  if (about.intent != 0)
    v.set_intent(to_string(w.names->intent(about.intent)));
  v.set_message(std::move(sentence));
  v.set_shape(shape);
}

} // namespace squall::invariants
