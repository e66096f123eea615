// The judge's own resolver, held against the table.
#include "tests/conformance/resolver_run.hpp"

#include <gtest/gtest.h>
#include <map>

namespace squall::conformance {
namespace {

const std::map<std::string, rule_code> rule_names{
    {"", rule_code::none},         {"precedence", rule_code::precedence}, {"delete_update", rule_code::delete_update},
    {"guard", rule_code::guard},   {"dependency", rule_code::dependency}, {"gone", rule_code::gone},
    {"denied", rule_code::denied}, {"malformed", rule_code::malformed}};

class Conformance : public testing::TestWithParam<row> {};

TEST_P(Conformance, ResolvesAsTheTableSays) {
  const auto& r = GetParam();
  SCOPED_TRACE(r.name + ": " + r.reason);
  resolver_run run;
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i + 1));
    const auto& want = r.steps[i].is;
    const auto got = run.run(r.steps[i]);
    EXPECT_EQ(name_of(got.code), want.code);
    EXPECT_EQ(got.rule, rule_names.at(want.rule)) << name_of(got.rule);
    EXPECT_EQ(got.winner, run.intent(want.winner));
    ASSERT_EQ(got.code == verdict_code::merged ? got.lost.size() : 0, want.list.size());
    for (std::size_t k = 0; k < want.list.size(); ++k) {
      EXPECT_EQ(got.lost[k].record, run.record(want.list[k].record));
      EXPECT_EQ(got.lost[k].rule, rule_names.at(want.list[k].rule));
      EXPECT_EQ(got.lost[k].winner, run.intent(want.list[k].winner));
    }
  }
  const auto& server = run.get().server;
  for (const auto& c : r.then) {
    SCOPED_TRACE(c.field + " of " + c.record);
    const auto record = run.record(c.record);
    if (c.field.empty()) {
      const auto* found = server.row(record, server.head());
      EXPECT_EQ(found != nullptr && found->live, c.is.integer == 1);
      continue;
    }
    const auto field = run.field(c.collection, c.field);
    if (c.field == "total") {
      EXPECT_EQ(server.derived(record, field, server.head(), run.names()), c.is.integer);
      continue;
    }
    const auto* cell = server.cell(record, field, server.head());
    ASSERT_NE(cell, nullptr);
    EXPECT_EQ(cell->value(), run.plain(c.is));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Conformance, testing::ValuesIn(table()), [](const auto& info) {
  std::string name;
  for (const char c : info.param.name)
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return std::to_string(info.index) + "_" + name;
});

TEST(ConformanceTable, IsLargeAndNamesEachRowOnce) {
  std::map<std::string, int> names;
  for (const auto& r : table()) {
    EXPECT_FALSE(r.reason.empty());
    ++names[r.steps.back().operations.empty() ? r.name : r.steps.back().operations.front().collection + r.name];
  }
  EXPECT_GE(names.size(), 40U);
  EXPECT_EQ(names.size(), table().size());
}

} // namespace
} // namespace squall::conformance
