#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

namespace {

std::vector<row> removal_rows() {
  return {
      {"restrict: a record that is referred to",
       "rejected",
       {a_box(), puts(1, 1, "items", "i"), drops(2, 2, rejected("reference"))},
       {row_is("boxes", "b", true)}},
      {"restrict: the referrer came unseen",
       "judged at commit",
       {a_box(), puts(3, 1, "items", "i"), drops(2, 1, rejected("reference"))},
       {row_is("boxes", "b", true)}},
      {"restrict: the referrer was removed before",
       "a deleted row refers to nothing",
       {a_box(), puts(1, 1, "items", "i"), {2, 2, {remove("items", "i")}, applied()}, drops(2, 3, applied())},
       {row_is("boxes", "b", false)}},
      {"restrict: the same intent removes the referrer",
       "it is none, whatever the order of the operations",
       {a_box(), puts(1, 1, "items", "i"), {2, 2, {remove("boxes", "b"), remove("items", "i")}, applied()}},
       {row_is("boxes", "b", false), row_is("items", "i", false)}},
      {"restrict: the same intent lets the referrer point elsewhere",
       "it is none",
       {a_box(),
        puts(1, 1, "items", "i"),
        {1, 2, {create("boxes", "c", {set("name", txt("c"))})}, applied()},
        {2, 3, {remove("boxes", "b"), update("items", "i", {set("box", ref("c"))})}, applied()}},
       {row_is("boxes", "b", false), cell_is("items", "i", "box", ref("c"))}},
      {"cascade",
       "live referrers are removed with it, and theirs",
       {a_box(),
        puts(1, 1, "labels", "l"),
        {1, 2, {create("stickers", "k", {set("label", ref("l"))})}, applied()},
        drops(2, 3, applied())},
       {row_is("boxes", "b", false), row_is("labels", "l", false), row_is("stickers", "k", false)}},
      {"cascade over an unseen edit",
       "what goes with a record is not judged by itself",
       {a_box(),
        puts(1, 1, "labels", "l"),
        {3, 2, {update("labels", "l", {set("text", txt("new"))})}, applied()},
        drops(2, 2, applied())},
       {row_is("labels", "l", false), cell_is("labels", "l", "text", txt("new"))}},
      {"cascade, then an update of what went along",
       "conflicted with the deleting intent",
       {a_box(),
        puts(1, 1, "labels", "l"),
        drops(2, 2, applied()),
        {3, 2, {update("labels", "l", {set("text", txt("new"))})}, conflicted(3, "delete_update", 1)}},
       {row_is("labels", "l", false)},
       {open_task("labels", "l", "", {4})}},
      {"cascade, then restore",
       "the record alone is back",
       {a_box(), puts(1, 1, "labels", "l"), drops(2, 2, applied()), {2, 3, {restore("boxes", "b")}, applied()}},
       {row_is("boxes", "b", true), row_is("labels", "l", false)}},
      {"cascade and restrict",
       "one referrer that restricts is enough; nothing is removed",
       {a_box(), puts(1, 1, "labels", "l"), puts(1, 2, "items", "i"), drops(2, 3, rejected("reference"))},
       {row_is("boxes", "b", true), row_is("labels", "l", true)}},
      {"task: a record that is referred to",
       "conflicted with the first referrer's presence writer; the subject is what was to be removed",
       {a_box(), puts(1, 1, "notices", "m"), puts(3, 1, "notices", "n"), drops(2, 3, conflicted(2, "reference", 1))},
       {row_is("boxes", "b", true)},
       {open_task("boxes", "b", "", {4})}},
      {"no rule for deletes",
       "a reference without one is not checked",
       {a_box(), puts(1, 1, "links", "o"), drops(2, 2, applied())},
       {row_is("boxes", "b", false), row_is("links", "o", true)}},
  };
}

std::vector<row> referring_rows() {
  return {
      {"restrict: a new referrer of a record that is deleted",
       "rejected",
       {a_box(), drops(2, 1, applied()), puts(3, 1, "items", "i", rejected("reference"))},
       {}},
      {"cascade: a new referrer of a record that is deleted",
       "superseded by the deleting intent",
       {a_box(), drops(2, 1, applied()), puts(3, 1, "labels", "l", superseded(2, "reference"))},
       {}},
      {"task: a new referrer of a record that is deleted",
       "conflicted with the deleting intent; the subject is the deleted record",
       {a_box(), drops(2, 1, applied()), puts(3, 1, "notices", "n", conflicted(2, "reference", 1))},
       {row_is("boxes", "b", false)},
       {open_task("boxes", "b", "", {3})}},
      {"no rule: a new referrer of a record that is deleted",
       "not checked",
       {a_box(), drops(2, 1, applied()), puts(3, 1, "links", "o", applied())},
       {row_is("links", "o", true)}},
      {"a new referrer of a record that nobody knows",
       "as for an operation on it: gone",
       {{1, 0, {in_box("items", "i", "nowhere")}, rejected("gone")}},
       {}},
      {"a new referrer of a record whose create was refused",
       "as for an operation on it: dependency",
       {a_box(),
        {2, 0, {create("boxes", "c", {set("name", txt("x")), set("site", txt("y"))})}, conflicted(1, "unique", 1)},
        {2, 0, {in_box("items", "i", "c")}, rejected("dependency")}},
       {},
       {open_task("boxes", "b", "key 0", {2})}},
      {"a record and its referrer in one intent",
       "the record is live in what all operations leave",
       {{1, 0, {in_box("items", "i"), create("boxes", "b", {set("name", txt("x"))})}, applied()}},
       {row_is("items", "i", true)}},
      {"an update to a record that is deleted",
       "a new reference is checked",
       {a_box(),
        {1, 1, {create("boxes", "c", {set("name", txt("c"))})}, applied()},
        puts(1, 2, "items", "i"),
        {2, 3, {remove("boxes", "c")}, applied()},
        {3, 3, {update("items", "i", {set("box", ref("c"))})}, rejected("reference")}},
       {cell_is("items", "i", "box", ref("b"))}},
      {"a restore of a referrer whose record is deleted",
       "a restored record's references are checked",
       {a_box(),
        puts(1, 1, "items", "i"),
        {2, 2, {remove("items", "i")}, applied()},
        drops(2, 3, applied()),
        {3, 4, {restore("items", "i")}, rejected("reference")}},
       {row_is("items", "i", false)}},
      {"an update of another field",
       "only new references are checked",
       {a_box(), puts(1, 1, "items", "i"), {3, 2, {update("items", "i", {set("text", txt("u"))})}, applied()}},
       {cell_is("items", "i", "text", txt("u"))}},
  };
}

std::vector<row> joined(std::initializer_list<std::vector<row>> parts) {
  std::vector<row> all;
  for (const auto& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

} // namespace

std::vector<row> reference_rows() { return joined({removal_rows(), referring_rows()}); }

} // namespace squall::conformance
