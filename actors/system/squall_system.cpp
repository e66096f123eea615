#include "actors/system/squall_system.hpp"

#include "engine/client/replica.hpp"
#include "engine/security/issuer.hpp"
#include "engine/server/replica.hpp"
#include "engine/wire/codec.hpp"

#include <utility>

namespace squall::actors {

namespace {

template <class T>
void choose(T& setting, T knob) {
  if (knob != 0)
    setting = knob;
}

store::open_options store_of(const participant_config& config, const std::string& pragmas) {
  store::open_options options{.path = config.store.path, .vfs = config.store.vfs, .pragmas = pragmas};
  if (config.knobs.store_cache_pages != 0)
    options.cache_pages = static_cast<int>(config.knobs.store_cache_pages);
  return options;
}

client::sync_settings sync_of(const engine_knobs& knobs) {
  client::sync_settings sync;
  choose(sync.poll_every, knobs.poll_every_ns);
  choose(sync.request_timeout, knobs.request_timeout_ns);
  choose(sync.backoff_base, knobs.backoff_base_ns);
  choose(sync.backoff_cap, knobs.backoff_cap_ns);
  choose(sync.push_batch_max, knobs.push_batch_max);
  choose(sync.page_limit, knobs.page_limit);
  choose(sync.compact_above, knobs.compact_above);
  choose(sync.queue_max, knobs.queue_max);
  choose(sync.breaker_after, knobs.breaker_after);
  choose(sync.breaker_for, knobs.breaker_for_ns);
  choose(sync.contact_within, knobs.contact_within_ns);
  return sync;
}

class client_participant final : public participant {
public:
  explicit client_participant(std::unique_ptr<client::replica> r) : replica_(std::move(r)) {}

  void handle(const io::event& event, const clock_reading& now, io::effects& out) override {
    replica_->handle(event, now, out);
  }
  result<std::optional<io::row_view>> read(const record_id& id) override {
    return replica_->read(id, io::view_kind::visible);
  }
  result<void> export_rows(scope_id scope, io::view_kind view,
                           const std::function<void(const io::row_view&)>& sink) override {
    return replica_->export_rows(view, [&](const io::row_view& row) {
      if (row.scope == scope)
        sink(row);
    });
  }
  result<void> export_tasks(scope_id scope, const std::function<void(const io::task_view&)>& sink) override {
    return replica_->export_tasks([&](const io::task_view& task) {
      if (task.scope == scope)
        sink(task);
    });
  }
  result<std::uint64_t> tasks_through(scope_id scope) override { return replica_->tasks_through(scope); }
  result<std::uint64_t> fence(scope_id scope) override { return replica_->fence(scope); }
  io::replica_status status() override { return replica_->status(); }
  result<io::cursor> head(scope_id scope) override { return replica_->position(scope); }
  std::optional<std::vector<scope_id>> scopes() override { return replica_->scopes(); }
  const telemetry::counters* counters() const override { return &replica_->counters(); }
  void release_memory() override { replica_->release_memory(); }

private:
  std::unique_ptr<client::replica> replica_;
};

class server_participant final : public participant {
public:
  explicit server_participant(std::unique_ptr<squall::server::replica> r) : replica_(std::move(r)) {}

  void handle(const io::event& event, const clock_reading& now, io::effects& out) override {
    replica_->handle(event, now, out);
  }
  result<std::optional<io::row_view>> read(const record_id&) override {
    return error{errc::unsupported, "nobody reads at the server"};
  }
  result<void> export_rows(scope_id scope, io::view_kind,
                           const std::function<void(const io::row_view&)>& sink) override {
    return replica_->export_rows(scope, sink);
  }
  result<void> export_tasks(scope_id scope, const std::function<void(const io::task_view&)>& sink) override {
    return replica_->export_tasks(scope, sink);
  }
  result<std::uint64_t> tasks_through(scope_id scope) override { return replica_->tasks_through(scope); }
  result<std::uint64_t> fence(scope_id scope) override { return replica_->fence(scope); }
  io::replica_status status() override { return replica_->status(); }
  result<io::cursor> head(scope_id scope) override { return replica_->head(scope); }
  const telemetry::counters* counters() const override { return &replica_->counters(); }

private:
  std::unique_ptr<squall::server::replica> replica_;
};

class issuer_participant final : public participant {
public:
  explicit issuer_participant(std::unique_ptr<security::issuer> i) : issuer_(std::move(i)) {}

