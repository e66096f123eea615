#include "engine/client/replica.hpp"

#include "engine/client/core.hpp"
#include "engine/client/credentials.hpp"
#include "engine/client/grants.hpp"
#include "engine/client/incarnation.hpp"
#include "engine/client/local_change.hpp"
#include "engine/client/pull_session.hpp"
#include "engine/client/push_session.hpp"
#include "engine/client/row_codec.hpp"
#include "engine/client/task_book.hpp"
#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>

namespace squall::client {

namespace {

using telemetry::probe;
using telemetry::sabotage;

/// Of a set: each member, with its newest insert.
void append_field(const merge::cell& cell, field_number number, bool set, std::vector<io::field_view>& out) {
  if (!set)
    return out.push_back({number, cell.current, cell.writer});
  for (const merge::set_member& m : merge::members_of(cell))
    if (merge::is_member(m))
      out.push_back({number, m.text, merge::newest(m.inserts).intent});
}

io::row_view view_of(const merge::row& row, const merge::schema& model) {
  io::row_view out{.id = row.id, .collection = row.collection, .deleted = row.deleted, .scope = row.scope};
  if (row.deleted)
    return out;
  const auto& fields = model.collections[row.collection].fields;
  out.fields.reserve(row.fields.size());
  for (std::size_t f = 0; f < row.fields.size(); ++f)
    if (!row.fields[f].writer.null() || fields[f].type == merge::field_type::derived)
      append_field(row.fields[f], static_cast<field_number>(f), fields[f].type == merge::field_type::set, out.fields);
  return out;
}

result<void> check(const options& o) {
  const sync_settings& s = o.sync;
  if (!o.model)
    return error{errc::invalid_argument, "no data model"};
  if (s.poll_every <= 0 || s.request_timeout <= 0 || s.backoff_base <= 0 || s.backoff_cap < s.backoff_base ||
      s.push_batch_max == 0 || s.page_limit == 0 || s.refresh_ahead < 0 || s.breaker_for <= 0 || s.contact_within < 0)
    return error{errc::invalid_argument, "sync settings out of range"};
  return {};
}

} // namespace

struct replica::impl {
  impl(options o, std::unique_ptr<client_store> store)
      : shared(std::move(o), std::move(store)), who(shared), push(shared, who), pull(shared, who) {}

  core shared;
  credentials who;
  push_session push;
  pull_session pull;
  std::uint32_t reconnects = 0;

  /// 0: the one that the device was set up with.
  const held_scope* in(scope_id scope) const {
    return shared.scopes.find(scope.value != 0 ? scope : shared.config.scope);
  }

  void on(const io::started&) {
    if (shared.state.offline != io::offline_rule::full && shared.sabotaged(sabotage::offline_rule_forgotten))
      shared.state.offline = io::offline_rule::full;
    if (shared.state.incarnation == 0) {
      shared.store->begin();
      begin_first_incarnation(shared);
      shared.store->commit();
    }
    who.start();
  }
  void on(const io::local_change& change) { accept_change(shared, change); }
  void on(const io::timer_fired& timer) {
    switch (timer.id) {
      case push_timer: return push.on_timer(timer.generation);
      case pull_timer: return pull.on_timer(timer.generation);
      case credentials_timer: return who.on_timer(timer.generation);
      default: return;
    }
  }
  void on(const io::connectivity& network) {
    // A hint only: going offline shows by itself. Coming back, waits end early, though not all replicas' at once.
    if (!network.online)
      return;
    const auto spread = static_cast<std::uint64_t>(shared.config.sync.backoff_base);
    const std::uint64_t bits = drawn(shared.config.entropy, {purpose::reconnect, 0, reconnects++});
    const auto delay = static_cast<duration_ns>(bits % spread);
    push.hurry(delay);
    pull.hurry(delay);
    who.hurry(delay);
  }
  void on(const io::received& message) {
    wire::frame frame;
    if (!wire::open(message.bytes, frame)) {
      shared.hit(probe::client_bytes_unreadable);
      return;
    }
    if (message.from == shared.config.issuer && frame.kind == wire::message_kind::token_response)
      return take<wire::TokenResponse>(frame, [&](const auto& reply) { who.on_reply(frame.correlation, reply); });
    if (message.from == shared.config.server)
      return from_server(frame);
    shared.hit(probe::client_bytes_unreadable);
  }
  void on(const io::availability&) {}
  void on(const io::resume&) {}
  void on(const io::offline_ruling&) {}
  void on(const io::grant_change&) {}
  void on(const io::revocation&) {}
  void on(const io::key_rotation&) {}
  void on(const io::backup&) {}

