// The tables of policy.hpp and docs/semantics.md, cell by cell. One record exists; Bob does `first`, then Ann does `second`
// having seen it or not.
#include "engine/merge/policy.hpp"
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

namespace squall::merge {
namespace {

const intent_id origin{9, 1, 1}, bobs{2, 1, 1}, anns{1, 1, 1};
const record_id record = record_id::derive(origin, 0);

enum class seen : std::uint8_t { no, yes };
using kind = verdict_kind;
using rule = verdict_rule;

struct table_row {
  const char* name;
  collection_number collection;
  operation first;
  operation second;
  seen saw;
  kind expected;
  rule why;
  field_number field; ///< looked at afterwards
  value after;
  bool deleted_after;
  bool winner_is_bob; ///< of the verdict, or of its first overridden field
};

std::vector<table_row> table() {
  std::vector<table_row> rows;
  const auto both = [&](const char* name, collection_number c, const operation& first, const operation& second,
                        std::pair<kind, rule> unseen, std::pair<kind, rule> seen_it, field_number field,
                        const value& after_unseen, const value& after_seen, std::pair<bool, bool> deleted = {}) {
    const auto winner = [](kind k) { return k == kind::superseded || k == kind::conflicted; };
    rows.push_back({name, c, first, second, seen::no, unseen.first, unseen.second, field, after_unseen, deleted.first,
                    winner(unseen.first)});
    rows.push_back({name, c, first, second, seen::yes, seen_it.first, seen_it.second, field, after_seen, deleted.second,
                    winner(seen_it.first)});
  };
  const std::pair<kind, rule> applied{kind::applied, rule::none}, gone{kind::rejected, rule::gone};
  const std::pair<kind, rule> loses{kind::superseded, rule::precedence},
      deleted_first{kind::superseded, rule::delete_update};
  const std::pair<kind, rule> task{kind::conflicted, rule::delete_update};
  const value none;

  for (const collection_number c : {records, notes}) {
    const auto update = [&](field_write w) { return update_of(c, record, {std::move(w)}); };
    const auto remove = remove_of(c, record), restore = restore_of(c, record);
    const bool merge = c == records;
    both("text", c, update(set(title, text("b"))), update(set(title, text("a"))), applied, applied, title, text("a"),
         text("a"));
    both("integer", c, update(set(quantity, number(1))), update(set(quantity, number(2))), applied, applied, quantity,
         number(2), number(2));
    both("reference", c, update(set(parent, record_id{1, 1, 256})), update(set(parent, record_id{1, 1, 512})), applied,
         applied, parent, record_id{1, 1, 512}, record_id{1, 1, 512});
    both("equal value", c, update(set(title, text("b"))), update(set(title, text("b"))), applied, applied, title,
         text("b"), text("b"));
    both("other field", c, update(set(title, text("b"))), update(set(quantity, number(2))), applied, applied, title,
         text("b"), text("b"));
    both("higher rank", c, update(set(status, text("open"))), update(set(status, text("closed"))), applied, applied,
         status, text("closed"), text("closed"));
    both("lower rank", c, update(set(status, text("closed"))), update(set(status, text("open"))),
         merge ? loses : applied, applied, status, text(merge ? "closed" : "open"), text("open"));
    both("same rank", c, update(set(status, text("approved"))), update(set(status, text("approved"))), applied, applied,
         status, text("approved"), text("approved"));
    both("unlisted below listed", c, update(set(status, text("open"))), update(set(status, text("odd"))),
         merge ? loses : applied, applied, status, text(merge ? "open" : "odd"), text("odd"));
    both("listed above unlisted", c, update(set(status, text("odd"))), update(set(status, text("open"))), applied,
         applied, status, text("open"), text("open"));
    both("both unlisted", c, update(set(status, text("odd"))), update(set(status, text("even"))), applied, applied,
         status, text("even"), text("even"));
    const auto count_to = [&](std::int64_t n) { return merge ? add(count, n - 10) : set(count, number(n)); };
    both("count", c, update(count_to(12)), update(count_to(13)), applied, applied, count, number(merge ? 15 : 13),
         number(merge ? 15 : 13));
    both("update of deleted", c, remove, update(set(title, text("a"))), merge ? task : deleted_first, gone, title,
         text("old"), text("old"), {true, true});
    both("count of deleted", c, remove, update(count_to(11)), merge ? task : deleted_first, gone, count, number(10),
         number(10), {true, true});
    both("remove after text", c, update(set(title, text("b"))), remove, merge ? task : applied, applied, title,
         text("b"), text("b"), {!merge, true});
    both("remove after count", c, update(count_to(12)), remove, merge ? task : applied, applied, count, number(12),
         number(12), {!merge, true});
    both("remove again", c, remove, remove, applied, applied, title, text("old"), text("old"), {true, true});
    both("restore", c, remove, restore, applied, applied, title, text("old"), text("old"), {false, false});
    both("restore of live", c, update(set(title, text("b"))), restore, applied, applied, title, text("b"), text("b"),
         {false, false});
  }
  const auto set_count = [&](std::int64_t n) { return update_of(notes, record, {set(count, number(n))}); };
  both("set of a counter", notes, set_count(5), set_count(7), applied, applied, count, number(7), number(7));
  return rows;
}

committer with_record(collection_number collection) {
  committer server;
  std::vector<field_write> writes{set(title, text("old"))};
  writes.push_back(collection == records ? add(count, 10) : set(count, number(10)));
  EXPECT_EQ(server.commit(make_intent(origin, 0, {create_of(collection, record, writes)})).outcome.kind, kind::applied);
  return server;
}

TEST(PolicyTable, GivesEachCellItsVerdictAndState) {
  for (const table_row& t : table()) {
    SCOPED_TRACE(std::string(t.name) + (t.collection == records ? ", field_merge" : ", lww_server") +
                 (t.saw == seen::yes ? ", seen" : ", not seen"));
    committer server = with_record(t.collection);
    ASSERT_EQ(server.commit(make_intent(bobs, 1, {t.first})).outcome.kind, kind::applied);
    const auto before = server.rows;
    const auto d = server.commit(make_intent(anns, t.saw == seen::yes ? 2 : 1, {t.second}));
    EXPECT_EQ(d.outcome.kind, t.expected) << to_string(d.outcome.kind);
    EXPECT_EQ(d.outcome.rule, t.why) << to_string(d.outcome.rule);
    EXPECT_EQ(d.outcome.winner, t.winner_is_bob ? bobs : intent_id{});
    EXPECT_EQ(server.at(record, t.field).current, t.after);
    EXPECT_EQ(server.deleted(record), t.deleted_after);
    EXPECT_EQ(d.outcome.sequence, d.committed() ? 3u : 0u);
    if (!d.committed())
      EXPECT_EQ(server.rows, before);
    else
      for (const field_write& w : t.second.writes)
        EXPECT_EQ(server.at(record, w.field).writer, anns) << "an equal value too makes its writer the visible one";
  }
}

TEST(PolicyTable, IsTheSameWherePeersWereSeenBeyondTheFeed) {
  for (const table_row& t : table()) {
    if (t.saw != seen::yes)
      continue;
    SCOPED_TRACE(t.name);
    committer server = with_record(t.collection);
    ASSERT_TRUE(server.commit(make_intent(bobs, 1, {t.first})).committed());
    auto second = make_intent(anns, 1, {t.second});
    second.context.beyond = {{bobs.device, bobs.incarnation, bobs.seq}};
    const auto d = server.commit(second);
    EXPECT_EQ(d.outcome.kind, t.expected);
    EXPECT_EQ(server.at(record, t.field).current, t.after);
    EXPECT_EQ(server.deleted(record), t.deleted_after);
  }
}

TEST(Policies, AreFoundByName) {
  ASSERT_EQ(policies().size(), 5u);
  for (const policy& p : policies()) {
    EXPECT_EQ(find_policy(p.name), &p);
    EXPECT_FALSE(p.meaning.empty());
  }
  EXPECT_EQ(find_policy("lww"), nullptr);
}

TEST(HadSeen, FollowsTheContext) {
  auto author = make_intent({1, 1, 5}, 10, {});
  author.context.beyond = {{3, 1, 4}};
  EXPECT_TRUE(had_seen(author, {}, {generation, 99})) << "a cell that nobody wrote";
  EXPECT_TRUE(had_seen(author, {1, 1, 4}, {generation, 99})) << "its own earlier one";
  EXPECT_FALSE(had_seen(author, {1, 1, 6}, {generation, 99}));
  EXPECT_FALSE(had_seen(author, {1, 2, 4}, {generation, 99})) << "another incarnation";
  EXPECT_TRUE(had_seen(author, {2, 1, 9}, {generation, 10}));
  EXPECT_FALSE(had_seen(author, {2, 1, 9}, {generation, 11}));
  EXPECT_FALSE(had_seen(author, {2, 1, 9}, {generation + 1, 10})) << "another generation";
  EXPECT_TRUE(had_seen(author, {3, 1, 4}, {generation, 99}));
  EXPECT_FALSE(had_seen(author, {3, 1, 5}, {generation, 99}));
  EXPECT_FALSE(had_seen(author, {3, 2, 4}, {generation, 99}));
}

} // namespace
} // namespace squall::merge
