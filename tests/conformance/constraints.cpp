#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

namespace {

/// Device 1 creates permit `p`: a draft about 50, nothing spent.
step a_permit() {
  return {1,
          0,
          {create("permits", "p", {set("status", txt("draft")), set("amount", num(50)), add("spent", 0)})},
          applied()};
}
step permits(int device, int saw, std::vector<write> writes, expected is) {
  return {device, saw, {update("permits", "p", std::move(writes))}, std::move(is)};
}
cell spent(std::int64_t n) { return cell_is("permits", "p", "spent", num(n)); }
cell status(std::string s) { return cell_is("permits", "p", "status", txt(std::move(s))); }

std::vector<row> limit_rows() {
  return {
      {"bound: as far as it goes",
       "10 is at most 10",
       {a_permit(), permits(2, 1, {add("spent", 10)}, applied())},
       {spent(10)}},
      {"bound: beyond the upper one",
       "the cell that it changed is outside",
       {a_permit(), permits(2, 1, {add("spent", 11)}, rejected("bound"))},
       {spent(0)}},
      {"bound: two adds at once, each alone within",
       "judged at commit, on the row as it would be left",
       {a_permit(), permits(2, 1, {add("spent", 6)}, applied()), permits(3, 1, {add("spent", 6)}, rejected("bound"))},
       {spent(6)}},
      {"bound: below the lower one",
       "-1 is not at least 0",
       {a_permit(), permits(2, 1, {add("spent", -1)}, rejected("bound"))},
       {spent(0)}},
      {"bound: beyond and back in one intent",
       "only what all operations together leave is checked",
       {a_permit(),
        {2, 1, {update("permits", "p", {add("spent", 11)}), update("permits", "p", {add("spent", -5)})}, applied()}},
       {spent(6)}},
      {"bound: an integer",
       "101 is not at most 100",
       {a_permit(), permits(2, 1, {set("amount", num(101))}, rejected("bound"))},
       {cell_is("permits", "p", "amount", num(50))}},
      {"bound: a create",
       "its cells are changed cells",
       {{1, 0, {create("permits", "p", {set("amount", num(-1))})}, rejected("bound")},
        {1, 0, {update("permits", "p", {set("amount", num(1))})}, rejected("dependency")}},
       {}},
      {"bound: one of two records is outside",
       "the whole intent is refused",
       {a_permit(),
        {1, 1, {create("permits", "q", {add("spent", 9)})}, applied()},
        {2,
         2,
         {update("permits", "p", {add("spent", 2)}), update("permits", "q", {add("spent", 2)})},
         rejected("bound")}},
       {spent(0)}},
      {"bound: after a guard that fails",
       "guards come first",
       {a_permit(),
        {2,
         1,
         {update("permits", "p", {add("spent", 11)})},
         rejected("guard"),
         {{"permits", "p", "amount", "equal", num(1)}}}},
       {spent(0)}},
      {"bound: after the policy",
       "a conflict is found before constraints are looked at",
       {a_permit(),
        {2, 1, {remove("permits", "p")}, applied()},
        permits(3, 1, {add("spent", 11)}, conflicted(2, "delete_update", 1))},
       {row_is("permits", "p", false)},
       {open_task("permits", "p", "", {3})}},
  };
}

std::vector<row> state_rows() {
  return {
      {"state: a listed follower",
       "a draft may be sent",
       {a_permit(), permits(2, 1, {set("status", txt("sent"))}, applied())},
       {status("sent")}},
      {"state: what does not follow",
       "a draft is not approved before it was sent",
       {a_permit(), permits(2, 1, {set("status", txt("approved"))}, rejected("state"))},
       {status("draft")}},
      {"state: back again",
       "draft is listed after sent",
       {a_permit(), permits(2, 1, {set("status", txt("sent"))}, applied()),
        permits(2, 2, {set("status", txt("draft"))}, applied())},
       {status("draft")}},
      {"state: an end",
       "nothing follows approved",
       {a_permit(), permits(2, 1, {set("status", txt("sent"))}, applied()),
        permits(2, 2, {set("status", txt("approved"))}, applied()),
        permits(2, 3, {set("status", txt("sent"))}, rejected("state"))},
       {status("approved")}},
      {"state: the same again",
       "equal is always allowed",
       {a_permit(), permits(2, 1, {set("status", txt("draft"))}, applied())},
       {status("draft")}},
      {"state: judged against the value at commit",
       "its author saw a draft; it has been approved since",
       {a_permit(), permits(2, 1, {set("status", txt("sent"))}, applied()),
        permits(2, 2, {set("status", txt("approved"))}, applied()),
        permits(3, 1, {set("status", txt("sent"))}, rejected("state"))},
       {status("approved")}},
      {"state: both send it at once",
       "the second finds it sent: equal",
       {a_permit(), permits(2, 1, {set("status", txt("sent"))}, applied()),
        permits(3, 1, {set("status", txt("sent"))}, applied())},
       {status("sent")}},
      {"state: a create",
       "any listed state",
       {{1, 0, {create("permits", "p", {set("status", txt("approved"))})}, applied()}},
       {status("approved")}},
      {"state: a create with one that is not listed",
       "refused",
       {{1, 0, {create("permits", "p", {set("status", txt("lost"))})}, rejected("state")}},
       {}},
      {"state: a first value",
       "a field without a value may take any listed state",
       {{1, 0, {create("permits", "p", {})}, applied()}, permits(2, 1, {set("status", txt("sent"))}, applied())},
       {status("sent")}},
      {"state: bounds come first",
       "both fail: the bound decides",
       {a_permit(), permits(2, 1, {set("status", txt("approved")), set("amount", num(101))}, rejected("bound"))},
       {status("draft")}},
  };
}

} // namespace

std::vector<row> bound_rows() { return joined({limit_rows(), state_rows()}); }

} // namespace squall::conformance
