// What the tests of violations share.
#pragma once

#include "tests/reports/invariants/judging.hpp"

#include <gtest/gtest.h>

namespace squall::told {

using names = std::set<std::string>;

inline bool at_server(const entry& e) { return e.actor == 0; }

// One order known to two devices, both at the head.
struct setting {
  tale t{2};
  intent_index made =
      t.put(1, {create("orders", {set("status", "draft"), set("title", "one")}),
                create("lines", {add("quantity", 5), set("price", 10)}), create("pages", {set("title", "p")})});
  record_index order = t.record(made, 0);
  record_index line = t.record(made, 1);
  record_index page = t.record(made, 2);
  setting() { t.pull(2); }
};

inline void expect_only(const tale& t, const std::string& invariant, const std::string& shape) {
  const auto o = judge_tale(t);
  EXPECT_EQ(o.failed(), names{invariant}) << explain(o);
  EXPECT_EQ(o.shape(invariant), shape) << explain(o);
}

} // namespace squall::told
