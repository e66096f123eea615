#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

namespace {

step a_tagged_sheet() { return {1, 0, {create("sheets", "s", {set("plain", txt("one"))})}, applied()}; }
step changes(int device, int saw, std::vector<write> writes, expected is) {
  return {device, saw, {update("sheets", "s", std::move(writes))}, std::move(is)};
}
cell tags(std::vector<std::string> members) { return set_is("sheets", "s", "tags", std::move(members)); }
cell blocks(std::vector<std::string> members) { return set_is("sheets", "s", "blocks", std::move(members)); }

std::vector<row> add_wins_rows() {
  return {
      {"an insert",
       "it leaves a mark",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied())},
       {tags({"x"})}},
      {"a create with members",
       "its inserts are inserts",
       {{1, 0, {create("sheets", "s", {insert("tags", "b"), insert("tags", "a")})}, applied()}},
       {tags({"a", "b"})}},
      {"different texts at once",
       "each its own mark",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 1, {insert("tags", "y")}, applied())},
       {tags({"x", "y"})}},
      {"an erase by who has seen the insert",
       "its mark is taken away",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 2, {erase("tags", "x")}, applied())},
       {tags({})}},
      {"add wins: an erase that has not seen the insert",
       "the mark stays; the erase commits and is listed",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 1, {erase("tags", "x")}, merged({{"s", "tags", "add_wins", 2}}))},
       {tags({"x"})}},
      {"add wins: an erase that has seen one of two inserts",
       "the other's mark stays",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 1, {insert("tags", "x")}, applied()),
        changes(4, 2, {erase("tags", "x")}, merged({{"s", "tags", "add_wins", 3}}))},
       {tags({"x"})}},
      {"an erase that has seen both inserts",
       "both marks are taken away",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 1, {insert("tags", "x")}, applied()), changes(4, 3, {erase("tags", "x")}, applied())},
       {tags({})}},
      {"add wins: an erase that has seen neither of two inserts",
       "listed with the newest insert that stays",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 1, {insert("tags", "x")}, applied()),
        changes(4, 1, {erase("tags", "x")}, merged({{"s", "tags", "add_wins", 3}}))},
       {tags({"x"})}},
      {"add wins: an insert after an erase that it has not seen",
       "an erase leaves no mark there",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 2, {erase("tags", "x")}, applied()), changes(4, 1, {insert("tags", "x")}, applied())},
       {tags({"x"})}},
      {"an erase of what is no member",
       "takes effect and changes nothing",
       {a_tagged_sheet(), changes(2, 1, {erase("tags", "x")}, applied())},
       {tags({})}},
      {"an erase of one's own insert",
       "an own mark counts as seen without any cursor",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(2, 1, {erase("tags", "x")}, applied())},
       {tags({})}},
      {"an insert and an erase in two operations of one intent",
       "an intent's own marks are seen by its later operations",
       {a_tagged_sheet(),
        {2, 1, {update("sheets", "s", {insert("tags", "x")}), update("sheets", "s", {erase("tags", "x")})}, applied()}},
       {tags({})}},
      {"an erase that is listed beside a write that took effect",
       "merged; the listed erase counts as having taken effect",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x")}, applied()),
        changes(3, 1, {erase("tags", "x"), set("plain", txt("three"))}, merged({{"s", "tags", "add_wins", 2}}))},
       {tags({"x"}), cell_is("sheets", "s", "plain", txt("three"))}},
  };
}

std::vector<row> remove_wins_rows() {
  return {
      {"remove wins: an insert alone",
       "an insert's mark and no erase's",
       {a_tagged_sheet(), changes(2, 1, {insert("blocks", "x")}, applied())},
       {blocks({"x"})}},
      {"remove wins: an erase that has not seen the insert",
       "its own mark is in the way",
       {a_tagged_sheet(), changes(2, 1, {insert("blocks", "x")}, applied()),
        changes(3, 1, {erase("blocks", "x")}, applied())},
       {blocks({})}},
      {"remove wins: an insert that has not seen the erase",
       "the text stays outside; the insert commits and is listed",
       {a_tagged_sheet(), changes(2, 1, {erase("blocks", "x")}, applied()),
        changes(3, 1, {insert("blocks", "x")}, merged({{"s", "blocks", "remove_wins", 2}}))},
       {blocks({})}},
      {"remove wins: an insert that has seen the erase",
       "it takes the erase's mark away",
       {a_tagged_sheet(), changes(2, 1, {insert("blocks", "x")}, applied()),
        changes(3, 2, {erase("blocks", "x")}, applied()), changes(4, 3, {insert("blocks", "x")}, applied())},
       {blocks({"x"})}},
      {"remove wins: an insert that has seen one of two erases",
       "listed with the newest erase that is in the way",
       {a_tagged_sheet(), changes(2, 1, {insert("blocks", "x")}, applied()),
        changes(3, 2, {erase("blocks", "x")}, applied()), changes(4, 2, {erase("blocks", "x")}, applied()),
        changes(5, 3, {insert("blocks", "x")}, merged({{"s", "blocks", "remove_wins", 4}}))},
       {blocks({})}},
      {"remove wins: an insert that was listed stays",
       "its mark is there when the erase's is taken away by another insert",
       {a_tagged_sheet(), changes(2, 1, {erase("blocks", "x")}, applied()),
        changes(3, 1, {insert("blocks", "x")}, merged({{"s", "blocks", "remove_wins", 2}})),
        changes(4, 2, {insert("blocks", "x")}, applied()), changes(5, 4, {erase("blocks", "y")}, applied())},
       {blocks({"x"})}},
  };
}

