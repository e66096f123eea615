// Small scope, all of it: three authors make two or three changes in total of one record, in every order of acting, pulling and
// committing, each change any of an alphabet. In every state that this reaches, the overlay's promise is checked: to fold an
// author's pending intents over any prefix of the log gives what committing them there gives.
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

namespace squall::merge {
namespace {

constexpr int authors = 3;
const intent_id origin{9, 1, 1};
const record_id record = record_id::derive(origin, 0);

bool plain(collection_number c) { return c == records || c == notes || c == registers || c == papers; }

/// One of the changes that an author may mean; values differ by author.
struct alphabet {
  collection_number collection;
  static constexpr int size = 7;
  field_write count_by(std::int64_t n) const {
    return collection == records || collection == papers ? add(count, n) : set(count, number(n));
  }
  operation operator()(int letter, int author) const {
    return plain(collection) ? of_plain(letter, author) : of_crdt(letter, author);
  }

  operation of_crdt(int letter, int author) const {
    const auto update = [&](std::vector<field_write> w) { return update_of(collection, record, std::move(w)); };
    switch (letter) {
      case 0: return update({set(caption, text(std::string(1, static_cast<char>('a' + author))))});
      case 1: return update({set(highest, number(author)), set(lowest, number(author))});
      case 2: return update({insert(badges, "x"), insert(labels, "x")});
      case 3: return update({erase(badges, "x"), erase(labels, "x")});
      case 4: return update({add(stock, 1 << (2 * author)), insert(labels, "y")});
      case 5: return remove_of(collection, record);
      default: return restore_of(collection, record);
    }
  }

  operation of_plain(int letter, int author) const {
    const auto n = static_cast<std::size_t>(author);
    static const std::array<const char*, 3> ranks{"approved", "closed", "open"};
    switch (letter) {
      case 0: return update_of(collection, record, {set(title, text(std::string(1, static_cast<char>('a' + author))))});
      case 1: return update_of(collection, record, {set(status, text(ranks[n]))});
      case 2: return update_of(collection, record, {count_by(1 << (2 * author))});
      case 3: return update_of(collection, record, {set(title, text("same")), set(status, text(ranks[2 - n]))});
      case 4: return update_of(collection, record, {set(status, text("odd")), count_by(100)});
      case 5: return remove_of(collection, record);
      default: return restore_of(collection, record);
    }
  }
};

/// The outcome of judging one author's pending intents one after the other.
struct folded {
  std::vector<verdict> verdicts;
  memory_rows rows;
};

struct state {
  std::vector<memory_rows> log;  ///< log[i]: the server's rows after sequence i + 1
  std::vector<hlc_stamp> stamps; ///< stamps[i]: of what committed there
  std::array<hlc_stamp, authors> last{};
  std::array<std::vector<intent>, authors> made;
  std::array<std::size_t, authors> sent{};              ///< so many of `made` have a verdict
  std::array<std::vector<std::uint64_t>, authors> fate; ///< their sequence; 0: not committed
  std::array<std::uint64_t, authors> cursor{};
  int acts = 0;
  std::uint64_t head() const { return log.size(); }
};

class explorer {
public:
  explorer(collection_number collection, int acts_max) : letters_{collection}, acts_max_(acts_max) {
    committer server;
    auto create = create_of(collection, record, {set(title, text("t"))});
    if (plain(collection))
      create.writes.push_back(set(status, text("open")));
    EXPECT_TRUE(server.commit(make_intent(origin, 0, {create})).committed());
    state start;
    start.stamps.push_back({});
    start.log.push_back(server.rows);
    start.cursor.fill(1);
    explore(start);
  }

  std::uint64_t states = 0, folds = 0, committed = 0, held_back = 0;

private:
  void explore(const state& s) {
    ++states;
    if (::testing::Test::HasFailure())
      return;
    check_overlays(s);
    for (int a = 0; a < authors; ++a) {
      const auto n = static_cast<std::size_t>(a);
      if (s.sent[n] < s.made[n].size())
        explore(with_commit(s, n));
      if (s.acts == acts_max_)
        continue;
      // A pull matters only to the context of the next change, so it is taken together with that.
      for (std::uint64_t cursor = s.cursor[n]; cursor <= s.head(); ++cursor)
        for (int letter = 0; letter < alphabet::size; ++letter)
          explore(with_act(s, a, cursor, letter));
    }
  }

  state with_act(state s, int author, std::uint64_t cursor, int letter) {
    const auto n = static_cast<std::size_t>(author);
    s.cursor[n] = cursor;
    const intent_id id{static_cast<std::uint32_t>(author + 1), 1, s.made[n].size() + 1};
    s.made[n].push_back(make_intent(id, cursor, {letters_(letter, author)}));
    s.made[n].back().stamp = next_stamp(s, n, cursor);
    ++s.acts;
    return s;
  }

  /// Later than all that the author has seen; one author's clock is far ahead, one far behind.
  static hlc_stamp next_stamp(state& s, std::size_t author, std::uint64_t cursor) {
    static constexpr std::array<time_ns, authors> ahead{0, 1000, -1000};
    hlc_stamp& last = s.last[author];
    for (std::uint64_t i = 0; i < cursor; ++i)
      last = std::max(last, s.stamps[i]);
    const time_ns wall = s.acts + ahead[author];
    last = wall > last.wall ? hlc_stamp{wall, 0} : hlc_stamp{last.wall, last.logical + 1};
    return last;
  }

