#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

namespace {

step box(int device, int saw, std::string record, std::string name, std::string site, expected is) {
  return {device,
          saw,
          {create("boxes", std::move(record), {set("name", txt(std::move(name))), set("site", txt(std::move(site)))})},
          std::move(is)};
}

} // namespace

std::vector<row> unique_rows() {
  const auto key = [](std::vector<int> branches) { return open_task("boxes", "b", "key 0", std::move(branches)); };
  const auto taken = [](int winner) { return conflicted(winner, "unique", 1); };
  return {
      {"two creates with one key",
       "the first commit has it; the second is conflicted with the writer of the key's fields",
       {a_box(), box(2, 0, "c", "x", "y", taken(1))},
       {row_is("boxes", "b", true)},
       {key({2})}},
      {"two creates with one key, having seen the first",
       "seen or not does not matter",
       {a_box(), box(2, 1, "c", "x", "y", taken(1))},
       {},
       {key({2})}},
      {"a third create with the key",
       "a branch of the same task",
       {a_box(), box(2, 0, "c", "x", "y", taken(1)), box(3, 0, "d", "x", "y", taken(1))},
       {},
       {key({2, 3})}},
      {"half a key",
       "another site, another key",
       {a_box(), box(2, 0, "c", "x", "z", applied())},
       {row_is("boxes", "c", true)}},
      {"a key with a field without a value",
       "is free",
       {{1, 0, {create("boxes", "b", {set("name", txt("x"))})}, applied()},
        {2, 0, {create("boxes", "c", {set("name", txt("x"))})}, applied()}},
       {row_is("boxes", "c", true)}},
      {"the key of a deleted record",
       "only live records have keys",
       {a_box(), drops(1, 1, applied()), box(2, 0, "c", "x", "y", applied())},
       {row_is("boxes", "c", true)}},
      {"a restore of a record whose key was taken",
       "conflicted with who has it now",
       {a_box(),
        drops(1, 1, applied()),
        box(2, 0, "c", "x", "y", applied()),
        {3, 3, {restore("boxes", "b")}, taken(3)}},
       {row_is("boxes", "b", false)},
       {open_task("boxes", "c", "key 0", {4})}},
      {"an edit into another's key",
       "conflicted with the newest writer of the other's key fields",
       {a_box(),
        {1, 1, {update("boxes", "b", {set("site", txt("z"))})}, applied()},
        box(2, 2, "c", "x", "y", applied()),
        {2, 3, {update("boxes", "c", {set("site", txt("z"))})}, taken(2)}},
       {cell_is("boxes", "c", "site", txt("y"))},
       {key({4})}},
      {"one's own key again",
       "a key that did not change is not looked at, and is one's own",
       {a_box(), {2, 1, {update("boxes", "b", {set("name", txt("x"))})}, applied()}},
       {}},
      {"two records exchange their keys",
       "on the rows as they would be left, nobody has the key of another",
       {a_box(),
        box(1, 1, "c", "v", "w", applied()),
        {2,
         2,
         {update("boxes", "b", {set("name", txt("v")), set("site", txt("w"))}),
          update("boxes", "c", {set("name", txt("x")), set("site", txt("y"))})},
         applied()}},
       {cell_is("boxes", "b", "name", txt("v")), cell_is("boxes", "c", "name", txt("x"))}},
      {"a record gives its key up and another takes it, in one intent",
       "on the rows as they would be left",
       {a_box(),
        {2,
         1,
         {create("boxes", "c", {set("name", txt("x")), set("site", txt("y"))}), remove("boxes", "b")},
         applied()}},
       {row_is("boxes", "b", false), row_is("boxes", "c", true)}},
      {"an update of a record whose create lost its key",
       "dependency",
       {a_box(),
        box(2, 0, "c", "x", "y", taken(1)),
        {2, 0, {update("boxes", "c", {set("name", txt("z"))})}, rejected("dependency")}},
       {},
       {key({2})}},
      {"a conflict about a key is resolved",
       "by an operation on the record that has the key",
       {a_box(),
        box(2, 0, "c", "x", "y", taken(1)),
        {1, 1, {settles(1, {2}, update("boxes", "b", {set("name", txt("x"))}))}, applied()}},
       {},
       {closed_task("boxes", "b", "key 0")}},
      {"references come before keys",
       "both fail: a label of a box that is gone decides",
       {a_box(),
        box(1, 1, "c", "v", "w", applied()),
        {1, 2, {remove("boxes", "c")}, applied()},
        {2,
         2,
         {in_box("items", "i", "c"), create("boxes", "d", {set("name", txt("x")), set("site", txt("y"))})},
         rejected("reference")}},
       {}},
  };
}

std::vector<row> hash_rows() {
  // XXH3-64, by hand, of: the digest of the reference to device 1's second (third) intent's record; 2 and the digest of "x";
  // 1 and 5, and so on: see "lowering" in docs/semantics.md.
  constexpr std::int64_t x_5 = -8711292125056523614;
  constexpr std::int64_t x_nothing = -5737059781154698177;
  constexpr std::int64_t x_6 = -3994612562024701173;
  constexpr std::int64_t x_5_and_y_7 = 7339301569165044518;
  const step empty_box{1, 0, {create("boxes", "b", {set("name", txt("x"))})}, applied()};
  const auto label = [](int saw, std::string record, std::string text, std::int64_t weight) {
    return step{1,
                saw,
                {create("labels", std::move(record),
                        {set("box", ref("b")), set("text", txt(std::move(text))), set("weight", num(weight))})},
                applied()};
  };
  const auto contents = [](std::int64_t n) { return cell_is("boxes", "b", "contents", num(n)); };
  const auto sign = [](int saw, std::int64_t seen, expected is) {
    return step{2,
                saw,
                {update("boxes", "b", {set("site", txt("signed"))})},
                std::move(is),
                {{"boxes", "b", "contents", "equal", num(seen)}}};
  };
  return {
      {"hash: a record without children", "0", {empty_box}, {contents(0)}},
      {"hash: one child",
       "of its reference and the fields' kinds and numbers",
       {empty_box, label(1, "l", "x", 5)},
       {contents(x_5)}},
      {"hash: a field without a value",
       "kind 0, number 0",
       {empty_box, {1, 1, {create("labels", "l", {set("box", ref("b")), set("text", txt("x"))})}, applied()}},
       {contents(x_nothing)}},
      {"hash: two children",
       "the sum, so that their order does not matter",
       {empty_box, label(1, "l", "x", 5), label(2, "m", "y", 7)},
       {contents(x_5_and_y_7)}},
      {"hash: a deleted child",
       "only live rows count",
       {empty_box, label(1, "l", "x", 5), label(2, "m", "y", 7), {1, 3, {remove("labels", "m")}, applied()}},
       {contents(x_5)}},
      {"hash: a changed child",
       "another hash",
       {empty_box, label(1, "l", "x", 5), {1, 2, {update("labels", "l", {set("weight", num(6))})}, applied()}},
       {contents(x_6)}},
      {"hash: a guard that the contents are as seen",
       "they are",
       {empty_box, label(1, "l", "x", 5), sign(2, x_5, applied())},
       {cell_is("boxes", "b", "site", txt("signed"))}},
      {"hash: a guard that the contents are as seen, and they are not",
       "a label was changed at the same time",
       {empty_box,
        label(1, "l", "x", 5),
        {3, 2, {update("labels", "l", {set("weight", num(6))})}, applied()},
        sign(2, x_5, rejected("guard"))},
       {cell_is("boxes", "b", "site", value{})}},
  };
}

} // namespace squall::conformance
