// What a device does with stamps, roles and sets: its own stamps come after those that it has seen, and what waits is shown by
// the server's rules.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;

constexpr collection_number registers = 0, forms = 1;
constexpr field_number title = 0;
constexpr field_number owner = 0, tags = 1, labels = 2, stock = 3;

std::shared_ptr<const merge::schema> stamped_model() {
  static const auto model = [] {
    using merge::field_rule;
    using merge::field_type;
    merge::schema m;
    m.collections = {
        {.name = "registers", .policy = "lww_clock", .fields = {{.name = "title"}}},
        {.name = "forms",
         .policy = "field_merge",
         .fields = {{.name = "owner", .rule = field_rule::role_precedence, .roles = {1, 2}},
                    {.name = "tags", .type = field_type::set, .rule = field_rule::add_wins},
                    {.name = "labels", .type = field_type::set, .rule = field_rule::remove_wins},
                    {.name = "stock", .type = field_type::counter, .rule = field_rule::counter, .at_least = 0}}}};
    return std::make_shared<const merge::schema>(std::move(m));
  }();
  return model;
}

bench_options stamped(std::uint8_t role = 0, std::vector<telemetry::sabotage> bugs = {}) {
  return {.sabotages = std::move(bugs), .change = [role](options& o) {
            o.model = stamped_model();
            o.role = role;
          }};
}

wire::ChangeEntry stamped_entry(std::uint64_t sequence, std::uint64_t previous, const intent_id& by,
                                const hlc_stamp& at) {
  auto e = entry(sequence, previous, by);
  wire::to_wire(at, *e.mutable_stamp());
  return e;
}

/// `theirs` has the title, as written at `at`.
wire::ChangeEntry titled(std::uint64_t sequence, std::uint64_t previous, const intent_id& by, const hlc_stamp& at,
                         const char* to) {
  auto e = stamped_entry(sequence, previous, by, at);
  put_row(e, theirs, registers, {{title, text(to)}});
  auto& row = *e.mutable_rows(0);
  wire::to_wire(other, *row.mutable_presence_writer());
  wire::to_wire(at, *row.mutable_stamp());
  wire::to_wire(by, *row.mutable_stamp_holder());
  return e;
}

hlc_stamp newest_stamp(const bench& b) {
  const auto accepted = b.facts_of(fact_kind::intent_accepted);
  return accepted.empty() ? hlc_stamp{} : hlc_stamp{accepted.back().wall, accepted.back().logical};
}

operation retitle(const char* to) { return update(registers, theirs, {set(title, text(to))}); }

TEST(ClientStamps, ComeAfterAllThatTheFeedBroughtHoweverFarAhead) {
  bench b(stamped());
  b.settle_in();
  const hlc_stamp far{b.now.wall + 500 * hour_ns, 7};
  b.answer_pull({titled(11, 0, other, far, "a"), stamped_entry(12, 11, {3, 1, 1}, {5, 0})}, 12);
  b.accept({retitle("b")});
  EXPECT_EQ(newest_stamp(b), (hlc_stamp{far.wall, 8}));
}

TEST(ClientStamps, RememberWhatWasSeenOverARestart) {
  bench b(stamped());
  b.settle_in();
  const hlc_stamp far{b.now.wall + 500 * hour_ns, 7};
  b.answer_pull({titled(11, 0, other, far, "a")}, 11);
  b.restart();
  b.accept({retitle("b")});
  EXPECT_EQ(newest_stamp(b), (hlc_stamp{far.wall, 8}));
}

TEST(ClientStamps, ComeAfterTheGreatestOfASnapshot) {
  bench b(stamped());
  b.settle_in();
  b.pass(b.settings.sync.poll_every);
  b.pull_request();
  auto resync = page(b.cursor(), {}, b.cursor().sequence);
  resync.set_resync(wire::RESYNC_BELOW_FLOOR);
  b.reply(resync);
  b.snapshot_request();
  const hlc_stamp far{b.now.wall + 500 * hour_ns, 3};
  auto snapshot = whole_snapshot(generation, 30);
  wire::to_wire(far, *snapshot.mutable_greatest_stamp());
  *snapshot.add_rows() = titled(20, 0, other, {9, 0}, "a").rows(0);
  b.reply(snapshot);
  ASSERT_EQ(b.cursor().sequence, 30u);
  b.accept({retitle("b")});
  EXPECT_EQ(newest_stamp(b), (hlc_stamp{far.wall, 4}));
}

TEST(ClientStamps, IgnoredByAKnownBug) {
  bench b(stamped(0, {telemetry::sabotage::seen_stamps_ignored}));
  b.settle_in();
  const hlc_stamp far{b.now.wall + 500 * hour_ns, 7};
  b.answer_pull({titled(11, 0, other, far, "a")}, 11);
  b.accept({retitle("b")});
  EXPECT_LT(newest_stamp(b), far);
}