std::vector<row> set_refusals() {
  return {
      {"a set of a set",
       "a set only knows insert and erase",
       {a_tagged_sheet(), changes(2, 1, {set("tags", txt("x"))}, rejected("malformed"))},
       {tags({})}},
      {"an insert into a register",
       "only sets have members",
       {a_tagged_sheet(), changes(2, 1, {insert("plain", "x")}, rejected("malformed"))},
       {cell_is("sheets", "s", "plain", txt("one"))}},
      {"an insert of an integer",
       "a member is a text",
       {a_tagged_sheet(),
        changes(2, 1, {write{"tags", false, num(1), write::membership::insert}}, rejected("malformed"))},
       {tags({})}},
      {"one text twice in one operation",
       "one operation writes a set's field once for each member",
       {a_tagged_sheet(), changes(2, 1, {insert("tags", "x"), erase("tags", "x")}, rejected("malformed"))},
       {tags({})}},
      {"one field twice in one operation",
       "one operation writes a field once",
       {a_tagged_sheet(), changes(2, 1, {set("plain", txt("a")), set("plain", txt("b"))}, rejected("malformed"))},
       {cell_is("sheets", "s", "plain", txt("one"))}},
      {"a guard on a set",
       "sets may not be guarded",
       {a_tagged_sheet(),
        {2,
         1,
         {update("sheets", "s", {set("plain", txt("two"))})},
         rejected("malformed"),
         {{"sheets", "s", "tags", "not_equal", txt("x")}}}},
       {cell_is("sheets", "s", "plain", txt("one"))}},
      {"a delete that meets an unseen insert",
       "a set's visible write is the last insert or erase: field_merge asks a person",
       {a_tagged_sheet(),
        changes(2, 1, {insert("tags", "x")}, applied()),
        {3, 1, {remove("sheets", "s")}, conflicted(2, "delete_update", 1)}},
       {row_is("sheets", "s", true), tags({"x"})},
       {open_task("sheets", "s", "", {3})}},
  };
}

// -- crdt -------------------------------------------------------------------------------------------------------------------

/// Device 1 creates stock `s` with a count of 5 and the label "one", stamped 1.
step a_stock() { return {1, 0, {create("stock", "s", {add("count", 5), set("label", txt("one"))})}, applied()}; }
step a_bin() { return {1, 0, {create("bins", "b", {add("count", 5), set("label", txt("one"))})}, applied()}; }
step adds(int device, int saw, std::string collection, std::string record, std::int64_t n, expected is) {
  return {device, saw, {update(std::move(collection), std::move(record), {add("count", n)})}, std::move(is)};
}