  state with_commit(state s, std::size_t author) {
    const intent& in = s.made[author][s.sent[author]++];
    memory_rows rows = s.log.back();
    const auto d = decide(model(), in, {generation, s.head() + 1, in.stamp}, rows, counts_);
    if (d.committed()) {
      ++committed;
      check_applied(in, d, rows, s.head() + 1);
      s.log.push_back(rows);
      s.stamps.push_back(in.stamp);
    } else {
      ++held_back;
      EXPECT_TRUE(rows == s.log.back());
    }
    s.fate[author].push_back(d.committed() ? s.head() : 0);
    return s;
  }

  /// `applied` means that every write is what a reader sees right after.
  void check_applied(const intent& in, const decision& d, const memory_rows& after, std::uint64_t sequence) {
    if (d.outcome.kind != verdict_kind::applied)
      return;
    for (const field_write& w : in.operations[0].writes) {
      const cell& c = after.all.at(record).fields[w.field];
      EXPECT_EQ(c.writer, in.id);
      EXPECT_EQ(c.sequence, sequence);
      EXPECT_TRUE(w.kind != write_kind::set || c.current == w.to);
    }
  }

  /// What the author's overlay holds over the prefix up to `cursor`: what was not held back and is not in the prefix yet.
  std::vector<const intent*> pending(const state& s, std::size_t author, std::uint64_t cursor) {
    std::vector<const intent*> out;
    for (std::size_t i = 0; i < s.made[author].size(); ++i)
      if (i >= s.sent[author] || s.fate[author][i] > cursor)
        out.push_back(&s.made[author][i]);
    return out;
  }

  void check_overlays(const state& s) {
    for (std::size_t a = 0; a < authors; ++a)
      for (std::uint64_t cursor = s.cursor[a]; cursor <= s.head(); ++cursor) {
        const auto overlay = pending(s, a, cursor);
        if (overlay.empty())
          continue;
        ++folds;
        const folded seen = fold(s.log[cursor - 1], overlay, pending_sequence, 0);
        const folded done = fold(s.log[cursor - 1], overlay, cursor + 1, 1);
        for (std::size_t i = 0; i < overlay.size(); ++i) {
          EXPECT_EQ(seen.verdicts[i].kind, done.verdicts[i].kind);
          EXPECT_EQ(seen.verdicts[i].rule, done.verdicts[i].rule);
          EXPECT_EQ(seen.verdicts[i].winner, done.verdicts[i].winner);
        }
        expect_same_but_for_positions(seen.rows, done.rows);
      }
  }

  folded fold(memory_rows rows, const std::vector<const intent*>& intents, std::uint64_t first, std::uint64_t step) {
    folded out;
    for (const intent* in : intents) {
      auto d = decide(model(), *in, {generation, first, in->stamp}, rows, counts_);
      if (d.committed())
        first += step;
      out.verdicts.push_back(std::move(d.outcome));
    }
    out.rows = std::move(rows);
    return out;
  }

  static void expect_same_but_for_positions(const memory_rows& a, const memory_rows& b) {
    const row &x = a.all.at(record), &y = b.all.at(record);
    EXPECT_EQ(x.deleted, y.deleted);
    EXPECT_EQ(x.presence_writer, y.presence_writer);
    for (std::size_t f = 0; f < x.fields.size(); ++f) {
      EXPECT_EQ(x.fields[f].current, y.fields[f].current);
      EXPECT_EQ(x.fields[f].writer, y.fields[f].writer);
      EXPECT_EQ(intents_on(x.fields[f]), intents_on(y.fields[f]));
    }
    EXPECT_EQ(x.stamp, y.stamp);
  }

  /// Marks but for their positions.
  static std::vector<std::pair<std::string, intent_id>> intents_on(const cell& c) {
    std::vector<std::pair<std::string, intent_id>> out;
    for (const set_member& m : members_of(c)) {
      for (const set_mark& k : m.inserts)
        out.emplace_back(std::string("+").append(m.text), k.intent);
      for (const set_mark& k : m.erases)
        out.emplace_back(std::string("-").append(m.text), k.intent);
    }
    return out;
  }

  alphabet letters_;
  int acts_max_;
  telemetry::counters counts_;
};

TEST(MergeExhaustive, FoldingPendingIntentsAgreesWithCommittingThem) {
  for (const collection_number c : {records, notes, registers}) {
    const explorer e(c, 3);
    std::printf("%s: %llu states, %llu folds, %llu commits, %llu held back\n", model().collections[c].policy.c_str(),
                static_cast<unsigned long long>(e.states), static_cast<unsigned long long>(e.folds),
                static_cast<unsigned long long>(e.committed), static_cast<unsigned long long>(e.held_back));
    EXPECT_GT(e.states, 10'000u);
    EXPECT_GT(e.folds, 10'000u);
    EXPECT_GT(e.held_back, 100u);
  }
}

TEST(MergeExhaustive, AndSoDoTheOtherPoliciesWithTwoChanges) {
  for (const collection_number c : {papers, carts, shelves}) {
    const explorer e(c, 2);
    EXPECT_GT(e.states, 1'000u);
    EXPECT_GT(e.folds, 1'000u);
    EXPECT_GT(e.committed, 500u);
  }
}

} // namespace
} // namespace squall::merge
