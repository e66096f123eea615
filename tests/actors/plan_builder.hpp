// Small plans by hand, and a sink that keeps the whole history.
#pragma once

#include "actors/simulation.hpp"
#include "engine/base/time.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace squall::actors {

using field_values = std::vector<std::pair<std::string, std::variant<std::int64_t, std::string>>>;

class plan_builder {
public:
  explicit plan_builder(std::uint64_t seed = 1, std::string policy = "lww_server") {
    plan.set_format(1);
    plan.set_scenario("by hand");
    plan.set_seed(seed);
    plan.mutable_topology()->set_teams(1);
    plan.mutable_network()->mutable_latency()->set_constant_ns(20 * millisecond_ns);
    plan.mutable_knobs()->set_poll_every_ns(10 * second_ns);
    plan.set_heal_at_ns(10 * minute_ns);
    plan.set_settle_within_ns(10 * minute_ns);
    auto* notes = plan.mutable_model()->add_collections();
    notes->set_name("notes");
    notes->set_policy(policy);
    add_field(*notes, "title", "text", "lww_server");
    add_field(*notes, "text", "text", "lww_server");
    add_field(*notes, "count", policy == "field_merge" ? "counter" : "integer",
              policy == "field_merge" ? "counter" : "lww_server");
  }

  plan_builder& devices(std::uint32_t count, std::uint32_t teams = 1) {
    plan.mutable_topology()->set_teams(teams);
    for (std::uint32_t id = 1; id <= count; ++id) {
      auto* device = plan.mutable_topology()->add_devices();
      device->set_id(id);
      device->set_team((id - 1) % teams + 1);
      device->set_user(100 + id);
    }
    return *this;
  }

  /// Returns the record's symbol.
  std::uint64_t create(std::uint32_t device, time_ns at, const field_values& fields) {
    auto& intention = add_intention(device, at);
    fill(*intention.add_acts(), scenarios::Act::CREATE, 0, fields);
    return intention.id() << 8;
  }
  /// Returns the intention's id.
  std::uint64_t set(std::uint32_t device, time_ns at, std::uint64_t record, const field_values& fields) {
    return act(device, at, scenarios::Act::SET, record, fields);
  }
  std::uint64_t add(std::uint32_t device, time_ns at, std::uint64_t record, const field_values& fields) {
    return act(device, at, scenarios::Act::ADD, record, fields);
  }
  std::uint64_t remove(std::uint32_t device, time_ns at, std::uint64_t record) {
    return act(device, at, scenarios::Act::DELETE, record, {});
  }

  struct lasting {
    time_ns at = 0;
    duration_ns for_ns = 0;
  };
  scenarios::Fault& fault(std::string_view name, lasting when, std::initializer_list<std::uint32_t> targets,
                          std::initializer_list<std::pair<std::string, std::int64_t>> parameters = {}) {
    auto& f = *plan.add_faults();
    f.set_id(++faults_);
    f.set_name(std::string(name));
    f.set_at_ns(when.at);
    f.set_for_ns(when.for_ns);
    for (const auto target : targets)
      f.add_devices(target);
    for (const auto& [parameter, value] : parameters) {
      f.add_parameters()->set_name(parameter);
      f.mutable_parameters(f.parameters_size() - 1)->set_value(value);
    }
    return f;
  }

  scenarios::Intention& last() { return *plan.mutable_intentions(plan.intentions_size() - 1); }

  scenarios::Plan plan;

private:
  static void add_field(scenarios::Collection& to, const char* name, const char* type, const char* rule) {
    auto* field = to.add_fields();
    field->set_name(name);
    field->set_type(type);
    field->set_rule(rule);
  }
  scenarios::Intention& add_intention(std::uint32_t device, time_ns at) {
    auto& intention = *plan.add_intentions();
    intention.set_id(++intentions_);
    intention.set_device(device);
    intention.set_due_ns(at);
    intention.set_wait_limit_ns(2 * minute_ns);
    return intention;
  }
  static void fill(scenarios::Act& act, scenarios::Act::Kind kind, std::uint64_t record, const field_values& fields) {
    act.set_kind(kind);
    act.set_collection("notes");
    act.set_record(record);
    for (const auto& [name, value] : fields) {
      auto* assignment = act.add_fields();
      assignment->set_field(name);
      if (const auto* number = std::get_if<std::int64_t>(&value))
        assignment->set_integer(*number);
      else
        assignment->set_text(std::get<std::string>(value));
    }
  }
  std::uint64_t act(std::uint32_t device, time_ns at, scenarios::Act::Kind kind, std::uint64_t record,
                    const field_values& fields) {
    auto& intention = add_intention(device, at);
    fill(*intention.add_acts(), kind, record, fields);
    return intention.id();
  }

  std::uint64_t intentions_ = 0;
  std::uint64_t faults_ = 0;
};

class keeper final : public history::sink {
public:
  void append(std::span<const history::entry> batch, const history::name_table&) override {
    entries.insert(entries.end(), batch.begin(), batch.end());
  }
  std::vector<history::entry> of(history::entry_kind kind) const {
    std::vector<history::entry> found;
    for (const auto& e : entries)
      if (e.kind == kind)
        found.push_back(e);
    return found;
  }

  std::vector<history::entry> entries;
};

struct ran {
  simulation_outcome outcome;
  keeper history;
};

inline ran run_plan(const scenarios::Plan& plan, system_under_test& system) {
  ran out;
  auto outcome = simulate(plan, {.system = &system, .sinks = {&out.history}, .remember_texts = true});
  if (!outcome)
    throw std::runtime_error(outcome.err().message);
  out.outcome = std::move(*outcome);
  return out;
}

} // namespace squall::actors
