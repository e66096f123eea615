// Rules of the business are counted over the live records of the state that everybody ends with.
#include "tests/reports/invariants/judging.hpp"

#include <gtest/gtest.h>

namespace squall::told {
namespace {

void clause(scenarios::BusinessRule& rule, const std::string& field, const std::string& compare, std::int64_t number) {
  auto& c = *rule.add_clauses();
  c.mutable_left()->set_field(field);
  c.set_compare(compare);
  c.mutable_right()->set_integer(number);
}

TEST(BusinessRules, CountLiveRecordsThatSatisfyAllOfTheCondition) {
  tale t(1);
  auto& rule = *t.plan.add_rules();
  rule.set_name("dear");
  rule.set_collection("lines");
  clause(rule, "quantity", ">", 2);
  clause(rule, "price", ">=", 10);
  const auto order = t.record(t.put(1, {create("orders", {set("status", "draft")})}));
  const auto line = [&](std::int64_t quantity, std::int64_t price) {
    return t.record(
        t.put(1, {create("lines", {set("order", ref(order)), add("quantity", quantity), set("price", price)})}));
  };
  line(3, 10);
  line(3, 9);
  line(2, 10);
  const auto removed = line(5, 50);
  line(4, 11);
  t.put(1, {remove("lines", removed)});
  t.put(1, {create("lines", {set("order", ref(order)), add("quantity", 9)})}); // no price: satisfies nothing
  t.rest();
  const auto metrics = judge_tale(t).metrics;
  EXPECT_EQ(metrics.at("business_rules_broken"), 2U);
  EXPECT_EQ(metrics.at("broken.dear"), 2U);
}

TEST(BusinessRules, ReadTextsAndWhatAReferenceNames) {
  tale t(1);
  auto& rule = *t.plan.add_rules();
  rule.set_name("shipped_empty");
  rule.set_collection("lines");
  auto& shipped = *rule.add_clauses();
  shipped.mutable_left()->set_through("order");
  shipped.mutable_left()->set_field("status");
  shipped.set_compare("=");
  shipped.mutable_right()->set_text("shipped");
  auto& less = *rule.add_clauses();
  less.mutable_left()->set_through("order");
  less.mutable_left()->set_field("total");
  less.set_compare("<");
  less.mutable_right()->set_field("price");
  const auto order = [&](const char* status) {
    return t.record(t.put(1, {create("orders", {set("status", status)})}));
  };
  const auto line = [&](record_index of, std::int64_t quantity) {
    t.put(1, {create("lines", {set("order", ref(of)), add("quantity", quantity), set("price", 10)})});
  };
  line(order("shipped"), 0);
  line(order("shipped"), 2);
  line(order("draft"), 0);
  t.rest();
  EXPECT_EQ(judge_tale(t).metrics.at("broken.shipped_empty"), 1U);
}

/// A line whose price is meant to be the order's total, read as 7 and written as `written`.
std::set<std::string> failed_when(std::int64_t written) {
  tale t(1);
  const auto order = t.record(t.put(1, {create("orders", {set("status", "draft")})}));
  t.put(1, {create("lines", {set("order", ref(order)), add("quantity", 1), set("price", written)})});
  auto& line = *t.plan.mutable_intentions(t.plan.intentions_size() - 1)->mutable_acts(0);
  for (auto& field : *line.mutable_fields())
    if (field.field() == "price")
      field.set_seen("order.total");
  t.insert_after(t.last(entry_kind::intention_invoked), {.kind = entry_kind::value_read,
                                                         .tag = value_tag::integer,
                                                         .actor = 1,
                                                         .record = order,
                                                         .collection = t.collection("orders"),
                                                         .field = t.field("orders", "total"),
                                                         .value = 7});
  t.rest();
  return judge_tale(t).failed();
}

TEST(Intention, WritesWhatWasReadWhereThatWasMeant) {
  EXPECT_FALSE(failed_when(7).contains("intention"));
  EXPECT_TRUE(failed_when(8).contains("intention"));
}

} // namespace
} // namespace squall::told
