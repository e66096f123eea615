// What the tests of policies, tasks and constraints share.
#pragma once

#include "tests/reports/invariants/setting.hpp"

namespace squall::told {

// A note, a brief, a count and a box with an item in it; two devices, both at the head.
struct firm {
  tale t{2, enterprise_of_tales()};
  intent_index made = t.put(1, {create("notes", {set("title", "one")}), create("briefs", {set("title", "one")}),
                                create("counts", {add("count", 5), insert("tags", "x")}),
                                create("boxes", {set("name", "red"), add("amount", 1), set("status", "draft")})});
  record_index note = t.record(made, 0);
  record_index brief = t.record(made, 1);
  record_index count = t.record(made, 2);
  record_index box = t.record(made, 3);
  intent_index filled = t.put(1, {create("items", {set("box", ref(box))})});
  record_index item = t.record(filled);
  firm() { t.pull(2); }

  void settle(std::uint32_t device) {
    t.send(device);
    t.answer(device);
  }
  void end() {
    t.pull(1);
    t.pull(2);
    t.rest();
  }

  /// 1 titles the brief; 2, who has not seen it, sizes it: a branch of a task about the brief.
  intent_index titled = 0;
  intent_index sized = 0;
  void disagree() {
    titled = t.write(1, {update("briefs", brief, {set("title", "two")})});
    sized = t.write(2, {update("briefs", brief, {set("size", 3)})});
    t.send(1);
    t.commit(titled);
    t.answer(1);
    t.send(2);
    t.conflict(sized, rule_code::manual, titled, brief);
    t.answer(2);
  }
};

inline void expect_fails(const tale& t, const std::string& invariant, const std::string& shape) {
  const auto o = judge_tale(t);
  EXPECT_TRUE(o.failed().contains(invariant)) << explain(o);
  EXPECT_EQ(o.shape(invariant), shape) << explain(o);
}

inline void expect_none(const tale& t) {
  const auto o = judge_tale(t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
}

} // namespace squall::told
