#include "engine/client/local_change.hpp"

#include "engine/client/offline_rule.hpp"
#include "engine/merge/policy.hpp"
#include "engine/wire/codec.hpp"

#include <algorithm>

namespace squall::client {

namespace {

using telemetry::sabotage;

constexpr std::size_t operations_max = 255;

error malformed(const char* what) { return {errc::invalid_argument, what}; }

/// Puts real ids where a change speaks of the records that it creates.
class record_names {
public:
  explicit record_names(const intent_id& creator) : creator_(creator) {}

  /// Names the creates of `operations`, in order. Errors: a create that has an id already.
  result<void> name(std::vector<operation>& operations) {
    created_.assign(operations.size(), {});
    std::uint8_t ordinal = 0;
    for (std::size_t k = 0; k < operations.size(); ++k) {
      if (operations[k].kind != operation_kind::create)
        continue;
      if (!operations[k].record.null())
        return malformed("a create names its record");
      operations[k].record = created_[k] = record_id::derive(creator_, ordinal++);
    }
    return {};
  }

  /// Errors: a name of an operation that creates nothing.
  result<void> resolve(record_id& id) const {
    if (id.device != 0 || id.incarnation != io::record_in_change(0).incarnation)
      return {};
    const std::uint64_t k = id.seq_ordinal - 1;
    if (id.null() || k >= created_.size() || created_[k].null())
      return malformed("a change refers to a record that it does not create");
    id = created_[k];
    return {};
  }

