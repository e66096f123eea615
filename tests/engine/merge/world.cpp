#include "tests/engine/merge/world.hpp"

#include "engine/base/check.hpp"

namespace squall::merge {

namespace {

std::vector<field_schema> fields() {
  return {
      {.name = "title", .type = field_type::text, .rule = field_rule::lww_server},
      {.name = "status",
       .type = field_type::text,
       .rule = field_rule::precedence,
       .precedence = {"closed", "approved", "open"}},
      {.name = "quantity", .type = field_type::integer, .rule = field_rule::lww_server},
      {.name = "count", .type = field_type::counter, .rule = field_rule::counter},
      {.name = "parent", .type = field_type::reference, .rule = field_rule::lww_server, .target = 0},
      {.name = "total",
       .type = field_type::derived,
       .rule = field_rule::derived,
       .derived = {.child = notes, .reference = parent, .factors = {quantity, count}}},
      {.name = "tags", .type = field_type::set, .rule = field_rule::lww_server},
  };
}

/// Of `forms`, and with the rules that crdt knows.
std::vector<field_schema> forms_fields() {
  return {
      {.name = "name", .type = field_type::text, .rule = field_rule::lww_clock},
      {.name = "owner", .type = field_type::text, .rule = field_rule::role_precedence, .roles = {manager, buyer}},
      {.name = "high", .type = field_type::integer, .rule = field_rule::max},
      {.name = "low", .type = field_type::integer, .rule = field_rule::min},
      {.name = "decided", .type = field_type::text, .rule = field_rule::manual},
      {.name = "badges", .type = field_type::set, .rule = field_rule::add_wins},
      {.name = "labels", .type = field_type::set, .rule = field_rule::remove_wins},
      {.name = "stock", .type = field_type::counter, .rule = field_rule::counter, .at_least = 0, .at_most = 100},
      {.name = "phase",
       .type = field_type::text,
       .rule = field_rule::lww_server,
       .states = {{"draft", {"approved", "cancelled"}}, {"approved", {"shipped"}}, {"shipped", {}}, {"cancelled", {}}}},
  };
}

std::vector<field_schema> crdt_fields() {
  auto out = forms_fields();
  for (const field_number f : {owner, decided, phase}) {
    out[f].rule = field_rule::lww_clock;
    out[f].roles.clear();
    out[f].states.clear();
  }
  out[stock].at_least.reset();
  out[stock].at_most.reset();
  return out;
}

} // namespace

const schema& model() {
  static const schema m{
      .collections =
          {{.name = "records", .policy = "field_merge", .fields = fields()},
           {.name = "notes", .policy = "lww_server", .fields = fields()},
           {.name = "registers", .policy = "lww_clock", .fields = fields()},
           {.name = "papers", .policy = "manual", .fields = fields()},
           {.name = "forms", .policy = "field_merge", .fields = forms_fields()},
           {.name = "carts", .policy = "crdt", .fields = crdt_fields(), .deletes = delete_rule::add_wins},
           {.name = "shelves", .policy = "crdt", .fields = crdt_fields(), .deletes = delete_rule::remove_wins}},
  };
  return m;
}

row* memory_rows::find(const record_id& id) {
  const auto at = all.find(id);
  return at != all.end() ? &at->second : nullptr;
}

row& memory_rows::create(const record_id& id, collection_number collection) {
  CHECK(!all.contains(id));
  row& r = all[id];
  r.id = id;
  r.collection = collection;
  r.fields.resize(model().collections[collection].fields.size());
  return r;
}

field_write set(field_number field, value to) { return {field, write_kind::set, std::move(to), {}}; }

field_write add(field_number field, std::int64_t delta, value before) {
  return {field, write_kind::add, delta, std::move(before)};
}

field_write insert(field_number field, const std::string& member) {
  return {field, write_kind::set_insert, member, {}};
}

field_write erase(field_number field, const std::string& member) { return {field, write_kind::set_erase, member, {}}; }

operation create_of(collection_number collection, const record_id& record, std::vector<field_write> writes) {
  return {operation_kind::create, collection, record, std::move(writes)};
}
operation update_of(collection_number collection, const record_id& record, std::vector<field_write> writes) {
  return {operation_kind::update, collection, record, std::move(writes)};
}
operation remove_of(collection_number collection, const record_id& record) {
  return {operation_kind::remove, collection, record, {}};
}
operation restore_of(collection_number collection, const record_id& record) {
  return {operation_kind::restore, collection, record, {}};
}

intent make_intent(const intent_id& id, std::uint64_t seen, std::vector<operation> operations) {
  intent in;
  in.id = id;
  in.context = {generation, seen, {}};
  in.operations = std::move(operations);
  return in;
}

decision committer::commit(const intent& in, std::uint8_t role) {
  auto d = decide(model(), in, {generation, head + 1, in.stamp, role}, rows, counts);
  if (d.committed())
    ++head;
  return d;
}

decision committer::fold(const intent& in) {
  return decide(model(), in, {generation, pending_sequence, in.stamp}, rows, counts);
}

std::set<std::string> committer::members(const record_id& record, field_number field) const {
  std::set<std::string> out;
  for (const set_member& m : members_of(at(record, field)))
    if (is_member(m))
      out.insert(m.text);
  return out;
}

} // namespace squall::merge
