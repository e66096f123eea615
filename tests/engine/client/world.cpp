#include "tests/engine/client/world.hpp"

#include "engine/base/keyed_draw.hpp"

#include <gtest/gtest.h>

namespace squall::client {

namespace {

constexpr std::uint32_t server_number = 0, issuer_number = 100;
constexpr std::uint32_t server_disk = 10, issuer_disk = 11;

bool is_device(std::uint32_t who) { return who >= 1 && who <= devices; }

std::shared_ptr<const merge::schema> linked_model() {
  merge::schema m = *shop_model();
  m.collections[lines].fields[line_order].on_delete = merge::on_delete::cascade;
  m.collections[lines].fields[line_order].target = orders;
  m.collections[memos].unique = {{memo_text}};
  return std::make_shared<const merge::schema>(std::move(m));
}

} // namespace

std::vector<move> moves_of(std::uint64_t seed, std::size_t count) {
  keyed_stream draws({seed, draw_domain::plan, 1});
  std::vector<move> out(count);
  for (move& m : out)
    m = {static_cast<std::uint32_t>(draws.below(12)), static_cast<std::uint32_t>(draws.below(devices)),
         static_cast<std::uint32_t>(draws.below(1000))};
  return out;
}

world::world(world_options o) : options_(std::move(o)), model_(options_.linked ? linked_model() : shop_model()) {
  for (std::uint32_t d = 1; d <= devices; ++d)
    disks_.add(d);
  disks_.add(server_disk);
  disks_.add(issuer_disk);
  security::issuer_options io;
  io.self = {issuer_number};
  io.key_seed = 42;
  io.access_lifetime = 90 * second_ns;
  io.store = store_at(issuer_disk);
  server::options so;
  so.self = {server_number};
  so.model = model_;
  so.issuer_key = security::issuer_public_key(42);
  so.retention_entries = options_.retention;
  so.snapshot_page_rows = 3;
  so.store = store_at(server_disk);
  for (std::uint32_t d = 1; d <= devices; ++d) {
    io.enrolments.push_back({d, d, "code", {team.value}});
    so.grants.push_back({d, team});
  }
  issuer_ = std::move(security::issuer::open(io)).value();
  server_ = std::move(server::replica::open(so)).value();
  for (std::uint32_t d = 1; d <= devices; ++d)
    open(d);
}

world::~world() {
  server_.reset();
  issuer_.reset();
  for (device& d : clients_)
    d.node.reset();
}

store::open_options world::store_at(std::uint32_t disk) {
  store::open_options o;
  o.vfs = faults::disk_vfs_name;
  o.path = faults::disk_set::path(disk);
  return o;
}

// -- processes ---------------------------------------------------------------------------------------------------------

void world::open(std::uint32_t d) {
  options o;
  o.device = d;
  o.user = d;
  o.scope = team;
  o.server = {server_number};
  o.issuer = {issuer_number};
  o.enrolment_code = "code";
  o.model = model_;
  o.sync.poll_every = 20 * second_ns;
  o.sync.page_limit = 4;
  o.sync.push_batch_max = 3;
  o.store = store_at(d);
  for (const telemetry::sabotage s : options_.sabotages)
    o.sabotages.set(static_cast<std::size_t>(s));
  for (int attempt = 0; attempt < 3 && !clients_[d].node; ++attempt) {
    o.entropy = 77 * d + ++clients_[d].starts * 1000;
    auto opened = replica::open(o);
    if (opened) {
      clients_[d].node = std::move(opened).value();
      tell(d, io::started{});
      return out_.failed ? crash(d) : void();
    }
    ++failures_;
    disks_.at(d).crash({2, clients_[d].starts}); // the power failed while it opened
  }
  ASSERT_TRUE(clients_[d].node) << "a store that cannot be opened";
}

void world::crash(std::uint32_t d) {
  faults::disk& disk = disks_.at(d);
  disk.freeze();
  for (const telemetry::sabotage s : options_.sabotages)
    clients_[d].sabotage_hits += clients_[d].node->counters().hits(s);
  clients_[d].node.reset();
  clients_[d].timers.clear();
  disk.crash({1, std::uint64_t{clients_[d].starts} << 8 | d});
  open(d);
}

std::uint64_t world::hits(telemetry::sabotage s) {
  std::uint64_t n = 0;
  for (std::uint32_t d = 1; d <= devices; ++d)
    n += clients_[d].sabotage_hits + clients_[d].node->counters().hits(s);
  return n;
}

void world::tell(std::uint32_t who, const io::event& e) {
  if (who == server_number)
    server_->handle(e, now_, out_);
  else if (who == issuer_number)
    issuer_->handle(e, now_, out_);
  else
    clients_[who].node->handle(e, now_, out_);
  if (out_.failed) {
    ++failures_;
    if (!is_device(who) || !disks_.at(who).frozen())
      trouble_ = "failed without a cause: " + out_.failed->message;
    return;
  }
  for (const auto& s : out_.sends)
    line_.push_back({who, s.to.value, s.bytes});
  for (const auto& f : out_.facts)
    note(f);
  if (is_device(who))
    for (const auto& t : out_.timers) {
      if (t.delay == io::timer_request::cancel)
        clients_[who].timers.erase(t.id);
      else
        clients_[who].timers[t.id] = {t.generation, now_.mono + t.delay};
    }
  const auto jobs = out_.runnable;
  for (const io::job_id j : jobs)
    tell(who, io::resume{j});
}

void world::note(const telemetry::fact& f) {
  if (f.kind == telemetry::fact_kind::verdict_received && !verdicts_.emplace(f.intent, f.verdict).second)
    trouble_ = to_string(f.intent) + " got two verdicts";
  if (f.kind == telemetry::fact_kind::intent_committed)
    ++committed_[f.intent];
  if (f.kind == telemetry::fact_kind::branch_kept)
    ++kept_[f.intent];
  if (f.kind == telemetry::fact_kind::verdict_released) {
    released_.insert(f.intent);
    duplicates_ += f.code;
  }
}

// -- the line and time -------------------------------------------------------------------------------------------------

void world::deliver(std::uint32_t which, int times) {
  if (line_.empty())
    return;
  const auto at = line_.begin() + static_cast<std::ptrdiff_t>(which % line_.size());
  const message m = *at;
  line_.erase(at);
  for (int i = 0; i < times; ++i) {
    tell(m.to, io::received{{m.from}, m.bytes});
    if (out_.failed)
      return crash(m.to);
  }
}

void world::pass(duration_ns time) {
  now_.mono += time;
  now_.wall += time;
  for (std::uint32_t d = 1; d <= devices; ++d) {
    const auto timers = clients_[d].timers;
    for (const auto& [id, t] : timers) {
      if (t.due > now_.mono)
        continue;
      tell(d, io::timer_fired{id, t.generation});
      if (out_.failed) {
        crash(d);
        break;
      }
    }
  }
}

void world::run(const move& m) {
  const std::uint32_t d = 1 + m.who % devices;
  switch (m.kind % 12) {
    case 0:
      if (options_.linked && m.which % 3 == 0)
        return act(d, {create(memos, {set(memo_text, text(m.which % 2 ? "odd" : "even"))})});
      return act(d, {create(orders, {set(order_status, text("draft")), add(order_count, 1 + m.which % 5)})});
    case 1: return add_line(d, m.which);
    case 2:
    case 3: return options_.linked && m.which % 4 == 0 ? settle_a_task(d, m.which) : edit(d, m.which);
    case 4: return drop_a_record(d, m.which);
    case 5: return deliver(m.which, 1);
    case 6: return deliver(m.which, 2);
    case 7: return deliver(m.which, 0);
    case 8: return m.which % 3 == 0 ? crash(d) : deliver(m.which, 1);
    case 9: return pass((1 + m.which % 30) * second_ns);
    default: return deliver(0, 1);
  }
}

bool world::settled() {
  for (std::uint32_t d = 1; d <= devices; ++d) {
    const auto s = client(d).status();
    if (s.pending != io::pending_reason::none || s.at != server_->head(team).value() ||
        client(d).tasks_through() != server_->tasks_through(team).value())
      return false;
  }
  return true;
}

void world::heal() {
  for (int round = 0; round < 600 && !settled(); ++round) {
    for (int messages = 0; messages < 10'000 && !line_.empty(); ++messages)
      deliver(0, 1);
    pass(second_ns);
  }
}

// -- users -------------------------------------------------------------------------------------------------------------

void world::act(std::uint32_t d, std::vector<operation> operations) {
  std::int64_t adds = 0;
  for (const auto& op : operations)
    for (const auto& w : op.writes)
      if (op.collection == orders && w.field == order_count)
        adds += std::get<std::int64_t>(w.to);
  tell(d, io::local_change{{}, std::move(operations)});
  if (out_.failed) {
    std::uint64_t last = 0;
    for (const auto& [id, n] : counted_)
      last = id.device == d && id.incarnation == 1 ? std::max(last, id.seq) : last;
    doubted_[{d, 1, last + 1}] = adds;
    return crash(d);
  }
  if (out_.change && out_.change->ok())
    counted_[out_.change->value().id] = adds;
}

std::optional<io::row_view> world::pick(std::uint32_t d, collection_number collection, std::uint32_t which) {
  std::vector<io::row_view> found;
  const auto keep = [&](const io::row_view& r) {
    if (r.collection == collection)
      found.push_back(r);
  };
  if (!client(d).export_rows(io::view_kind::visible, keep) || found.empty())
    return std::nullopt;
  return found[which % found.size()];
}

void world::add_line(std::uint32_t d, std::uint32_t which) {
  if (const auto order = pick(d, orders, which))
    act(d, {create(lines, {set(line_order, order->id), add(line_quantity, 1 + which % 3),
                           set(line_price, number(10 + which % 7))})});
}

void world::edit(std::uint32_t d, std::uint32_t which) {
  static const char* states[] = {"draft", "approved", "shipped", "cancelled"};
  if (which % 3 == 0)
    if (const auto line = pick(d, lines, which))
      return act(d, {update(lines, line->id, {add(line_quantity, 1), set(line_price, number(which % 50))})});
  if (const auto order = pick(d, orders, which))
    act(d, {update(orders, order->id, {set(order_status, text(states[which % 4])), add(order_count, 1 + which % 9)})});
}

void world::settle_a_task(std::uint32_t d, std::uint32_t which) {
  std::vector<io::task_view> tasks;
  EXPECT_TRUE(client(d).export_tasks([&](const io::task_view& t) { tasks.push_back(t); }).ok());
  if (tasks.empty())
    return;
  const io::task_view& t = tasks[which % tasks.size()];
  operation op =
      which % 3 == 0 ? remove(t.collection, t.record) : operation{operation_kind::restore, t.collection, t.record, {}};
  op.task = t.task;
  for (const auto& b : t.branches)
    op.branches_seen.push_back(b.intent);
  act(d, {op});
}

void world::drop_a_record(std::uint32_t d, std::uint32_t which) {
  if (options_.linked && which % 2 == 0)
    if (const auto any = pick(d, which % 4 == 0 ? orders : memos, which))
      return act(d, {remove(any->collection, any->id)});
  if (const auto line = pick(d, lines, which))
    act(d, {remove(lines, line->id)});
}

} // namespace squall::client
