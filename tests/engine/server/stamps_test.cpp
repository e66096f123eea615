// How the server counts stamps, and where they go; roles as granted; sets in the feed.
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace squall::server {
namespace {

using telemetry::fact;
using telemetry::fact_kind;
using telemetry::probe;

constexpr collection_number registers = 0, forms = 1;
constexpr field_number title = 0;
constexpr field_number owner = 0, tags = 1, labels = 2;

std::shared_ptr<const merge::schema> stamped_model() {
  static const auto model = [] {
    using merge::field_rule;
    using merge::field_type;
    merge::schema m;
    m.collections = {{.name = "registers", .policy = "lww_clock", .fields = {{.name = "title"}}},
                     {.name = "forms",
                      .policy = "field_merge",
                      .fields = {{.name = "owner", .rule = field_rule::role_precedence, .roles = {1, 2}},
                                 {.name = "tags", .type = field_type::set, .rule = field_rule::add_wins},
                                 {.name = "labels", .type = field_type::set, .rule = field_rule::remove_wins}}}};
    return std::make_shared<const merge::schema>(std::move(m));
  }();
  return model;
}

bench_options stamped(std::vector<telemetry::sabotage> bugs = {}) {
  return {.sabotages = std::move(bugs), .change = [](options& o) {
            o.model = stamped_model();
            o.stamp_bound = 10 * second_ns;
            o.grants = {{1, {1}, 0}, {2, {1}, 1}, {4, {1}, 2}};
          }};
}

field_write insert(field_number f, const char* member) { return {f, write_kind::set_insert, text(member), {}}; }
field_write erase(field_number f, const char* member) { return {f, write_kind::set_erase, text(member), {}}; }

struct stamping {
  explicit stamping(std::vector<telemetry::sabotage> bugs = {}) : b(stamped(std::move(bugs))) {}

  /// The stamp of an intent that says `given`, as counted at wall time `wall`.
  hlc_stamp counted(device& d, const hlc_stamp& given, time_ns wall) {
    b.now.wall = wall;
    auto in = d.act({create(registers, {})});
    in.stamp = given;
    b.facts.clear();
    b.push(d, {in});
    const auto committed = std::find_if(b.facts.begin(), b.facts.end(),
                                        [](const fact& f) { return f.kind == fact_kind::intent_committed; });
    EXPECT_NE(committed, b.facts.end());
    return committed == b.facts.end() ? hlc_stamp{} : hlc_stamp{committed->wall, committed->logical};
  }

  bench b;
};

TEST(ServerStamps, WithinTheBoundCountAsTheyAre) {
  stamping s;
  device d;
  EXPECT_EQ(s.counted(d, {5 * second_ns, 3}, 100 * second_ns), (hlc_stamp{5 * second_ns, 3})) << "however late";
  EXPECT_EQ(s.counted(d, {110 * second_ns, 7}, 100 * second_ns), (hlc_stamp{110 * second_ns, 7})) << "at the bound";
  EXPECT_EQ(s.b.hits(probe::stamp_clamped), 0u);
}

TEST(ServerStamps, FromTheFutureCountAsTheBoundAndRiseInTheirIncarnation) {
  stamping s;
  device d, other;
  other.id = 2;
  const hlc_stamp far{std::numeric_limits<time_ns>::max(), 9};
  EXPECT_EQ(s.counted(d, far, 100 * second_ns), (hlc_stamp{110 * second_ns, 0}));
  EXPECT_EQ(s.counted(d, far, 100 * second_ns), (hlc_stamp{110 * second_ns, 1}));
  EXPECT_EQ(s.counted(d, far, 101 * second_ns), (hlc_stamp{111 * second_ns, 0}));
  EXPECT_EQ(s.counted(d, {50 * second_ns, 0}, 101 * second_ns), (hlc_stamp{111 * second_ns, 1}));
  EXPECT_EQ(s.counted(other, far, 101 * second_ns), (hlc_stamp{111 * second_ns, 0})) << "each incarnation its own";
  EXPECT_EQ(s.b.hits(probe::stamp_clamped), 4u);
  EXPECT_EQ(s.b.hits(probe::stamp_pushed), 2u);
}

TEST(ServerStamps, TheServersTimeNeverRunsBackNorDoesARestartForgetIt) {
  stamping s;
  device d;
  EXPECT_EQ(s.counted(d, {105 * second_ns, 0}, 100 * second_ns), (hlc_stamp{105 * second_ns, 0}));
  device other{.id = 2};
  EXPECT_EQ(s.counted(other, {200 * second_ns, 0}, 30 * second_ns), (hlc_stamp{110 * second_ns, 0}));
  s.b.restart();
  device third{.id = 3};
  EXPECT_EQ(s.counted(third, {200 * second_ns, 0}, 30 * second_ns), (hlc_stamp{110 * second_ns, 0}));
  EXPECT_EQ(s.counted(other, {200 * second_ns, 0}, 30 * second_ns), (hlc_stamp{110 * second_ns, 1}))
      << "nor what it counted last";
}

TEST(ServerStamps, ARejectedIntentsStampCountsToo) {
  stamping s;
  device d;
  const hlc_stamp far{900 * second_ns, 0};
  s.counted(d, far, 100 * second_ns);
  s.b.now.wall = 120 * second_ns;
  auto gone = d.act({update(registers, record_id{9, 9, 256}, {set(title, text("x"))})});
  gone.stamp = far;
  ASSERT_EQ(s.b.push(d, {gone}).verdicts(0).verdict().kind(), static_cast<std::uint32_t>(verdict_kind::rejected));
  EXPECT_EQ(s.counted(d, far, 60 * second_ns), (hlc_stamp{130 * second_ns, 1}));
}

TEST(ServerStamps, GoIntoEntriesRowsAndSnapshots) {
  stamping s;
  device d, other;
  other.id = 2;
  s.counted(d, {70 * second_ns, 2}, 100 * second_ns);
  s.counted(other, {40 * second_ns, 0}, 100 * second_ns);
  const auto page = s.b.pull(d, {});
  ASSERT_EQ(page.entries_size(), 2);
  EXPECT_EQ(wire::from_wire(page.entries(0).stamp()), (hlc_stamp{70 * second_ns, 2}));
  EXPECT_EQ(wire::from_wire(page.entries(0).rows(0).stamp()), (hlc_stamp{70 * second_ns, 2}));
  EXPECT_EQ(wire::from_wire(page.entries(0).rows(0).stamp_holder()), (intent_id{1, 1, 1}));
  for (int life = 0; life < 2; ++life) {
    const auto snapshot = s.b.snapshot(d);
    EXPECT_EQ(wire::from_wire(snapshot.greatest_stamp()), (hlc_stamp{70 * second_ns, 2}));
    ASSERT_EQ(snapshot.rows_size(), 2);
    EXPECT_EQ(wire::from_wire(snapshot.rows(1).stamp()), (hlc_stamp{40 * second_ns, 0}));
    s.b.restart();
  }
}

TEST(ServerStamps, ASecondRemoveBringsItsStampToTheFeed) {
  stamping s;
  device d, other;
  other.id = 2;
  s.counted(d, {1, 0}, second_ns);
  const auto record = record_id::derive({1, 1, 1}, 0);
  for (device* who : {&d, &other}) {
    auto in = who->act({remove(registers, record)});
    in.stamp = {who->id * 100, 0};
    ASSERT_EQ(s.b.push(*who, {in}).verdicts(0).verdict().kind(), static_cast<std::uint32_t>(verdict_kind::applied));
  }
  const auto page = s.b.pull(d, {});
  ASSERT_EQ(page.entries_size(), 3);
  ASSERT_EQ(page.entries(2).rows_size(), 1);
  EXPECT_EQ(wire::from_wire(page.entries(2).rows(0).stamp()), (hlc_stamp{200, 0}));
  EXPECT_EQ(wire::from_wire(page.entries(2).rows(0).presence_writer()), (intent_id{1, 1, 2}));
}

// -- roles ------------------------------------------------------------------------------------------------------------------

TEST(ServerRoles, AreThoseOfTheGrantAndOutliveARestart) {
  bench b(stamped());
  device maker, chief{.id = 2, .user = 2}, clerk{.id = 4, .user = 4};
  b.commit(maker, {create(forms, {set(owner, text("old"))})});
  const auto record = record_id::derive({1, 1, 1}, 0);
  chief.seen.sequence = clerk.seen.sequence = 1;
  b.commit(chief, {update(forms, record, {set(owner, text("chief's"))})});
  b.settings.grants = {};
  b.restart();
  const auto reply = b.push(clerk, {clerk.act({update(forms, record, {set(owner, text("clerk's"))})})});
  EXPECT_EQ(reply.verdicts(0).verdict().rule(), static_cast<std::uint32_t>(verdict_rule::role));
  EXPECT_EQ(field_of(b.rows({1}).at(record), owner), text("chief's"));
  EXPECT_EQ(b.pull(chief, {}).entries(1).rows(0).fields(0).role(), 1u);
}

// -- sets --------------------------------------------------------------------------------------------------------------------

std::vector<fact> fields_served(bench& b, const device& d) {
  b.facts.clear();
  b.pull(d, {});
  std::vector<fact> out;
  std::copy_if(b.facts.begin(), b.facts.end(), std::back_inserter(out),
               [](const fact& f) { return f.kind == fact_kind::feed_field; });
  return out;
}

TEST(ServerSets, ShowEachMemberWithItsNewestInsertAscending) {
  bench b(stamped());
  device d;
  b.commit(d, {create(forms, {insert(tags, "a"), insert(tags, "b")})});
  const auto record = record_id::derive({1, 1, 1}, 0);
  d.seen.sequence = 1;
  b.commit(d, {update(forms, record, {insert(tags, "b")})});
  b.commit(d, {update(forms, record, {erase(labels, "z")})});
  const auto row = b.rows({1}).at(record);
  ASSERT_EQ(row.fields.size(), 2u) << "an empty set has none";
  EXPECT_EQ(row.fields[0].current, text("a"));
  EXPECT_EQ(row.fields[0].writer, (intent_id{1, 1, 1}));
  EXPECT_EQ(row.fields[1].current, text("b"));
  EXPECT_EQ(row.fields[1].writer, (intent_id{1, 1, 2}));

  const auto served = fields_served(b, d);
  ASSERT_EQ(served.size(), 5u);
  EXPECT_EQ(served[0].digest, digest_of_text("a"));
  EXPECT_EQ(served[0].sequence, 1u);
  EXPECT_EQ(served[2].digest, digest_of_text("a")) << "the whole set goes where it changed";
  EXPECT_EQ(served[2].other, (intent_id{1, 1, 1}));
  EXPECT_EQ(served[3].digest, digest_of_text("b"));
  EXPECT_EQ(served[3].other, (intent_id{1, 1, 2}));
  EXPECT_EQ(served[3].sequence, 2u);
  EXPECT_EQ(served[4].field, labels);
  EXPECT_EQ(served[4].digest, value_digest{}) << "empty";
  EXPECT_EQ(served[4].other, (intent_id{1, 1, 3}));
}

// -- known bugs ---------------------------------------------------------------------------------------------------------------

TEST(ServerSabotage, FutureStampsCountedRefusedOrEqual) {
  using telemetry::sabotage;
  const hlc_stamp far{900 * second_ns, 0};
  {
    stamping s({sabotage::future_stamp_counted});
    device d;
    EXPECT_EQ(s.counted(d, far, 100 * second_ns), far);
  }
  {
    stamping s({sabotage::clamped_stamps_equal});
    device d;
    s.counted(d, far, 100 * second_ns);
    EXPECT_EQ(s.counted(d, far, 100 * second_ns), (hlc_stamp{110 * second_ns, 0}));
  }
  {
    stamping s({sabotage::server_time_runs_back});
    device d;
    s.counted(d, {}, 100 * second_ns);
    EXPECT_EQ(s.counted(d, far, 30 * second_ns), (hlc_stamp{40 * second_ns, 0}));
  }
  bench b(stamped({sabotage::future_stamp_refused}));
  device d;
  auto in = d.act({create(registers, {})});
  in.stamp = far;
  EXPECT_EQ(b.push(d, {in}).verdicts_size(), 0);
  in.stamp = {};
  EXPECT_EQ(b.push(d, {in}).verdicts_size(), 1);
}

} // namespace
} // namespace squall::server
