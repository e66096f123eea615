#include "scenarios/writer/from_plan.hpp"

#include "faults/catalogue.hpp"
#include "scenarios/business_rules.hpp"
#include "scenarios/writer/model_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace squall::scenarios {

namespace {

/// "orders" -> "order": records go by what they are and a number.
std::string singular(const std::string& collection) {
  return collection.size() > 2 && collection.back() == 's' ? collection.substr(0, collection.size() - 1) : collection;
}

class teller {
public:
  explicit teller(const Plan& plan) : plan_(plan) {}

  result<Scenario> run() {
    out_.set_name(plan_.scenario());
    out_.set_about(plan_.about());
    out_.set_duration_ns(plan_.heal_at_ns());
    for (const Collection& c : plan_.model().collections())
      *out_.add_collections() = spec_of(c);
    *out_.mutable_roles() = plan_.model().roles();
    if (plan_.has_schedule())
      refuse("its order of events is written out, which a scenario cannot say");
    devices();
    reactions();
    rules();
    name_steps();
    script();
    faults();
    *out_.mutable_network() = plan_.network();
    knobs();
    out_.mutable_expect()->set_settle_within_ns(plan_.settle_within_ns());
    out_.mutable_expect()->set_staleness_within_ns(plan_.expect().staleness_within_ns());
    if (plan_.has_budget())
      *out_.mutable_budget() = plan_.budget();
    *out_.mutable_sabotages() = plan_.sabotages();
    if (!refused_.empty())
      return error{errc::unsupported, refused_};
    return std::move(out_);
  }

private:
  void refuse(std::string why) {
    if (refused_.empty())
      refused_ = std::move(why);
  }

  void devices() {
    DeviceGroup& group = *out_.mutable_devices();
    group.set_count(static_cast<std::uint32_t>(plan_.topology().devices_size()));
    const bool no_roles = std::all_of(plan_.topology().devices().begin(), plan_.topology().devices().end(),
                                      [](const Device& d) { return d.role().empty(); });
    const bool one_team = std::all_of(plan_.topology().devices().begin(), plan_.topology().devices().end(),
                                      [](const Device& d) { return d.team() == 1; });
    const bool no_span = std::all_of(plan_.topology().devices().begin(), plan_.topology().devices().end(),
                                     [](const Device& d) { return d.more_teams().empty(); });
    for (const Device& d : plan_.topology().devices()) {
      if (!no_span)
        group.add_span_of(d.more_teams().empty() ? 0 : d.more_teams(0));
      if (d.more_teams_size() > 1)
        refuse(fmt::format("the user of device {} holds more than two teams", d.id()));
      if (d.user() != d.id())
        refuse(fmt::format("device {} belongs to user {}", d.id(), d.user()));
      if (!one_team)
        group.add_team_of(d.team());
      if (!no_roles)
        group.add_role_of(d.role().empty() ? "none" : d.role());
      if (d.clock().offset_ns() == 0 && d.clock().drift_ppb() == 0)
        continue;
      DeviceClock& clock = *out_.mutable_clocks()->add_devices();
      clock.set_device(d.id());
      clock.set_offset_ns(d.clock().offset_ns());
      clock.set_drift_ppb(d.clock().drift_ppb());
    }
  }

  /// Under names of their own: what users drew by the old ones, they draw anew.
  void reactions() {
    for (const Reaction& r : plan_.reactions()) {
      ReactionRule& rule = *out_.add_reactions();
      rule.set_name(fmt::format("reaction{}", out_.reactions_size()));
      rule.set_rule(r.rule());
      *rule.mutable_devices() = r.devices();
      *rule.mutable_delay() = r.delay();
      if (r.chance_ppm() < 1'000'000)
        rule.set_chance_ppm(r.chance_ppm());
      rule.set_take_ppm(r.take_ppm());
      *rule.mutable_collections() = r.collections();
    }
  }

  void rules() {
    for (const BusinessRule& r : plan_.rules()) {
      RuleSpec& rule = *out_.add_rules();
      rule.set_name(r.name());
      rule.set_collection(r.collection());
      rule.set_broken_if(condition_of(r));
    }
  }

  /// The order of the story is that of time; records and those steps that others name get names.
  void name_steps() {
    for (const Intention& i : plan_.intentions())
      order_.push_back(&i);
    std::stable_sort(order_.begin(), order_.end(), [](const Intention* a, const Intention* b) {
      return std::tuple(a->due_ns(), a->device()) < std::tuple(b->due_ns(), b->device());
    });
    std::set<std::uint64_t> referred;
    for (const Intention& i : plan_.intentions())
      referred.insert(i.after());
    for (const Fault& f : plan_.faults())
      referred.insert(f.message().intention());
    std::map<std::string, int> numbers;
    for (const Intention* i : order_) {
      if (referred.count(i->id()) > 0)
        steps_[i->id()] = fmt::format("change{}", ++numbers[""]);
      for (int k = 0; k < i->acts_size(); ++k)
        if (i->acts(k).kind() == Act::CREATE) {
          const std::string kind = singular(i->acts(k).collection());
          records_[i->id() << 8 | static_cast<std::uint64_t>(k)] = fmt::format("{}{}", kind, ++numbers[kind]);
        }
    }
  }

  std::string step_name(std::uint64_t id) {
    const auto found = steps_.find(id);
    if (found == steps_.end())
      refuse(fmt::format("intention {} is not there", id));
    return found == steps_.end() ? std::string{} : found->second;
  }

  std::string record_name(std::uint64_t symbol) {
    const auto found = records_.find(symbol);
    if (found == records_.end())
      refuse(fmt::format("record {} is created by nobody", symbol));
    return found == records_.end() ? std::string{} : found->second;
  }

