#include "scenarios/planner/intentions.hpp"

#include "engine/base/check.hpp"
#include "engine/base/time.hpp"
#include "scenarios/data_model.hpp"
#include "scenarios/planner/causes.hpp"
#include "scenarios/planner/record_pool.hpp"
#include "scenarios/script/script.hpp"
#include "scenarios/workloads/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace squall::scenarios {

namespace {

constexpr std::string_view seed_name = "seed";
constexpr std::uint32_t seed_collection_bits = 14; ///< initial records of one collection: fewer than 2^14

/// How long until a record that somebody creates is expected at all devices of the team that are connected.
std::int64_t lead_of(const Scenario& s) {
  std::int64_t poll = minute_ns;
  for (const Choice& c : s.engine())
    if (c.name() == "poll_every_ns")
      poll = c.any_of().empty() ? c.high() : *std::max_element(c.any_of().begin(), c.any_of().end());
  return std::min(2 * poll + 30 * second_ns, s.duration_ns() / 4);
}

class team_planner {
public:
  team_planner(const Scenario& s, Plan& plan) : s_(s), plan_(plan), lead_(lead_of(s)) {
    for (const Workload& w : s.workload())
      streams_.push_back(
          {&w, find_workload(w.kind()), name_code(w.name()), slots_for(w.per_device_uph(), s.duration_ns())});
    for (const Amount& a : s.initial()) {
      Workload w;
      w.set_kind("create_order");
      w.set_collection(a.name());
      w.mutable_lines()->set_low(1);
      w.mutable_lines()->set_high(3);
      initial_.push_back(std::move(w));
    }
  }

  /// `guests`: devices of other teams whose users hold this one, too.
  void plan_team(const std::vector<std::uint32_t>& devices, const std::vector<std::uint32_t>& guests) {
    record_pool pool({.seed = plan_.seed(), .lead_ns = lead_, .life_ns = std::max(3 * lead_, s_.duration_ns() / 4)});
    for (const pooled_record& r : everybodys_)
      pool.add(r);
    seed_records(devices.front(), pool);
    pool.sort();
    // Records made by workloads join only when all of them are planned: what one makes cannot hang on what another made.
    std::vector<pooled_record> made;
    for (const std::uint32_t device : devices)
      for (const stream& w : streams_)
        if (w.kind->creates)
          plan_stream(w, device, pool, &made);
    for (const pooled_record& r : made)
      pool.add(r);
    pool.sort();
    for (const std::uint32_t device : devices)
      for (const stream& w : streams_)
        if (!w.kind->creates)
          plan_stream(w, device, pool, nullptr);
    for (const std::uint32_t device : guests)
      for (const stream& w : streams_)
        if (!w.kind->creates)
          plan_stream(w, device, pool, nullptr, true);
    first_team_ = false;
  }

private:
  struct stream {
    const Workload* workload = nullptr;
    const workload_kind* kind = nullptr;
    std::uint32_t code = 0;
    slotting slots;
  };

  void seed_records(std::uint32_t device, record_pool& pool) {
    // A collection after the other, so that a record may refer to one of an earlier collection.
    const std::int64_t apart = std::min<std::int64_t>(3 * second_ns, s_.duration_ns() / 20);
    const workload_kind& kind = *find_workload("create_order");
    std::vector<pooled_record> made;
    for (std::size_t c = 0; c < initial_.size(); ++c) {
      const bool wide = find_collection(plan_.model(), initial_[c].collection())->wide();
      if (wide && !first_team_)
        continue; // the first team has made them for all
      const std::uint64_t count = s_.initial(static_cast<int>(c)).value();
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t slot = collection_index(initial_[c].collection()) << seed_collection_bits | i;
        const std::int64_t due = apart * static_cast<std::int64_t>(c) +
                                 apart * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(count) / 2 + 1;
        fill({&initial_[c], &kind, name_code(seed_name), {}}, seed_name, {slot, due}, device, pool, &made);
      }
      for (const pooled_record& r : made)
        pool.add(r);
      if (wide)
        everybodys_.insert(everybodys_.end(), made.begin(), made.end());
      pool.sort();
      made.clear();
    }
  }

