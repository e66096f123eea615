#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

namespace {

/// Device 1 creates sheet `s`, stamped 1.
step a_sheet() {
  return {1,
          0,
          {create("sheets", "s",
                  {set("clocked", txt("one")), set("decided", txt("one")), set("high", num(5)), set("low", num(5)),
                   set("plain", txt("one"))})},
          applied()};
}
step sets(int device, int saw, std::string field, value to, expected is) {
  return {device, saw, {update("sheets", "s", {set(std::move(field), std::move(to))})}, std::move(is)};
}
step clocked(int device, int saw, std::string to, expected is) {
  return sets(device, saw, "clocked", txt(std::move(to)), std::move(is));
}
step decided(int device, int saw, std::string to, expected is) {
  return sets(device, saw, "decided", txt(std::move(to)), std::move(is));
}

std::vector<row> stamp_rows() {
  return {
      {"lww_clock at once, the smaller stamp commits last",
       "the greater stamp stays",
       {a_sheet(), stamped(20, clocked(2, 1, "two", applied())),
        stamped(10, clocked(3, 1, "three", superseded(2, "later_stamp")))},
       {cell_is("sheets", "s", "clocked", txt("two"))}},
      {"lww_clock at once, the greater stamp commits last",
       "it takes effect",
       {a_sheet(), stamped(10, clocked(2, 1, "two", applied())), stamped(20, clocked(3, 1, "three", applied()))},
       {cell_is("sheets", "s", "clocked", txt("three"))}},
      {"lww_clock, having seen the greater stamp",
       "what is not concurrent takes effect; the field's rule is not asked",
       {a_sheet(), stamped(20, clocked(2, 1, "two", applied())), stamped(10, clocked(3, 2, "three", applied()))},
       {cell_is("sheets", "s", "clocked", txt("three"))}},
      {"lww_clock, the same value with a smaller stamp",
       "takes effect and changes nothing, not even the cell's stamp: 15 s is still earlier than 20 s",
       {a_sheet(), stamped(20, clocked(2, 1, "two", applied())), stamped(10, clocked(3, 1, "two", applied())),
        stamped(15, clocked(4, 1, "four", superseded(2, "later_stamp")))},
       {cell_is("sheets", "s", "clocked", txt("two"))}},
      {"lww_clock, the same value with a greater stamp",
       "becomes the visible write: 15 s is earlier than 20 s",
       {a_sheet(), stamped(10, clocked(2, 1, "two", applied())), stamped(20, clocked(3, 1, "two", applied())),
        stamped(15, clocked(4, 1, "four", superseded(3, "later_stamp")))},
       {cell_is("sheets", "s", "clocked", txt("two"))}},
      {"lww_clock fields are judged one by one",
       "merged: only the write with the smaller stamp is overridden",
       {a_sheet(), stamped(20, clocked(2, 1, "two", applied())),
        stamped(10, {3,
                     1,
                     {update("sheets", "s", {set("clocked", txt("three")), set("plain", txt("three"))})},
                     merged({{"s", "clocked", "later_stamp", 2}})})},
       {cell_is("sheets", "s", "clocked", txt("two")), cell_is("sheets", "s", "plain", txt("three"))}},
      {"lww_clock, equal stamps",
       "the smaller device's is earlier",
       {a_sheet(), stamped(10, clocked(3, 1, "three", applied())),
        stamped(10, clocked(2, 1, "two", superseded(2, "later_stamp")))},
       {cell_is("sheets", "s", "clocked", txt("three"))}},
      {"lww_clock, a stamp from the future",
       "5000 s at 1000 s counts as 1060 s",
       {a_sheet(), stamped(5000, clocked(2, 1, "two", applied())),
        server_at(1010, stamped(1061, clocked(3, 1, "three", applied())))},
       {cell_is("sheets", "s", "clocked", txt("three"))}},
  };
}

std::vector<row> role_rows() {
  return {
      {"the lower role commits last",
       "a director's value stays against a manager's",
       {a_sheet(), as("director", decided(2, 1, "two", applied())),
        as("manager", decided(3, 1, "three", superseded(2, "role")))},
       {cell_is("sheets", "s", "decided", txt("two"))}},
      {"the higher role commits last",
       "it takes effect",
       {a_sheet(), as("manager", decided(2, 1, "two", applied())), as("director", decided(3, 1, "three", applied()))},
       {cell_is("sheets", "s", "decided", txt("three"))}},
      {"the same role at once",
       "equal rank: the later commit",
       {a_sheet(), as("manager", decided(2, 1, "two", applied())), as("manager", decided(3, 1, "three", applied()))},
       {cell_is("sheets", "s", "decided", txt("three"))}},
      {"a role that is not listed against one that is",
       "it ranks below all",
       {a_sheet(), as("manager", decided(2, 1, "two", applied())),
        as("clerk", decided(3, 1, "three", superseded(2, "role")))},
       {cell_is("sheets", "s", "decided", txt("two"))}},
      {"a role that is not listed, and no role",
       "both rank below all, equal: the later commit",
       {a_sheet(), as("clerk", decided(2, 1, "two", applied())), decided(3, 1, "three", applied())},
       {cell_is("sheets", "s", "decided", txt("three"))}},
      {"no role, having seen a director's value",
       "an overwrite by who has seen the value is no conflict",
       {a_sheet(), as("director", decided(2, 1, "two", applied())), decided(3, 2, "three", applied())},
       {cell_is("sheets", "s", "decided", txt("three"))}},
      {"a lower role writes the same value",
       "an equal value is the visible write from then on, with its author's role",
       {a_sheet(), as("director", decided(2, 1, "two", applied())), as("clerk", decided(3, 1, "two", applied())),
        as("manager", decided(4, 1, "four", applied()))},
       {cell_is("sheets", "s", "decided", txt("four"))}},
  };
}

std::vector<row> extreme_rows() {
  return {
      {"max at once, the smaller commits last",
       "the greater stays",
       {a_sheet(), sets(2, 1, "high", num(9), applied()), sets(3, 1, "high", num(7), superseded(2, "extreme"))},
       {cell_is("sheets", "s", "high", num(9))}},
      {"max at once, the greater commits last",
       "it takes effect",
       {a_sheet(), sets(2, 1, "high", num(9), applied()), sets(3, 1, "high", num(11), applied())},
       {cell_is("sheets", "s", "high", num(11))}},
      {"max at once, negative integers",
       "-3 is greater than -5",
       {a_sheet(), sets(2, 1, "high", num(-3), applied()), sets(3, 1, "high", num(-5), superseded(2, "extreme"))},
       {cell_is("sheets", "s", "high", num(-3))}},
      {"max, having seen the greater",
       "what is not concurrent takes effect",
       {a_sheet(), sets(2, 1, "high", num(9), applied()), sets(3, 2, "high", num(7), applied())},
       {cell_is("sheets", "s", "high", num(7))}},
      {"max, the same value at once",
       "equal values never conflict",
       {a_sheet(), sets(2, 1, "high", num(9), applied()), sets(3, 1, "high", num(9), applied())},
       {cell_is("sheets", "s", "high", num(9))}},
      {"min at once, the greater commits last",
       "the smaller stays",
       {a_sheet(), sets(2, 1, "low", num(2), applied()), sets(3, 1, "low", num(4), superseded(2, "extreme"))},
       {cell_is("sheets", "s", "low", num(2))}},
      {"min at once, the smaller commits last",
       "it takes effect",
       {a_sheet(), sets(2, 1, "low", num(4), applied()), sets(3, 1, "low", num(-2), applied())},
       {cell_is("sheets", "s", "low", num(-2))}},
      {"rules side by side",
       "each write by its own field's rule; those that lost are listed in order",
       {a_sheet(),
        stamped(20, as("director", {2,
                                    1,
                                    {update("sheets", "s",
                                            {set("clocked", txt("two")), set("decided", txt("two")),
                                             set("high", num(9)), set("low", num(1)), set("plain", txt("two"))})},
                                    applied()})),
        stamped(10, {3,
                     1,
                     {update("sheets", "s",
                             {set("clocked", txt("three")), set("decided", txt("three")), set("high", num(8)),
                              set("low", num(2)), set("plain", txt("three"))})},
                     merged({{"s", "clocked", "later_stamp", 2},
                             {"s", "decided", "role", 2},
                             {"s", "high", "extreme", 2},
                             {"s", "low", "extreme", 2}})})},
       {cell_is("sheets", "s", "clocked", txt("two")), cell_is("sheets", "s", "decided", txt("two")),
        cell_is("sheets", "s", "high", num(9)), cell_is("sheets", "s", "low", num(1)),
        cell_is("sheets", "s", "plain", txt("three"))}},
  };
}

} // namespace

std::vector<row> cell_rule_rows() { return joined({stamp_rows(), role_rows(), extreme_rows()}); }

} // namespace squall::conformance
