// Business rules as a file says them, and what is wrong with them in words.
#include "scenarios/business_rules.hpp"
#include "scenarios/planner/planner.hpp"
#include "tests/scenarios/samples.hpp"

#include <gtest/gtest.h>

namespace squall::scenarios {
namespace {

using samples::complaints;
using samples::loaded;
using samples::with;

std::string ruled(std::string_view condition, std::string_view collection = "stock") {
  return with("workload:\n", "rules:\n  - {name: one, collection: " + std::string(collection) + ", broken_if: \"" +
                                 std::string(condition) + "\"}\nworkload:\n");
}

TEST(BusinessRules, AreReadIntoThePlan) {
  const Plan p = plan(loaded(ruled("order.status = cancelled and quantity >= 3 and order.total != 0", "lines")), 1);
  ASSERT_EQ(p.rules_size(), 1);
  const BusinessRule& rule = p.rules(0);
  EXPECT_EQ(rule.collection(), "lines");
  ASSERT_EQ(rule.clauses_size(), 3);
  EXPECT_EQ(rule.clauses(0).left().through(), "order");
  EXPECT_EQ(rule.clauses(0).left().field(), "status");
  EXPECT_EQ(rule.clauses(0).right().text(), "cancelled");
  EXPECT_EQ(rule.clauses(1).compare(), ">=");
  EXPECT_EQ(rule.clauses(1).right().integer(), 3);
  EXPECT_EQ(condition_of(rule), "order.status = cancelled and quantity >= 3 and order.total != 0");
}

TEST(BusinessRules, AreRefusedWithTheNearestName) {
  EXPECT_NE(complaints(ruled("on_hnd < 0")).find("unknown field `on_hnd` of `stock`; did you mean `on_hand`?"),
            std::string::npos);
  EXPECT_NE(complaints(ruled("on_hand < 0", "stok")).find("unknown collection `stok`; did you mean `stock`?"),
            std::string::npos);
  EXPECT_NE(complaints(ruled("sku < 0")).find("`sku` is a text; it cannot be compared with `0`"), std::string::npos);
  EXPECT_NE(complaints(ruled("sku < abc")).find("`sku` is a text; it can be `=` or `!=`, not `<`"), std::string::npos);
  EXPECT_NE(complaints(ruled("on_hand is 0")).find("expected =, !=, <, <=, > or >=, got `is`"), std::string::npos);
  EXPECT_NE(complaints(ruled("on_hand < 0 or sku = a")).find("expected conditions such as"), std::string::npos);
  EXPECT_NE(complaints(ruled("order.total < 0")).find("`order` of `stock` refers to no record"), std::string::npos);
}

TEST(Script, MayWriteWhatTheUserReads) {
  const auto scripted = [](std::string_view value, std::string_view field = "price") {
    return with("workload:\n", "script:\n"
                               "  - {device: 1, at: 1m, do: [{create: orders, as: one, set: {status: draft}}]}\n"
                               "  - {device: 1, at: 2m, do: [{create: lines, set: {order: one, " +
                                   std::string(field) + ": \"" + std::string(value) + "\"}}]}\nworkload:\n");
  };
  const Plan p = plan(loaded(scripted("seen(order.total)")), 1);
  bool found = false;
  for (const Intention& i : p.intentions())
    for (const Act& a : i.acts())
      for (const Assignment& f : a.fields())
        found |= f.has_seen() && f.seen() == "order.total" && f.field() == "price";
  EXPECT_TRUE(found);
  EXPECT_NE(complaints(scripted("seen(order.totl)")).find("`seen(order.totl)` is no field of a record"),
            std::string::npos);
  EXPECT_NE(complaints(scripted("seen(order.status)")).find("`price` cannot take the value of `order.status`"),
            std::string::npos);
}

} // namespace
} // namespace squall::scenarios
