#include "scenarios/check.hpp"

#include "engine/base/time.hpp"
#include "faults/catalogue.hpp"
#include "scenarios/business_rules.hpp"
#include "scenarios/diagnostic.hpp"
#include "scenarios/document/units.hpp"
#include "scenarios/keys.hpp"
#include "scenarios/names.hpp"
#include "scenarios/people.hpp"
#include "scenarios/planner/causes.hpp"
#include "scenarios/script/script.hpp"
#include "scenarios/workloads/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace squall::scenarios {

namespace {

/// Beyond, planning alone would take minutes.
constexpr std::uint64_t intentions_max = 20'000'000;

class checker {
public:
  checker(const Scenario& s, const given_keys& given, const load_options& options)
      : s_(s), given_(given), options_(options) {}

  std::vector<path_problem> run() {
    model_ = resolve_model(s_, problems_);
    constexpr int collections_max = 32; // ids of initial records hold 5 bits of a collection
    if (model_.collections_size() > collections_max)
      problem("collections", fmt::format("more than {} collections", collections_max));
    devices();
    initial();
    script();
    int place = 0;
    for (const Workload& w : s_.workload())
      workload(w, fmt::format("workload.{}", place++));
    place = 0;
    for (const FaultRule& f : s_.faults())
      fault(f, fmt::format("faults.{}", place++));
    codes();
    check_people(s_, model_, problems_);
    resolve_rules(s_, model_, problems_);
    network();
    engine();
    reached();
    return std::move(problems_);
  }

private:
  void problem(std::string path, std::string message) { problems_.push_back({std::move(path), std::move(message)}); }

  void devices() {
    const DeviceGroup& d = s_.devices();
    if (!d.team_of().empty() && (d.team_of_size() != static_cast<int>(d.count()) || team_count(d) > d.count()))
      problem("devices.team_of", fmt::format("`team_of` names a team from 1 to {} for each device", d.count()));
    else if (!d.team_of().empty() && d.size_case() != DeviceGroup::SIZE_NOT_SET)
      problem("devices.team_of", "`team_of` cannot stand beside `teams` or `team_size`");
    if (d.count() > 0 && d.has_teams() && d.teams() > d.count())
      problem("devices.teams",
              fmt::format("{} teams need at least as many devices; there are {}", d.teams(), d.count()));
  }

  const Collection* collection(const std::string& name, const std::string& path) {
    const Collection* c = find_collection(model_, name);
    if (!c)
      problem(path, fmt::format("unknown collection `{}`{}", name, instead(name, collection_names(model_))));
    return c;
  }

  void field_of(const Collection& c, const std::string& name, const std::string& path) {
    const Field* f = find_field(c, name);
    if (!f)
      problem(path, fmt::format("unknown field `{}` of `{}`{}", name, c.name(), instead(name, written_fields(c))));
    else if (f->type() == "derived")
      problem(path, fmt::format("`{}` is derived; it is never written", name));
  }

  void initial() {
    for (const Amount& a : s_.initial())
      collection(a.name(), "initial." + a.name());
  }

  void script() {
    if (!s_.name().empty() && !given_.has("workload") && !given_.has("script"))
      problem("", "a scenario needs `workload` or `script`");
    resolve_script(s_, model_, problems_);
    for (int i = 0; i < s_.clocks().devices_size(); ++i)
      if (s_.clocks().devices(i).device() > s_.devices().count())
        problem(fmt::format("clocks.devices.{}.device", i),
                fmt::format("there is no device {}", s_.clocks().devices(i).device()));
  }

  void window(const std::string& path, std::int64_t from, std::int64_t until) {
    if (until > s_.duration_ns() && s_.duration_ns() > 0)
      problem(path + ".until", fmt::format("`until` is after the end at {}", duration_text(s_.duration_ns())));
    else if (from >= until && s_.duration_ns() > 0)
      problem(path + ".from", fmt::format("`from` is not before the end at {}", duration_text(until)));
  }

