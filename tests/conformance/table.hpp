// The conformance table: what must become of operations, for each policy, with the reason. Written by hand from
// docs/semantics.md, as data, in plain structs that know neither an engine nor a judge: whoever resolves intents runs it.
//
// A row is a list of steps. Each step is one intent, judged when it comes, in the order of the list; those that take effect
// get the next sequence. How to run a row:
//   - a device's intents are of one incarnation and numbered from 1 in the order in which they appear;
//   - there are teams 1 and 2, and scope 3 for wide collections; every user is granted all three, unless the step says `denied`.
//     All intents and records are of scope 1, unless the step says another;
//   - the author of a step had seen its own earlier intents, and the first `saw` steps of the row, no others: its context is
//     the sequence up to which those steps had been committed;
//   - a record is called by a label; the create operation of that label makes it. A label that no create made stands for a
//     record that the server does not know (let it be named by an intent of device 9 that nobody ever saw);
//   - the stamp of a step has `stamp_s` seconds as its wall part and `logical` as its logical one; 0 stands for as many seconds
//     as the step has a number. The server's wall clock shows `server_s` seconds when it judges the step, the bound on stamps
//     ahead of it is 60 s;
//   - tasks are numbered from 1 in each row;
//   - a step that `pulls` is no intent: the device pulls when the server's clock shows `server_s` seconds, and tells as its
//     cursor the sequence up to which the first `saw` steps had been committed. The server moves the scope's fence, if it may,
//     and answers. In rows of `lifetime_table` the server has `tombstones_for_s` and `device_expires_after_s`;
//   - after the last step, each cell in `then` has that value and each row is live or not, at the server, and in rows of
//     `enterprise_table` and `scope_table` the server has the tasks in `tasks`, open and closed, and no others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squall::conformance {

// -- the data model -----------------------------------------------------------------------------------------------------

struct state {
  std::string name;
  std::vector<std::string> next; ///< what may follow
};

struct field {
  std::string name;
  std::string type;                    ///< "integer", "text", "reference", "counter", "set", "derived"
  std::string rule;                    ///< in the words of docs/semantics.md, a set's: "add_wins", "remove_wins"
  std::vector<std::string> precedence; ///< highest first; values, or roles
  std::string target;                  ///< of a reference
  std::string child,
      child_reference;              ///< of a derived field: over the child's rows whose reference names the row ...
  std::vector<std::string> factors; ///< ... of these
  std::string derivation = "sum";   ///< ... the sum of the products, or their "hash"
  std::optional<std::int64_t> at_least = {};
  std::optional<std::int64_t> at_most = {};
  std::vector<state> states = {};
  std::string on_delete = {}; ///< of a reference: "", "restrict", "cascade", "task"
};

struct collection {
  std::string name;
  std::string policy; ///< "lww_server", "lww_clock", "field_merge", "manual", "crdt"
  std::vector<field> fields;
  std::string deletes = {};                          ///< of crdt: "add_wins", "remove_wins"
  std::vector<std::vector<std::string>> unique = {}; ///< each key's fields
  bool wide = false;
  std::vector<std::string> writers = {}; ///< roles; none: all
};

/// `orders` and `lines` merge by field, `pages` is last writer wins.
std::vector<collection> model();
/// These three, and some for every policy, rule and constraint.
std::vector<collection> enterprise_model();
/// Those, and some that are wide or not for everybody to write.
std::vector<collection> scope_model();
/// The roles of enterprise_model, numbered from 1.
std::vector<std::string> roles();

// -- rows -----------------------------------------------------------------------------------------------------------------

struct value {
  enum class kind { none, integer, text, record } is = kind::none;
  std::int64_t integer = 0;
  std::string text; ///< a text, or the label of a record
};

struct write {
  std::string field;
  bool add = false; ///< else set, or what `member` says
  value to;
  enum class membership { none, insert, erase } member = membership::none; ///< of a set: the text goes in or out
};

struct operation {
  enum class kind { create, update, remove, restore, move } is = kind::create;
  std::string collection;
  std::string record;
  std::vector<write> writes;
  int task = 0;                   ///< the task that it resolves, 0: none
  std::vector<int> branches = {}; ///< numbers of the steps that it names as branches
  int to = 0;                     ///< of a move: the scope
};

struct guard {
  std::string collection;
  std::string record;
  std::string field;
  std::string compare; ///< "equal", "not_equal", "at_least", "at_most"
  value operand;
};

struct lost {
  std::string record;
  std::string field; ///< empty: a remove or restore
  std::string rule;
  int winner = 0; ///< number of the step, from 1
};

struct expected {
  std::string code; ///< "applied", "merged", "superseded", "conflicted", "rejected"
  std::string
      rule; ///< of the last three, as in docs/semantics.md: "precedence", "delete_update", "later_stamp", "gone", ...
  int winner = 0;         ///< of superseded and conflicted: number of the step, from 1
  std::vector<lost> list; ///< of merged
  int task = 0;           ///< of conflicted: its task; 0: not said
};

struct pull {
  std::string answer; ///< "changes", "resync"
  int fence = 0;      ///< number of the step whose deletion the fence is at by then; 0: nothing is forgotten
};

struct step {
  int device = 1;
  int saw = 0; ///< the author had seen the first so many steps
  std::vector<operation> operations;
  expected is;
  std::vector<guard> guards = {};
  bool denied = false;      ///< its user has no grant for the scope that its intent names
  std::string role = {};    ///< that its user is granted the scope with; empty: none
  std::int64_t stamp_s = 0; ///< 0: the number of the step
  std::uint32_t logical = 0;
  std::int64_t server_s = 1000;
  std::optional<pull> pulls = {};
  int scope = 1;             ///< that the intent names
  bool denied_there = false; ///< its user has no grant for where it moves a record
};

struct cell {
  std::string collection;
  std::string record;
  std::string field; ///< empty: the row; its value is 1 if live, 0 if deleted, none if it is forgotten
  value is;          ///< `none`: the field has no value
  bool set = false;  ///< its members are those, in ascending order
  std::vector<std::string> members = {};
  int scope = 0; ///< of a row: where it is; 0: not said
};

struct task {
  std::string collection;
  std::string record;
  std::string field;         ///< subject: a field; empty: the whole record; "key 0": its first unique key, ...
  std::vector<int> branches; ///< numbers of steps, in the order in which they were appended; none: it is closed
};

struct row {
  std::string name;
  std::string reason;
  std::vector<step> steps;
  std::vector<cell> then;
  std::vector<task> tasks = {};            ///< in the order of their numbers
  std::int64_t tombstones_for_s = 0;       ///< 0: for ever
  std::int64_t device_expires_after_s = 0; ///< 0: never
};

/// On model().
std::vector<row> table();
/// On enterprise_model().
std::vector<row> enterprise_table();
/// On enterprise_model(), with pulls and fences.
std::vector<row> lifetime_table();
/// On scope_model(), with moves, wide collections and writers.
std::vector<row> scope_table();

} // namespace squall::conformance
