// The audit: what it says of each decision, and that a server with an empty store comes to the same from it alone.
#include "engine/base/hash.hpp"
#include "engine/server/audit_log.hpp"
#include "engine/wire/codec.hpp"
#include "tests/engine/server/fence_bench.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::server {
namespace {

std::vector<audit_record> audit_of(replica& server) {
  std::vector<audit_record> out;
  const auto read = server.read_audit([&](audit_record&& r) { out.push_back(std::move(r)); });
  EXPECT_TRUE(read.ok()) << read.err().message;
  return out;
}

std::vector<audit_record> judgements(replica& server) {
  auto all = audit_of(server);
  std::erase_if(all, [](const audit_record& r) { return r.kind != audit_kind::intent; });
  return all;
}

/// A server that knows nothing but the settings.
bench_options empty_like(const options& o) {
  return {.change = [&o](options& fresh) {
    const auto place = fresh.store;
    fresh = o;
    fresh.store = place;
    fresh.grants.clear();
    fresh.sabotages.reset();
  }};
}

void expect_same_state(bench& a, bench& b) {
  for (const scope_id scope : {scope_id{1}, scope_id{2}}) {
    const auto left = a.rows(scope), right = b.rows(scope);
    ASSERT_EQ(left.size(), right.size());
    for (const auto& [id, row] : left) {
      ASSERT_TRUE(right.contains(id));
      const auto& other = right.at(id);
      EXPECT_EQ(row.deleted, other.deleted);
      ASSERT_EQ(row.fields.size(), other.fields.size());
      for (std::size_t i = 0; i < row.fields.size(); ++i) {
        EXPECT_EQ(row.fields[i].current, other.fields[i].current);
        EXPECT_EQ(row.fields[i].writer, other.fields[i].writer);
      }
    }
    EXPECT_EQ(*a.server->head(scope), *b.server->head(scope));
    EXPECT_EQ(*a.server->fence(scope), *b.server->fence(scope));
    EXPECT_EQ(*a.server->tasks_through(scope), *b.server->tasks_through(scope));
  }
}

void expect_rebuilt(bench& original) {
  const auto records = audit_of(*original.server);
  bench fresh(empty_like(original.settings));
  for (const audit_record& r : records) {
    const auto again = fresh.server->rejudge(r);
    ASSERT_TRUE(again.ok()) << again.err().message;
    EXPECT_TRUE(*again == r) << "seq " << r.id.seq;
  }
  expect_same_state(original, fresh);
  EXPECT_TRUE(audit_of(*fresh.server) == records) << "it audits what it decides, too";
}

TEST(Audit, BeginsWithTheGrants) {
  bench b;
  const auto all = audit_of(*b.server);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, audit_kind::given);
  EXPECT_EQ(all[0].grants.size(), b.settings.grants.size());
  b.restart();
  EXPECT_EQ(audit_of(*b.server).size(), 1u) << "once";
}

TEST(Audit, HasChangesOfGrantsAndMovesAndIsEnoughToRebuildThem) {
  bench b;
  device d{.id = 4, .user = 4}, other{.id = 2, .user = 2, .scope = {2}};
  const auto made = d.act({create(orders, {set(order_note, text("x"))}), create(orders, {})});
  b.push(d, {made});
  operation there{operation_kind::move, orders, made.operations[0].record, {}};
  there.to_scope = {2};
  b.push(d, {d.act({there})});
  const auto late = [&](const char* note) {
    return other.act({update(orders, made.operations[0].record, {set(order_note, text(note))})});
  };
  b.push(other, {late("denied")});
  b.tell(io::grant_change{.user = 2, .scope = {2}, .role = 1, .withdrawn = false});
  b.push(other, {late("allowed")});
  b.tell(io::grant_change{.user = 2, .scope = {2}, .role = 0, .withdrawn = true});
  b.push(other, {late("denied again")});
  const auto all = audit_of(*b.server);
  std::vector<audit_kind> kinds;
  for (const auto& r : all)
    kinds.push_back(r.kind);
  using enum audit_kind;
  EXPECT_EQ(kinds, (std::vector{given, intent, intent, intent, given, intent, taken, intent}));
  EXPECT_EQ(all[4].grants, (std::vector<audited_grant>{{{2, {2}, 1}, 2}}));
  EXPECT_EQ(all[5].role, 1);
  expect_rebuilt(b);
}