  void handle(const io::event& event, const clock_reading& now, io::effects& out) override {
    issuer_->handle(event, now, out);
  }
  result<std::optional<io::row_view>> read(const record_id&) override {
    return error{errc::unsupported, "an issuer has no records"};
  }
  result<void> export_rows(scope_id, io::view_kind, const std::function<void(const io::row_view&)>&) override {
    return {};
  }
  io::replica_status status() override { return {}; }
  result<io::cursor> head(scope_id) override { return io::cursor{}; }
  const telemetry::counters* counters() const override { return &issuer_->counters(); }

private:
  std::unique_ptr<security::issuer> issuer_;
};

} // namespace

result<std::unique_ptr<participant>> squall_system::start_client(const client_config& config) {
  std::vector<client::scope_grant> more;
  for (const auto& held : config.more_scopes)
    more.push_back({held.scope, held.role});
  auto replica = client::replica::open({.device = config.self.value,
                                        .user = config.user,
                                        .role = config.role,
                                        .scope = config.scope,
                                        .more_scopes = std::move(more),
                                        .server = config.server,
                                        .issuer = config.issuer,
                                        .enrolment_code = config.enrolment_code,
                                        .entropy = config.entropy,
                                        .model = config.model,
                                        .sync = sync_of(config.knobs),
                                        .store = store_of(config, store_pragmas_),
                                        .signatures = &signatures_,
                                        .sabotages = config.sabotages});
  if (!replica)
    return replica.err();
  return std::unique_ptr<participant>(std::make_unique<client_participant>(std::move(*replica)));
}

squall::server::options squall_system::server_options(const engine_knobs& knobs) {
  squall::server::options options{.retention_entries = knobs.retention_entries, .token_leeway = knobs.token_leeway_ns};
  choose(options.first_sequence, knobs.first_sequence);
  choose(options.stamp_bound, knobs.stamp_bound_ns);
  choose(options.tombstones_for, knobs.tombstones_for_ns);
  choose(options.device_expires_after, knobs.device_expires_after_ns);
  choose(options.invalidate_for, knobs.invalidate_for_ns);
  choose(options.jobs_max, knobs.jobs_max);
  choose(options.requests_per_minute, knobs.requests_per_minute);
  choose(options.overload_retry_after, knobs.overload_retry_after_ns);
  choose(options.snapshot_page_rows, knobs.snapshot_page_rows);
  return options;
}

result<std::unique_ptr<participant>> squall_system::start_server(const server_config& config) {
  squall::server::options options = server_options(config.knobs);
  options.self = config.self;
  options.model = config.model;
  options.issuer_key = security::issuer_public_key(config.issuer_key_seed);
  options.issuer = config.issuer;
  options.backups = config.knobs.backup_every_ns > 0;
  options.generation = config.generation;
  options.entropy = config.entropy;
  options.store = store_of(config, store_pragmas_);
  options.signatures = &signatures_;
  options.sabotages = config.sabotages;
  // One server holds what all devices share; it gets the memory that one device must not take.
  if (config.knobs.store_cache_pages == 0)
    options.store.cache_pages = 4096;
  for (const auto& member : config.members)
    options.grants.push_back({member.user, member.scope, member.role});
  for (const auto& member : config.members)
    for (const auto& held : member.more_scopes)
      options.grants.push_back({member.user, held.scope, held.role});
  auto replica = squall::server::replica::open(std::move(options));
  if (!replica)
    return replica.err();
  return std::unique_ptr<participant>(std::make_unique<server_participant>(std::move(*replica)));
}

result<std::unique_ptr<participant>> squall_system::start_issuer(const issuer_config& config) {
  security::issuer_options options{.self = config.self,
                                   .key_seed = config.issuer_key_seed,
                                   .store = store_of(config, store_pragmas_),
                                   .signatures = &signatures_,
                                   .sabotages = config.sabotages};
  choose(options.access_lifetime, config.knobs.access_token_lifetime_ns);
  for (const auto& member : config.members)
    options.enrolments.push_back({member.device, member.user, member.enrolment_code, {member.scope.value}});
  auto issuer = security::issuer::open(std::move(options));
  if (!issuer)
    return issuer.err();
  return std::unique_ptr<participant>(std::make_unique<issuer_participant>(std::move(*issuer)));
}

std::size_t squall_system::charged_bytes(std::string_view message) const {
  const auto charged = wire::charged_bytes(message);
  return charged == 0 ? message.size() : charged;
}

} // namespace squall::actors