  std::vector<record_id> take() { return std::move(created_); }

private:
  intent_id creator_;
  std::vector<record_id> created_;
};

result<void> resolve_all(const record_names& names, intent& in) {
  const auto resolve_value = [&](value& v) -> result<void> {
    if (auto* id = std::get_if<record_id>(&v))
      return names.resolve(*id);
    return {};
  };
  for (guard& g : in.guards) {
    if (auto done = names.resolve(g.record); !done)
      return done;
    if (auto done = resolve_value(g.operand); !done)
      return done;
  }
  for (operation& op : in.operations) {
    if (auto done = names.resolve(op.record); !done)
      return done;
    for (field_write& w : op.writes)
      if (auto done = resolve_value(w.to); !done)
        return done;
  }
  return {};
}

/// A counter that is added to knows no `set`, not even its first: what a create puts there is added to nothing.
void lower_initial_counts(const merge::schema& model, intent& in) {
  for (operation& op : in.operations) {
    if (op.kind != operation_kind::create || op.collection >= model.collections.size())
      continue;
    const merge::collection_schema& collection = model.collections[op.collection];
    const merge::policy* policy = merge::find_policy(collection.policy);
    for (field_write& w : op.writes)
      if (w.kind == write_kind::set && policy != nullptr && policy->counters_add &&
          w.field < collection.fields.size() && collection.fields[w.field].type == merge::field_type::counter)
        w.kind = write_kind::add;
  }
}

void fill_before_values(working_set& rows, intent& in) {
  for (operation& op : in.operations) {
    std::sort(op.branches_seen.begin(), op.branches_seen.end());
    std::sort(op.writes.begin(), op.writes.end(), [](const field_write& a, const field_write& b) {
      return a.field != b.field ? a.field < b.field : a.to < b.to; // members of a set
    });
    const merge::row* row = rows.look(layer::visible, op.record);
    for (field_write& w : op.writes)
      w.before = row && !row->deleted && w.field < row->fields.size() ? row->fields[w.field].current : value{};
  }
}

/// Where the records are that the change is about: the first that it is about and that is here decides, else the first that a
/// value of it refers to and has to stay with. What everybody holds is referred to from everywhere, and says nothing.
scope_id scope_of(core& c, const io::local_change& change, working_set& rows) {
  if (c.scopes.is_one(c.config.scope))
    return c.config.scope;
  const auto& collections = c.config.model->collections;
  const auto known = [&](const operation& op) { return op.collection < collections.size(); };
  const auto place = [&](const record_id& id) {
    const merge::row* row = id.device == 0 ? nullptr : rows.look(layer::visible, id);
    return row != nullptr ? row->scope : scope_id{};
  };
  for (const operation& op : change.operations)
    if (known(op) && collections[op.collection].wide)
      return c.config.model->wide_scope;
  for (const operation& op : change.operations)
    if (const scope_id at = place(op.record); at.value != 0 && op.kind != operation_kind::create)
      return at;
  for (const operation& op : change.operations)
    for (const field_write& w : op.writes)
      if (const auto* to = std::get_if<record_id>(&w.to);
          to != nullptr && known(op) && c.shown.derived().keeps_together(op.collection, w.field))
        if (const scope_id at = place(*to); at.value != 0 && at != c.config.model->wide_scope)
          return at;
  return c.config.scope;
}

result<intent> compose(core& c, const io::local_change& change, working_set& rows, std::vector<record_id>& created) {
  if (change.operations.empty() || change.operations.size() > operations_max)
    return malformed("a change has 1 to 255 operations");
  intent in;
  in.id = {c.config.device, c.state.incarnation, c.state.next_seq};
  in.scope = change.scope.value != 0 ? change.scope : scope_of(c, change, rows);
  in.user = c.config.user;
  in.schema_version = c.config.model->version;
  in.policy_version = c.config.model->policy_version;
  in.client_wall = c.now.wall;
  if (const held_scope* held = c.scopes.find(in.scope))
    in.context = {held->at.generation, held->at.sequence, {}};
  in.guards = change.guards;
  in.operations = change.operations;
  record_names names(in.id);
  if (auto done = names.name(in.operations); !done)
    return done.err();
  if (auto done = resolve_all(names, in); !done)
    return done.err();
  lower_initial_counts(*c.config.model, in);
  created = names.take();
  return in;
}

/// Why a change is not taken in at all; nothing if it is. What the server may yet decide otherwise is taken in.
std::optional<error> refusal(const merge::decision& d, const intent& in, working_set& rows) {
  if (d.outcome.kind != verdict_kind::rejected)
    return std::nullopt;
  if (d.outcome.rule == verdict_rule::malformed)
    return malformed("a change breaks the schema");
  const bool unknown = std::any_of(in.operations.begin(), in.operations.end(), [&](const operation& op) {
    return op.kind != operation_kind::create && !rows.look(layer::visible, op.record);
  });
  if (unknown && d.outcome.rule != verdict_rule::guard)
    return error{errc::not_found, "a change works on a record that is not here"};
  return std::nullopt;
}

void report_accepted(core& c, const intent& in) {
  c.report({.kind = telemetry::fact_kind::intent_accepted,
            .scope = in.scope,
            .logical = in.stamp.logical,
            .intent = in.id,
            .sequence = in.context.sequence,
            .aux = in.context.generation,
            .wall = in.stamp.wall});
}

bool full(core& c) {
  const std::uint32_t most = c.config.sync.queue_max;
  if (most == 0)
    return false;
  const bool all = c.sabotaged(sabotage::queue_bound_counts_kept);
  if (c.queue.awaiting() + (all ? c.queue.kept() : 0) < most)
    return false;
  if (!c.sabotaged(sabotage::full_queue_drops_oldest))
    return true;
  c.store->begin();
  c.queue.erase(c.queue.first_awaiting()->n);
  c.store->commit();
  return false;
}

/// What has nothing to do with the change itself; nothing if it may go on.
std::optional<error> not_now(core& c, const io::local_change& change) {
  if (full(c)) {
    c.hit(telemetry::probe::queue_full);
    return error{errc::queue_full, "too many changes await the server"};
  }
  if (!offline_rule_allows(c, change)) {
    c.hit(telemetry::probe::offline_forbidden);
    return error{errc::offline_forbidden, "only while the server can be reached"};
  }
  return std::nullopt;
}

} // namespace

void accept_change(core& c, const io::local_change& change) {
  if (auto why = not_now(c, change)) {
    c.hit(telemetry::probe::change_refused);
    c.out->change = *why;
    return;
  }
  std::vector<record_id> created;
  working_set rows(*c.config.model, *c.store, &c.known_rows);
  auto composed = compose(c, change, rows, created);
  if (!composed) {
    c.hit(telemetry::probe::change_refused);
    c.out->change = composed.err();
    return;
  }
  intent& in = *composed;
  c.store->begin();
  fill_before_values(rows, in);
  in.stamp = c.clock.now(c.now.wall);
  const merge::decision d = c.shown.fold(in, rows);
  if (c.failed())
    return;
  if (auto why = refusal(d, in, rows)) {
    c.store->roll_back();
    c.hit(telemetry::probe::change_refused);
    c.out->change = *why;
    return;
  }
  rows.flush();
  c.state.stamp = in.stamp;
  ++c.state.next_seq;
  c.save_state();
  report_accepted(c, in);
  c.out->change = io::change_result{in.id, std::move(created)};
  std::string body = wire::encode(in);
  c.queue.accept(std::move(in), std::move(body), c.sabotaged(sabotage::enqueue_in_memory_only));
  c.store->commit();
}

} // namespace squall::client
