#include "tests/actors/naive/naive.hpp"
#include "tests/actors/naive/wire.hpp"

#include <algorithm>
#include <map>

namespace squall::naive {

namespace {

using telemetry::fact_kind;

constexpr io::timer_id poll_timer = 1, push_timer = 2;
constexpr duration_ns push_timeout_ns = 10 * second_ns;

struct cell {
  value current;
  intent_id writer;
};
struct row {
  collection_number collection = 0;
  bool deleted = false;
  std::map<field_number, cell> cells;
};
struct queued {
  intent_id id;
  std::uint64_t seen = 0, stamp = 0;
  std::vector<operation> operations;
  bool folded = true;
  verdict got;
};

class client final : public actors::participant {
public:
  explicit client(const actors::client_config& config) : config_(config) {}

  void handle(const io::event& event, const clock_reading& now, io::effects& out) override {
    out.clear();
    if (std::holds_alternative<io::started>(event)) {
      out.facts.push_back({.kind = fact_kind::incarnation_begun, .aux = 1});
      pull(out);
    } else if (const auto* change = std::get_if<io::local_change>(&event)) {
      accept(*change, now, out);
    } else if (const auto* timer = std::get_if<io::timer_fired>(&event)) {
      if (timer->id == poll_timer)
        pull(out);
      else if (timer->generation == pushes_)
        pushing_ = false, push(out);
    } else if (const auto* message = std::get_if<io::received>(&event)) {
      reader r(message->bytes);
      if (!r.ok())
        return;
      const auto what = static_cast<tag>(r.word());
      if (what == tag::push_reply)
        take_verdicts(r, out);
      else if (what == tag::page)
        take_page(r, out);
    }
  }

  result<std::optional<io::row_view>> read(const record_id& id) override {
    const auto rows = visible();
    const auto at = rows.find(id);
    return at == rows.end() ? std::optional<io::row_view>{} : std::optional{view_of(id, at->second)};
  }
  result<void> export_rows(scope_id, io::view_kind view,
                           const std::function<void(const io::row_view&)>& sink) override {
    for (const auto& [id, row] : view == io::view_kind::visible ? visible() : confirmed_)
      sink(view_of(id, row));
    return {};
  }
  io::replica_status status() override {
    io::replica_status s;
    s.queue_depth = static_cast<std::uint32_t>(
        std::count_if(queue_.begin(), queue_.end(), [](const queued& q) { return q.got.kind == verdict_kind::none; }));
    s.at = {1, cursor_, 0};
    s.known_head = head_;
    s.pending = s.queue_depth > 0 ? io::pending_reason::queue_not_empty
                : cursor_ < head_ ? io::pending_reason::cursor_behind
                                  : io::pending_reason::none;
    s.shown_as_synced = s.pending == io::pending_reason::none;
    return s;
  }
  result<io::cursor> head(scope_id) override { return io::cursor{1, cursor_, 0}; }
  const telemetry::counters* counters() const override { return nullptr; }

private:
  static io::row_view view_of(const record_id& id, const row& r) {
    io::row_view view{id, r.collection, r.deleted, {}};
    if (!r.deleted)
      for (const auto& [field, cell] : r.cells)
        view.fields.push_back({field, cell.current, cell.writer});
    return view;
  }

  static void apply(std::map<record_id, row>& rows, const intent_id& id, const std::vector<operation>& operations) {
    for (const auto& op : operations) {
      const auto at = rows.find(op.record);
      if (op.kind != operation_kind::create && at == rows.end())
        continue;
      if (op.kind == operation_kind::update && at->second.deleted)
        continue;
      auto& row = rows[op.record];
      row.collection = op.collection;
      if (op.kind != operation_kind::update)
        row.deleted = op.kind == operation_kind::remove;
      for (const auto& write : op.writes)
        row.cells[write.field] = {write.to, id};
    }
  }
  std::map<record_id, row> visible() const {
    auto rows = confirmed_;
    for (const auto& q : queue_)
      if (q.folded)
        apply(rows, q.id, q.operations);
    return rows;
  }

