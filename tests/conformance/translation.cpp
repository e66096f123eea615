#include "tests/conformance/translation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace squall::conformance {

namespace {

const std::vector<collection>& collections() {
  static const auto all = scope_model();
  return all;
}

std::vector<std::uint8_t> role_numbers(const std::vector<std::string>& names) {
  std::vector<std::uint8_t> out;
  for (const auto& name : names)
    out.push_back(role_number(name));
  return out;
}

merge::field_rule field_rule_of(const std::string& name) {
  static const std::map<std::string, merge::field_rule> rules{{"lww_server", merge::field_rule::lww_server},
                                                              {"lww_clock", merge::field_rule::lww_clock},
                                                              {"precedence", merge::field_rule::precedence},
                                                              {"role_precedence", merge::field_rule::role_precedence},
                                                              {"max", merge::field_rule::max},
                                                              {"min", merge::field_rule::min},
                                                              {"manual", merge::field_rule::manual},
                                                              {"counter", merge::field_rule::counter},
                                                              {"add_wins", merge::field_rule::add_wins},
                                                              {"remove_wins", merge::field_rule::remove_wins},
                                                              {"derived", merge::field_rule::derived}};
  return rules.at(name);
}

merge::on_delete on_delete_of(const std::string& name) {
  static const std::map<std::string, merge::on_delete> all{{"", merge::on_delete::none},
                                                           {"restrict", merge::on_delete::restrict},
                                                           {"cascade", merge::on_delete::cascade},
                                                           {"task", merge::on_delete::task}};
  return all.at(name);
}

merge::field_schema schema_of(const conformance::field& from) {
  static const std::map<std::string, merge::field_type> types{{"integer", merge::field_type::integer},
                                                              {"text", merge::field_type::text},
                                                              {"reference", merge::field_type::reference},
                                                              {"counter", merge::field_type::counter},
                                                              {"set", merge::field_type::set},
                                                              {"derived", merge::field_type::derived}};
  merge::field_schema to{.name = from.name, .type = types.at(from.type), .rule = field_rule_of(from.rule)};
  if (to.rule == merge::field_rule::role_precedence)
    to.roles = role_numbers(from.precedence);
  else
    to.precedence = from.precedence;
  to.at_least = from.at_least;
  to.at_most = from.at_most;
  for (const auto& s : from.states)
    to.states.push_back({s.name, s.next});
  to.on_delete = on_delete_of(from.on_delete);
  if (!from.target.empty())
    to.target = translator::collection(from.target);
  if (from.child.empty())
    return to;
  to.derived.kind = from.derivation == "hash" ? merge::derivation_kind::hash : merge::derivation_kind::sum;
  to.derived.child = translator::collection(from.child);
  to.derived.reference = translator::field(from.child, from.child_reference);
  for (const auto& factor : from.factors)
    to.derived.factors.push_back(translator::field(from.child, factor));
  return to;
}

merge::collection_schema schema_of(const conformance::collection& from) {
  merge::collection_schema to{.name = from.name, .policy = from.policy};
  for (const auto& f : from.fields)
    to.fields.push_back(schema_of(f));
  to.deletes = from.deletes == "remove_wins" ? merge::delete_rule::remove_wins : merge::delete_rule::add_wins;
  for (const auto& key : from.unique) {
    auto& fields = to.unique.emplace_back();
    for (const auto& f : key)
      fields.push_back(translator::field(from.name, f));
  }
  to.wide = from.wide;
  to.writers = role_numbers(from.writers);
  return to;
}

verdict_rule rule_of(const std::string& name) {
  for (int r = 0; r <= static_cast<int>(verdict_rule::reference); ++r)
    if (name == (r == 0 ? "" : to_string(static_cast<verdict_rule>(r))))
      return static_cast<verdict_rule>(r);
  ADD_FAILURE() << "no rule is called " << name;
  return verdict_rule::none;
}

write_kind kind_of(const write& w) {
  switch (w.member) {
    case write::membership::insert: return write_kind::set_insert;
    case write::membership::erase: return write_kind::set_erase;
    case write::membership::none: break;
  }
  return w.add ? write_kind::add : write_kind::set;
}

guard_kind guard_of(const std::string& compare) {
  static const std::map<std::string, guard_kind> kinds{{"equal", guard_kind::equal},
                                                       {"not_equal", guard_kind::not_equal},
                                                       {"at_least", guard_kind::at_least},
                                                       {"at_most", guard_kind::at_most}};
  return kinds.at(compare);
}

} // namespace

std::shared_ptr<const merge::schema> engine_model() {
  static const auto shared = [] {
    merge::schema s;
    for (const auto& from : collections())
      s.collections.push_back(schema_of(from));
    s.wide_scope = {3};
    return std::make_shared<const merge::schema>(std::move(s));
  }();
  return shared;
}

std::uint8_t role_number(const std::string& name) {
  const auto all = roles();
  const auto at = std::find(all.begin(), all.end(), name);
  EXPECT_TRUE(name.empty() || at != all.end()) << name;
  return name.empty() ? 0 : static_cast<std::uint8_t>(at - all.begin() + 1);
}

collection_number translator::collection(const std::string& name) {
  const auto& all = collections();
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.name == name; });
  EXPECT_NE(at, all.end()) << name;
  return static_cast<collection_number>(at - all.begin());
}

