// The conformance table: what must become of operations, for each policy, with the reason. Written by hand from
// docs/semantics.md, as data, in plain structs that know neither an engine nor a judge: whoever resolves intents runs it.
//
// A row is a list of steps. Each step is one intent, judged when it comes, in the order of the list; those that take effect
// get the next sequence. How to run a row:
//   - a device's intents are of one incarnation and numbered from 1 in the order in which they appear;
//   - all devices and records are of one scope that every user is granted, unless the step says `denied`;
//   - the author of a step had seen its own earlier intents, and the first `saw` steps of the row, no others: its context is
//     the sequence up to which those steps had been committed;
//   - a record is called by a label; the create operation of that label makes it. A label that no create made stands for a
//     record that the server does not know (let it be named by an intent of device 9 that nobody ever saw);
//   - after the last step, each cell in `then` has that value and each row is live or not, at the server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace squall::conformance {

// -- the data model -----------------------------------------------------------------------------------------------------

struct field {
  std::string name;
  std::string type;                    ///< "integer", "text", "reference", "counter", "derived"
  std::string rule;                    ///< "lww_server", "precedence", "counter", "derived"
  std::vector<std::string> precedence; ///< highest first
  std::string target;                  ///< of a reference
  std::string child,
      child_reference;              ///< of a derived field: sum over the child's rows whose reference names the row ...
  std::vector<std::string> factors; ///< ... of the product of these
};

struct collection {
  std::string name;
  std::string policy; ///< "lww_server", "field_merge"
  std::vector<field> fields;
};

/// `orders` and `lines` merge by field, `pages` is last writer wins.
std::vector<collection> model();

// -- rows -----------------------------------------------------------------------------------------------------------------

struct value {
  enum class kind { none, integer, text, record } is = kind::none;
  std::int64_t integer = 0;
  std::string text; ///< a text, or the label of a record
};

struct write {
  std::string field;
  bool add = false; ///< else set
  value to;
};

struct operation {
  enum class kind { create, update, remove, restore } is = kind::create;
  std::string collection;
  std::string record;
  std::vector<write> writes;
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
  std::string field;
  std::string rule;
  int winner = 0; ///< number of the step, from 1
};

struct expected {
  std::string code; ///< "applied", "merged", "superseded", "conflicted", "rejected"
  std::string
      rule; ///< of the last three: "precedence", "delete_update", "guard", "dependency", "gone", "denied", "malformed"
  int winner = 0;         ///< of superseded and conflicted: number of the step, from 1
  std::vector<lost> list; ///< of merged
};

struct step {
  int device = 1;
  int saw = 0; ///< the author had seen the first so many steps
  std::vector<operation> operations;
  expected is;
  std::vector<guard> guards = {};
  bool denied = false; ///< its user has no grant for the scope
};

struct cell {
  std::string collection;
  std::string record;
  std::string field; ///< empty: the row; its value is 1 if live, 0 if deleted
  value is;
};

struct row {
  std::string name;
  std::string reason;
  std::vector<step> steps;
  std::vector<cell> then;
};

std::vector<row> table();

} // namespace squall::conformance