  void workload(const Workload& w, const std::string& path) {
    const workload_kind* kind = find_workload(w.kind());
    if (!kind)
      return; // reported when it was read
    window(path, w.from_ns(), w.until_ns());
    for (const std::string_view key :
         {"collection", "field", "fields", "hot", "lines", "amount", "release", "window", "common"})
      if (given_.has(fmt::format("{}.{}", path, key)) &&
          std::find(kind->keys.begin(), kind->keys.end(), key) == kind->keys.end())
        problem(fmt::format("{}.{}", path, key), fmt::format("`{}` does not take `{}`", w.kind(), key));
    const auto reads = [&](std::string_view key) {
      return std::find(kind->keys.begin(), kind->keys.end(), key) != kind->keys.end();
    };
    if (w.collection().empty())
      return problem(path, fmt::format("`{}` needs `collection`", w.kind()));
    const std::size_t before = problems_.size();
    const Collection* c = collection(w.collection(), given_.has(path + ".collection") ? path + ".collection" : path);
    if (!c)
      return;
    if (reads("field") && w.field().empty())
      problem(path, fmt::format("`{}` needs `field`", w.kind()));
    else if (reads("field"))
      field_of(*c, w.field(), given_.has(path + ".field") ? path + ".field" : path);
    for (const Amount& a : w.fields())
      field_of(*c, a.name(), fmt::format("{}.fields.{}", path, a.name()));
    if (problems_.size() == before && kind->check)
      for (const workload_problem& p : kind->check(w, model_))
        problem(given_.has(path + "." + p.key) ? path + "." + p.key : path, p.message);
    const unsigned __int128 events = static_cast<unsigned __int128>(w.per_device_uph()) *
                                     static_cast<std::uint64_t>(std::max<std::int64_t>(s_.duration_ns(), 0)) *
                                     s_.devices().count() / (static_cast<std::uint64_t>(hour_ns) * 1'000'000);
    if (events > intentions_max)
      problem(path + ".per_device", "more than 20,000,000 changes; fewer devices, less time or a lower rate");
  }