TEST(Audit, HasOneRecordForEachJudgementInOrder) {
  bench b;
  device d, other;
  other.id = 2;
  other.user = 2;
  b.now.wall = 77;
  const auto made = d.act({create(orders, {set(order_status, text("draft"))})});
  const record_id order = made.operations[0].record;
  const auto bad = d.act({update(orders, {9, 9, 9}, {set(order_note, text("x"))})});
  const auto denied = [&] {
    auto in = d.act({create(orders, {})});
    in.scope = {2};
    return in;
  }();
  b.push(d, {made, bad, denied});
  b.now.wall = 50; // the clock runs back, the server's time does not
  b.push(other, {other.act({update(orders, order, {set(order_note, text("hello"))})})});
  b.push(d, {made}); // a duplicate leaves nothing
  const auto all = judgements(*b.server);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].id, made.id);
  EXPECT_EQ(all[0].decision.kind, verdict_kind::applied);
  EXPECT_EQ(all[0].decision.sequence, 1u);
  EXPECT_EQ(all[0].body, wire::encode(made));
  EXPECT_EQ(all[0].hash, content_hash(all[0].body));
  EXPECT_EQ(all[0].user, 1u);
  EXPECT_EQ(all[1].decision.rule, verdict_rule::gone);
  EXPECT_EQ(all[1].body, wire::encode(bad));
  EXPECT_EQ(all[2].decision.rule, verdict_rule::denied);
  EXPECT_EQ(all[3].user, 2u);
  EXPECT_EQ(all[3].wall, 50);
  EXPECT_EQ(all[3].time, 77);
  expect_rebuilt(b);
}

TEST(Audit, KeepsWhatCouldNotBeReadAsItCame) {
  bench b;
  device d;
  auto request = b.push_request(d, {d.act({create(orders, {})})});
  request.mutable_intents(0)->set_body("no intent");
  b.send(request);
  b.drain();
  const auto all = judgements(*b.server);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].body, "no intent");
  EXPECT_EQ(all[0].decision.rule, verdict_rule::malformed);
  expect_rebuilt(b);
}

TEST(Audit, OutlivesRetentionAndTheForgettingOfVerdictsAndTombstones) {
  forgetful f({}, [](options& o) { o.retention_entries = 2; });
  device d = numbered(1);
  f.pull(d, {});
  std::uint64_t last = 0;
  for (int i = 0; i < 20; ++i)
    last = f.removed(d);
  f.pass(remembered);
  f.pull(d, {.cursor = last, .verdicts_through = 100});
  f.pull(d, {.cursor = last, .verdicts_through = 100});
  ASSERT_EQ(*f.b.server->fence({1}), last);
  EXPECT_EQ(judgements(*f.b.server).size(), 40u);
  EXPECT_EQ(audit_of(*f.b.server).back().kind, audit_kind::fence);
  expect_rebuilt(f.b);
}

RC_GTEST_PROP(Audit, LeadsAServerWithAnEmptyStoreToTheSame, ()) {
  bench b({.change = [](options& o) { o.model = shop_model(); }});
  std::vector<device> devices(3);
  for (std::uint32_t i = 0; i < 3; ++i)
    devices[i].id = i + 1, devices[i].user = i == 2 ? 4 : i + 1;
  std::vector<record_id> known;
  for (int i = 0; i < 25; ++i) {
    device& d = devices[*rc::gen::inRange<std::size_t>(0, 3)];
    b.now.wall += *rc::gen::inRange<time_ns>(-5, 20);
    if (*rc::gen::inRange(0, 3) == 0)
      d.seen.sequence = b.server->head({1})->sequence;
    const int what = known.empty() ? 0 : *rc::gen::inRange(0, 5);
    const record_id id = known.empty() ? record_id{} : *rc::gen::elementOf(known);
    std::vector<operation> does;
    switch (what) {
      case 0: does = {create(orders, {set(order_status, text("draft")), add(order_count, 1)})}; break;
      case 1:
        does = {update(orders, id, {set(order_status, text(*rc::gen::element("draft", "shipped", "approved")))})};
        break;
      case 2:
        does = {update(orders, id, {add(order_count, 2), set(order_note, text(*rc::gen::element("a", "b")))})};
        break;
      case 3: does = {remove(orders, id)}; break;
      default: does = {restore(orders, id)};
    }
    const auto in = d.act(std::move(does));
    if (what == 0)
      known.push_back(in.operations[0].record);
    b.push(d, {in});
    if (*rc::gen::inRange(0, 6) == 0)
      b.restart();
  }
  expect_rebuilt(b);
  RC_ASSERT(judgements(*b.server).size() == 25u);
}

} // namespace
} // namespace squall::server
