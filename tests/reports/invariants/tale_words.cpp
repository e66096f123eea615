#include "tests/reports/invariants/tale.hpp"

namespace squall::told {

value num(std::int64_t n) { return {value_tag::integer, n, {}, 0}; }
value txt(const std::string& text) { return {value_tag::text, digest_of(text), text, 0}; }
value ref(record_index record) { return {value_tag::reference, 0, {}, record}; }

field_write set(const std::string& field, const std::string& text) { return {field, write_code::set, txt(text)}; }
field_write set(const std::string& field, std::int64_t n) { return {field, write_code::set, num(n)}; }
field_write set(const std::string& field, value to) { return {field, write_code::set, std::move(to)}; }
field_write add(const std::string& field, std::int64_t n) { return {field, write_code::add, num(n)}; }

field_write insert(const std::string& field, const std::string& text) {
  return {field, write_code::set_insert, txt(text)};
}
field_write take_out(const std::string& field, const std::string& text) {
  return {field, write_code::set_erase, txt(text)};
}

op create(const std::string& collection, std::vector<field_write> writes) {
  return {operation_code::create, collection, 0, std::move(writes)};
}
op update(const std::string& collection, record_index record, std::vector<field_write> writes) {
  return {operation_code::update, collection, record, std::move(writes)};
}
op remove(const std::string& collection, record_index record) {
  return {operation_code::remove, collection, record, {}};
}
op restore(const std::string& collection, record_index record) {
  return {operation_code::restore, collection, record, {}};
}

op move(const std::string& collection, record_index record, std::uint32_t to) {
  op moved{operation_code::move, collection, record, {}};
  moved.to = to;
  return moved;
}

namespace {

void add_field(scenarios::Collection& to, const std::string& name, const std::string& type, const std::string& rule) {
  auto& field = *to.add_fields();
  field.set_name(name);
  field.set_type(type);
  field.set_rule(rule);
}

} // namespace

// The same model as the conformance table's, in fewer words.
scenarios::DataModel model_of_tales() {
  scenarios::DataModel model;
  auto& orders = *model.add_collections();
  orders.set_name("orders");
  orders.set_policy("field_merge");
  add_field(orders, "status", "text", "precedence");
  for (const auto* text : {"cancelled", "shipped", "approved", "draft"})
    orders.mutable_fields(0)->add_precedence(text);
  add_field(orders, "title", "text", "lww_server");
  add_field(orders, "total", "derived", "derived");
  auto& total = *orders.mutable_fields(2);
  total.set_child("lines");
  total.set_child_reference("order");
  total.add_factors("quantity");
  total.add_factors("price");
  auto& lines = *model.add_collections();
  lines.set_name("lines");
  lines.set_policy("field_merge");
  add_field(lines, "order", "reference", "lww_server");
  add_field(lines, "quantity", "counter", "counter");
  add_field(lines, "price", "integer", "lww_server");
  auto& pages = *model.add_collections();
  pages.set_name("pages");
  pages.set_policy("lww_server");
  add_field(pages, "title", "text", "lww_server");
  add_field(pages, "pinned", "integer", "lww_server");
  return model;
}

// -- what the user meant, for the plan ----------------------------------------------------------------------------------

void tale::mean(std::uint64_t plan_id, const std::vector<op>& ops, const std::vector<condition>& guards,
                intent_index intent) {
  auto& intention = *plan.add_intentions();
  intention.set_id(plan_id);
  intention.set_device(bodies_[intent].device);
  for (const auto& item : ops) {
    if (item.code == operation_code::create)
      symbols_[item.record] = plan_id << 8 | static_cast<std::uint64_t>(intention.acts_size());
    auto& act = *intention.add_acts();
    act.set_collection(item.collection);
    act.set_record(symbols_[item.record]);
    act.set_kind(item.code == operation_code::create    ? scenarios::Act::CREATE
                 : item.code == operation_code::remove  ? scenarios::Act::DELETE
                 : item.code == operation_code::restore ? scenarios::Act::RESTORE
                 : item.code == operation_code::move    ? scenarios::Act::MOVE
                                                        : scenarios::Act::SET);
    act.set_to_team(item.to);
    if (item.task != 0) {
      act.set_kind(scenarios::Act::SETTLE);
      act.mutable_settle()->set_take(true);
      continue;
    }
    for (const auto& w : item.writes) {
      if (w.code == write_code::add && item.code == operation_code::update)
        act.set_kind(scenarios::Act::ADD);
      if (w.code == write_code::set_insert && item.code == operation_code::update)
        act.set_kind(scenarios::Act::INSERT);
      if (w.code == write_code::set_erase)
        act.set_kind(scenarios::Act::ERASE);
      auto& assignment = *act.add_fields();
      assignment.set_field(w.field);
      if (w.to.tag == value_tag::text)
        assignment.set_text(w.to.text);
      else if (w.to.tag == value_tag::reference)
        assignment.set_record(symbols_[w.to.record]);
      else
        assignment.set_integer(w.to.number);
    }
  }
  for (const auto& guard : guards)
    intention.add_guards()->set_field(guard.field);
}

// -- changing what was told -----------------------------------------------------------------------------------------------

entry& tale::first(entry_kind kind, const std::function<bool(const entry&)>& which) {
  for (auto& e : entries)
    if (e.kind == kind && (!which || which(e)))
      return e;
  throw std::logic_error("the tale has no such entry");
}

entry& tale::last(entry_kind kind, const std::function<bool(const entry&)>& which) {
  for (auto it = entries.rbegin(); it != entries.rend(); ++it)
    if (it->kind == kind && (!which || which(*it)))
      return *it;
  throw std::logic_error("the tale has no such entry");
}

void tale::erase(const std::function<bool(const entry&)>& which) {
  if (std::erase_if(entries, which) == 0)
    throw std::logic_error("the tale has no such entry");
}

void tale::insert_after(const entry& place, const entry& what) {
  entries.insert(entries.begin() + (&place - entries.data()) + 1, what);
}

entry& tale::tell(entry e) {
  e.at_ns = now_;
  entries.push_back(e);
  return entries.back();
}

} // namespace squall::told
