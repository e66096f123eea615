// Grants that change and records that move, in whole runs of our engine: in the end every device shows, scope by scope, exactly
// what the server has of the scopes that its user holds, and nothing else.
#include "actors/system/squall_system.hpp"
#include "tests/actors/plan_builder.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>

namespace squall::actors {

namespace {

using history::end_code;
using history::entry;
using history::entry_kind;
using history::view_code;

ran run(const scenarios::Plan& plan) {
  squall_system system;
  auto done = run_plan(plan, system);
  EXPECT_EQ(done.outcome.end, end_code::settled) << done.outcome.end_detail;
  return done;
}

/// Record, field and value, of one export: the last of this actor, scope and view; nothing if there is none.
using content = std::set<std::tuple<std::uint32_t, std::uint16_t, std::int64_t>>;
using place = std::tuple<std::uint32_t, std::uint32_t, std::uint8_t>;

std::map<place, content> exports_of(const keeper& h) {
  std::map<place, content> out;
  content* now = nullptr;
  for (const auto& e : h.entries) {
    if (e.kind == entry_kind::export_began) {
      now = &out[{e.actor, e.scope, e.code}];
      now->clear();
    } else if (e.kind == entry_kind::export_row && now) {
      now->insert({e.record, 65535, e.code});
    } else if (e.kind == entry_kind::export_field && now) {
      now->insert({e.record, e.field, e.value});
    }
  }
  return out;
}

void expect_agreement(const keeper& h, const std::map<std::uint32_t, std::set<std::uint32_t>>& held) {
  const auto exports = exports_of(h);
  const auto code = [](view_code v) { return static_cast<std::uint8_t>(v); };
  std::map<std::uint32_t, std::set<std::uint32_t>> shown;
  for (const auto& [at, what] : exports) {
    const auto [actor, scope, view] = at;
    if (actor == 0 || view != code(view_code::confirmed))
      continue;
    shown[actor].insert(scope);
    EXPECT_EQ(what, exports.at({0, scope, code(view_code::server)})) << "d" << actor << " in scope " << scope;
    EXPECT_EQ(exports.at({actor, scope, code(view_code::visible)}), what) << "d" << actor << " in scope " << scope;
  }
  EXPECT_EQ(shown, held);
}

std::size_t verdicts(const keeper& h, verdict_rule rule) {
  std::size_t count = 0;
  for (const auto& e : h.of(entry_kind::verdict_received))
    count += e.rule == static_cast<std::uint8_t>(rule);
  return count;
}

/// Two teams of two; device 1 and 3 are of the first, 2 and 4 of the second.
struct office {
  plan_builder b{1, "field_merge"};
  std::uint64_t note = 0;

