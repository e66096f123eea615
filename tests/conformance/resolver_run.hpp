// The judge's own resolver, run over steps of the table.
#pragma once

#include "reports/invariants/checks/wording.hpp"
#include "reports/invariants/model/model.hpp"
#include "tests/conformance/table.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace squall::conformance {

using namespace squall::invariants;
using history::intent_name;
using history::record_name;

inline scenarios::DataModel proto_of(const std::vector<collection>& all) {
  scenarios::DataModel out;
  for (const auto& role : roles())
    out.add_roles(role);
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
      field.set_derivation(f.derivation);
      if (f.at_least)
        field.set_at_least(*f.at_least);
      if (f.at_most)
        field.set_at_most(*f.at_most);
      for (const auto& s : f.states) {
        auto& state = *field.add_states();
        state.set_name(s.name);
        state.mutable_next()->Add(s.next.begin(), s.next.end());
      }
      field.set_on_delete(f.on_delete);
    }
    to.set_deletes(from.deletes);
    for (const auto& key : from.unique)
      to.add_unique()->mutable_fields()->Add(key.begin(), key.end());
    to.set_wide(from.wide);
    to.mutable_writers()->Add(from.writers.begin(), from.writers.end());
  }
  return out;
}

/// Runs steps one by one and keeps the state that they leave.
class resolver_run {
public:
  explicit resolver_run(const std::vector<conformance::collection>& of = conformance::model(),
                        const lifetime_settings& lives = {})
      : model_(proto_of(of), 1, 0, lives, teams), rules_(proto_of(of), teams) {
    for (std::uint32_t device = 1; device <= 9; ++device) {
      tell({.kind = entry_kind::participant, .actor = device, .scope = 1, .ref = device});
      for (std::uint32_t scope = 1; scope <= teams + 1; ++scope)
        tell({.kind = entry_kind::grant, .scope = scope, .ref = device, .aux = 1});
    }
  }

  /// Judges the step; if it takes effect, commits it.
  outcome run(const step& s) {
    const auto seq = ++seqs_[s.device];
    const intent_name name{static_cast<std::uint32_t>(s.device), 1, seq};
    const auto intent = names_.intern(name);
    const auto device = static_cast<std::uint32_t>(s.device);
    intents_.push_back(intent);
    accept(s, device, intent, name);
    const auto& w = model_.get();
    auto& last = counted_[device];
    last = count_stamp(w.intents.get(intent).given, time_ = std::max(time_, s.server_s * second), w.stamp_bound, last);
    std::vector<effect> overlay;
    const auto out = w.resolve.judge(
        {intent, &w.grants.now(device), &names_, last, &w.tasks},
        view(w.server, w.server.head(), overlay).forgetting(w.lifetimes.through(static_cast<std::uint32_t>(s.scope))));
    task_ = 0;
    if (takes_effect(out.code)) {
      tell({.kind = entry_kind::clock_read, .value = s.server_s * second});
      tell({.kind = entry_kind::intent_committed,
            .intent = intent,
            .field = static_cast<std::uint16_t>(last.logical),
            .s = w.server.head() + 1U,
            .value = last.wall,
            .aux = 1});
    } else {
      refuse(intent, out);
    }
    sequence_after_.push_back(w.server.head());
    return out;
  }

  /// The device pulls; the fence goes where the rule lets it. Returns the answer.
  std::string pull(const step& s) {
    const auto& w = model_.get();
    const auto& book = w.lifetimes;
    const auto device = static_cast<std::uint32_t>(s.device);
    const auto cursor = s.saw == 0 ? 0 : sequence_after_[s.saw - 1];
    tell({.kind = entry_kind::cursor_moved, .actor = device, .scope = 1, .s = cursor, .aux = 1});
    tell({.kind = entry_kind::message_delivered, .peer = device, .message = 1});
    tell({.kind = entry_kind::clock_read, .value = s.server_s * second});
    const attendance asks{.told = std::max(book.find(device, 1).told, cursor), .heard = book.time(), .pulled = true};
    const auto to = forgettable(w, {.scope = 1, .time = book.time().low, .device = device, .instead = &asks});
    fence_troubles_ = 0;
    if (to > book.through(1)) {
      tell({.kind = entry_kind::fence_moved,
            .scope = 1,
            .s = w.server.sequence(to),
            .value = book.time().low,
            .ref = book.find_scope(1).fence});
      fence_troubles_ = w.seen.fences.size();
    }
    const bool below = cursor < book.find_scope(1).fence;
    tell({.kind = entry_kind::page_served,
          .code = static_cast<std::uint8_t>(below ? history::page_code::resync : history::page_code::changes),
          .peer = device,
          .scope = 1,
          .s = below ? cursor : w.server.sequence(w.server.head()),
          .value = static_cast<std::int64_t>(w.server.sequence(w.server.head())),
          .ref = cursor,
          .aux = 1});
    fence_troubles_ += w.seen.fences.size();
    intents_.push_back(0);
    sequence_after_.push_back(w.server.head());
    return below ? "resync" : "changes";
  }
  /// What the judge found wrong with the last pull's fence.
  std::size_t fence_troubles() const { return fence_troubles_; }
  std::uint64_t sequence_after(int number) const {
    return number == 0 ? 0 : sequence_after_[static_cast<std::size_t>(number) - 1];
  }

