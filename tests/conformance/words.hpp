// Short words to write the table with.
#pragma once

#include "tests/conformance/table.hpp"

namespace squall::conformance {

inline value num(std::int64_t n) { return {value::kind::integer, n, {}}; }
inline value txt(std::string t) { return {value::kind::text, 0, std::move(t)}; }
inline value ref(std::string label) { return {value::kind::record, 0, std::move(label)}; }

inline write set(std::string field, value to) { return {std::move(field), false, std::move(to)}; }
inline write add(std::string field, std::int64_t n) { return {std::move(field), true, num(n)}; }

inline write insert(std::string field, std::string text) {
  return {std::move(field), false, txt(std::move(text)), write::membership::insert};
}
inline write erase(std::string field, std::string text) {
  return {std::move(field), false, txt(std::move(text)), write::membership::erase};
}

inline operation create(std::string collection, std::string record, std::vector<write> writes) {
  return {operation::kind::create, std::move(collection), std::move(record), std::move(writes)};
}
inline operation update(std::string collection, std::string record, std::vector<write> writes) {
  return {operation::kind::update, std::move(collection), std::move(record), std::move(writes)};
}
inline operation remove(std::string collection, std::string record) {
  return {operation::kind::remove, std::move(collection), std::move(record), {}};
}
inline operation restore(std::string collection, std::string record) {
  return {operation::kind::restore, std::move(collection), std::move(record), {}};
}

inline operation move(std::string collection, std::string record, int to) {
  operation moved{operation::kind::move, std::move(collection), std::move(record), {}};
  moved.to = to;
  return moved;
}

/// The operation, as the resolution of a task, by an author who saw these branches.
inline operation settles(int task, std::vector<int> branches, operation op) {
  op.task = task;
  op.branches = std::move(branches);
  return op;
}

inline expected applied() { return {"applied", "", 0, {}}; }
inline expected merged(std::vector<lost> list) { return {"merged", "", 0, std::move(list)}; }
inline expected superseded(int winner, std::string rule) { return {"superseded", std::move(rule), winner, {}}; }
inline expected conflicted(int winner) { return {"conflicted", "delete_update", winner, {}}; }
inline expected conflicted(int winner, std::string rule, int task) {
  return {"conflicted", std::move(rule), winner, {}, task};
}
inline expected rejected(std::string rule) { return {"rejected", std::move(rule), 0, {}}; }

inline cell row_is(std::string collection, std::string record, bool live) {
  return {std::move(collection), std::move(record), "", num(live ? 1 : 0)};
}
/// Live, and there.
inline cell row_in(int scope, std::string collection, std::string record) {
  auto row = row_is(std::move(collection), std::move(record), true);
  row.scope = scope;
  return row;
}
inline cell forgotten(std::string collection, std::string record) {
  return {std::move(collection), std::move(record), "", {}};
}
inline cell cell_is(std::string collection, std::string record, std::string field, value is) {
  return {std::move(collection), std::move(record), std::move(field), std::move(is)};
}
inline cell set_is(std::string collection, std::string record, std::string field, std::vector<std::string> members) {
  return {std::move(collection), std::move(record), std::move(field), {}, true, std::move(members)};
}
inline task open_task(std::string collection, std::string record, std::string field, std::vector<int> branches) {
  return {std::move(collection), std::move(record), std::move(field), std::move(branches)};
}
inline task closed_task(std::string collection, std::string record, std::string field) {
  return {std::move(collection), std::move(record), std::move(field), {}};
}

/// The step, by a user of that role; with that stamp; when the server's clock shows that.
inline step as(std::string role, step s) {
  s.role = std::move(role);
  return s;
}
/// The step, whose intent names that scope; whose user lacks the grant there, or where a record should go.
inline step in_scope(int scope, step s) {
  s.scope = scope;
  return s;
}
inline step denied(step s) {
  s.denied = true;
  return s;
}
inline step denied_there(step s) {
  s.denied_there = true;
  return s;
}
inline step stamped(std::int64_t seconds, step s) {
  s.stamp_s = seconds;
  return s;
}
inline step server_at(std::int64_t seconds, step s) {
  s.server_s = seconds;
  return s;
}

/// The device pulls at that time.
inline step pulls(int device, int saw, std::int64_t seconds, std::string answer, int fence = 0) {
  step s{device, saw, {}, {}};
  s.server_s = seconds;
  s.pulls = pull{std::move(answer), fence};
  return s;
}

/// The usual beginning: device 1 creates order `a` as a draft with the title "one" and priority 1.
inline step an_order() {
  return {1,
          0,
          {create("orders", "a", {set("status", txt("draft")), set("title", txt("one")), set("priority", num(1))})},
          applied()};
}
/// Device 1 creates line `l` of order `a` with quantity 5 at 10.
inline step a_line() {
  return {1, 1, {create("lines", "l", {set("order", ref("a")), add("quantity", 5), set("price", num(10))})}, applied()};
}
/// Device 1 creates page `p` with the title "one" and 3 views.
inline step a_page() {
  return {
      1, 0, {create("pages", "p", {set("title", txt("one")), set("views", num(3)), set("pinned", num(0))})}, applied()};
}

/// Device 1 creates box `b`; somebody puts a record that refers to it into it, or removes it.
inline step a_box() {
  return {1, 0, {create("boxes", "b", {set("name", txt("x")), set("site", txt("y"))})}, applied()};
}
inline operation in_box(std::string collection, std::string record, std::string box = "b") {
  return create(std::move(collection), std::move(record), {set("box", ref(std::move(box))), set("text", txt("t"))});
}
inline step puts(int device, int saw, std::string collection, std::string record, expected is = applied()) {
  return {device, saw, {in_box(std::move(collection), std::move(record))}, std::move(is)};
}
inline step drops(int device, int saw, expected is) { return {device, saw, {remove("boxes", "b")}, std::move(is)}; }

} // namespace squall::conformance