field_number translator::field(const std::string& of, const std::string& name) {
  const auto& all = collections()[collection(of)].fields;
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.name == name; });
  EXPECT_NE(at, all.end()) << name;
  return static_cast<field_number>(at - all.begin());
}

record_id translator::record(const std::string& label) {
  const auto unknown = record_id::derive({9, 1, 1000 + records_.size()}, 0);
  return records_.emplace(label, unknown).first->second;
}

squall::value translator::plain(const conformance::value& v) {
  switch (v.is) {
    case value::kind::none: break;
    case value::kind::integer: return v.integer;
    case value::kind::text: return v.text;
    case value::kind::record: return record(v.text);
  }
  return {};
}

squall::operation translator::translate(const conformance::operation& from) {
  squall::operation to;
  to.kind = static_cast<operation_kind>(from.is);
  to.collection = collection(from.collection);
  to.record = record(from.record);
  to.to_scope = {static_cast<std::uint32_t>(from.to)};
  for (const auto& w : from.writes)
    to.writes.push_back({field(from.collection, w.field), kind_of(w), plain(w.to), {}});
  // The engine takes writes in the order of the fields only, members ascending.
  std::sort(to.writes.begin(), to.writes.end(),
            [](const auto& a, const auto& b) { return a.field != b.field ? a.field < b.field : a.to < b.to; });
  to.task = static_cast<std::uint64_t>(from.task);
  for (const int b : from.branches)
    to.branches_seen.push_back(at(b));
  std::sort(to.branches_seen.begin(), to.branches_seen.end());
  return to;
}

task_outline translator::translate(const conformance::task& from) {
  task_outline to{record(from.record), collection(from.collection), whole_record, !from.branches.empty(), {}};
  if (from.field.starts_with("key "))
    to.subject = unique_key_subject(static_cast<std::uint16_t>(std::stoi(from.field.substr(4))));
  else if (!from.field.empty())
    to.subject = field(from.collection, from.field);
  for (const int b : from.branches)
    to.branches.push_back(at(b));
  return to;
}

intent translator::next(const step& s) {
  intent in;
  in.id = {static_cast<std::uint32_t>(s.device), 1, ++seqs_[s.device]};
  in.scope = {static_cast<std::uint32_t>(s.scope)};
  in.user = s.denied ? user_denied : s.role.empty() ? user_granted : user_of_first_role + role_number(s.role) - 1;
  const auto number = static_cast<std::int64_t>(intents_.size()) + 1;
  in.stamp = {(s.stamp_s != 0 ? s.stamp_s : number) * second_ns, s.logical};
  in.context = {generation, s.saw == 0 ? 0 : sequence_after_[static_cast<std::size_t>(s.saw) - 1], {}};
  std::uint8_t creates = 0;
  for (const auto& op : s.operations)
    if (op.is == operation::kind::create)
      records_[op.record] = record_id::derive(in.id, creates++);
  for (const auto& op : s.operations)
    in.operations.push_back(translate(op));
  for (const auto& g : s.guards)
    in.guards.push_back({record(g.record), collection(g.collection), field(g.collection, g.field), guard_of(g.compare),
                         plain(g.operand)});
  intents_.push_back(in.id);
  return in;
}

intent_id translator::at(int step_number) const {
  return step_number == 0 ? intent_id{} : intents_[static_cast<std::size_t>(step_number) - 1];
}

verdict expected_of(const step& s, translator& names) {
  static const std::map<std::string, verdict_kind> kinds{{"applied", verdict_kind::applied},
                                                         {"merged", verdict_kind::merged},
                                                         {"superseded", verdict_kind::superseded},
                                                         {"conflicted", verdict_kind::conflicted},
                                                         {"rejected", verdict_kind::rejected}};
  verdict v;
  v.kind = kinds.at(s.is.code);
  v.rule = rule_of(s.is.rule);
  v.winner = names.at(s.is.winner);
  v.task = static_cast<std::uint64_t>(s.is.task);
  for (const auto& l : s.is.list) {
    const auto record = names.record(l.record);
    const auto op =
        std::find_if(s.operations.begin(), s.operations.end(), [&](const auto& o) { return o.record == l.record; });
    const auto field = l.field.empty() ? whole_record : translator::field(op->collection, l.field);
    v.fields.push_back({record, translator::collection(op->collection), field, names.at(l.winner), rule_of(l.rule)});
  }
  return v;
}

void expect_same(const verdict& got, const verdict& want) {
  EXPECT_STREQ(to_string(got.kind), to_string(want.kind));
  EXPECT_EQ(to_string(got.winner), to_string(want.winner));
  // The table names the rule of a whole verdict where nothing committed; a merged one names it by field.
  if (want.kind != verdict_kind::merged) {
    EXPECT_STREQ(to_string(got.rule), to_string(want.rule));
  }
  if (want.task != 0) {
    EXPECT_EQ(got.task, want.task);
  }
  ASSERT_EQ(got.fields.size(), want.fields.size());
  for (std::size_t k = 0; k < want.fields.size(); ++k) {
    EXPECT_EQ(to_string(got.fields[k].record), to_string(want.fields[k].record));
    EXPECT_EQ(got.fields[k].collection, want.fields[k].collection);
    EXPECT_EQ(got.fields[k].field, want.fields[k].field);
    EXPECT_EQ(to_string(got.fields[k].winner), to_string(want.fields[k].winner));
    EXPECT_STREQ(to_string(got.fields[k].rule), to_string(want.fields[k].rule));
  }
}

} // namespace squall::conformance
