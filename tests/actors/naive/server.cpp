#include "tests/actors/naive/naive.hpp"
#include "tests/actors/naive/wire.hpp"

#include <map>

namespace squall::naive {

namespace {

using telemetry::fact;
using telemetry::fact_kind;

struct cell {
  value current;
  intent_id writer;
  std::uint64_t s = 0;
};
struct row {
  collection_number collection = 0;
  scope_id scope;
  bool deleted = false;
  intent_id presence;
  std::uint64_t presence_s = 0;
  std::map<field_number, cell> cells;
};
struct pushed {
  intent_id id;
  std::uint64_t seen = 0; ///< sequence in its context
  std::uint64_t stamp = 0;
  std::vector<operation> operations;
};
struct entry {
  std::uint64_t s = 0, previous = 0;
  pushed in;
  std::vector<operation> effects; ///< what took effect
};

class server final : public actors::participant {
public:
  explicit server(const actors::server_config& config) {
    for (const auto& member : config.members)
      scopes_[member.device] = member.scope;
  }

  void handle(const io::event& event, const clock_reading&, io::effects& out) override {
    out.clear();
    const auto* message = std::get_if<io::received>(&event);
    if (!message)
      return;
    reader r(message->bytes);
    if (!r.ok())
      return;
    const auto what = static_cast<tag>(r.word());
    if (what == tag::push)
      push(r, message->from, out);
    else if (what == tag::pull)
      pull(r, message->from, out);
  }

  result<std::optional<io::row_view>> read(const record_id&) override { return std::optional<io::row_view>{}; }
  result<void> export_rows(scope_id scope, io::view_kind,
                           const std::function<void(const io::row_view&)>& sink) override {
    for (const auto& [id, row] : rows_) {
      if (row.scope != scope)
        continue;
      io::row_view view{id, row.collection, row.deleted, {}};
      if (!row.deleted)
        for (const auto& [field, cell] : row.cells)
          view.fields.push_back({field, cell.current, cell.writer});
      sink(view);
    }
    return {};
  }
  io::replica_status status() override { return {}; }
  result<io::cursor> head(scope_id scope) override { return io::cursor{1, head_of(scope), 0}; }
  const telemetry::counters* counters() const override { return nullptr; }

private:
  std::uint64_t head_of(scope_id scope) { return feed_[scope].empty() ? 0 : feed_[scope].back().s; }

  void push(reader& r, endpoint_id from, io::effects& out) {
    writer reply;
    reply.word(static_cast<std::uint64_t>(tag::push_reply));
    const auto count = r.word();
    reply.word(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      pushed in{r.id(), r.word(), r.word(), operations_from(r)};
      const bool repeated = verdicts_.contains(in.id);
      if (!repeated)
        verdicts_[in.id] = judge(in, out);
      const auto& v = verdicts_[in.id];
      out.facts.push_back({.kind = fact_kind::verdict_released,
                           .code = repeated,
                           .verdict = v.kind,
                           .rule = v.rule,
                           .intent = in.id,
                           .other = v.winner,
                           .sequence = v.sequence});
      for (const auto& f : v.fields)
        out.facts.push_back({.kind = fact_kind::verdict_field,
                             .rule = f.rule,
                             .collection = f.collection,
                             .field = f.field,
                             .intent = in.id,
                             .other = f.winner,
                             .record = f.record});
      reply.put(in.id).word(static_cast<std::uint64_t>(v.kind)).word(static_cast<std::uint64_t>(v.rule));
      reply.word(v.sequence).put(v.winner);
    }
    out.sends.push_back({from, io::message_class::push_reply, reply.seal()});
  }

  static bool had_seen(const pushed& in, const intent_id& writer, std::uint64_t s) {
    return s <= in.seen || (writer.device == in.id.device && writer.incarnation == in.id.incarnation);
  }

