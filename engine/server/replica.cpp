#include "engine/server/replica.hpp"

#include "engine/server/admission.hpp"
#include "engine/server/audit_replay.hpp"
#include "engine/server/job_table.hpp"
#include "engine/server/server_store.hpp"
#include "engine/server/store_schema.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

namespace {

/// What a client is asked to wait when the disk refused.
constexpr duration_ns retry_soon = second_ns;

const char* fault_of(const options& o) {
  if (!o.model)
    return "a server needs a schema";
  if (o.first_sequence == 0 || o.first_sequence >> 62 != 0)
    return "first_sequence must be in 1..2^62-1";
  if (o.page_limit_max == 0 || o.page_tasks_max == 0 || o.snapshot_page_rows == 0 || o.snapshots_kept == 0 ||
      o.jobs_max == 0)
    return "page_limit_max, page_tasks_max, snapshot_page_rows, snapshots_kept and jobs_max must be at least 1";
  if (o.token_leeway < 0 || o.stamp_bound < 0 || o.overload_retry_after < 0)
    return "token_leeway, stamp_bound and overload_retry_after must not be negative";
  if (o.tombstones_for < 0 || o.device_expires_after < 0 || o.invalidate_for < 0)
    return "tombstones_for, device_expires_after and invalidate_for must not be negative";
  return nullptr;
}

} // namespace

struct replica::impl {
  explicit impl(options o)
      : settings(std::move(o)), counts(settings.sabotages), gate({settings.jobs_max, settings.requests_per_minute}) {}

  options settings;
  telemetry::counters counts;
  std::unique_ptr<server_store> store;
  job_table jobs;
  admission gate;
  io::availability service;

  void change(const io::grant_change& c, io::effects& out);
  result<void> change_grant(const io::grant_change& c, io::effects& out);
  void receive(const io::received& in, const clock_reading& now, io::effects& out);
  void learn_keys(const wire::frame& frame, io::effects& out);
  void back_up(io::effects& out);
  void resume(io::job_id id, time_ns wall, io::effects& out);
  void rule(io::offline_rule rule, io::effects& out);

  template <class Job, class Request>
  void admit(const wire::frame& frame, endpoint_id from, const clock_reading& now, io::effects& out);
  void start(job_table::work job, std::uint64_t lane, io::effects& out);
};

// -- requests ----------------------------------------------------------------------------------------------------------

namespace {

std::uint64_t lane_of(const wire::PushRequest& r, telemetry::counters& counts) {
  return counts.sabotaged(sabotage::dedupe_check_apart) ? job_table::own_lane
                                                        : incarnation_key(r.device(), r.incarnation());
}
std::uint64_t lane_of(const wire::PullRequest&, telemetry::counters&) { return job_table::own_lane; }
std::uint64_t lane_of(const wire::SnapshotRequest&, telemetry::counters&) { return job_table::own_lane; }

} // namespace

/// Turns a request into a job, or refuses it on the spot.
template <class Job, class Request>
void replica::impl::admit(const wire::frame& frame, endpoint_id from, const clock_reading& now, io::effects& out) {
  Request request;
  if (!wire::parse(frame.body, request)) {
    counts.hit(probe::server_request_unreadable);
    return;
  }
  const return_address back{from, frame.correlation};
  if (!service.serving)
    return Job{back, {}, std::move(request)}.refuse(status_unavailable, service.retry_after, out);
  auto who = store->tokens.authenticate(request.token());
  if (!who && who.err().code == errc::not_found) {
    store->keys.ask(now.mono, out);
    return Job{back, {}, std::move(request)}.refuse(status_unavailable, retry_soon, out);
  }
  if (!who || who->device != request.device() || store->tokens.expired(*who, now.wall))
    return Job{back, {}, std::move(request)}.refuse(status_unauthorized, 0, out);
  if (const auto answer = gate.ask(who->device, jobs.size(), now.mono); answer != admission::answer::welcome) {
    const bool busy = answer == admission::answer::too_many_jobs;
    counts.hit(busy ? probe::server_overloaded : probe::server_asked_too_often);
    return Job{back, *who, std::move(request)}.refuse(busy ? status_unavailable : status_too_many,
                                                      settings.overload_retry_after, out);
  }
  const std::uint64_t lane = lane_of(request, counts);
  start(Job{back, *who, std::move(request)}, lane, out);
}

void replica::impl::start(job_table::work job, std::uint64_t lane, io::effects& out) {
  if (jobs.add(std::move(job), lane, out.runnable))
    counts.hit(probe::push_queued_behind);
}

void replica::impl::receive(const io::received& in, const clock_reading& now, io::effects& out) {
  wire::frame frame;
  if (wire::open(in.bytes, frame)) {
    switch (frame.kind) {
      case wire::message_kind::push_request: return admit<push_job, wire::PushRequest>(frame, in.from, now, out);
      case wire::message_kind::pull_request: return admit<pull_job, wire::PullRequest>(frame, in.from, now, out);
      case wire::message_kind::snapshot_request:
        return admit<snapshot_job, wire::SnapshotRequest>(frame, in.from, now, out);
      case wire::message_kind::keys_response:
        if (in.from == settings.issuer)
          return learn_keys(frame, out);
        break;
      default: break;
    }
  }
  counts.hit(probe::server_request_unreadable);
}

void replica::impl::learn_keys(const wire::frame& frame, io::effects& out) {
  wire::KeysResponse told;
  if (!wire::parse(frame.body, told)) {
    counts.hit(probe::server_request_unreadable);
    return;
  }
  auto news = store->keys.learn(told);
  if (!news && news.err().code != errc::storage) {
    out.failed = news.err();
    return;
  }
  if (news && *news)
    store->tokens.forget();
}