  office() {
    b.devices(4, 2);
    note = b.create(1, 5 * second_ns, {{"title", "plan"}, {"text", "none"}});
    b.create(2, 5 * second_ns, {{"title", "theirs"}});
  }
  void move(std::uint32_t device, time_ns at, std::uint32_t to) {
    const auto id = b.set(device, at, note, {});
    for (auto& i : *b.plan.mutable_intentions())
      if (i.id() == id) {
        i.mutable_acts(0)->set_kind(scenarios::Act::MOVE);
        i.mutable_acts(0)->set_to_team(to);
      }
  }
  void also(std::uint32_t device, std::uint32_t team) {
    b.plan.mutable_topology()->mutable_devices(static_cast<int>(device) - 1)->add_more_teams(team);
  }
};

TEST(Grants, WhoIsTakenOutShowsNothingAndIsDeniedWhatWasQueued) {
  office o;
  o.b.fault("offline", {.at = minute_ns, .for_ns = 2 * minute_ns}, {3});
  o.b.fault("grant_withdrawn", {.at = 90 * second_ns, .for_ns = 0}, {3});
  o.b.set(3, 100 * second_ns, o.note, {{"text", "too late"}});
  const auto done = run(o.b.plan);
  EXPECT_EQ(verdicts(done.history, verdict_rule::denied), 1u);
  ASSERT_EQ(done.history.of(entry_kind::revoke).size(), 1u);
  EXPECT_EQ(done.history.of(entry_kind::revoke)[0].ref, 103u);
  EXPECT_EQ(done.history.of(entry_kind::revoke)[0].aux, 2u);
  ASSERT_EQ(done.history.of(entry_kind::scope_purged).size(), 1u);
  expect_agreement(done.history, {{1, {1}}, {2, {2}}, {4, {2}}});
}

TEST(Grants, WhatIsLentForAWhileComesAndGoes) {
  office o;
  o.b.fault("grant_given", {.at = minute_ns, .for_ns = 3 * minute_ns}, {1});
  const auto done = run(o.b.plan);
  EXPECT_EQ(done.history.of(entry_kind::revoke).size(), 1u);
  EXPECT_EQ(done.history.of(entry_kind::grants_told).size(), 2u);
  EXPECT_EQ(done.history.of(entry_kind::scope_purged).size(), 1u);
  expect_agreement(done.history, {{1, {1}}, {2, {2}}, {3, {1}}, {4, {2}}});
}

TEST(Grants, WhoComesBackGetsEverythingAgain) {
  office o;
  o.b.fault("grant_withdrawn", {.at = minute_ns, .for_ns = 3 * minute_ns}, {3});
  o.b.set(1, 2 * minute_ns, o.note, {{"text", "meanwhile"}});
  const auto done = run(o.b.plan);
  expect_agreement(done.history, {{1, {1}}, {2, {2}}, {3, {1}}, {4, {2}}});
}

TEST(Grants, AnActOfTheAdministratorOutlivesTheServersCrashes) {
  for (int operation = 0; operation < 12; ++operation) {
    office o;
    o.b.fault("server_crash", {.at = minute_ns, .for_ns = 20 * second_ns}, {}, {{"disk_operation", operation}});
    o.b.fault("grant_withdrawn", {.at = minute_ns + 1, .for_ns = 0}, {3});
    const auto done = run(o.b.plan);
    EXPECT_EQ(done.history.of(entry_kind::revoke).size(), 1u) << operation;
    expect_agreement(done.history, {{1, {1}}, {2, {2}}, {4, {2}}});
  }
}

TEST(Moves, TakeTheRecordFromTheOneTeamToTheOther) {
  office o;
  o.also(1, 2);
  o.b.fault("offline", {.at = minute_ns, .for_ns = 3 * minute_ns}, {3});
  o.move(1, 90 * second_ns, 2);
  o.b.set(3, 2 * minute_ns, o.note, {{"text", "of the past"}});
  o.b.set(4, 4 * minute_ns, o.note, {{"text", "of today"}});
  const auto done = run(o.b.plan);
  EXPECT_EQ(verdicts(done.history, verdict_rule::denied), 1u);
  expect_agreement(done.history, {{1, {1, 2}}, {2, {2}}, {3, {1}}, {4, {2}}});
}

TEST(Moves, WhoHoldsOneTeamIsDenied) {
  office o;
  o.move(3, minute_ns, 2);
  const auto done = run(o.b.plan);
  EXPECT_EQ(verdicts(done.history, verdict_rule::denied), 1u);
  expect_agreement(done.history, {{1, {1}}, {2, {2}}, {3, {1}}, {4, {2}}});
}

TEST(Wide, WhatIsEverybodysIsSeenByBothTeams) {
  office o;
  auto& wide = *o.b.plan.mutable_model()->add_collections();
  wide = o.b.plan.model().collections(0);
  wide.set_name("suppliers");
  wide.set_wide(true);
  const auto made = o.b.create(1, 20 * second_ns, {{"title", "acme"}});
  for (auto& i : *o.b.plan.mutable_intentions())
    if (i.id() << 8 == made)
      i.mutable_acts(0)->set_collection("suppliers");
  const auto done = run(o.b.plan);
  expect_agreement(done.history, {{1, {1, 3}}, {2, {2, 3}}, {3, {1, 3}}, {4, {2, 3}}});
  const auto exports = exports_of(done.history);
  EXPECT_EQ(exports.at({4, 3, static_cast<std::uint8_t>(view_code::confirmed)}).size(), 2u) << "a row with one field";
}

} // namespace
} // namespace squall::actors