  verdict judge(const pushed& in, io::effects& out) {
    const auto scope = scopes_[in.id.device];
    for (const auto& op : in.operations) {
      if (op.kind == operation_kind::create)
        continue;
      const auto at = rows_.find(op.record);
      if (at == rows_.end()) {
        const auto create = verdicts_.find(op.record.creator());
        const bool refused = create != verdicts_.end() && create->second.sequence == 0;
        return {.kind = verdict_kind::rejected, .rule = refused ? verdict_rule::dependency : verdict_rule::gone};
      }
      if (at->second.scope != scope)
        return {.kind = verdict_kind::rejected, .rule = verdict_rule::denied};
    }
    for (const auto& op : in.operations)
      if (op.kind == operation_kind::update)
        if (const auto& at = rows_[op.record]; at.deleted && had_seen(in, at.presence, at.presence_s))
          return {.kind = verdict_kind::rejected, .rule = verdict_rule::gone};
    return commit(in, scope, out);
  }

  verdict commit(const pushed& in, scope_id scope, io::effects& out) {
    verdict v{.kind = verdict_kind::applied};
    const auto s = next_;
    entry made{s, head_of(scope), in, {}};
    for (const auto& op : in.operations) {
      auto& at = rows_[op.record];
      if (op.kind == operation_kind::update && at.deleted) {
        for (const auto& write : op.writes)
          v.fields.push_back({op.record, op.collection, write.field, at.presence, verdict_rule::delete_update});
        continue;
      }
      made.effects.push_back(op);
      if (op.kind != operation_kind::update)
        at.deleted = op.kind == operation_kind::remove, at.presence = in.id, at.presence_s = s;
      if (op.kind == operation_kind::create)
        at.collection = op.collection, at.scope = scope;
      for (const auto& write : op.writes)
        at.cells[write.field] = {write.to, in.id, s};
    }
    if (made.effects.empty())
      return {.kind = verdict_kind::superseded, .rule = v.fields.front().rule, .winner = v.fields.front().winner};
    if (!v.fields.empty())
      v.kind = verdict_kind::merged, v.rule = v.fields.front().rule;
    v.sequence = next_++;
    out.facts.push_back({.kind = fact_kind::intent_committed, .intent = in.id, .sequence = s, .aux = 1});
    feed_[scope].push_back(std::move(made));
    return v;
  }

  void pull(reader& r, endpoint_id from, io::effects& out) {
    const auto cursor = r.word();
    const auto scope = scopes_[from.value];
    std::vector<const entry*> page;
    for (const auto& e : feed_[scope])
      if (e.s > cursor && page.size() < 50)
        page.push_back(&e);
    const auto next = page.empty() ? cursor : page.back()->s;
    out.facts.push_back({.kind = fact_kind::page_served,
                         .endpoint = from,
                         .sequence = next,
                         .from_sequence = cursor,
                         .aux = 1,
                         .wall = static_cast<time_ns>(head_of(scope))});
    writer reply;
    reply.word(static_cast<std::uint64_t>(tag::page)).word(cursor).word(head_of(scope)).word(page.size());
    for (const auto* e : page) {
      reply.word(e->s).word(e->previous).put(e->in.id).word(e->in.stamp);
      put_operations(reply, e->effects);
      report(*e, out);
    }
    out.sends.push_back({from, io::message_class::page, reply.seal()});
  }

  static void report(const entry& e, io::effects& out) {
    out.facts.push_back(
        {.kind = fact_kind::feed_entry, .intent = e.in.id, .sequence = e.s, .from_sequence = e.previous});
    for (const auto& op : e.effects) {
      const auto change =
          op.kind == operation_kind::remove ? telemetry::row_change::deleted : telemetry::row_change::upsert;
      out.facts.push_back({.kind = fact_kind::feed_row,
                           .code = static_cast<std::uint8_t>(change),
                           .collection = op.collection,
                           .record = op.record});
      for (const auto& write : op.writes)
        out.facts.push_back({.kind = fact_kind::feed_field,
                             .collection = op.collection,
                             .field = write.field,
                             .other = e.in.id,
                             .record = op.record,
                             .sequence = e.s,
                             .digest = digest_of(write.to)});
    }
  }

  std::map<std::uint32_t, scope_id> scopes_;
  std::map<record_id, row> rows_;
  std::map<intent_id, verdict> verdicts_;
  std::map<scope_id, std::vector<entry>> feed_;
  std::uint64_t next_ = 1;
};

} // namespace

result<std::unique_ptr<actors::participant>> naive_system::start_server(const actors::server_config& config) {
  return std::unique_ptr<actors::participant>(std::make_unique<server>(config));
}

} // namespace squall::naive