  void fault(const FaultRule& f, const std::string& path) {
    const faults::fault_info* info = faults::find_fault(f.fault());
    if (!info)
      return; // reported when it was read
    if (f.when_case() == FaultRule::WHEN_NOT_SET)
      problem(path, "a fault needs `at`, `every` or `rate`");
    if (f.has_at_ns()) {
      for (const std::string_view key : {"from", "until"})
        if (given_.has(fmt::format("{}.{}", path, key)))
          problem(fmt::format("{}.{}", path, key), fmt::format("`{}` goes with `every` or `rate`, not with `at`", key));
      if (f.at_ns() >= s_.duration_ns() && s_.duration_ns() > 0)
        problem(path + ".at", fmt::format("`at` is not before the end at {}", duration_text(s_.duration_ns())));
    } else {
      window(path, f.from_ns(), f.until_ns());
    }
    const auto span = static_cast<unsigned __int128>(std::max<std::int64_t>(s_.duration_ns(), 0));
    const unsigned __int128 times = f.has_every_ns()
                                        ? span / static_cast<std::uint64_t>(std::max<std::int64_t>(f.every_ns(), 1))
                                        : span * f.rate_uph() / (static_cast<std::uint64_t>(hour_ns) * 1'000'000);
    if (times > 500'000 || times * s_.devices().count() > intentions_max)
      problem(path, "more faults than a plan holds; less often, or on fewer devices");
    const bool lasts = given_.has(path + ".for");
    if (info->lasts == faults::extent::momentary && lasts)
      problem(path + ".for", fmt::format("`{}` happens in a moment; it takes no `for`", f.fault()));
    if (info->lasts == faults::extent::lasting && !lasts)
      problem(path, fmt::format("`{}` needs `for`: how long it lasts", f.fault()));
    fault_targets(f, *info, path);
  }

  void fault_targets(const FaultRule& f, const faults::fault_info& info, const std::string& path) {
    const bool of_devices = info.target != faults::target_kind::server && info.target != faults::target_kind::issuer;
    if (!of_devices)
      for (const std::string_view key : {"share", "devices", "team"})
        if (given_.has(fmt::format("{}.{}", path, key)))
          problem(fmt::format("{}.{}", path, key), fmt::format("`{}` is about the {}; it takes no `{}`", f.fault(),
                                                               faults::to_string(info.target), key));
    if (info.target != faults::target_kind::message) {
      for (const std::string_view key : {"message", "ordinal", "carries"})
        if (given_.has(fmt::format("{}.{}", path, key)))
          problem(fmt::format("{}.{}", path, key),
                  fmt::format("`{}` is not about one message; it takes no `{}`", f.fault(), key));
    } else if (f.message().empty()) {
      problem(path, fmt::format("`{}` needs `message`: the class of message", f.fault()));
    }
    if (!f.carries().empty() && step_id(s_, f.carries()) == 0)
      problem(path + ".carries", fmt::format("the script has no step `{}`", f.carries()));
    for (int i = 0; i < f.devices_size(); ++i)
      if (f.devices(i) > s_.devices().count() && s_.devices().count() > 0)
        problem(fmt::format("{}.devices.{}", path, i),
                fmt::format("there is no device {}; there are {}", f.devices(i), s_.devices().count()));
    if (s_.devices().count() > 0 && f.team() > team_count(s_.devices()))
      problem(path + ".team", fmt::format("there is no team {}; there are {}", f.team(), team_count(s_.devices())));
  }

  /// Names become 16 bits of an id: two that collide, or are equal, would share their draws.
  void codes() {
    std::map<std::uint32_t, std::string> workloads{{name_code("seed"), "seed"}, {name_code("script"), "script"}};
    for (int i = 0; i < s_.workload_size(); ++i)
      code(workloads, s_.workload(i).name(), fmt::format("workload.{}", i));
    std::map<std::uint32_t, std::string> rules;
    for (int i = 0; i < s_.faults_size(); ++i)
      code(rules, s_.faults(i).name(), fmt::format("faults.{}", i));
  }

  void code(std::map<std::uint32_t, std::string>& seen, const std::string& name, const std::string& path) {
    const auto [it, fresh] = seen.emplace(name_code(name), name);
    if (fresh || name.empty())
      return;
    const std::string at = given_.has(path + ".name") ? path + ".name" : path;
    if (it->second == name)
      problem(at, fmt::format("the name `{}` is taken; give another `name`", name));
    else
      problem(at,
              fmt::format("the names `{}` and `{}` would share their draws; give another `name`", it->second, name));
  }

  void network() {
    const Latency& l = s_.network().latency();
    const std::int64_t longest = std::max({l.constant_ns(), l.uniform().high_ns(), l.lognormal().median_ns()});
    if (longest > hour_ns)
      problem("network.latency", "a latency is at most 1h; what takes longer is a fault such as `offline`");
    for (const auto& [key, ns] :
         {std::pair{"jitter", s_.network().jitter_ns()}, {"reorder_by", s_.network().reorder_by_ns()}})
      if (ns > hour_ns)
        problem(std::string("network.") + key, fmt::format("`{}` is at most 1h", key));
  }

  void engine() {
    std::int64_t low = 0;
    std::int64_t high = 0;
    for (const Choice& c : s_.engine()) {
      const std::int64_t most = c.any_of().empty() ? c.high() : *std::max_element(c.any_of().begin(), c.any_of().end());
      const std::int64_t least = c.any_of().empty() ? c.low() : *std::min_element(c.any_of().begin(), c.any_of().end());
      if (c.name() == "server_step_low_ns")
        low = most;
      if (c.name() == "server_step_high_ns")
        high = least;
    }
    if (low > 0 && high > 0 && low > high)
      problem("engine.server_step_low", "`server_step_low` can be above `server_step_high`");
  }

  void reached() {
    std::vector<std::string_view> known = names_of(metrics());
    for (const std::string_view f : fault_names())
      known.push_back(f);
    if (!options_.probes)
      return; // whoever loads does not know the probes, so any name may be one
    known.insert(known.end(), options_.probes->begin(), options_.probes->end());
    for (const Amount& a : s_.expect().reached())
      if (std::find(known.begin(), known.end(), a.name()) == known.end()) {
        const std::string_view near = nearest_name(a.name(), known);
        problem("expect.reached." + a.name(),
                fmt::format("unknown metric, fault or probe `{}`{}", a.name(),
                            near.empty() ? std::string{} : fmt::format("; did you mean `{}`?", near)));
      }
  }

  const Scenario& s_;
  const given_keys& given_;
  const load_options& options_;
  DataModel model_;
  std::vector<path_problem> problems_;
};

} // namespace

std::vector<path_problem> check_scenario(const Scenario& scenario, const given_keys& given,
                                         const load_options& options) {
  return checker(scenario, given, options).run();
}

} // namespace squall::scenarios