TEST(ClientOverlay, APendingChangeShowsWhileItsStampIsTheGreater) {
  bench b(stamped());
  b.settle_in();
  b.answer_pull({titled(11, 0, other, {1, 0}, "old")}, 11);
  b.accept({retitle("mine")});
  const hlc_stamp mine = newest_stamp(b);
  b.answer_pull({titled(12, 11, {2, 1, 2}, {mine.wall - 1, 0}, "earlier")}, 12);
  EXPECT_EQ(b.field(theirs, title), text("mine"));
  EXPECT_EQ(b.field(theirs, title, io::view_kind::confirmed), text("earlier"));
  b.restart();
  b.answer_pull({titled(13, 12, {2, 1, 3}, {mine.wall + 1, 0}, "later")}, 13);
  EXPECT_EQ(b.field(theirs, title), text("later")) << "mine would be superseded";
}

// -- roles -------------------------------------------------------------------------------------------------------------------

wire::ChangeEntry owned(std::uint64_t sequence, std::uint64_t previous, const intent_id& by, const char* to,
                        std::uint32_t role) {
  auto e = stamped_entry(sequence, previous, by, {1, 0});
  put_row(e, theirs, forms, {{owner, text(to)}});
  e.mutable_rows(0)->mutable_fields(0)->set_role(role);
  return e;
}

TEST(ClientOverlay, APendingChangeShowsAsItsUsersRoleRanks) {
  for (const std::uint8_t role : {1, 2}) {
    bench b(stamped(role));
    b.settle_in();
    b.answer_pull({owned(11, 0, other, "old", 0)}, 11);
    b.accept({update(forms, theirs, {set(owner, text("mine"))})});
    b.answer_pull({owned(12, 11, {2, 1, 2}, "theirs", 1)}, 12);
    EXPECT_EQ(b.field(theirs, owner), text(role == 1 ? "mine" : "theirs"));
  }
}

// -- sets ---------------------------------------------------------------------------------------------------------------------

field_write insert(field_number f, const char* member) { return {f, write_kind::set_insert, text(member), {}}; }
field_write erase(field_number f, const char* member) { return {f, write_kind::set_erase, text(member), {}}; }

std::vector<std::string> members(bench& b, const record_id& id, field_number f) {
  std::vector<std::string> out;
  for (const auto& v : b.row(id).value_or(io::row_view{}).fields)
    if (v.field == f)
      out.push_back(std::get<std::string>(v.current));
  return out;
}

TEST(ClientSets, ShowPendingMembersAndKeepThemOverARestart) {
  bench b(stamped());
  b.settle_in();
  // In whatever order a user names them.
  const auto made = b.accept({create(forms, {insert(tags, "b"), add(stock, 3), insert(tags, "a")})});
  const auto id = made.created[0];
  EXPECT_EQ(members(b, id, tags), (std::vector<std::string>{"a", "b"}));
  b.accept({update(forms, id, {erase(tags, "a"), insert(labels, "l")})});
  b.restart();
  EXPECT_EQ(members(b, id, tags), std::vector<std::string>{"b"});
  EXPECT_EQ(members(b, id, labels), std::vector<std::string>{"l"});
  EXPECT_EQ(b.row(id)->fields[0].writer, made.id);
}

TEST(ClientSets, APendingEraseSparesWhatItsAuthorHadNotSeen) {
  bench b(stamped());
  b.settle_in();
  const auto with_marks = [&](std::uint64_t sequence, std::uint64_t previous, std::uint64_t seq, std::size_t marks) {
    auto e = stamped_entry(sequence, previous, {2, 1, seq}, {1, 0});
    put_row(e, theirs, forms, {});
    auto& field = *e.mutable_rows(0)->add_fields();
    field.set_field(tags);
    *field.mutable_writer() = e.intent();
    field.set_sequence(sequence);
    auto& member = *field.add_members();
    member.set_text("x");
    for (std::uint64_t m = 1; m <= marks; ++m) {
      auto& mark = *member.add_inserts();
      wire::to_wire({2, 1, m}, *mark.mutable_intent());
      mark.set_sequence(10 + m);
    }
    return e;
  };
  b.answer_pull({with_marks(11, 0, 1, 1)}, 11);
  EXPECT_EQ(members(b, theirs, tags), std::vector<std::string>{"x"});
  b.accept({update(forms, theirs, {erase(tags, "x")})});
  EXPECT_TRUE(members(b, theirs, tags).empty());
  b.answer_pull({with_marks(12, 11, 2, 2)}, 12);
  EXPECT_EQ(members(b, theirs, tags), std::vector<std::string>{"x"}) << "an insert that the erase had not seen";
  EXPECT_EQ(b.row(theirs)->fields.at(0).writer, (intent_id{2, 1, 2}));
}

TEST(ClientBounds, APendingChangeThatWouldBreakThemIsNotShown) {
  bench b(stamped());
  b.settle_in();
  const auto id = b.accept({create(forms, {add(stock, 3)})}).created[0];
  b.accept({update(forms, id, {add(stock, -4)})});
  EXPECT_EQ(b.field(id, stock), number(3));
  b.accept({update(forms, id, {add(stock, 2)})});
  EXPECT_EQ(b.field(id, stock), number(5));
}

} // namespace
} // namespace squall::client
