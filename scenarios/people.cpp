#include "scenarios/people.hpp"

#include "scenarios/check.hpp"
#include "scenarios/diagnostic.hpp"
#include "scenarios/planner/causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace squall::scenarios {

namespace {

constexpr int roles_max = 100;

std::string unknown_role(const std::string& role, const std::vector<std::string_view>& known) {
  return known.empty() ? fmt::format("unknown role `{}`; the scenario lists no `roles`", role)
                       : fmt::format("unknown role `{}`{}", role, instead(role, known));
}

class people_checker {
public:
  people_checker(const Scenario& s, const DataModel& model, std::vector<path_problem>& problems)
      : s_(s), model_(model), problems_(problems), roles_(s.roles().begin(), s.roles().end()) {}

  void run() {
    roles();
    for (int i = 0; i < s_.reactions_size(); ++i)
      reaction(s_.reactions(i), fmt::format("reactions.{}", i));
  }

private:
  void problem(std::string path, std::string message) { problems_.push_back({std::move(path), std::move(message)}); }
  bool known(std::string_view role) const { return std::find(roles_.begin(), roles_.end(), role) != roles_.end(); }

  void roles() {
    std::set<std::string_view> seen;
    for (const std::string_view role : roles_)
      if (!seen.insert(role).second)
        problem("roles", fmt::format("`{}` is listed twice", role));
    if (seen.contains("none"))
      problem("roles", "`none` is what a user without a role has");
    if (s_.roles_size() > roles_max)
      problem("roles", fmt::format("more than {} roles", roles_max));
    const DeviceGroup& d = s_.devices();
    std::uint64_t all = 0;
    for (const Amount& a : d.roles()) {
      all += a.value();
      if (!known(a.name()))
        problem("devices.roles." + a.name(), unknown_role(a.name(), roles_));
    }
    if (all > 1'000'000)
      problem("devices.roles", "the shares are more than 100% together");
    if (!d.role_of().empty() && !d.roles().empty())
      problem("devices.role_of", "`role_of` cannot stand beside `roles`");
    if (!d.role_of().empty() && d.role_of_size() != static_cast<int>(d.count()))
      problem("devices.role_of", fmt::format("`role_of` names a role, or none, for each of {} devices", d.count()));
    for (const std::string& role : d.role_of())
      if (role != "none" && !known(role))
        problem("devices.role_of", unknown_role(role, roles_));
  }

  void reaction(const ReactionRule& r, const std::string& path) {
    if (r.rule() == "retry_rejected" && r.take_ppm() > 0)
      problem(path + ".take", "`retry_rejected` does not take `take`");
    if (!r.role().empty() && !known(r.role()))
      problem(path + ".role", unknown_role(r.role(), roles_));
    if (s_.devices().count() > 0 && r.team() > team_count(s_.devices()))
      problem(path + ".team", fmt::format("there is no team {}; there are {}", r.team(), team_count(s_.devices())));
    for (int i = 0; i < r.devices_size(); ++i)
      if (r.devices(i) > s_.devices().count() && s_.devices().count() > 0)
        problem(fmt::format("{}.devices.{}", path, i),
                fmt::format("there is no device {}; there are {}", r.devices(i), s_.devices().count()));
    for (const std::string& name : r.collections())
      if (!find_collection(model_, name))
        problem(path + ".collections",
                fmt::format("unknown collection `{}`{}", name, instead(name, collection_names(model_))));
    const auto [it, fresh] = codes_.emplace(name_code(r.name()), r.name());
    if (!fresh && !r.name().empty())
      problem(path, it->second == r.name()
                        ? fmt::format("the name `{}` is taken; give another `name`", r.name())
                        : fmt::format("the names `{}` and `{}` would share their draws; give another `name`",
                                      it->second, r.name()));
  }

  const Scenario& s_;
  const DataModel& model_;
  std::vector<path_problem>& problems_;
  std::vector<std::string_view> roles_;
  std::map<std::uint32_t, std::string> codes_;
};

} // namespace

void fill_reactions(Scenario& s) {
  std::map<std::string, int> seen;
  for (ReactionRule& r : *s.mutable_reactions()) {
    const int n = ++seen[r.rule()];
    if (r.name().empty())
      r.set_name(n == 1 ? r.rule() : fmt::format("{}-{}", r.rule(), n));
    if (r.share_ppm() == 0)
      r.set_share_ppm(1'000'000);
    if (r.chance_ppm() == 0)
      r.set_chance_ppm(1'000'000);
  }
}

void check_people(const Scenario& scenario, const DataModel& model, std::vector<path_problem>& problems) {
  people_checker(scenario, model, problems).run();
}

} // namespace squall::scenarios
