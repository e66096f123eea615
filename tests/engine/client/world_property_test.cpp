// Devices, the server and the issuer together, over a line that loses, repeats and reorders, with crashes at every point
// between two events. Whatever happened: once the line is good, everybody has the same rows, every accepted intent has one
// verdict, and every addition counts once.
#include "tests/engine/client/bench.hpp"

#include "engine/security/issuer.hpp"
#include "engine/server/replica.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <set>

namespace squall::client {
namespace {

constexpr std::uint32_t devices = 3;
constexpr std::uint32_t server_number = 0, issuer_number = 100;
constexpr scope_id team{3};

struct move {
  std::uint32_t kind = 0;
  std::uint32_t who = 0;
  std::uint32_t which = 0;
};

class world {
public:
  explicit world(std::uint32_t retention = 0) {
    std::string pattern = (std::filesystem::temp_directory_path() / "squall_world_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    security::issuer_options io;
    io.self = {issuer_number};
    io.key_seed = 42;
    io.access_lifetime = 10 * minute_ns;
    io.store = store_at("issuer");
    for (std::uint32_t d = 1; d <= devices; ++d)
      io.enrolments.push_back({d, d, "code", {team.value}});
    issuer_ = std::move(security::issuer::open(io)).value();
    server::options so;
    so.self = {server_number};
    so.model = shop_model();
    so.issuer_key = security::issuer_public_key(42);
    for (std::uint32_t d = 1; d <= devices; ++d)
      so.grants.push_back({d, team});
    so.retention_entries = retention;
    so.snapshot_page_rows = 3;
    so.store = store_at("server");
    server_ = std::move(server::replica::open(so)).value();
    for (std::uint32_t d = 1; d <= devices; ++d)
      open(d);
  }
  ~world() {
    server_.reset();
    issuer_.reset();
    for (auto& d : clients_)
      d.node.reset();
    std::filesystem::remove_all(folder_);
  }

  void run(const move& m) {
    const std::uint32_t d = 1 + m.who % devices;
    switch (m.kind % 12) {
      case 0: return act(d, {create(orders, {set(order_status, text("draft")), add(order_count, 1 + m.which % 5)})});
      case 1: return add_line(d, m.which);
      case 2:
      case 3: return edit(d, m.which);
      case 4: return drop_a_record(d, m.which);
      case 5: return deliver(m.which, 1);
      case 6: return deliver(m.which, 2);
      case 7: return deliver(m.which, 0);
      case 8: return crash(d);
      case 9: return pass((1 + m.which % 30) * second_ns);
      default: return deliver(0, 1);
    }
  }

  void heal() {
    for (int round = 0; round < 2000 && !settled(); ++round) {
      while (!line_.empty())
        deliver(0, 1);
      pass(second_ns);
    }
  }

  bool settled() {
    for (std::uint32_t d = 1; d <= devices; ++d) {
      const auto s = client(d).status();
      if (s.pending != io::pending_reason::none || !(s.at == server_->head(team).value()))
        return false;
    }
    return true;
  }

  struct shown_row {
    collection_number collection = 0;
    bool deleted = false;
    std::map<field_number, std::pair<value, intent_id>> fields;
    bool operator==(const shown_row&) const = default;
  };
  using table = std::map<record_id, shown_row>;
  static void put(table& t, const io::row_view& row) {
    shown_row& out = t[row.id];
    out.collection = row.collection;
    out.deleted = row.deleted;
    for (const auto& f : row.fields)
      out.fields[f.field] = {f.current, f.writer};
  }
  table rows_of(std::uint32_t d, io::view_kind view) {
    table t;
    EXPECT_TRUE(client(d).export_rows(view, [&](const io::row_view& r) { put(t, r); }).ok());
    return t;
  }
  table rows_of_server() {
    table t;
    EXPECT_TRUE(server_->export_rows(team, [&](const io::row_view& r) { put(t, r); }).ok());
    return t;
  }

  replica& client(std::uint32_t d) { return *clients_[d].node; }

  std::map<intent_id, std::int64_t> counted;  ///< accepted intents, with what they add to counters of orders
  std::map<intent_id, verdict_kind> verdicts; ///< as the devices report them
  std::map<intent_id, int> times_committed;   ///< as the server reports
  std::uint64_t duplicates = 0;

private:
  struct device {
    std::unique_ptr<replica> node;
    std::map<io::timer_id, pending_timer> timers;
    std::uint32_t starts = 0;
  };
  struct message {
    std::uint32_t from = 0, to = 0;
    std::string bytes;
  };

  store::open_options store_at(const std::string& name) {
    store::open_options o;
    o.path = folder_ + "/" + name;
    o.synchronous_full = false;
    return o;
  }

  void open(std::uint32_t d) {
    options o;
    o.device = d;
    o.user = d;
    o.scope = team;
    o.server = {server_number};
    o.issuer = {issuer_number};
    o.enrolment_code = "code";
    o.entropy = 77 * d + ++clients_[d].starts * 1000;
    o.model = shop_model();
    o.sync.poll_every = 20 * second_ns;
    o.sync.page_limit = 4;
    o.sync.push_batch_max = 3;
    o.store = store_at("client" + std::to_string(d));
    clients_[d].node = std::move(replica::open(o)).value();
    tell(d, io::started{});
  }

  void crash(std::uint32_t d) {
    clients_[d].node.reset();
    clients_[d].timers.clear();
    open(d);
  }

  void tell(std::uint32_t who, const io::event& e) {
    if (who == server_number)
      server_->handle(e, now_, out_);
    else if (who == issuer_number)
      issuer_->handle(e, now_, out_);
    else
      clients_[who].node->handle(e, now_, out_);
    ASSERT_FALSE(out_.failed) << out_.failed->message;
    for (const auto& s : out_.sends)
      line_.push_back({who, s.to.value, s.bytes});
    for (const auto& f : out_.facts)
      note(f);
    if (who != server_number && who != issuer_number)
      for (const auto& t : out_.timers)
        t.delay < 0 ? void(clients_[who].timers.erase(t.id))
                    : void(clients_[who].timers[t.id] = {t.generation, now_.mono + t.delay});
    const auto jobs = out_.runnable;
    for (const io::job_id j : jobs)
      tell(who, io::resume{j});
  }

  void note(const telemetry::fact& f) {
    if (f.kind == telemetry::fact_kind::verdict_received) {
      EXPECT_EQ(verdicts.count(f.intent), 0u) << to_string(f.intent) << " got two verdicts";
      verdicts[f.intent] = f.verdict;
    }
    if (f.kind == telemetry::fact_kind::intent_committed)
      ++times_committed[f.intent];
    if (f.kind == telemetry::fact_kind::verdict_released && f.code == 1)
      ++duplicates;
  }

  void deliver(std::uint32_t which, int times) {
    if (line_.empty())
      return;
    const auto at = line_.begin() + which % line_.size();
    const message m = *at;
    line_.erase(at);
    for (int i = 0; i < times; ++i)
      tell(m.to, io::received{{m.from}, m.bytes});
  }

  void pass(duration_ns time) {
    now_.mono += time;
    now_.wall += time;
    for (std::uint32_t d = 1; d <= devices; ++d) {
      const auto timers = clients_[d].timers;
      for (const auto& [id, t] : timers)
        if (t.due <= now_.mono)
          tell(d, io::timer_fired{id, t.generation});
    }
  }

  // -- users --
  void act(std::uint32_t d, std::vector<operation> operations) {
    std::int64_t adds = 0;
    for (const auto& op : operations)
      for (const auto& w : op.writes)
        if (op.collection == orders && w.field == order_count)
          adds += std::get<std::int64_t>(w.to);
    tell(d, io::local_change{{}, std::move(operations)});
    // The effects were those of the last event told; a change is the only one that answers.
    if (out_.change && out_.change->ok())
      counted[out_.change->value().id] = adds;
  }
  std::optional<io::row_view> pick(std::uint32_t d, collection_number collection, std::uint32_t which) {
    std::vector<io::row_view> found;
    EXPECT_TRUE(client(d)
                    .export_rows(io::view_kind::visible,
                                 [&](const io::row_view& r) {
                                   if (r.collection == collection)
                                     found.push_back(r);
                                 })
                    .ok());
    return found.empty() ? std::nullopt : std::optional(found[which % found.size()]);
  }
  void add_line(std::uint32_t d, std::uint32_t which) {
    if (const auto order = pick(d, orders, which))
      act(d, {create(lines, {set(line_order, order->id), add(line_quantity, 1 + which % 3),
                             set(line_price, number(10 + which % 7))})});
  }
  void edit(std::uint32_t d, std::uint32_t which) {
    static const char* states[] = {"draft", "approved", "shipped", "cancelled"};
    const auto order = pick(d, orders, which);
    const auto line = pick(d, lines, which);
    if (which % 3 == 0 && line)
      return act(d, {update(lines, line->id, {add(line_quantity, 1), set(line_price, number(which % 50))})});
    if (order)
      act(d,
          {update(orders, order->id, {set(order_status, text(states[which % 4])), add(order_count, 1 + which % 9)})});
  }
  void drop_a_record(std::uint32_t d, std::uint32_t which) {
    if (const auto line = pick(d, lines, which))
      act(d, {remove(lines, line->id)});
  }

  std::string folder_;
  std::unique_ptr<security::issuer> issuer_;
  std::unique_ptr<server::replica> server_;
  device clients_[devices + 1];
  std::deque<message> line_;
  clock_reading now_{second_ns, 1'000 * hour_ns};
  io::effects out_;
};

void everybody_agrees(const std::vector<move>& moves, std::uint32_t retention) {
  world w(retention);
  for (const move& m : moves)
    w.run(m);
  w.heal();
  RC_ASSERT(w.settled());
  const auto truth = w.rows_of_server();
  for (std::uint32_t d = 1; d <= devices; ++d) {
    RC_ASSERT((w.rows_of(d, io::view_kind::confirmed) == truth));
    RC_ASSERT((w.rows_of(d, io::view_kind::visible) == truth));
    RC_ASSERT(w.client(d).status().queue_depth == 0u);
    RC_ASSERT(w.client(d).status().quarantined == 0u);
  }
  std::int64_t expected = 0, shown = 0;
  for (const auto& [id, adds] : w.counted) {
    RC_ASSERT(w.verdicts.count(id) == 1u);
    const verdict_kind kind = w.verdicts.at(id);
    const bool committed = kind == verdict_kind::applied || kind == verdict_kind::merged;
    RC_ASSERT(w.times_committed.count(id) == std::size_t{committed});
    if (committed) {
      RC_ASSERT(w.times_committed.at(id) == 1);
      expected += adds;
    }
  }
  for (const auto& [id, row] : truth)
    if (row.collection == orders && row.fields.count(order_count))
      shown += std::get<std::int64_t>(row.fields.at(order_count).first);
  RC_ASSERT(shown == expected);
  RC_TAG(w.duplicates > 0 ? "with lost acknowledgements" : "without");
}

rc::Gen<std::vector<move>> some_moves() {
  const auto one = rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0u, 12u), rc::gen::inRange(0u, devices), rc::gen::inRange(0u, 1000u)),
      [](const auto& t) {
        return move{std::get<0>(t), std::get<1>(t), std::get<2>(t)};
      });
  // At full size from the first case on: every kind of move matters from the beginning.
  return rc::gen::resize(100, rc::gen::mapcat(rc::gen::inRange<std::size_t>(20, 160), [one](std::size_t n) {
                           return rc::gen::container<std::vector<move>>(n, one);
                         }));
}

std::string described(const std::vector<move>& moves) {
  std::string out;
  for (const move& m : moves)
    out += "{" + std::to_string(m.kind) + "," + std::to_string(m.who) + "," + std::to_string(m.which) + "}, ";
  return out;
}

RC_GTEST_PROP(World, EverybodyAgreesAfterLossRepetitionAndCrashes, ()) {
  const auto moves = *some_moves();
  RC_LOG() << described(moves);
  everybody_agrees(moves, 0);
}

RC_GTEST_PROP(World, EverybodyAgreesThoughTheFeedIsTrimmed, ()) {
  const auto moves = *some_moves();
  RC_LOG() << described(moves);
  everybody_agrees(moves, 3);
}

} // namespace
} // namespace squall::client
