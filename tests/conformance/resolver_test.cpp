// The judge's own resolver, held against the table.
#include "tests/conformance/resolver_run.hpp"

#include <gtest/gtest.h>
#include <map>

namespace squall::conformance {
namespace {

const std::map<std::string, rule_code> rule_names{{"", rule_code::none},
                                                  {"precedence", rule_code::precedence},
                                                  {"delete_update", rule_code::delete_update},
                                                  {"unique", rule_code::unique},
                                                  {"guard", rule_code::guard},
                                                  {"dependency", rule_code::dependency},
                                                  {"gone", rule_code::gone},
                                                  {"denied", rule_code::denied},
                                                  {"malformed", rule_code::malformed},
                                                  {"later_stamp", rule_code::later_stamp},
                                                  {"role", rule_code::role},
                                                  {"extreme", rule_code::extreme},
                                                  {"manual", rule_code::manual},
                                                  {"resolution", rule_code::resolution},
                                                  {"add_wins", rule_code::add_wins},
                                                  {"remove_wins", rule_code::remove_wins},
                                                  {"bound", rule_code::bound},
                                                  {"state", rule_code::state},
                                                  {"reference", rule_code::reference}};

void run_step(resolver_run& run, const step& s) {
  const auto& want = s.is;
  const auto got = run.run(s);
  EXPECT_EQ(name_of(got.code), want.code);
  EXPECT_EQ(got.rule, rule_names.at(want.rule)) << name_of(got.rule);
  EXPECT_EQ(got.winner, run.intent(want.winner));
  EXPECT_TRUE(run.seen().stamp_right);
  if (want.task != 0) {
    EXPECT_EQ(run.task(), static_cast<std::uint64_t>(want.task));
  }
  ASSERT_EQ(got.code == verdict_code::merged ? got.lost.size() : 0, want.list.size());
  for (std::size_t k = 0; k < want.list.size(); ++k) {
    const auto& item = want.list[k];
    const auto& lost = got.lost[k];
    EXPECT_EQ(lost.record, run.record(item.record));
    EXPECT_EQ(lost.rule, rule_names.at(item.rule));
    EXPECT_EQ(lost.winner, run.intent(item.winner));
    const auto collection = run.get().server.collection_of(lost.record);
    EXPECT_EQ(lost.field == effect::row ? "" : run.get().rules.field(collection, lost.field)->name, item.field);
  }
}

void run_pull(resolver_run& run, const step& s) {
  EXPECT_EQ(run.pull(s), s.pulls->answer);
  EXPECT_EQ(run.get().lifetimes.find_scope(1).fence, run.sequence_after(s.pulls->fence));
  EXPECT_EQ(run.fence_troubles(), 0U);
}

void expect_cell(resolver_run& run, const cell& c) {
  const auto& server = run.get().server;
  const auto record = run.record(c.record);
  const auto head = server.head();
  if (c.field.empty()) {
    const auto* found = server.row(record, head);
    EXPECT_EQ(found != nullptr && found->live, c.is.integer == 1);
    EXPECT_EQ(run.get().is_forgotten(record), c.is.is == value::kind::none);
    if (c.scope != 0) {
      EXPECT_EQ(server.scope_of(record), static_cast<std::uint32_t>(c.scope));
    }
    return;
  }
  const auto field = run.field(c.collection, c.field);
  const auto& rules = *run.get().rules.field(run.collection(c.collection), field);
  if (rules.is_derived()) {
    EXPECT_EQ(server.derived(record, field, head, run.names()), c.is.integer);
    return;
  }
  if (c.set) {
    std::vector<effect> nothing;
    const auto members = view(server, head, nothing).members(record, field, rules.rule == field_rule::remove_wins);
    EXPECT_EQ(members.size(), c.members.size());
    for (const auto& text : c.members)
      EXPECT_TRUE(server.has_member(record, field, history::digest_of(text), head)) << text;
    return;
  }
  const auto* found = server.cell(record, field, head);
  ASSERT_EQ(found != nullptr, c.is.is != value::kind::none);
  if (found != nullptr) {
    EXPECT_EQ(found->value(), run.plain(c.is));
  }
}

std::uint16_t subject_field(const resolver_run& run, const task& t) {
  if (t.field.empty())
    return history::whole_record;
  if (t.field.starts_with("key "))
    return static_cast<std::uint16_t>(65534 - std::stoi(t.field.substr(4)));
  return run.field(t.collection, t.field);
}

void expect_tasks(resolver_run& run, const std::vector<task>& tasks) {
  ASSERT_EQ(run.get().tasks.size(), tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto& is = *run.get().tasks.find(i + 1);
    std::vector<intent_index> branches;
    for (const auto number : tasks[i].branches)
      branches.push_back(run.intent(number));
    EXPECT_EQ(is.about.record, run.record(tasks[i].record));
    EXPECT_EQ(is.about.field, subject_field(run, tasks[i]));
    EXPECT_EQ(is.branches, branches);
  }
}

class Conformance : public testing::TestWithParam<row> {
protected:
  static void run_row(const row& r, resolver_run& run) {
    for (std::size_t i = 0; i < r.steps.size(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i + 1));
      if (r.steps[i].pulls)
        run_pull(run, r.steps[i]);
      else
        run_step(run, r.steps[i]);
    }
    for (const auto& c : r.then) {
      SCOPED_TRACE(c.field + " of " + c.record);
      expect_cell(run, c);
    }
  }
};

class EnterpriseConformance : public Conformance {};
class LifetimeConformance : public Conformance {};
class ScopeConformance : public Conformance {};

TEST_P(Conformance, ResolvesAsTheTableSays) {
  const auto& r = GetParam();
  SCOPED_TRACE(r.name + ": " + r.reason);
  resolver_run run;
  run_row(r, run);
}

TEST_P(EnterpriseConformance, ResolvesAsTheTableSays) {
  const auto& r = GetParam();
  SCOPED_TRACE(r.name + ": " + r.reason);
  resolver_run run(enterprise_model());
  run_row(r, run);
  expect_tasks(run, r.tasks);
}

TEST_P(LifetimeConformance, ForgetsAsTheTableSays) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto& r = GetParam();
  SCOPED_TRACE(r.name + ": " + r.reason);
  resolver_run run(enterprise_model(), {r.tombstones_for_s * second, r.device_expires_after_s * second});
  run_row(r, run);
  expect_tasks(run, r.tasks);
}

