// The judge's own resolver, run over steps of the table.
#pragma once

#include "reports/invariants/checks/wording.hpp"
#include "reports/invariants/model/model.hpp"
#include "tests/conformance/table.hpp"

#include <map>
#include <string>
#include <vector>

namespace squall::conformance {

using namespace squall::invariants;
using history::intent_name;
using history::record_name;

inline scenarios::DataModel proto_of(const std::vector<collection>& all) {
  scenarios::DataModel out;
  for (const auto& from : all) {
    auto& to = *out.add_collections();
    to.set_name(from.name);
    to.set_policy(from.policy);
    for (const auto& f : from.fields) {
      auto& field = *to.add_fields();
      field.set_name(f.name);
      field.set_type(f.type);
      field.set_rule(f.rule);
      field.mutable_precedence()->Add(f.precedence.begin(), f.precedence.end());
      field.set_target(f.target);
      field.set_child(f.child);
      field.set_child_reference(f.child_reference);
      field.mutable_factors()->Add(f.factors.begin(), f.factors.end());
    }
  }
  return out;
}

/// Runs steps one by one and keeps the state that they leave.
class resolver_run {
public:
  resolver_run() : model_(proto_of(conformance::model()), 1), rules_(proto_of(conformance::model())) {
    for (std::uint32_t device = 1; device <= 9; ++device) {
      tell({.kind = entry_kind::participant, .actor = device, .scope = 1, .ref = device});
      tell({.kind = entry_kind::grant, .scope = 1, .ref = device});
    }
  }

  /// Judges the step; if it takes effect, commits it.
  outcome run(const step& s) {
    const auto seq = ++seqs_[s.device];
    const intent_name name{static_cast<std::uint32_t>(s.device), 1, seq};
    const auto intent = names_.intern(name);
    const auto device = static_cast<std::uint32_t>(s.device);
    intents_.push_back(intent);
    if (s.denied)
      tell({.kind = entry_kind::revoke, .scope = 1, .ref = device});
    tell({.kind = entry_kind::intent_accepted,
          .actor = device,
          .intent = intent,
          .s = s.saw == 0 ? 0 : sequence_after_[s.saw - 1]});
    std::uint8_t creates = 0;
    for (const auto& op : s.operations) {
      if (op.is == operation::kind::create)
        records_[op.record] = names_.intern(record_name{name, creates++});
      describe(device, intent, op);
    }
    for (const auto& g : s.guards)
      describe(device, intent, g);
    const auto& w = model_.get();
    std::vector<effect> overlay;
    const auto out = w.resolve.judge({intent, !s.denied, &names_}, view(w.server, w.server.head(), overlay));
    if (takes_effect(out.code))
      tell({.kind = entry_kind::intent_committed, .intent = intent, .s = w.server.head() + 1U, .aux = 1});
    else
      tell({.kind = entry_kind::verdict_released,
            .code = static_cast<std::uint8_t>(out.code),
            .rule = static_cast<std::uint8_t>(out.rule),
            .intent = intent,
            .ref = out.winner});
    sequence_after_.push_back(w.server.head());
    return out;
  }

  const world& get() const { return model_.get(); }
  intent_index intent(int number) const { return number == 0 ? 0 : intents_[static_cast<std::size_t>(number) - 1]; }
  record_index record(const std::string& label) {
    auto& found = records_[label];
    if (found == 0)
      found = names_.intern(record_name{{9, 1, 1000 + records_.size()}, 0});
    return found;
  }
  std::uint16_t collection(const std::string& name) const { return static_cast<std::uint16_t>(rules_.find(name)); }
  std::uint16_t field(const std::string& of, const std::string& name) const {
    return static_cast<std::uint16_t>(rules_.find(collection(of), name));
  }
  cell_value plain(const value& v) {
    switch (v.is) {
      case value::kind::none: return {};
      case value::kind::integer: return {value_tag::integer, v.integer};
      case value::kind::text: return {value_tag::text, history::digest_of(v.text)};
      case value::kind::record: return {value_tag::reference, history::digest_of(names_.record(record(v.text)))};
    }
    return {};
  }
  const history::name_table& names() const { return names_; }

private:
  void tell(const entry& e) { model_.step(e, names_); }

  void describe(std::uint32_t device, intent_index intent, const operation& op) {
    const auto c = collection(op.collection);
    tell({.kind = entry_kind::intent_operation,
          .code = static_cast<std::uint8_t>(op.is),
          .actor = device,
          .intent = intent,
          .record = record(op.record),
          .collection = c});
    for (const auto& w : op.writes) {
      const auto v = plain(w.to);
      tell({.kind = entry_kind::intent_write,
            .code = static_cast<std::uint8_t>(w.add ? write_code::add : write_code::set),
            .tag = v.tag,
            .actor = device,
            .intent = intent,
            .record = record(op.record),
            .collection = c,
            .field = field(op.collection, w.field),
            .value = v.number});
    }
  }

  void describe(std::uint32_t device, intent_index intent, const guard& g) {
    static const std::map<std::string, compare_code> compares{{"equal", compare_code::equal},
                                                              {"not_equal", compare_code::not_equal},
                                                              {"at_least", compare_code::at_least},
                                                              {"at_most", compare_code::at_most}};
    const auto v = plain(g.operand);
    tell({.kind = entry_kind::intent_guard,
          .code = static_cast<std::uint8_t>(compares.at(g.compare)),
          .tag = v.tag,
          .actor = device,
          .intent = intent,
          .record = record(g.record),
          .collection = collection(g.collection),
          .field = field(g.collection, g.field),
          .value = v.number});
  }

  history::name_table names_;
  invariants::model model_;
  rule_book rules_;
  std::map<int, std::uint64_t> seqs_;
  std::map<std::string, record_index> records_;
  std::vector<intent_index> intents_;
  std::vector<std::uint64_t> sequence_after_;
};

} // namespace squall::conformance