  void script() {
    for (const Intention* i : order_) {
      Step& step = *out_.add_script();
      if (const auto name = steps_.find(i->id()); name != steps_.end())
        step.set_name(name->second);
      step.set_device(i->device());
      step.set_at_ns(i->due_ns());
      if (i->after() != 0)
        step.set_after(step_name(i->after()));
      if (i->wait_limit_ns() < plan_.heal_at_ns() - i->due_ns())
        step.set_wait_ns(std::max<std::int64_t>(1, i->wait_limit_ns()));
      for (int k = 0; k < i->acts_size(); ++k)
        act(i->acts(k), i->id() << 8 | static_cast<std::uint64_t>(k), *step.add_acts());
      for (const Condition& c : i->guards()) {
        StepGuard& guard = *step.add_guards();
        guard.set_record(record_name(c.record()));
        guard.set_field(c.field());
        guard.set_compare(c.compare());
        if (c.as_seen())
          guard.set_as_seen(true);
        else
          guard.set_value(c.value_case() == Condition::kInteger ? std::to_string(c.integer()) : c.text());
      }
    }
  }

  void act(const Act& from, std::uint64_t created, StepAct& to) {
    switch (from.kind()) {
      case Act::CREATE:
        to.set_create(from.collection());
        to.set_label(record_name(created));
        break;
      case Act::SET:
      case Act::ADD:
      case Act::INSERT:
      case Act::ERASE: to.set_update(record_name(from.record())); break;
      case Act::SETTLE:
        to.set_settle(record_name(from.record()));
        to.set_subject(from.settle().field());
        if (from.settle().take())
          to.set_choose("take");
        break;
      case Act::DELETE: to.set_remove(record_name(from.record())); break;
      case Act::RESTORE: to.set_restore(record_name(from.record())); break;
      case Act::MOVE:
        to.set_move(record_name(from.record()));
        to.set_to_team(from.to_team());
        to.set_or_team(from.or_team());
        break;
      default: refuse("an act of no known kind");
    }
    for (const Assignment& a : from.fields()) {
      WrittenValue& value = from.kind() == Act::ADD      ? *to.add_add()
                            : from.kind() == Act::INSERT ? *to.add_insert()
                            : from.kind() == Act::ERASE  ? *to.add_erase()
                                                         : *to.add_set();
      value.set_name(a.field());
      value.set_value(a.value_case() == Assignment::kInteger  ? std::to_string(a.integer())
                      : a.value_case() == Assignment::kRecord ? record_name(a.record())
                      : a.value_case() == Assignment::kSeen   ? fmt::format("seen({})", a.seen())
                                                              : a.text());
    }
  }

  /// Where a fault stands in the story, whatever its id: what is told twice must be in the same order both times.
  auto place_of(const Fault& f) const {
    const auto step = steps_.find(f.message().intention());
    std::vector<std::int64_t> parameters;
    for (const auto& p : f.parameters())
      parameters.push_back(p.value());
    return std::tuple(f.at_ns(), f.name(), f.devices().empty() ? 0 : f.devices(0), f.for_ns(),
                      f.message().message_class(), step == steps_.end() ? std::string() : step->second,
                      f.message().ordinal(), parameters);
  }

  void faults() {
    std::vector<const Fault*> order;
    for (const Fault& f : plan_.faults())
      order.push_back(&f);
    std::stable_sort(order.begin(), order.end(),
                     [this](const Fault* a, const Fault* b) { return place_of(*a) < place_of(*b); });
    for (const Fault* f : order) {
      FaultRule& rule = *out_.add_faults();
      rule.set_fault(f->name());
      rule.set_at_ns(f->at_ns());
      *rule.mutable_devices() = f->devices();
      if (f->for_ns() > 0)
        rule.mutable_duration()->set_constant_ns(f->for_ns());
      const auto* info = faults::find_fault(f->name());
      if (!info)
        return refuse(fmt::format("no fault is named `{}`", f->name()));
      for (const Parameter& p : f->parameters()) {
        const auto* known = faults::find_parameter(*info, p.name());
        if (known && known->fallback == p.value())
          continue;
        Choice& choice = *rule.add_parameters();
        choice.set_name(p.name());
        choice.add_any_of(p.value());
      }
      if (info->target != faults::target_kind::message)
        continue;
      rule.set_message(f->message().message_class());
      if (f->message().ordinal() > 1)
        rule.set_ordinal(f->message().ordinal());
      rule.clear_devices();
      rule.add_devices(f->message().device());
      if (f->message().intention() != 0)
        rule.set_carries(step_name(f->message().intention()));
    }
  }

  void knobs() {
    const auto* reflection = plan_.knobs().GetReflection();
    std::vector<const google::protobuf::FieldDescriptor*> set;
    reflection->ListFields(plan_.knobs(), &set);
    for (const auto* field : set) {
      Choice& choice = *out_.add_engine();
      choice.set_name(field->name());
      switch (field->cpp_type()) {
        case google::protobuf::FieldDescriptor::CPPTYPE_INT64:
          choice.add_any_of(reflection->GetInt64(plan_.knobs(), field));
          break;
        case google::protobuf::FieldDescriptor::CPPTYPE_UINT64:
          choice.add_any_of(static_cast<std::int64_t>(reflection->GetUInt64(plan_.knobs(), field)));
          break;
        default: choice.add_any_of(reflection->GetUInt32(plan_.knobs(), field));
      }
    }
  }

  const Plan& plan_;
  Scenario out_;
  std::string refused_;
  std::vector<const Intention*> order_;
  std::map<std::uint64_t, std::string> steps_;
  std::map<std::uint64_t, std::string> records_;
};

} // namespace

result<Scenario> scenario_from(const Plan& plan) { return teller(plan).run(); }

} // namespace squall::scenarios