TEST_P(ScopeConformance, ResolvesAsTheTableSays) {
  const auto& r = GetParam();
  SCOPED_TRACE(r.name + ": " + r.reason);
  resolver_run run(scope_model());
  run_row(r, run);
  expect_tasks(run, r.tasks);
}

std::string test_name(const testing::TestParamInfo<row>& info) {
  std::string name;
  for (const char c : info.param.name)
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return std::to_string(info.index) + "_" + name;
}

INSTANTIATE_TEST_SUITE_P(Table, Conformance, testing::ValuesIn(table()), test_name);
INSTANTIATE_TEST_SUITE_P(Table, EnterpriseConformance, testing::ValuesIn(enterprise_table()), test_name);
INSTANTIATE_TEST_SUITE_P(Table, LifetimeConformance, testing::ValuesIn(lifetime_table()), test_name);
INSTANTIATE_TEST_SUITE_P(Table, ScopeConformance, testing::ValuesIn(scope_table()), test_name);

TEST(ConformanceTable, IsLargeAndNamesEachRowOnce) {
  std::map<std::string, int> names;
  for (const auto& r : table()) {
    EXPECT_FALSE(r.reason.empty());
    ++names[r.steps.back().operations.empty() ? r.name : r.steps.back().operations.front().collection + r.name];
  }
  EXPECT_GE(names.size(), 40U);
  EXPECT_EQ(names.size(), table().size());
  std::map<std::string, int> more;
  for (const auto& r : enterprise_table()) {
    EXPECT_FALSE(r.reason.empty());
    ++more[r.name];
  }
  EXPECT_GE(more.size(), 120U);
  EXPECT_EQ(more.size(), enterprise_table().size());
  std::map<std::string, int> lifetimes;
  for (const auto& r : lifetime_table()) {
    EXPECT_FALSE(r.reason.empty());
    ++lifetimes[r.name];
  }
  EXPECT_GE(lifetimes.size(), 25U);
  EXPECT_EQ(lifetimes.size(), lifetime_table().size());
  std::map<std::string, int> scopes;
  for (const auto& r : scope_table()) {
    EXPECT_FALSE(r.reason.empty());
    ++scopes[r.name];
  }
  EXPECT_GE(scopes.size(), 40U);
  EXPECT_EQ(scopes.size(), scope_table().size());
}

} // namespace
} // namespace squall::conformance
