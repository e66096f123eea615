#include "tests/reports/invariants/tale.hpp"

#include <algorithm>

namespace squall::told {

scenarios::DataModel model_of_tales();

tale::tale(std::uint32_t devices) : tale(devices, model_of_tales()) { enterprise_ = false; }

tale::tale(std::uint32_t devices, const scenarios::DataModel& model)
    : devices_(devices + 1), users_(devices + 1), enterprise_(true) {
  *plan.mutable_model() = model;
  plan.mutable_knobs()->set_first_sequence(1);
  plan.set_settle_within_ns(60'000'000'000);
  tell({.kind = entry_kind::participant});
  for (std::uint32_t i = 1; i <= devices; ++i) {
    tell({.kind = entry_kind::participant, .actor = i, .scope = 1, .ref = i});
    tell({.kind = entry_kind::grant, .scope = 1, .ref = i, .aux = 1});
    devices_[i].holds[1] = {};
  }
  for (std::uint32_t i = 1; i <= devices; ++i) {
    tell({.kind = entry_kind::incarnation_begun, .actor = i, .aux = 1});
    tell({.kind = entry_kind::token_issued, .actor = devices + 1, .peer = i, .value = token_ends});
    tell({.kind = entry_kind::token_obtained, .actor = i, .value = token_ends});
  }
}

std::uint16_t tale::collection(const std::string& name) const {
  for (int i = 0; i < plan.model().collections_size(); ++i)
    if (plan.model().collections(i).name() == name)
      return static_cast<std::uint16_t>(i);
  throw std::logic_error("no collection " + name);
}

std::uint16_t tale::field(const std::string& collection_name, const std::string& name) const {
  const auto& of = plan.model().collections(collection(collection_name));
  for (int i = 0; i < of.fields_size(); ++i)
    if (of.fields(i).name() == name)
      return static_cast<std::uint16_t>(i);
  throw std::logic_error("no field " + name);
}

record_index tale::record(intent_index intent, std::size_t n) const {
  for (const auto& item : bodies_.at(intent).ops)
    if (item.code == operation_code::create && n-- == 0)
      return item.record;
  throw std::logic_error("the intent creates no such record");
}

// -- users ----------------------------------------------------------------------------------------------------------------

intent_index tale::write(std::uint32_t device, std::vector<op> ops, std::vector<condition> guards) {
  tick();
  auto& d = devices_[device];
  const intent_name name{device, d.incarnation, ++d.seq};
  const auto intent = names.intern(name);
  std::uint8_t ordinal = 0;
  for (auto& item : ops) {
    if (item.code == operation_code::create)
      item.record = names.intern(record_name{name, ordinal++});
    for (auto& w : item.writes) {
      if (w.to.tag == value_tag::reference)
        w.to.number = digest_of(names.record(w.to.record));
      if (w.to.tag == value_tag::text)
        names.remember_text(w.to.number, w.to.text);
    }
  }
  const auto before = visible(device);
  const auto scope = scope_of(device, ops);
  bodies_[intent] = {device, scope, ops, {}};
  mean(++plan_ids_, ops, guards, intent);
  tell({.kind = entry_kind::intention_invoked, .actor = device, .ref = plan_ids_});
  tell({.kind = entry_kind::clock_read, .actor = device, .value = now_});
  tell({.kind = entry_kind::intent_accepted,
        .actor = device,
        .intent = intent,
        .scope = scope,
        .s = d.cursor(scope),
        .value = now_,
        .ref = plan_ids_,
        .aux = d.generation(scope)});
  tell_body(intent, ops, guards, before);
  d.pending.push_back(intent);
  d.waiting.push_back(intent);
  return intent;
}

void tale::tell_body(intent_index intent, const std::vector<op>& ops, const std::vector<condition>& guards,
                     const rows& before) {
  const auto device = bodies_[intent].device;
  for (const auto& item : ops) {
    const auto c = collection(item.collection);
    tell({.kind = entry_kind::intent_operation,
          .code = static_cast<std::uint8_t>(item.code),
          .actor = device,
          .intent = intent,
          .record = item.record,
          .collection = c,
          .scope = item.to,
          .aux = item.task});
    for (const auto branch : item.branches)
      tell({.kind = entry_kind::intent_branch, .actor = device, .intent = intent, .ref = branch});
    for (const auto& w : item.writes) {
      const auto f = field(item.collection, w.field);
      value was;
      if (before.contains(item.record) && before.at(item.record).cells.contains(f))
        was = before.at(item.record).cells.at(f).is;
      tell({.kind = entry_kind::intent_write,
            .code = static_cast<std::uint8_t>(w.code),
            .tag = w.to.tag,
            .actor = device,
            .intent = intent,
            .record = item.record,
            .collection = c,
            .field = f,
            .flags = static_cast<std::uint32_t>(was.tag),
            .value = w.to.number,
            .aux = static_cast<std::uint64_t>(was.number)});
    }
  }
  for (const auto& guard : guards)
    tell({.kind = entry_kind::intent_guard,
          .code = static_cast<std::uint8_t>(guard.compare),
          .tag = guard.operand.tag,
          .actor = device,
          .intent = intent,
          .record = guard.record,
          .collection = collection(guard.collection),
          .field = field(guard.collection, guard.field),
          .value = guard.operand.number});
}

void tale::read(std::uint32_t device, record_index record) {
  tick();
  shows_flags_ = true;
  tell_row(visible(device), record, entry_kind::row_read, entry_kind::value_read, {.actor = device});
  shows_flags_ = false;
}

// -- the way to the server --------------------------------------------------------------------------------------------------

void tale::send(std::uint32_t device) {
  tick();
  const auto message = ++messages_;
  for (const auto intent : devices_[device].waiting)
    tell({.kind = entry_kind::intent_carried, .actor = device, .intent = intent, .message = message});
  tell({.kind = entry_kind::message_sent, .actor = device, .message = message, .value = 100});
  tick();
  tell({.kind = entry_kind::message_delivered, .peer = device, .message = message});
}

void tale::send_and_lose(std::uint32_t device) {
  send(device);
  auto& e = entries.back();
  e = {.at_ns = e.at_ns, .kind = entry_kind::message_lost, .code = 1, .actor = device, .message = e.message};
}

void tale::apply(rows& to, intent_index intent, std::uint64_t s, const op& what,
                 const std::set<std::string>& lost) const {
  if (what.code == operation_code::move)
    return move_row(to, what.record, what.to, s);
  auto& row = to[what.record];
  row.collection = collection(what.collection);
  const bool was_live = row.live;
  if (what.code == operation_code::create || what.code == operation_code::restore)
    row.live = true;
  if (what.code == operation_code::create)
    row.scope = bodies_.at(intent).scope;
  if (what.code == operation_code::remove)
    row.live = false;
  if (row.live != was_live)
    row.presence = s;
  for (const auto& w : what.writes) {
    if (lost.contains(w.field))
      continue;
    auto& cell = row.cells[field(what.collection, w.field)];
    if (w.code == write_code::set_insert)
      row.sets[field(what.collection, w.field)][w.to.number] = {w.to, intent, s};
    if (w.code == write_code::set_erase)
      row.sets[field(what.collection, w.field)].erase(w.to.number);
    if (w.code == write_code::set_insert || w.code == write_code::set_erase) {
      cell = {{}, intent, s};
      continue;
    }
    auto next = w.to;
    if (w.code == write_code::add)
      next.number += cell.is.number;
    cell = {next, intent, s};
  }
}

void tale::commit(intent_index intent, const std::set<std::string>& lost, intent_index winner, rule_code rule) {
  tick();
  auto& body = bodies_[intent];
  auto next = states_.back();
  const auto s = states_.size();
  for (const auto& item : body.ops) {
    apply(next, intent, s, item, lost);
    resolve(intent, item);
    for (const auto& w : item.writes)
      if (lost.contains(w.field))
        body.is.lost.emplace_back(item.record, field(item.collection, w.field));
  }
  states_.push_back(std::move(next));
  committed_.push_back({intent, body.scope, body.ops.empty() ? 0 : body.ops.front().to});
  body.is.code = lost.empty() ? verdict_code::applied : verdict_code::merged;
  body.is.s = s;
  body.is.winner = winner;
  body.is.rule = rule;
  entry done{.kind = entry_kind::intent_committed, .intent = intent, .s = s, .aux = generation_};
  if (enterprise_ || mortal_)
    tell({.kind = entry_kind::clock_read, .value = now_});
  if (enterprise_) {
    done.value = first(entry_kind::intent_accepted, [&](const entry& e) { return e.intent == intent; }).value;
  }
  tell(done);
}

void tale::refuse(intent_index intent, verdict_code code, rule_code rule, intent_index winner) {
  bodies_[intent].is = {code, rule, winner, 0, {}, false, 0};
}

void tale::release(std::uint32_t device, bool arrives) {
  tick();
  const auto message = ++messages_;
  std::vector<intent_index> told;
  for (const auto intent : devices_[device].waiting) {
    auto& is = bodies_[intent].is;
    if (is.code == verdict_code::none)
      continue;
    const bool effect = is.s != 0;
    tell({.kind = entry_kind::verdict_released,
          .code = static_cast<std::uint8_t>(is.code),
          .rule = static_cast<std::uint8_t>(effect ? rule_code::none : is.rule),
          .intent = intent,
          .flags = is.released ? 1U : 0U,
          .s = is.s,
          .message = message,
          .ref = effect ? 0 : is.winner,
          .aux = is.task});
    for (const auto& [record, field] : is.lost)
      tell({.kind = entry_kind::verdict_field,
            .rule = static_cast<std::uint8_t>(is.rule),
            .intent = intent,
            .record = record,
            .field = field,
            .ref = is.winner});
    is.released = true;
    told.push_back(intent);
  }
  tick();
  if (!arrives) {
    tell({.kind = entry_kind::message_lost, .code = 1, .peer = device, .message = message});
    return;
  }
  tell({.kind = entry_kind::message_delivered, .actor = device, .message = message});
  auto& d = devices_[device];
  for (const auto intent : told) {
    const auto& is = bodies_[intent].is;
    const bool effect = is.s != 0;
    std::erase(d.waiting, intent);
    tell({.kind = entry_kind::verdict_received,
          .code = static_cast<std::uint8_t>(is.code),
          .rule = static_cast<std::uint8_t>(effect ? rule_code::none : is.rule),
          .actor = device,
          .intent = intent,
          .s = is.s,
          .ref = effect ? 0 : is.winner});
    if (backs_up_ && effect)
      d.acknowledged.push_back(intent);
    tell({.kind = entry_kind::queue_exit,
          .code = static_cast<std::uint8_t>(is.code),
          .actor = device,
          .intent = intent});
    if (effect)
      continue;
    std::erase(d.pending, intent);
    tell({.kind = entry_kind::surfaced,
          .code = static_cast<std::uint8_t>(is.code),
          .rule = static_cast<std::uint8_t>(is.rule),
          .actor = device,
          .intent = intent});
    tell({.kind = entry_kind::overlay_dropped,
          .actor = device,
          .intent = intent,
          .s = d.cursor(bodies_.at(intent).scope)});
  }
  drop_confirmed(device);
}

void tale::answer(std::uint32_t device) { release(device, true); }
void tale::answer_and_lose(std::uint32_t device) { release(device, false); }

void tale::drop_confirmed(std::uint32_t device) {
  auto& d = devices_[device];
  for (const auto intent : std::vector(d.pending)) {
    const auto& body = bodies_[intent];
    const auto cursor = d.cursor(body.scope);
    const bool waits = std::find(d.waiting.begin(), d.waiting.end(), intent) != d.waiting.end();
    const bool lost = !d.holds.contains(body.scope) && !waits; // it went with the scope
    const bool reached = body.is.s <= cursor && d.generation(body.scope) == generation_;
    if (body.is.s == 0 || (!reached && !lost))
      continue;
    std::erase(d.pending, intent);
    tell({.kind = entry_kind::overlay_dropped, .actor = device, .intent = intent, .s = cursor});
  }
}

intent_index tale::put(std::uint32_t device, std::vector<op> ops) {
  const auto intent = write(device, std::move(ops));
  send(device);
  commit(intent);
  answer(device);
  pull(device);
  return intent;
}

} // namespace squall::told