// -- operators ---------------------------------------------------------------------------------------------------------

/// Without the fact no copy is taken: a disk that refuses costs one backup.
void replica::impl::back_up(io::effects& out) {
  const auto noted = [&]() -> result<void> {
    auto transaction = store::transaction::begin(*store->db);
    if (!transaction)
      return transaction.err();
    if (auto written = store->log.note_backup(); !written)
      return written;
    return transaction->commit();
  };
  auto done = store->sure();
  if (done)
    done = noted();
  if (!done && done.err().code == errc::storage) {
    store->doubt();
    done = {};
  } else if (done)
    out.facts.push_back({.kind = telemetry::fact_kind::backed_up,
                         .sequence = store->log.backed_up_through(),
                         .aux = store->log.generation()});
  if (!done)
    out.failed = done.err();
}

// -- jobs --------------------------------------------------------------------------------------------------------------

void replica::impl::resume(io::job_id id, time_ns wall, io::effects& out) {
  auto* job = jobs.at_turn(id);
  if (!job)
    return;
  const auto sure = store->sure();
  result<bool> done = sure ? std::visit([&](auto& j) { return j.step(*store, wall, out); }, *job) : sure.err();
  if (!done && done.err().code == errc::storage) {
    // The transaction did not happen. What the job committed before stays, and is recognised when it comes again.
    counts.hit(probe::server_storage_failed);
    std::visit([&](auto& j) { j.refuse(status_unavailable, retry_soon, out); }, *job);
    store->doubt();
    done = true;
  }
  if (!done) {
    out.failed = done.err();
    return;
  }
  if (*done)
    jobs.remove(id, out.runnable);
  else
    out.runnable.push_back(id);
}

// -- operator and administrator ----------------------------------------------------------------------------------------

/// What the operator said is told to devices once it is durable.
void replica::impl::rule(io::offline_rule rule, io::effects& out) {
  if (auto done = store->set_ruling(rule); !done)
    out.failed = done.err();
}

result<void> replica::impl::change_grant(const io::grant_change& c, io::effects& out) {
  auto changes = store->change_grant(c);
  if (!changes || !*changes)
    return changes ? result<void>{} : result<void>{changes.err()};
  counts.hit(probe::grant_changed);
  telemetry::fact& f = out.facts.emplace_back();
  f.kind = c.withdrawn ? telemetry::fact_kind::grant_revoked : telemetry::fact_kind::grant_given;
  f.endpoint = {c.user};
  f.scope = c.scope;
  f.code = c.withdrawn ? 0 : c.role;
  f.aux = **changes + 1;
  return {};
}

void replica::impl::change(const io::grant_change& c, io::effects& out) {
  auto done = change_grant(c, out);
  if (!done && done.err().code == errc::storage) // the administrator sees that it did not happen, and does it again
    counts.hit(probe::server_storage_failed);
  if (!done)
    out.failed = done.err();
}

// -- replica -----------------------------------------------------------------------------------------------------------

replica::replica(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
replica::~replica() = default;

result<std::unique_ptr<replica>> replica::open(options o) {
  if (const char* fault = fault_of(o))
    return error{errc::invalid_argument, fault};
  auto i = std::make_unique<impl>(std::move(o));
  auto store = server_store::open(i->settings, i->counts);
  if (!store)
    return store.err();
  i->store = std::move(*store);
  return std::unique_ptr<replica>(new replica(std::move(i)));
}

void replica::handle(const io::event& event, const clock_reading& now, io::effects& out) {
  out.clear();
  impl_->store->mono = now.mono;
  if (const auto* in = std::get_if<io::received>(&event))
    impl_->receive(*in, now, out);
  else if (const auto* job = std::get_if<io::resume>(&event))
    impl_->resume(job->job, now.wall, out);
  else if (const auto* grant = std::get_if<io::grant_change>(&event))
    impl_->change(*grant, out);
  else if (const auto* service = std::get_if<io::availability>(&event))
    impl_->service = *service;
  else if (const auto* ruling = std::get_if<io::offline_ruling>(&event))
    impl_->rule(ruling->rule, out);
  else if (std::holds_alternative<io::backup>(event))
    impl_->back_up(out);
  else if (std::holds_alternative<io::local_change>(event))
    out.change = error{errc::unsupported, "a server has no user of its own"};
}

result<void> replica::export_rows(scope_id scope, const std::function<void(const io::row_view&)>& sink) {
  return impl_->store->rows.read(scope, [&](const merge::row& row) { sink(view_of(row, *impl_->settings.model)); });
}

result<void> replica::export_tasks(scope_id scope, const std::function<void(const io::task_view&)>& sink) {
  return impl_->store->tasks.read(scope, sink);
}

result<std::uint64_t> replica::tasks_through(scope_id scope) { return impl_->store->tasks.version(scope); }

result<std::uint64_t> replica::fence(scope_id scope) {
  auto at = impl_->store->log.position(scope);
  if (!at)
    return at.err();
  return at->fence;
}

result<io::cursor> replica::head(scope_id scope) {
  auto at = impl_->store->log.position(scope);
  if (!at)
    return at.err();
  return impl_->store->position_of(*at);
}

result<void> replica::read_audit(const std::function<void(audit_record&&)>& sink) {
  return impl_->store->audit.read(sink);
}

result<audit_record> replica::rejudge(const audit_record& r) { return server::rejudge(*impl_->store, r); }

io::replica_status replica::status() const {
  io::replica_status s;
  const change_log& log = impl_->store->log;
  s.at = {log.generation(), log.newest(), 0};
  s.known_head = log.newest();
  return s;
}

const telemetry::counters& replica::counters() const { return impl_->counts; }

} // namespace squall::server
