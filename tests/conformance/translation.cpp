#include "tests/conformance/translation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace squall::conformance {

namespace {

const std::vector<collection>& collections() {
  static const auto all = model();
  return all;
}

merge::field_schema schema_of(const conformance::field& from) {
  static const std::map<std::string, merge::field_type> types{{"integer", merge::field_type::integer},
                                                              {"text", merge::field_type::text},
                                                              {"reference", merge::field_type::reference},
                                                              {"counter", merge::field_type::counter},
                                                              {"derived", merge::field_type::derived}};
  static const std::map<std::string, merge::field_rule> rules{{"lww_server", merge::field_rule::lww_server},
                                                              {"precedence", merge::field_rule::precedence},
                                                              {"counter", merge::field_rule::counter},
                                                              {"derived", merge::field_rule::derived}};
  merge::field_schema to{
      .name = from.name, .type = types.at(from.type), .rule = rules.at(from.rule), .precedence = from.precedence};
  if (!from.target.empty())
    to.target = translator::collection(from.target);
  if (from.child.empty())
    return to;
  to.derived.child = translator::collection(from.child);
  to.derived.reference = translator::field(from.child, from.child_reference);
  for (const auto& factor : from.factors)
    to.derived.factors.push_back(translator::field(from.child, factor));
  return to;
}

verdict_rule rule_of(const std::string& name) {
  static const std::map<std::string, verdict_rule> rules{
      {"", verdict_rule::none},         {"precedence", verdict_rule::precedence},
      {"guard", verdict_rule::guard},   {"delete_update", verdict_rule::delete_update},
      {"gone", verdict_rule::gone},     {"dependency", verdict_rule::dependency},
      {"denied", verdict_rule::denied}, {"malformed", verdict_rule::malformed}};
  return rules.at(name);
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
    for (const auto& from : collections()) {
      s.collections.push_back({from.name, from.policy, {}});
      for (const auto& f : from.fields)
        s.collections.back().fields.push_back(schema_of(f));
    }
    return std::make_shared<const merge::schema>(std::move(s));
  }();
  return shared;
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
  for (const auto& w : from.writes)
    to.writes.push_back({field(from.collection, w.field), w.add ? write_kind::add : write_kind::set, plain(w.to), {}});
  // The engine takes writes in the order of the fields only; the table's rows name none twice.
  std::sort(to.writes.begin(), to.writes.end(), [](const auto& a, const auto& b) { return a.field < b.field; });
  return to;
}

intent translator::next(const step& s) {
  intent in;
  in.id = {static_cast<std::uint32_t>(s.device), 1, ++seqs_[s.device]};
  in.scope = {1};
  in.user = s.denied ? user_denied : user_granted;
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
  for (const auto& l : s.is.list) {
    const auto record = names.record(l.record);
    const auto op =
        std::find_if(s.operations.begin(), s.operations.end(), [&](const auto& o) { return o.record == l.record; });
    v.fields.push_back({record, translator::collection(op->collection), translator::field(op->collection, l.field),
                        names.at(l.winner), rule_of(l.rule)});
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
