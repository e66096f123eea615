#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

namespace {

/// Device 1 creates note `n`, stamped 1.
step a_note() {
  return {
      1, 0, {create("notes", "n", {set("title", txt("one")), set("count", num(3)), set("pinned", num(0))})}, applied()};
}
step another_note() { return {1, 1, {create("notes", "m", {set("title", txt("m"))})}, applied()}; }
step titled(int device, int saw, std::string title, expected is) {
  return {device, saw, {update("notes", "n", {set("title", txt(std::move(title)))})}, std::move(is)};
}
step removes(int device, int saw, expected is) { return {device, saw, {remove("notes", "n")}, std::move(is)}; }
step restores(int device, int saw, expected is) { return {device, saw, {restore("notes", "n")}, std::move(is)}; }
step logical(std::uint32_t part, step s) {
  s.logical = part;
  return s;
}

std::vector<row> register_rows() {
  return {
      {"the greater stamp commits last",
       "it takes effect",
       {a_note(), stamped(10, titled(2, 1, "two", applied())), stamped(20, titled(3, 1, "three", applied()))},
       {cell_is("notes", "n", "title", txt("three"))}},
      {"the smaller stamp commits last",
       "the record's stamp is greater: superseded by the intent that holds it",
       {a_note(), stamped(20, titled(2, 1, "two", applied())),
        stamped(10, titled(3, 1, "three", superseded(2, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("two"))}},
      {"equal stamps, the smaller device commits last",
       "stamps order by the intent's device after their parts",
       {a_note(), stamped(10, titled(3, 1, "three", applied())),
        stamped(10, titled(2, 1, "two", superseded(2, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("three"))}},
      {"equal stamps, the greater device commits last",
       "stamps order by the intent's device after their parts",
       {a_note(), stamped(10, titled(2, 1, "two", applied())), stamped(10, titled(3, 1, "three", applied()))},
       {cell_is("notes", "n", "title", txt("three"))}},
      {"the logical part decides between equal wall parts",
       "before the device is asked",
       {a_note(), stamped(10, logical(1, titled(2, 1, "two", applied()))),
        stamped(10, titled(3, 1, "three", superseded(2, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("two"))}},
      {"different fields, the smaller stamp commits last",
       "the record is one register: all of it is superseded",
       {a_note(), stamped(20, titled(2, 1, "two", applied())),
        stamped(10, {3, 1, {update("notes", "n", {set("pinned", num(1))})}, superseded(2, "later_stamp")})},
       {cell_is("notes", "n", "title", txt("two")), cell_is("notes", "n", "pinned", num(0))}},
      {"the same value with a smaller stamp",
       "a register of stamps does not look at values",
       {a_note(), stamped(20, titled(2, 1, "two", applied())),
        stamped(10, titled(3, 1, "two", superseded(2, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("two"))}},
      {"two operations of one intent on one record",
       "operations of one intent do not compete",
       {a_note(),
        stamped(10, {2,
                     1,
                     {update("notes", "n", {set("title", txt("two"))}), update("notes", "n", {set("pinned", num(1))})},
                     applied()})},
       {cell_is("notes", "n", "title", txt("two")), cell_is("notes", "n", "pinned", num(1))}},
      {"one of two notes has a greater stamp",
       "merged, with each write of the update that was superseded",
       {a_note(), another_note(), stamped(20, titled(2, 2, "two", applied())),
        stamped(10, {3,
                     2,
                     {update("notes", "n", {set("title", txt("x")), set("pinned", num(1))}),
                      update("notes", "m", {set("title", txt("y"))})},
                     merged({{"n", "title", "later_stamp", 3}, {"n", "pinned", "later_stamp", 3}})})},
       {cell_is("notes", "n", "title", txt("two")), cell_is("notes", "m", "title", txt("y"))}},
      {"a delete that is superseded beside an update that is not",
       "a remove is listed without a field",
       {a_note(), another_note(), stamped(20, titled(2, 2, "two", applied())),
        stamped(10, {3,
                     2,
                     {remove("notes", "n"), update("notes", "m", {set("title", txt("y"))})},
                     merged({{"n", "", "later_stamp", 3}})})},
       {row_is("notes", "n", true), cell_is("notes", "m", "title", txt("y"))}},
      {"an add to a counter of a lww_clock collection",
       "there it only knows set",
       {a_note(), {2, 1, {update("notes", "n", {add("count", 1)})}, rejected("malformed")}},
       {cell_is("notes", "n", "count", num(3))}},
      {"an insert with a smaller stamp",
       "the update is superseded as a whole, its sets too",
       {a_note(), stamped(20, titled(2, 1, "two", applied())),
        stamped(10, {3, 1, {update("notes", "n", {insert("tags", "x")})}, superseded(2, "later_stamp")})},
       {set_is("notes", "n", "tags", {})}},
      {"an insert with a greater stamp",
       "takes effect",
       {a_note(), stamped(20, titled(2, 1, "two", applied())),
        stamped(30, {3, 1, {update("notes", "n", {insert("tags", "x")})}, applied()})},
       {set_is("notes", "n", "tags", {"x"})}},
  };
}

std::vector<row> tombstone_rows() {
  return {
      {"a delete with a smaller stamp than an unseen update",
       "superseded by the intent that holds the stamp",
       {a_note(), stamped(20, titled(2, 1, "two", applied())),
        stamped(10, removes(3, 1, superseded(2, "later_stamp")))},
       {row_is("notes", "n", true)}},
      {"a delete with a greater stamp than an unseen update",
       "takes effect",
       {a_note(), stamped(20, titled(2, 1, "two", applied())), stamped(30, removes(3, 1, applied()))},
       {row_is("notes", "n", false)}},
      {"an unseen delete with a greater stamp than the update",
       "tombstones carry stamps",
       {a_note(), stamped(20, removes(2, 1, applied())),
        stamped(10, titled(3, 1, "three", superseded(2, "later_stamp")))},
       {row_is("notes", "n", false)}},
      {"an unseen delete with a smaller stamp than the update",
       "the update revives the record",
       {a_note(), stamped(10, removes(2, 1, applied())), stamped(20, titled(3, 1, "three", applied()))},
       {row_is("notes", "n", true), cell_is("notes", "n", "title", txt("three")),
        cell_is("notes", "n", "count", num(3))}},
      {"an update that had seen the delete",
       "gone, whatever its stamp",
       {a_note(), stamped(10, removes(2, 1, applied())), stamped(20, titled(3, 2, "three", rejected("gone")))},
       {row_is("notes", "n", false)}},
      {"two deletes at once, the greater stamp last",
       "it changes nothing but the record's stamp",
       {a_note(), stamped(10, removes(2, 1, applied())), stamped(30, removes(3, 1, applied())),
        stamped(20, titled(4, 1, "four", superseded(3, "later_stamp")))},
       {row_is("notes", "n", false)}},
      {"two deletes at once, the smaller stamp last",
       "an operation takes effect iff its stamp is greater",
       {a_note(), stamped(30, removes(2, 1, applied())), stamped(10, removes(3, 1, superseded(2, "later_stamp")))},
       {row_is("notes", "n", false)}},
      {"restore by who has seen the delete",
       "a later stamp: live again, with the values that it had",
       {a_note(), stamped(10, removes(2, 1, applied())), stamped(11, restores(3, 2, applied()))},
       {row_is("notes", "n", true), cell_is("notes", "n", "title", txt("one"))}},
      {"restore with a smaller stamp than the delete's",
       "superseded by the delete",
       {a_note(), stamped(30, removes(2, 1, applied())), stamped(20, restores(3, 1, superseded(2, "later_stamp")))},
       {row_is("notes", "n", false)}},
      {"restore of a live record",
       "takes effect and changes nothing but the record's stamp",
       {a_note(), stamped(30, restores(2, 1, applied())),
        stamped(20, titled(3, 1, "three", superseded(2, "later_stamp")))},
       {row_is("notes", "n", true), cell_is("notes", "n", "title", txt("one"))}},
      {"a revival is the presence's newest write",
       "who saw the delete but not the revival meets a live record",
       {a_note(), stamped(10, removes(2, 1, applied())), stamped(20, titled(3, 1, "three", applied())),
        stamped(30, titled(4, 2, "four", applied()))},
       {row_is("notes", "n", true), cell_is("notes", "n", "title", txt("four"))}},
  };
}

std::vector<row> counted_rows() {
  return {
      {"a stamp from the future",
       "5000 s, at 1000 s, with a bound of 60 s, counts as 1060 s: 1061 s is later",
       {a_note(), stamped(5000, titled(2, 1, "two", applied())),
        server_at(1010, stamped(1061, titled(3, 1, "three", applied())))},
       {cell_is("notes", "n", "title", txt("three"))}},
      {"a stamp as far ahead as the bound",
       "counts as it is",
       {a_note(), stamped(1060, titled(2, 1, "two", applied())),
        stamped(1059, titled(3, 1, "three", superseded(2, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("two"))}},
      {"two stamps from the future, of one incarnation",
       "(1060 s, 0) and (1060 s, 1): strictly increasing, so (1060 s, 0) of a greater device is earlier",
       {a_note(), stamped(5000, titled(2, 1, "two", applied())), stamped(5001, titled(2, 1, "two again", applied())),
        stamped(1060, titled(3, 1, "three", superseded(3, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("two again"))}},
      {"the server's clock is set back",
       "its time never runs back: 1500 s is not ahead of 2000 s, and later than 1400 s",
       {a_note(), server_at(2000, {4, 1, {create("notes", "m", {})}, applied()}),
        stamped(1500, titled(2, 1, "two", applied())),
        stamped(1400, titled(3, 1, "three", superseded(3, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("two"))}},
      {"a stamp that is not later than the incarnation's one before",
       "40 s after 50 s counts as (50 s, 1), which is later than (50 s, 0) of a greater device",
       {a_note(), stamped(50, titled(2, 1, "two", applied())), stamped(40, titled(2, 1, "two again", applied())),
        stamped(50, titled(3, 1, "three", superseded(3, "later_stamp")))},
       {cell_is("notes", "n", "title", txt("two again"))}},
  };
}

} // namespace

std::vector<row> clock_rows() { return joined({register_rows(), tombstone_rows(), counted_rows()}); }

} // namespace squall::conformance