  void from_server(const wire::frame& frame) {
    switch (frame.kind) {
      case wire::message_kind::push_response:
        return take<wire::PushResponse>(frame, [&](const auto& reply) {
          heard(reply);
          push.on_reply(frame.correlation, reply);
          if (of_another_generation(reply.generation()) ||
              is_news(shared.state, {reply.generation(), reply.grant_changes()}))
            pull.expect_news();
        });
      case wire::message_kind::pull_response:
        return take<wire::PullResponse>(frame, [&](const auto& reply) {
          heard(reply);
          pull.on_page(frame.correlation, reply);
        });
      case wire::message_kind::snapshot_response:
        return take<wire::SnapshotResponse>(frame, [&](const auto& reply) {
          heard(reply);
          pull.on_snapshot_page(frame.correlation, reply);
        });
      case wire::message_kind::invalidation:
        return take<wire::Invalidation>(frame, [&](const auto& hint) {
          if (shared.scopes.holds({hint.scope()}))
            pull.on_invalidation({hint.scope()}, {hint.generation(), hint.head()});
        });
      default: shared.hit(probe::client_bytes_unreadable);
    }
  }

  bool of_another_generation(std::uint64_t generation) const {
    const auto& held = shared.scopes.all();
    return generation != 0 && std::any_of(held.begin(), held.end(), [&](const held_scope& h) {
             return h.at.generation != 0 && h.at.generation != generation;
           });
  }

  template <class Reply>
  void heard(const Reply& reply) {
    shared.gate.answered({reply.status(), reply.retry_after_ms()}, shared.now.mono);
  }

  template <class Message, class Take>
  void take(const wire::frame& frame, const Take& then) {
    wire::message_room room;
    auto& message = room.make<Message>();
    if (wire::parse(frame.body, message))
      then(message);
    else
      shared.hit(probe::client_bytes_unreadable);
  }

  /// With nothing under way the store gives back the pages that lie idle.
  void tidy_up() {
    if (!shared.may_shrink || !pull.resting() || !pull.up_to_date() || shared.queue.awaiting() > 0 || shared.failed())
      return;
    shared.may_shrink = false;
    if (shared.store->shrink())
      shared.hit(probe::store_made_smaller);
  }