  /// Of the step that was run last, if it became a branch.
  std::uint64_t task() const { return task_; }
  const facts& seen() const { return model_.get().seen; }

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
  static constexpr std::int64_t second = 1'000'000'000;
  static constexpr std::uint32_t teams = 2;

  static std::uint32_t role_of(const step& s) {
    const auto all = roles();
    const auto found = std::find(all.begin(), all.end(), s.role);
    return found == all.end() ? 0 : static_cast<std::uint32_t>(found - all.begin() + 1);
  }

  void accept(const step& s, std::uint32_t device, intent_index intent, const intent_name& name) {
    for (std::uint32_t scope = 1; scope <= teams + 1; ++scope)
      grant(s, device, scope);
    const auto number = static_cast<std::int64_t>(intents_.size());
    tell({.kind = entry_kind::intent_accepted,
          .actor = device,
          .intent = intent,
          .field = static_cast<std::uint16_t>(s.logical),
          .scope = static_cast<std::uint32_t>(s.scope),
          .s = s.saw == 0 ? 0 : sequence_after_[s.saw - 1],
          .value = (s.stamp_s == 0 ? number : s.stamp_s) * second});
    std::uint8_t creates = 0;
    for (const auto& op : s.operations)
      if (op.is == operation::kind::create)
        records_[op.record] = names_.intern(record_name{name, creates++});
    for (const auto& op : s.operations)
      describe(device, intent, op);
    for (const auto& g : s.guards)
      describe(device, intent, g);
  }

  // As the step has it, if it is not so already.
  void grant(const step& s, std::uint32_t device, std::uint32_t scope) {
    const auto& grants = model_.get().grants;
    const auto version = grants.version(device) + 1;
    const bool there = std::any_of(s.operations.begin(), s.operations.end(),
                                   [&](const auto& op) { return static_cast<std::uint32_t>(op.to) == scope; });
    const bool holds = !(s.denied && static_cast<std::uint32_t>(s.scope) == scope) && !(s.denied_there && there);
    const auto& now = grants.now(device);
    if (holds && (!now.holds(scope) || now.role(scope) != role_of(s)))
      tell({.kind = entry_kind::grant,
            .code = static_cast<std::uint8_t>(role_of(s)),
            .scope = scope,
            .ref = device,
            .aux = version});
    else if (!holds && now.holds(scope))
      tell({.kind = entry_kind::revoke, .scope = scope, .ref = device, .aux = version});
  }

  void refuse(intent_index intent, const outcome& out) {
    const auto& w = model_.get();
    if (out.code == verdict_code::conflicted) {
      task_ = w.tasks.task_for(out.about);
      tell({.kind = entry_kind::branch_kept,
            .intent = intent,
            .record = out.about.record,
            .field = out.about.field,
            .s = w.server.sequence(w.server.head()),
            .aux = task_});
    }
    tell({.kind = entry_kind::verdict_released,
          .code = static_cast<std::uint8_t>(out.code),
          .rule = static_cast<std::uint8_t>(out.rule),
          .intent = intent,
          .ref = out.winner,
          .aux = task_});
  }

  void tell(const entry& e) { model_.step(e, names_); }

  void describe(std::uint32_t device, intent_index intent, const operation& op) {
    const auto c = collection(op.collection);
    tell({.kind = entry_kind::intent_operation,
          .code = static_cast<std::uint8_t>(op.is),
          .actor = device,
          .intent = intent,
          .record = record(op.record),
          .collection = c,
          .scope = static_cast<std::uint32_t>(op.to),
          .aux = static_cast<std::uint64_t>(op.task)});
    for (const auto branch : op.branches)
      tell({.kind = entry_kind::intent_branch,
            .actor = device,
            .intent = intent,
            .ref = intents_[static_cast<std::size_t>(branch) - 1]});
    for (const auto& w : op.writes) {
      const auto v = plain(w.to);
      const auto code = w.member == write::membership::insert  ? write_code::set_insert
                        : w.member == write::membership::erase ? write_code::set_erase
                        : w.add                                ? write_code::add
                                                               : write_code::set;
      tell({.kind = entry_kind::intent_write,
            .code = static_cast<std::uint8_t>(code),
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
  std::map<std::uint32_t, stamp> counted_; ///< by device: its newest, refused or not
  std::int64_t time_ = 0;
  std::uint64_t task_ = 0;
  std::size_t fence_troubles_ = 0;
  std::map<std::string, record_index> records_;
  std::vector<intent_index> intents_;
  std::vector<std::uint64_t> sequence_after_;
};

} // namespace squall::conformance
