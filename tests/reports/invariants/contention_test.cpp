// An intent is contended if it and another changed one record, neither author having seen the other's change.
#include "tests/reports/invariants/judging.hpp"

#include <gtest/gtest.h>

namespace squall::told {
namespace {

std::uint64_t contended(const tale& t) { return judge_tale(t).metrics.at("contended_intents"); }

TEST(Contention, CountsBothSidesEvenOfDifferentFields) {
  tale t(2);
  const auto order = t.record(t.put(1, {create("orders", {set("status", "draft")})}));
  t.pull(2);
  const auto first = t.write(1, {update("orders", order, {set("status", "approved")})});
  const auto second = t.write(2, {update("orders", order, {set("title", "urgent")})});
  t.send(1), t.commit(first), t.answer(1);
  t.send(2), t.commit(second), t.answer(2);
  t.pull(1), t.pull(2);
  t.rest();
  EXPECT_EQ(contended(t), 2U);
}

TEST(Contention, DoesNotCountWhoHadSeenTheOther) {
  tale t(2);
  const auto order = t.record(t.put(1, {create("orders", {set("status", "draft")})}));
  t.pull(2);
  t.put(1, {update("orders", order, {set("status", "approved")})});
  t.pull(2);
  t.put(2, {update("orders", order, {set("title", "urgent")})});
  t.put(2, {update("orders", order, {set("title", "very urgent")})});
  t.pull(1);
  t.rest();
  EXPECT_EQ(contended(t), 0U);
}

TEST(Contention, CountsOneThatWasRefused) {
  tale t(2);
  const auto order = t.record(t.put(1, {create("orders", {set("status", "draft")})}));
  t.pull(2);
  const auto first = t.write(1, {remove("orders", order)});
  const auto second = t.write(2, {update("orders", order, {set("title", "urgent")})});
  t.send(1), t.commit(first), t.answer(1);
  t.send(2), t.refuse(second, verdict_code::conflicted, rule_code::delete_update, first), t.answer(2);
  t.pull(1), t.pull(2);
  t.rest();
  EXPECT_EQ(contended(t), 2U);
}

} // namespace
} // namespace squall::told
