#include "tests/conformance/parts.hpp"
#include "tests/conformance/table.hpp"

namespace squall::conformance {

namespace {

field named(std::string name, std::string type, std::string rule) {
  return {std::move(name), std::move(type), std::move(rule), {}, "", "", "", {}};
}

field ranked(std::string name, std::string rule, std::vector<std::string> highest_first) {
  return {std::move(name), "text", std::move(rule), std::move(highest_first), "", "", "", {}};
}

field within(field f, std::int64_t at_least, std::int64_t at_most) {
  f.at_least = at_least;
  f.at_most = at_most;
  return f;
}

field refers(std::string name, std::string target, std::string on_delete) {
  field f{std::move(name), "reference", "lww_server", {}, std::move(target), "", "", {}};
  f.on_delete = std::move(on_delete);
  return f;
}

std::vector<collection> by_policy() {
  return {
      // A record is one register of stamps.
      {"notes",
       "lww_clock",
       {named("title", "text", "lww_clock"), named("count", "counter", "lww_clock"),
        named("pinned", "integer", "lww_clock"), named("tags", "set", "add_wins")}},
      // A person decides about the record.
      {"briefs",
       "manual",
       {named("title", "text", "manual"), named("size", "integer", "manual"), named("hits", "counter", "manual"),
        named("tags", "set", "add_wins")}},
      // Each rule of a field once.
      {"sheets",
       "field_merge",
       {named("clocked", "text", "lww_clock"), ranked("decided", "role_precedence", {"director", "manager"}),
        named("high", "integer", "max"), named("low", "integer", "min"), named("asked", "text", "manual"),
        named("tags", "set", "add_wins"), named("blocks", "set", "remove_wins"), named("hits", "counter", "counter"),
        named("plain", "text", "lww_server")}},
      {"stock",
       "crdt",
       {named("count", "counter", "counter"), named("tags", "set", "add_wins"), named("blocks", "set", "remove_wins"),
        named("label", "text", "lww_clock"), named("high", "integer", "max")},
       "add_wins"},
      {"bins", "crdt", {named("count", "counter", "counter"), named("label", "text", "lww_clock")}, "remove_wins"},
  };
}

std::vector<collection> by_constraint() {
  auto status = named("status", "text", "lww_server");
  status.states = {{"draft", {"sent"}}, {"sent", {"draft", "approved"}}, {"approved", {}}};
  field contents{"contents", "derived", "derived", {}, "", "labels", "box", {"text", "weight"}};
  contents.derivation = "hash";
  return {
      {"permits",
       "field_merge",
       {status, within(named("amount", "integer", "lww_server"), 0, 100),
        within(named("spent", "counter", "counter"), 0, 10)}},
      {"boxes",
       "field_merge",
       {named("name", "text", "lww_server"), named("site", "text", "lww_server"), contents},
       "",
       {{"name", "site"}}},
      {"items", "field_merge", {refers("box", "boxes", "restrict"), named("text", "text", "lww_server")}},
      {"labels",
       "field_merge",
       {refers("box", "boxes", "cascade"), named("text", "text", "lww_server"),
        named("weight", "integer", "lww_server")}},
      {"stickers", "field_merge", {refers("label", "labels", "cascade"), named("text", "text", "lww_server")}},
      {"notices", "field_merge", {refers("box", "boxes", "task"), named("text", "text", "lww_server")}},
      {"links", "field_merge", {refers("box", "boxes", ""), named("text", "text", "lww_server")}},
  };
}

} // namespace

std::vector<std::string> roles() { return {"director", "manager", "clerk"}; }

std::vector<collection> enterprise_model() {
  auto all = model();
  for (auto part : {by_policy(), by_constraint()})
    for (auto& item : part)
      all.push_back(std::move(item));
  return all;
}

std::vector<collection> scope_model() {
  auto all = enterprise_model();
  all.push_back({"suppliers", "field_merge", {named("name", "text", "lww_server")}, "", {}, true});
  all.push_back(
      {"rates", "lww_server", {named("percent", "integer", "lww_server")}, "", {}, false, {"director", "manager"}});
  // The tags of a rate go with it; who may not write rates may write them.
  all.push_back({"marks", "field_merge", {refers("rate", "rates", "cascade"), refers("box", "boxes", "cascade")}});
  all.push_back({"deals", "field_merge", {refers("supplier", "suppliers", ""), named("text", "text", "lww_server")}});
  return all;
}

std::vector<row> scope_table() {
  std::vector<row> all;
  for (auto part : {writer_rows(), move_rows(), refused_move_rows(), moved_rows()})
    for (auto& item : part)
      all.push_back(std::move(item));
  return all;
}

std::vector<row> enterprise_table() {
  return joined({clock_rows(), cell_rule_rows(), set_rows(), crdt_rows(), task_rows(), bound_rows(), reference_rows(),
                 unique_rows(), hash_rows()});
}

} // namespace squall::conformance