  io::pending_reason pending() const {
    if (!who.enrolled())
      return io::pending_reason::not_enrolled;
    if (who.locked())
      return io::pending_reason::queue_locked;
    if (!who.usable())
      return io::pending_reason::token_invalid;
    if (pull.resyncing())
      return io::pending_reason::resync_running;
    if (shared.queue.awaiting() > 0)
      return io::pending_reason::queue_not_empty;
    // Acknowledged, but not yet where the cursor is: the user still sees a guess of what became of it.
    const auto& held = shared.scopes.all();
    const bool behind =
        std::any_of(held.begin(), held.end(), [](const held_scope& h) { return h.at.sequence < h.known_head; });
    if (behind || shared.queue.folded() > 0)
      return io::pending_reason::cursor_behind;
    return io::pending_reason::none;
  }
};

replica::replica(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
replica::~replica() = default;

result<std::unique_ptr<replica>> replica::open(options o) {
  if (auto fine = check(o); !fine)
    return fine.err();
  auto store = client_store::open(o.store, o.scope);
  if (!store)
    return store.err();
  auto made = std::make_unique<impl>(std::move(o), std::move(store).value());
  if (const auto& why = made->shared.store->failure())
    return *why;
  return std::unique_ptr<replica>{new replica(std::move(made))};
}

void replica::handle(const io::event& event, const clock_reading& now, io::effects& out) {
  out.clear();
  core& c = impl_->shared;
  c.out = &out;
  c.now = now;
  if (!c.failed()) {
    std::visit([&](const auto& e) { impl_->on(e); }, event);
    impl_->push.kick();
    impl_->pull.kick();
    impl_->tidy_up();
  }
  if (const auto& why = c.store->failure()) {
    // Memory may be ahead of the store now: this replica is done, and what it meant to say never happened.
    out.clear();
    out.failed = *why;
    if (std::holds_alternative<io::local_change>(event))
      out.change = *why;
  }
  c.out = nullptr;
}

result<std::optional<io::row_view>> replica::read(const record_id& id, io::view_kind view) {
  core& c = impl_->shared;
  working_set rows(*c.config.model, *c.store, &c.known_rows);
  const merge::row* row = rows.look(view == io::view_kind::visible ? layer::visible : layer::confirmed, id);
  if (const auto& why = c.store->failure())
    return *why;
  auto seen = row ? std::optional{view_of(*row, *c.config.model)} : std::nullopt;
  rows.flush(); // nothing to write; what was read may be wanted again
  if (seen && view == io::view_kind::visible && c.flags.concern(seen->collection))
    seen->flags = c.flags.of(*c.store, id);
  if (const auto& why = c.store->failure())
    return *why;
  return seen;
}

result<void> replica::export_rows(io::view_kind view, const std::function<void(const io::row_view&)>& sink) {
  core& c = impl_->shared;
  c.store->for_each_row([&](const stored_row& from) {
    const bool own = view == io::view_kind::visible && !from.visible.empty();
    const std::string_view bytes = own ? from.visible : from.confirmed;
    if (bytes.empty() || c.failed())
      return;
    merge::row row;
    row.id = from.id;
    row.collection = from.collection;
    row.scope = own && from.shown_in.value != 0 ? from.shown_in : from.scope;
    if (auto done = decode_row(bytes, row); !done)
      return c.store->fail(done.err());
    if (row.collection >= c.config.model->collections.size())
      return c.store->fail({errc::unsupported, "a stored row of a collection that the schema lacks"});
    row.fields.resize(c.config.model->collections[row.collection].fields.size());
    io::row_view seen = view_of(row, *c.config.model);
    if (view == io::view_kind::visible && c.flags.concern(row.collection))
      seen.flags = c.flags.of(*c.store, row.id);
    sink(seen);
  });
  if (const auto& why = c.store->failure())
    return *why;
  return {};
}

result<void> replica::export_tasks(const std::function<void(const io::task_view&)>& sink) {
  client_store& store = *impl_->shared.store;
  client::export_tasks(store, sink);
  if (const auto& why = store.failure())
    return *why;
  return {};
}

std::uint64_t replica::tasks_through(scope_id scope) const {
  const held_scope* in = impl_->in(scope);
  return in ? client::tasks_through(*in) : 0;
}

std::uint64_t replica::fence(scope_id scope) const {
  const held_scope* in = impl_->in(scope);
  return in && in->fence.generation == in->at.generation ? in->fence.through : 0;
}

io::cursor replica::position(scope_id scope) const {
  const held_scope* in = impl_->in(scope);
  return in ? in->at : io::cursor{};
}

std::vector<scope_id> replica::scopes() const {
  std::vector<scope_id> out;
  for (const held_scope& h : impl_->shared.scopes.all())
    out.push_back(h.scope);
  return out;
}

io::replica_status replica::status() const {
  const core& c = impl_->shared;
  io::replica_status out;
  out.queue_depth = c.queue.awaiting();
  out.kept = c.queue.kept();
  out.surfaced = c.surfaced;
  out.quarantined = c.queue.quarantined();
  if (const held_scope* home = impl_->in({})) {
    out.at = home->at;
    out.known_head = home->known_head;
  }
  out.pending = impl_->pending();
  out.shown_as_synced = out.pending == io::pending_reason::none && impl_->pull.up_to_date();
  return out;
}

const telemetry::counters& replica::counters() const { return impl_->shared.counts; }

void replica::release_memory() {
  impl_->shared.queue.release_memory();
  impl_->shared.known_rows.clear();
  impl_->shared.store->release_memory();
}

} // namespace squall::client
