#include "bench/loopback.hpp"

#include <fmt/core.h>

namespace squall::bench {

namespace {

constexpr time_ns epoch_ns = 1'750'000'000 * second_ns;

} // namespace

std::shared_ptr<const merge::schema> orders_model() {
  auto model = std::make_shared<merge::schema>();
  merge::collection_schema orders{"orders", "field_merge", {}};
  orders.fields.push_back(
      {.name = "status", .rule = merge::field_rule::precedence, .precedence = {"shipped", "draft"}});
  orders.fields.push_back({.name = "notes"});
  orders.fields.push_back({.name = "quantity", .type = merge::field_type::counter, .rule = merge::field_rule::counter});
  model->collections.push_back(std::move(orders));
  return model;
}

loopback::loopback(const options& o) : devices_(o.devices + 1), timers_(o.devices + 2), now_(o.devices + 2) {
  const std::uint32_t issuer_actor = o.devices + 1;
  actors::server_config server;
  server.model = orders_model();
  server.knobs.poll_every_ns = o.poll_every_ns;
  server.knobs.page_limit = o.page_limit;
  server.issuer_key_seed = 7;
  for (std::uint32_t d = 1; d <= o.devices; ++d)
    server.members.push_back({d, d, 0, {1 + (d - 1) / o.team_size}, fmt::format("code {}", d)});
  const auto place = [&](std::uint32_t actor) {
    disks_.add(actor);
    return actors::store_place{faults::disk_vfs_name, faults::disk_set::path(actor)};
  };
  server.store = place(0);
  server_ = std::move(*system_.start_server(server));
  actors::issuer_config issuer = server;
  issuer.self = {issuer_actor};
  issuer.store = place(issuer_actor);
  issuer_ = std::move(*system_.start_issuer(issuer));
  handle(0, io::started{});
  handle(issuer_actor, io::started{});
  for (std::uint32_t d = 1; d <= o.devices; ++d) {
    actors::client_config client;
    static_cast<actors::participant_config&>(client) = server;
    client.self = {d};
    client.entropy = d;
    client.store = place(d);
    client.user = d;
    client.scope = server.members[d - 1].scope;
    client.server = {0};
    client.issuer = {issuer_actor};
    client.enrolment_code = server.members[d - 1].enrolment_code;
    devices_[d] = std::move(*system_.start_client(client));
    handle(d, io::started{});
    deliver();
  }
}

loopback::~loopback() {
  devices_.clear();
  server_.reset();
  issuer_.reset();
}

actors::participant& loopback::at(std::uint32_t actor) {
  return actor == 0 ? *server_ : actor < devices_.size() ? *devices_[actor] : *issuer_;
}

void loopback::handle(std::uint32_t actor, const io::event& event) {
  io::effects fx;
  disks_.set_current(actor, static_cast<std::uint64_t>(now_[actor]));
  at(actor).handle(event, {now_[actor], epoch_ns + now_[actor]}, fx);
  CHECK(!fx.failed);
  take(actor, fx);
}

void loopback::take(std::uint32_t actor, io::effects& fx) {
  for (auto& out : fx.sends)
    messages_.push_back({actor, std::move(out)});
  for (const auto job : fx.runnable)
    jobs_.push_back(job);
  for (const auto& request : fx.timers) {
    if (request.delay == io::timer_request::cancel)
      timers_[actor].erase(request.id);
    else
      timers_[actor][request.id] = {request.generation, now_[actor] + request.delay};
  }
  if (fx.change) {
    CHECK(fx.change->ok());
    const auto& created = (*fx.change)->created;
    created_ = created.empty() ? record_id{} : created.front();
  }
}

void loopback::deliver() {
  while (!messages_.empty() || !jobs_.empty()) {
    if (!jobs_.empty()) {
      const auto job = jobs_.front();
      jobs_.pop_front();
      handle(0, io::resume{job});
      continue;
    }
    const message m = std::move(messages_.front());
    messages_.pop_front();
    handle(m.out.to.value, io::received{{m.from}, m.out.bytes});
  }
}

void loopback::settle() {
  for (std::uint32_t d = 1; d < devices_.size(); ++d)
    pass_time(d, second_ns);
  deliver();
}

void loopback::pass_time(std::uint32_t d, duration_ns by) {
  now_[d] += by;
  now_[0] = std::max(now_[0], now_[d]);
  now_.back() = now_[0];
  auto due = timers_[d];
  for (const auto& [id, t] : due) {
    if (t.due > now_[d])
      continue;
    const auto current = timers_[d].find(id);
    if (current == timers_[d].end() || current->second.generation != t.generation)
      continue;
    timers_[d].erase(current);
    handle(d, io::timer_fired{id, t.generation});
  }
}

record_id loopback::create_order(std::uint32_t d) {
  io::local_change change;
  operation create{operation_kind::create, 0, {}, {}};
  create.writes.push_back({1, write_kind::set, fmt::format("notes {}", ++words_), {}});
  create.writes.push_back({2, write_kind::add, std::int64_t{5}, {}});
  change.operations.push_back(std::move(create));
  handle(d, change);
  return created_;
}

void loopback::edit_notes(std::uint32_t d, const record_id& order) {
  io::local_change change;
  operation edit{operation_kind::update, 0, order, {}};
  edit.writes.push_back({1, write_kind::set, fmt::format("notes {}", ++words_), {}});
  change.operations.push_back(std::move(edit));
  handle(d, change);
}

} // namespace squall::bench
