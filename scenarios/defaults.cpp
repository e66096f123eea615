#include "engine/base/time.hpp"
#include "scenarios/check.hpp"
#include "scenarios/people.hpp"
#include "scenarios/planner/causes.hpp"
#include "scenarios/workloads/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace squall::scenarios {

namespace {

/// "edit", "edit-2", "edit-3": what comes first of its kind keeps its name whatever follows. A number whose name would share
/// its draws with one before is left out.
class numbering {
public:
  /// The name of the next of its kind: `given`, if it has one.
  std::string name(const std::string& kind, const std::string& given) {
    int& n = seen_[kind];
    std::string out = given;
    do {
      ++n;
      if (given.empty())
        out = n == 1 ? kind : fmt::format("{}-{}", kind, n);
    } while (!codes_.insert(name_code(out)).second && given.empty() && n > 1);
    return out;
  }

private:
  std::map<std::string, int> seen_;
  std::set<std::uint32_t> codes_;
};

void fill_range(IntegerRange& r, std::int64_t low, std::int64_t high) {
  r.set_low(low);
  r.set_high(high);
}

void fill_workload(Workload& w, const Scenario& s, const DataModel& model) {
  const workload_kind* kind = find_workload(w.kind());
  if (!kind)
    return;
  const auto reads = [&](std::string_view key) {
    return std::find(kind->keys.begin(), kind->keys.end(), key) != kind->keys.end();
  };
  if (w.collection().empty())
    w.set_collection(std::string(kind->collection));
  if (w.field().empty())
    w.set_field(std::string(kind->field));
  if (!w.has_lines() && reads("lines"))
    fill_range(*w.mutable_lines(), 1, 3);
  if (!w.has_amount() && reads("amount"))
    fill_range(*w.mutable_amount(), 1, 5);
  if (w.window_ns() == 0 && reads("window"))
    w.set_window_ns(10 * minute_ns);
  if (w.common_ppm() == 0 && reads("common"))
    w.set_common_ppm(700'000);
  if (!w.has_hot() && w.kind() == "edit_same") {
    w.mutable_hot()->set_records_ppm(100'000);
    w.mutable_hot()->set_receive_ppm(900'000);
  }
  if (w.until_ns() == 0)
    w.set_until_ns(s.duration_ns());
  if (w.wait_ns() == 0)
    w.set_wait_ns(s.duration_ns() / 2);
  const Collection* c = find_collection(model, w.collection());
  if (c && w.fields().empty() && reads("fields"))
    for (const Field& f : c->fields())
      if (f.type() != "derived" && f.type() != "reference") {
        Amount* a = w.add_fields();
        a->set_name(f.name());
        a->set_value(1);
      }
}

} // namespace

void fill_defaults(Scenario& s) {
  std::vector<path_problem> ignored; // reported by the check
  const DataModel model = resolve_model(s, ignored);
  if (s.devices().size_case() == DeviceGroup::SIZE_NOT_SET && s.devices().team_of().empty())
    s.mutable_devices()->set_teams(1);
  numbering workloads;
  for (Workload& w : *s.mutable_workload()) {
    w.set_name(workloads.name(w.kind(), w.name()));
    fill_workload(w, s, model);
  }
  fill_reactions(s);
  numbering rules;
  for (FaultRule& f : *s.mutable_faults()) {
    f.set_name(rules.name(f.fault(), f.name()));
    if (f.until_ns() == 0)
      f.set_until_ns(s.duration_ns());
    if (f.share_ppm() == 0)
      f.set_share_ppm(1'000'000);
    if (f.chance_ppm() == 0)
      f.set_chance_ppm(1'000'000);
    if (f.ordinal() == 0)
      f.set_ordinal(1);
  }
  if (s.initial().empty() && !s.workload().empty())
    for (const Collection& c : model.collections()) {
      bool refers = false;
      for (const Field& f : c.fields())
        refers = refers || f.type() == "reference";
      if (refers)
        continue;
      Amount* a = s.add_initial();
      a->set_name(c.name());
      a->set_value(4);
    }
  if (!s.network().has_latency())
    s.mutable_network()->mutable_latency()->set_constant_ns(40 * millisecond_ns);
  if (s.network().reorder_ppm() > 0 && s.network().reorder_by_ns() == 0)
    s.mutable_network()->set_reorder_by_ns(500 * millisecond_ns);
  if (s.clocks().share_ppm() == 0)
    s.mutable_clocks()->set_share_ppm(1'000'000);
  if (s.expect().settle_within_ns() == 0)
    s.mutable_expect()->set_settle_within_ns(10 * minute_ns);
  if (s.expect().skipped_ppm_max() == 0)
    s.mutable_expect()->set_skipped_ppm_max(50'000);
}

std::uint32_t team_count(const DeviceGroup& d) {
  if (!d.team_of().empty())
    return *std::max_element(d.team_of().begin(), d.team_of().end());
  if (d.has_team_size() && d.team_size() > 0)
    return (d.count() + d.team_size() - 1) / d.team_size();
  return d.teams();
}

std::uint32_t team_of(const DeviceGroup& d, std::uint32_t device) {
  if (device <= static_cast<std::uint32_t>(d.team_of_size()))
    return d.team_of(static_cast<int>(device) - 1);
  if (d.has_team_size() && d.team_size() > 0)
    return (device - 1) / d.team_size() + 1;
  return (device - 1) % d.teams() + 1;
}

} // namespace squall::scenarios
