// Chapters of the table: how far the server forgets deleted records, and what becomes of intents about them.
#include "tests/conformance/parts.hpp"
#include "tests/conformance/words.hpp"

namespace squall::conformance {

namespace {

step at(std::int64_t seconds, step s) { return server_at(seconds, std::move(s)); }
step removes(int device, int saw, std::string collection, std::string record) {
  return {device, saw, {remove(std::move(collection), std::move(record))}, applied()};
}
step retitles(int device, int saw, expected is) {
  return {device, saw, {update("orders", "a", {set("title", txt("late"))})}, std::move(is)};
}
step a_page_of(int device, std::string record) {
  return {device, 0, {create("pages", std::move(record), {set("title", txt("one"))})}, applied()};
}

row within(std::int64_t tombstones_for_s, std::int64_t expires_after_s, row r) {
  r.tombstones_for_s = tombstones_for_s;
  r.device_expires_after_s = expires_after_s;
  return r;
}
/// Tombstones are kept for 100 s, and devices never expire.
row kept(row r) { return within(100, 0, std::move(r)); }

// A server that forgets 100 s after the deletion, by device 2, of what device 1 made: the fence is at step 2.
std::vector<step> forgetting(step made, std::string collection, std::string record, std::vector<step> then) {
  std::vector<step> all{std::move(made), removes(2, 1, std::move(collection), std::move(record)),
                        pulls(2, 2, 1100, "changes", 2)};
  for (auto& one : then)
    all.push_back(std::move(one));
  return all;
}

} // namespace

std::vector<row> fence_rows() {
  return {
      kept({"a tombstone before its time",
            "99 s are not 100: the record is known, and a delete against an update is a task",
            {an_order(), removes(2, 1, "orders", "a"), pulls(2, 2, 1099, "changes"), retitles(3, 1, conflicted(2))},
            {row_is("orders", "a", false)},
            {open_task("orders", "a", "", {4})}}),
      kept({"a tombstone in its time",
            "committed at least 100 s ago: 100 are enough",
            {an_order(), removes(2, 1, "orders", "a"), pulls(2, 2, 1100, "changes", 2)},
            {forgotten("orders", "a")}}),
      within(
          0, 0,
          {"who keeps tombstones for ever",
           "with 0 nothing is ever forgotten",
           {an_order(), removes(2, 1, "orders", "a"), pulls(2, 2, 1'000'000, "changes"), retitles(3, 1, conflicted(2))},
           {row_is("orders", "a", false)},
           {open_task("orders", "a", "", {4})}}),
      kept({"a living device that has not told",
            "every living device of the scope has told a cursor that far; the pull that moves the fence counts",
            {an_order(), pulls(1, 1, 1000, "changes"), removes(2, 1, "orders", "a"), pulls(2, 3, 1200, "changes"),
             pulls(1, 3, 1200, "changes", 3)},
            {forgotten("orders", "a")}}),
      kept({"a device that only pushes",
            "a device is living from its first pull",
            {an_order(), a_page_of(3, "p"), removes(2, 1, "orders", "a"), pulls(2, 3, 1200, "changes", 3)},
            {forgotten("orders", "a"), row_is("pages", "p", true)}}),
      within(100, 50,
             {"an expired device",
              "not heard of for 100 s, which is more than 50: it holds nothing back",
              {an_order(), pulls(1, 1, 1000, "changes"), removes(2, 1, "orders", "a"), pulls(2, 3, 1100, "changes", 3)},
              {forgotten("orders", "a")}}),
      within(100, 100,
             {"a device that is about to expire",
              "expired when not heard of for more than 100 s: not yet after 100",
              {an_order(), pulls(1, 1, 1000, "changes"), removes(2, 1, "orders", "a"), pulls(2, 3, 1100, "changes"),
               pulls(2, 3, 1101, "changes", 3)},
              {forgotten("orders", "a")}}),
      within(
          100, 50,
          {"an expired device comes back",
           "it is living with its next pull, and told to resync, as its cursor is below the fence; then it holds the "
           "fence until it tells more",
           {an_order(), a_page_of(1, "p"), pulls(1, 2, 1000, "changes"), removes(2, 2, "orders", "a"),
            at(1050, removes(2, 2, "pages", "p")), pulls(2, 5, 1100, "changes", 4), pulls(1, 2, 1110, "resync", 4),
            pulls(2, 5, 1150, "changes", 4), pulls(1, 5, 1151, "changes", 5)},
           {forgotten("orders", "a"), forgotten("pages", "p")}}),
      within(100, 50,
             {"a device that is heard of by its pushes",
              "a push is judged, too: the device does not expire",
              {an_order(), pulls(1, 1, 1000, "changes"), removes(2, 1, "orders", "a"), at(1040, a_page_of(1, "p")),
               at(1080, a_page_of(1, "q")), pulls(2, 3, 1100, "changes")},
              {row_is("orders", "a", false)}}),
      within(100, 50,
             {"an expired device pushes",
              "only a pull makes it living again",
              {an_order(), pulls(1, 1, 1000, "changes"), removes(2, 1, "orders", "a"), at(1090, a_page_of(1, "p")),
               pulls(2, 4, 1100, "changes", 3)},
              {forgotten("orders", "a")}}),
      kept({"an open task about the record",
            "what a person may still decide about is not forgotten; the deletion that closes the task changes nothing, "
            "the tombstone is the first one's",
            {an_order(), removes(2, 1, "orders", "a"), retitles(3, 1, conflicted(2)), pulls(2, 3, 1200, "changes"),
             at(1200, {2, 3, {settles(1, {3}, remove("orders", "a"))}, applied()}), pulls(2, 5, 1200, "changes", 2)},
            {forgotten("orders", "a")},
            {closed_task("orders", "a", "")}}),
      kept({"an older tombstone that has to stay",
            "the fence goes to a tombstone for which all holds, and for every older one too",
            {an_order(), a_page(), removes(2, 2, "orders", "a"), retitles(3, 1, conflicted(3)),
             removes(2, 2, "pages", "p"), pulls(2, 5, 1200, "changes")},
            {row_is("orders", "a", false), row_is("pages", "p", false)},
            {open_task("orders", "a", "", {4})}}),
      kept({"an older tombstone that is none any more",
            "a restored record is no tombstone: it holds nothing back",
            {an_order(),
             a_page(),
             removes(2, 2, "orders", "a"),
             retitles(3, 1, conflicted(3)),
             removes(2, 2, "pages", "p"),
             {2, 4, {settles(1, {4}, restore("orders", "a"))}, applied()},
             pulls(2, 6, 1200, "changes", 5)},
            {row_is("orders", "a", true), forgotten("pages", "p")},
            {closed_task("orders", "a", "")}}),
      kept({"the fence is at a tombstone",
            "its place is a deletion, not the head; a cursor that is there is served, one below it is not, nor is who "
            "has nothing yet",
            {an_order(), removes(2, 1, "orders", "a"), a_page_of(1, "p"), pulls(2, 3, 1200, "changes", 2),
             pulls(3, 2, 1200, "changes", 2), pulls(4, 1, 1200, "resync", 2), pulls(5, 0, 1200, "resync", 2)},
            {forgotten("orders", "a"), row_is("pages", "p", true)}}),
      kept({"a record that was restored",
            "it has no tombstone",
            {an_order(),
             removes(2, 1, "orders", "a"),
             {2, 2, {restore("orders", "a")}, applied()},
             pulls(2, 3, 1200, "changes"),
             retitles(3, 1, applied())},
            {row_is("orders", "a", true), cell_is("orders", "a", "title", txt("late"))}}),
      kept({"a record that was deleted twice",
            "its tombstone is as old as its last deletion",
            {an_order(),
             removes(2, 1, "orders", "a"),
             {2, 2, {restore("orders", "a")}, applied()},
             at(1150, removes(2, 3, "orders", "a")),
             pulls(2, 4, 1200, "changes"),
             pulls(2, 4, 1250, "changes", 4)},
            {forgotten("orders", "a")}}),
      kept({"a clock that runs back",
            "the server's time is its latest reading at an intent or a pull: it never runs back",
            {an_order(), removes(2, 1, "orders", "a"), pulls(2, 1, 1100, "changes"), pulls(2, 2, 1050, "changes", 2)},
            {forgotten("orders", "a")}}),
  };
}

std::vector<row> forgotten_rows() {
  const auto a_note = step{1, 0, {create("notes", "n", {set("title", txt("one"))})}, applied()};
  const auto some_stock = step{1, 0, {create("stock", "k", {add("count", 5)})}, applied()};
  return {
      kept({"an update of a forgotten record",
            "the server knows no more of it than of one that never was",
            forgetting(an_order(), "orders", "a", {retitles(3, 1, rejected("gone"))}),
            {forgotten("orders", "a")}}),
      kept({"a restore of a forgotten record",
            "a restore too: there is nothing to restore",
            forgetting(an_order(), "orders", "a", {{3, 2, {restore("orders", "a")}, rejected("gone")}}),
            {forgotten("orders", "a")}}),
      kept({"a delete of a forgotten record",
            "what is not known cannot be deleted again",
            forgetting(an_order(), "orders", "a", {{3, 1, {remove("orders", "a")}, rejected("gone")}}),
            {forgotten("orders", "a")}}),
      kept({"a later stamp for a forgotten note",
            "the register went with the record: no stamp revives it",
            forgetting(a_note, "notes", "n",
                       {stamped(1099, {3, 1, {update("notes", "n", {set("title", txt("late"))})}, rejected("gone")})}),
            {forgotten("notes", "n")}}),
      kept({"an update of forgotten stock",
            "add_wins revives what is deleted, not what is forgotten",
            forgetting(some_stock, "stock", "k", {{3, 1, {update("stock", "k", {add("count", 1)})}, rejected("gone")}}),
            {forgotten("stock", "k")}}),
      kept({"a group with one forgotten record",
            "one operation refused: nothing applies",
            {an_order(),
             a_page(),
             removes(2, 2, "pages", "p"),
             pulls(2, 3, 1100, "changes", 3),
             {3,
              2,
              {update("orders", "a", {set("title", txt("late"))}), update("pages", "p", {set("title", txt("late"))})},
              rejected("gone")}},
            {cell_is("orders", "a", "title", txt("one")), forgotten("pages", "p")}}),
      kept({"a guard on a forgotten record",
            "a record that is unknown satisfies nothing",
            {an_order(),
             a_page(),
             removes(2, 2, "pages", "p"),
             pulls(2, 3, 1100, "changes", 3),
             {3,
              2,
              {update("orders", "a", {set("title", txt("late"))})},
              rejected("guard"),
              {{"pages", "p", "title", "not_equal", txt("x")}}}},
            {cell_is("orders", "a", "title", txt("one"))}}),
      kept({"a record whose create was refused, beside a fence",
            "what never was is no forgotten record: dependency",
            {an_order(),
             removes(2, 1, "orders", "a"),
             {3, 1, {create("permits", "m", {set("amount", num(200))})}, rejected("bound")},
             pulls(2, 2, 1100, "changes", 2),
             {3, 1, {update("permits", "m", {set("amount", num(2))})}, rejected("dependency")}},
            {forgotten("orders", "a")}}),
      kept({"references to a deleted record and to a forgotten one",
            "a deleted one is refused by each reference's own rule, an unknown one as for an operation on it; a "
            "reference without on_delete is not checked",
            {a_box(), drops(2, 1, applied()), puts(3, 1, "items", "i", rejected("reference")),
             puts(3, 1, "labels", "l", superseded(2, "reference")), pulls(2, 2, 1100, "changes", 2),
             puts(3, 1, "items", "j", rejected("gone")), puts(3, 1, "labels", "m", rejected("gone")),
             puts(3, 1, "notices", "n", rejected("gone")), puts(3, 1, "links", "x")},
            {forgotten("boxes", "b"), row_is("links", "x", true)}}),
      kept({"what went with another is forgotten with it",
            "a cascade leaves a tombstone of each, of one deletion; keys are free as of any deleted record",
            {a_box(),
             puts(1, 1, "labels", "l"),
             drops(2, 2, applied()),
             pulls(2, 3, 1100, "changes", 3),
             {3, 2, {update("labels", "l", {set("text", txt("late"))})}, rejected("gone")},
             {3, 2, {create("boxes", "c", {set("name", txt("x")), set("site", txt("y"))})}, applied()}},
            {forgotten("boxes", "b"), forgotten("labels", "l"), row_is("boxes", "c", true)}}),
      kept({"a resolution about a forgotten record",
            "the unknown record comes before the closed task",
            {an_order(),
             removes(2, 1, "orders", "a"),
             retitles(3, 1, conflicted(2)),
             {2, 3, {settles(1, {3}, remove("orders", "a"))}, applied()},
             pulls(2, 4, 1100, "changes", 2),
             {4, 3, {settles(1, {3}, remove("orders", "a"))}, rejected("gone")}},
            {forgotten("orders", "a")},
            {closed_task("orders", "a", "")}}),
  };
}

std::vector<row> lifetime_table() { return joined({fence_rows(), forgotten_rows()}); }

} // namespace squall::conformance
