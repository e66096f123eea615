// A refusal has no place in the order: it is right if it is right on some state between arrival and release, and on no other.
#include "tests/reports/invariants/judging.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::told {
namespace {

using names = std::set<std::string>;

struct setting {
  tale t{3};
  intent_index made = t.put(1, {create("lines", {add("quantity", 5), set("price", 10)})});
  record_index line = t.record(made);
  setting() {
    t.pull(2);
    t.pull(3);
  }
  intent_index take(std::uint32_t device, std::int64_t at_least) {
    return t.write(device, {update("lines", line, {add("quantity", -1)})},
                   {{"lines", line, "quantity", compare_code::at_least, num(at_least)}});
  }
  void refuse(intent_index intent) { t.refuse(intent, verdict_code::rejected, rule_code::guard); }
};

TEST(Refusal, MayBeRightOnlyBeforeALaterCommit) {
  setting s;
  const auto want = s.take(2, 6);
  s.t.send(2);
  s.refuse(want); // with 5 there
  const auto more = s.t.write(3, {update("lines", s.line, {add("quantity", 3)})});
  s.t.send(3);
  s.t.commit(more); // 8, before the answer leaves
  s.t.answer(2);
  EXPECT_EQ(judge_tale(s.t).failed(), names{}) << explain(judge_tale(s.t));
}

TEST(Refusal, MayBeRightOnlyForAMomentInBetween) {
  setting s;
  const auto want = s.take(2, 5);
  s.t.send(2);
  const auto less = s.t.write(3, {update("lines", s.line, {add("quantity", -1)})});
  const auto more = s.t.write(3, {update("lines", s.line, {add("quantity", 4)})});
  s.t.send(3);
  s.t.commit(less); // 4
  s.refuse(want);
  s.t.commit(more); // 8
  s.t.answer(2);
  EXPECT_EQ(judge_tale(s.t).failed(), names{}) << explain(judge_tale(s.t));
}

TEST(Refusal, IsWrongIfItWasRightOnlyBeforeItsIntentArrived) {
  setting s;
  const auto want = s.take(2, 6);
  const auto more = s.t.write(3, {update("lines", s.line, {add("quantity", 3)})});
  s.t.send(3);
  s.t.commit(more); // 8 when the wish arrives
  s.t.send(2);
  s.refuse(want);
  s.t.answer(2);
  EXPECT_EQ(judge_tale(s.t).failed(), names{"no_lost_write"});
}

TEST(Refusal, IsWrongIfItNeverWasRight) {
  setting s;
  const auto want = s.take(2, 5);
  s.t.send(2);
  s.refuse(want);
  s.t.answer(2);
  EXPECT_EQ(judge_tale(s.t).failed(), names{"no_lost_write"});
}

// Somebody takes and gives while a guarded wish is under way; it is refused at any moment: right iff the stock was too low at
// some moment from arrival to release.
RC_GTEST_PROP(Refusal, IsJudgedOnEveryStateWhileItWasUnderWay, ()) {
  const auto deltas = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-3, 4));
  const auto arrives = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(deltas.size()) + 1));
  const auto wanted = *rc::gen::inRange(1, 9);
  setting s;
  const auto want = s.take(2, wanted);
  std::int64_t stock = 5;
  bool low = false;
  for (std::size_t i = 0; i <= deltas.size(); ++i) {
    if (i == arrives)
      s.t.send(2);
    low |= i >= arrives && stock < wanted;
    if (i == deltas.size())
      break;
    const auto other = s.t.write(3, {update("lines", s.line, {add("quantity", deltas[i])})});
    s.t.send(3);
    s.t.commit(other);
    s.t.answer(3);
    stock += deltas[i];
  }
  s.refuse(want);
  s.t.answer(2);
  RC_ASSERT(judge_tale(s.t).failed() == (low ? names{} : names{"no_lost_write"}));
}

} // namespace
} // namespace squall::told