  std::uint64_t collection_index(std::string_view name) const {
    for (int c = 0; c < plan_.model().collections_size(); ++c)
      if (plan_.model().collections(c).name() == name)
        return static_cast<std::uint64_t>(c);
    CHECK(false);
  }

  /// Who holds two teams works every third time in the other one.
  void plan_stream(const stream& w, std::uint32_t device, const record_pool& pool, std::vector<pooled_record>* made,
                   bool as_guest = false) {
    const bool spans = !w.kind->creates && plan_.topology().devices(static_cast<int>(device) - 1).more_teams_size() > 0;
    events_.clear();
    events_of(w.slots,
              {.seed = plan_.seed(),
               .is = purpose::slot,
               .id_base = intention_id(device, w.code, 0),
               .from_ns = w.workload->from_ns(),
               .until_ns = w.workload->until_ns()},
              events_);
    for (const event& e : events_)
      if (!spans || (e.slot % 3 == 0) == as_guest)
        fill(w, w.workload->name(), e, device, pool, made);
  }

  void fill(const stream& w, std::string_view name, const event& e, std::uint32_t device, const record_pool& pool,
            std::vector<pooled_record>* made) {
    const std::uint64_t id = intention_id(device, w.code, e.slot);
    const std::string label = fmt::format("d{}.{}.{}", device, name, e.slot);
    const Device& own = plan_.topology().devices(static_cast<int>(device) - 1);
    const std::uint32_t next_team = plan_.topology().teams() > 1 ? own.team() % plan_.topology().teams() + 1 : 0;
    occasion o{.workload = *w.workload,
               .model = plan_.model(),
               .records = pool,
               .id = id,
               .device = device,
               .team = plan_.topology().devices(static_cast<int>(device) - 1).team(),
               .other_team = own.more_teams().empty() ? next_team : own.more_teams(0),
               .role = plan_.topology().devices(static_cast<int>(device) - 1).role(),
               .due_ns = e.at_ns,
               .label = label,
               .draws = keyed_stream(
                   {.seed = plan_.seed(), .domain = draw_domain::plan, .key = key_of(purpose::content, id)})};
    Intention& out = *plan_.add_intentions();
    if (!w.kind->fill(o, out)) {
      plan_.mutable_intentions()->RemoveLast();
      return;
    }
    out.set_id(id);
    out.set_device(device);
    out.set_due_ns(e.at_ns);
    out.set_kind(std::string(name == seed_name ? name : w.kind->name));
    out.set_wait_limit_ns(std::min(w.workload->wait_ns(), s_.duration_ns() - e.at_ns));
    if (made)
      for (const Act& act : out.acts())
        if (act.kind() == Act::CREATE)
          made->push_back({act.record(), find_collection(plan_.model(), act.collection())->name(), e.at_ns, device});
  }

  const Scenario& s_;
  Plan& plan_;
  std::int64_t lead_;
  std::vector<stream> streams_;
  std::vector<Workload> initial_;
  std::vector<event> events_;
  std::vector<pooled_record> everybodys_; ///< records that all teams hold
  bool first_team_ = true;
};

} // namespace

void plan_intentions(const Scenario& scenario, Plan& plan) {
  std::vector<std::vector<std::uint32_t>> teams(plan.topology().teams());
  for (const Device& d : plan.topology().devices())
    teams[d.team() - 1].push_back(d.id());
  team_planner planner(scenario, plan);
  std::vector<std::vector<std::uint32_t>> guests(plan.topology().teams());
  for (const Device& d : plan.topology().devices())
    for (const std::uint32_t team : d.more_teams())
      guests[team - 1].push_back(d.id());
  for (std::size_t t = 0; t < teams.size(); ++t)
    if (!teams[t].empty())
      planner.plan_team(teams[t], guests[t]);
  std::vector<path_problem> problems;
  for (Intention& step : resolve_script(scenario, plan.model(), problems))
    *plan.add_intentions() = std::move(step);
  CHECK(problems.empty());
  auto* all = plan.mutable_intentions();
  std::sort(all->pointer_begin(), all->pointer_end(),
            [](const Intention* a, const Intention* b) { return a->id() < b->id(); });
}

} // namespace squall::scenarios