std::vector<row> stock_rows() {
  return {
      {"adds at once",
       "a counter always sums",
       {a_stock(), adds(2, 1, "stock", "s", 2, applied()), adds(3, 1, "stock", "s", -1, applied())},
       {cell_is("stock", "s", "count", num(6))}},
      {"add wins: a delete that meets an unseen add",
       "superseded by the newest such write",
       {a_stock(),
        adds(2, 1, "stock", "s", 2, applied()),
        {3, 1, {remove("stock", "s")}, superseded(2, "delete_update")}},
       {row_is("stock", "s", true), cell_is("stock", "s", "count", num(7))}},
      {"add wins: a delete that meets an unseen insert",
       "superseded by it",
       {a_stock(),
        {2, 1, {update("stock", "s", {insert("tags", "x")})}, applied()},
        {3, 1, {remove("stock", "s")}, superseded(2, "delete_update")}},
       {row_is("stock", "s", true)}},
      {"add wins: a delete by who has seen all",
       "takes effect",
       {a_stock(), adds(2, 1, "stock", "s", 2, applied()), {3, 2, {remove("stock", "s")}, applied()}},
       {row_is("stock", "s", false)}},
      {"add wins: an update that meets an unseen delete",
       "revives the record, with the values that it had",
       {a_stock(), {2, 1, {remove("stock", "s")}, applied()}, adds(3, 1, "stock", "s", 1, applied())},
       {row_is("stock", "s", true), cell_is("stock", "s", "count", num(6)),
        cell_is("stock", "s", "label", txt("one"))}},
      {"add wins: an update that had seen the delete",
       "gone",
       {a_stock(), {2, 1, {remove("stock", "s")}, applied()}, adds(3, 2, "stock", "s", 1, rejected("gone"))},
       {row_is("stock", "s", false)}},
      {"add wins: a revival whose one write loses",
       "the record is revived, its cells are judged as those of a live one",
       {a_stock(), stamped(30, {2, 1, {update("stock", "s", {set("label", txt("two"))})}, applied()}),
        stamped(31, {3, 2, {remove("stock", "s")}, applied()}),
        stamped(
            20,
            {4, 1, {update("stock", "s", {set("label", txt("four"))})}, merged({{"s", "label", "later_stamp", 2}})})},
       {row_is("stock", "s", true), cell_is("stock", "s", "label", txt("two"))}},
      {"add wins: a delete that is superseded beside another operation",
       "a remove is listed without a field",
       {a_stock(),
        {1, 1, {create("stock", "t", {})}, applied()},
        adds(2, 2, "stock", "s", 2, applied()),
        {3,
         2,
         {remove("stock", "s"), update("stock", "t", {add("count", 1)})},
         merged({{"s", "", "delete_update", 3}})}},
       {row_is("stock", "s", true), cell_is("stock", "t", "count", num(1))}},
      {"add wins: restore",
       "with the values that it had",
       {a_stock(), {2, 1, {remove("stock", "s")}, applied()}, {3, 2, {restore("stock", "s")}, applied()}},
       {row_is("stock", "s", true), cell_is("stock", "s", "count", num(5))}},
      {"crdt: each field by its rule",
       "the label by stamps, the maximum by value, sets by marks",
       {a_stock(),
        stamped(20, {2,
                     1,
                     {update("stock", "s", {insert("tags", "x"), set("label", txt("two")), set("high", num(4))})},
                     applied()}),
        stamped(10, {3,
                     1,
                     {update("stock", "s", {erase("tags", "x"), set("label", txt("three")), set("high", num(9))})},
                     merged({{"s", "tags", "add_wins", 2}, {"s", "label", "later_stamp", 2}})})},
       {set_is("stock", "s", "tags", {"x"}), cell_is("stock", "s", "label", txt("two")),
        cell_is("stock", "s", "high", num(9))}},
  };
}

std::vector<row> bin_rows() {
  return {
      {"remove wins: a delete that meets an unseen add",
       "takes effect",
       {a_bin(), adds(2, 1, "bins", "b", 2, applied()), {3, 1, {remove("bins", "b")}, applied()}},
       {row_is("bins", "b", false)}},
      {"remove wins: an update that meets an unseen delete",
       "superseded by the deleting intent; the add does not count",
       {a_bin(),
        {2, 1, {remove("bins", "b")}, applied()},
        adds(3, 1, "bins", "b", 1, superseded(2, "delete_update")),
        {4, 2, {restore("bins", "b")}, applied()}},
       {row_is("bins", "b", true), cell_is("bins", "b", "count", num(5))}},
      {"remove wins: an update that had seen the delete",
       "gone",
       {a_bin(), {2, 1, {remove("bins", "b")}, applied()}, adds(3, 2, "bins", "b", 1, rejected("gone"))},
       {row_is("bins", "b", false)}},
      {"remove wins: half of an intent meets an unseen delete",
       "merged, with each write to the deleted record",
       {a_bin(),
        a_stock(),
        {2, 2, {remove("bins", "b")}, applied()},
        {3,
         2,
         {update("bins", "b", {add("count", 1), set("label", txt("x"))}), update("stock", "s", {add("count", 1)})},
         merged({{"b", "count", "delete_update", 3}, {"b", "label", "delete_update", 3}})}},
       {row_is("bins", "b", false), cell_is("stock", "s", "count", num(6))}},
  };
}

} // namespace

std::vector<row> set_rows() { return joined({add_wins_rows(), remove_wins_rows(), set_refusals()}); }

std::vector<row> crdt_rows() { return joined({stock_rows(), bin_rows()}); }

} // namespace squall::conformance