  void accept(const io::local_change& change, const clock_reading& now, io::effects& out) {
    stamp_ = std::max<std::uint64_t>(stamp_ + 1, static_cast<std::uint64_t>(now.wall));
    queued q{{config_.self.value, 1, next_seq_++}, cursor_, stamp_, change.operations};
    io::change_result made{q.id, std::vector<record_id>(q.operations.size())};
    const auto resolve = [&](record_id& id) {
      if (id.incarnation == 0xffff'ffffu)
        id = made.created[id.seq_ordinal - 1];
    };
    for (std::size_t k = 0; k < q.operations.size(); ++k) {
      auto& op = q.operations[k];
      if (op.kind == operation_kind::create)
        op.record = made.created[k] = record_id::derive(q.id, static_cast<std::uint8_t>(k));
      else
        resolve(op.record);
      for (auto& write : op.writes)
        if (auto* reference = std::get_if<record_id>(&write.to))
          resolve(*reference);
    }
    out.facts.push_back({.kind = fact_kind::intent_accepted,
                         .intent = q.id,
                         .sequence = cursor_,
                         .aux = 1,
                         .wall = static_cast<time_ns>(stamp_)});
    queue_.push_back(std::move(q));
    out.change = std::move(made);
    push(out);
  }

  void push(io::effects& out) {
    std::vector<const queued*> batch;
    for (const auto& q : queue_)
      if (q.got.kind == verdict_kind::none && batch.size() < 20)
        batch.push_back(&q);
    if (pushing_ || batch.empty())
      return;
    writer w;
    w.word(static_cast<std::uint64_t>(tag::push)).word(batch.size());
    for (const auto* q : batch) {
      w.put(q->id).word(q->seen).word(q->stamp);
      put_operations(w, q->operations);
      out.facts.push_back({.kind = fact_kind::intent_carried, .intent = q->id, .aux = out.sends.size()});
    }
    out.sends.push_back({config_.server, io::message_class::push, w.seal()});
    out.timers.push_back({push_timer, ++pushes_, push_timeout_ns});
    pushing_ = true;
  }

  void pull(io::effects& out) {
    writer w;
    w.word(static_cast<std::uint64_t>(tag::pull)).word(cursor_);
    out.sends.push_back({config_.server, io::message_class::pull, w.seal()});
    const auto every = config_.knobs.poll_every_ns ? config_.knobs.poll_every_ns : 60 * second_ns;
    out.timers.push_back({poll_timer, ++polls_, every});
  }

  void take_verdicts(reader& r, io::effects& out) {
    for (auto count = r.word(); count > 0; --count) {
      const auto id = r.id();
      const verdict v{.kind = static_cast<verdict_kind>(r.word()),
                      .rule = static_cast<verdict_rule>(r.word()),
                      .sequence = r.word(),
                      .winner = r.id()};
      const auto at = std::find_if(queue_.begin(), queue_.end(), [&](const queued& q) { return q.id == id; });
      if (at == queue_.end() || at->got.kind != verdict_kind::none)
        continue;
      at->got = v;
      out.facts.push_back({.kind = fact_kind::verdict_received,
                           .verdict = v.kind,
                           .rule = v.rule,
                           .intent = id,
                           .other = v.winner,
                           .sequence = v.sequence});
      out.facts.push_back({.kind = fact_kind::queue_exit, .verdict = v.kind, .intent = id});
      if (v.sequence == 0)
        out.facts.push_back({.kind = fact_kind::surfaced, .verdict = v.kind, .rule = v.rule, .intent = id});
    }
    pushing_ = false;
    out.timers.push_back({push_timer, ++pushes_, io::timer_request::cancel});
    drop_overlay(out);
    push(out);
    if (cursor_ < head_ || !queue_.empty())
      pull(out);
  }

  void take_page(reader& r, io::effects& out) {
    const auto from = r.word();
    head_ = std::max(head_, r.word());
    const auto count = r.word();
    if (from != cursor_ || count == 0)
      return;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto s = r.word(), previous = r.word();
      const auto id = r.id();
      stamp_ = std::max(stamp_, r.word());
      const auto effects = operations_from(r);
      if (previous != cursor_)
        return;
      apply(confirmed_, id, effects);
      cursor_ = s;
      out.facts.push_back({.kind = fact_kind::group_applied, .intent = id, .sequence = s});
      for (auto& q : queue_)
        if (q.id == id && q.folded) {
          q.folded = false;
          out.facts.push_back({.kind = fact_kind::overlay_dropped, .intent = id, .sequence = s});
        }
    }
    out.facts.push_back({.kind = fact_kind::cursor_moved, .sequence = cursor_, .from_sequence = from, .aux = 1});
    drop_overlay(out);
    if (cursor_ < head_)
      pull(out);
  }

  void drop_overlay(io::effects& out) {
    for (auto& q : queue_)
      if (q.folded && q.got.kind != verdict_kind::none && q.got.sequence <= cursor_) {
        q.folded = false;
        out.facts.push_back({.kind = fact_kind::overlay_dropped, .intent = q.id, .sequence = cursor_});
      }
    std::erase_if(queue_, [](const queued& q) { return !q.folded && q.got.kind != verdict_kind::none; });
  }

  actors::client_config config_;
  std::map<record_id, row> confirmed_;
  std::vector<queued> queue_;
  std::uint64_t next_seq_ = 1, stamp_ = 0, cursor_ = 0, head_ = 0, pushes_ = 0, polls_ = 0;
  bool pushing_ = false;
};

} // namespace

result<std::unique_ptr<actors::participant>> naive_system::start_client(const actors::client_config& config) {
  return std::unique_ptr<actors::participant>(std::make_unique<client>(config));
}

} // namespace squall::naive
