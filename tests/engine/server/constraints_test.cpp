// References and unique keys through the server: the indexes agree with the rows whatever happens, and concurrent pushes
// see each other.
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace squall::server {
namespace {

using telemetry::sabotage;

// One collection: a key, and one reference of each kind to itself.
inline constexpr collection_number items = 0;
inline constexpr field_number name = 0, of_restrict = 1, of_cascade = 2, of_task = 3, mood = 4;
inline constexpr field_number references[] = {of_restrict, of_cascade, of_task};

std::shared_ptr<const merge::schema> linked_model() {
  static const auto model = [] {
    const auto reference = [](const char* called, merge::on_delete asked) {
      merge::field_schema f{
          .name = called, .type = merge::field_type::reference, .rule = merge::field_rule::lww_server};
      f.on_delete = asked;
      return f;
    };
    merge::schema m;
    m.collections = {
        {.name = "items",
         .policy = "field_merge",
         .fields = {{.name = "name", .type = merge::field_type::text, .rule = merge::field_rule::lww_server},
                    reference("of_restrict", merge::on_delete::restrict),
                    reference("of_cascade", merge::on_delete::cascade),
                    reference("of_task", merge::on_delete::task),
                    {.name = "mood", .type = merge::field_type::text, .rule = merge::field_rule::manual}},
         .unique = {{name}}}};
    return std::make_shared<const merge::schema>(std::move(m));
  }();
  return model;
}

bench_options linked(std::vector<sabotage> bugs = {}) {
  return {.sabotages = std::move(bugs), .change = [](options& o) { o.model = linked_model(); }};
}

/// What is wrong with the state, in a line; nothing if nothing is.
std::string complaint(bench& b) {
  const auto rows = b.rows({1});
  std::set<std::string> names;
  for (const auto& [id, row] : rows) {
    if (row.deleted)
      continue;
    const value called = field_of(row, name);
    if (const auto* s = std::get_if<std::string>(&called); s && !names.insert(*s).second)
      return "two live records are called " + *s;
    for (const field_number f : references) {
      const value to = field_of(row, f);
      const auto* target = std::get_if<record_id>(&to);
      if (target && (!rows.contains(*target) || rows.at(*target).deleted))
        return to_string(id) + " refers to " + to_string(*target) + ", which is not live";
    }
  }
  return {};
}

std::string complaint_about_tasks(bench& b, const std::set<intent_id>& conflicted, const std::set<intent_id>& left) {
  std::set<intent_id> branches;
  std::set<std::pair<record_id, field_number>> open;
  std::string trouble;
  EXPECT_TRUE(b.server
                  ->export_tasks({1},
                                 [&](const io::task_view& t) {
                                   if (t.open && !open.insert({t.record, t.subject}).second)
                                     trouble = "two open tasks of one subject";
                                   if (t.open == t.branches.empty())
                                     trouble = "an open task without branches, or a closed one with some";
                                   for (const auto& branch : t.branches)
                                     if (!branches.insert(branch.intent).second)
                                       trouble = "a branch of two tasks: " + to_string(branch.intent);
                                 })
                  .ok());
  for (const auto& id : conflicted)
    if (branches.contains(id) == left.contains(id))
      trouble = "a branch that is lost, or came back: " + to_string(id);
  return branches.size() + left.size() == conflicted.size() ? trouble : "branches of intents that did not conflict";
}

TEST(ServerKeys, TheSecondTwinWaitsInATaskOfTheFirst) {
  bench b(linked());
  device a, c;
  c.id = 2;
  b.commit(a, {create(items, {set(name, text("x"))})});
  const auto twin = c.act({create(items, {set(name, text("x"))})});
  const auto reply = b.push(c, {twin, c.act({update(items, twin.operations[0].record, {set(mood, text("m"))})})});
  const auto v = wire::from_wire(reply.verdicts(0).verdict());
  EXPECT_EQ(v.kind, verdict_kind::conflicted);
  EXPECT_EQ(v.rule, verdict_rule::unique);
  EXPECT_EQ(wire::from_wire(reply.verdicts(1).verdict()).rule, verdict_rule::dependency)
      << "what builds on the twin goes too";
  EXPECT_TRUE(b.server
                  ->export_tasks({1},
                                 [&](const io::task_view& t) {
                                   EXPECT_EQ(t.subject, unique_key_subject(0));
                                   EXPECT_EQ(t.record, record_id::derive({1, 1, 1}, 0));
                                   EXPECT_EQ(t.branches.size(), 1u);
                                 })
                  .ok());
}

TEST(ServerKeys, AreAScopesOwn) {
  bench b(linked());
  device a, c;
  c.id = c.user = 4;
  c.scope = {2};
  b.commit(a, {create(items, {set(name, text("x"))})});
  b.commit(c, {create(items, {set(name, text("x"))})});
}

TEST(ServerKeys, FollowTheRowsOverARestart) {
  bench b(linked());
  device a;
  b.commit(a, {create(items, {set(name, text("x"))})});
  const auto first = record_id::derive({1, 1, 1}, 0);
  b.restart();
  b.commit(a, {update(items, first, {set(name, text("y"))})});
  b.commit(a, {create(items, {set(name, text("x"))})});
  b.restart();
  const auto taken = a.act({update(items, first, {set(name, text("x"))})});
  EXPECT_EQ(wire::from_wire(b.push(a, {taken}).verdicts(0).verdict()).rule, verdict_rule::unique);
  b.commit(a, {remove(items, record_id::derive({1, 1, 3}, 0))});
  b.commit(a, {update(items, first, {set(name, text("x"))})});
  EXPECT_EQ(complaint(b), "");
}

TEST(ServerReferences, ACascadeIsOneEntryOfTheFeed) {
  bench b(linked());
  device a;
  b.commit(a, {create(items, {})});
  const auto parent = record_id::derive({1, 1, 1}, 0);
  b.commit(a, {create(items, {set(of_cascade, parent)})});
  const auto s = b.commit(a, {remove(items, parent)});
  const auto page = b.pull(a, {1, s - 1, 1});
  ASSERT_EQ(page.entries_size(), 1);
  ASSERT_EQ(page.entries(0).rows_size(), 2);
  for (const auto& row : page.entries(0).rows())
    EXPECT_EQ(row.change(), 1u);
  EXPECT_EQ(complaint(b), "");
}

// -- anything, in any order ------------------------------------------------------------------------------------------------

struct deed {
  int who = 0, kind = 0, what = 0, which = 0, other = 0, turn = 0;
  bool blind = false;
};

std::ostream& operator<<(std::ostream& out, const deed& d) {
  return out << "deed(who " << d.who << ", kind " << d.kind << ", what " << d.what << ", which " << d.which
             << ", other " << d.other << ", turn " << d.turn << (d.blind ? ", blind)" : ")");
}

rc::Gen<int> below(int bound) { return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, bound)); }

rc::Gen<std::vector<deed>> deeds() {
  return rc::gen::container<std::vector<deed>>(rc::gen::build<deed>(
      rc::gen::set(&deed::who, below(3)), rc::gen::set(&deed::kind, below(10)), rc::gen::set(&deed::what, below(5)),
      rc::gen::set(&deed::which, below(6)), rc::gen::set(&deed::other, below(6)), rc::gen::set(&deed::turn, below(4)),
      rc::gen::set(&deed::blind)));
}

struct town {
  explicit town(std::vector<sabotage> bugs = {}) : b(linked(std::move(bugs))) {
    for (std::uint32_t i = 0; i < 3; ++i)
      people[i].id = i + 1;
  }

  std::vector<io::task_view> tasks() {
    std::vector<io::task_view> out;
    EXPECT_TRUE(b.server->export_tasks({1}, [&](const io::task_view& t) { out.push_back(t); }).ok());
    return out;
  }

  operation operation_of(const deed& d) {
    if (records.empty() || d.kind < 2)
      return create(items, write_of(d));
    const record_id& id = records[static_cast<std::size_t>(d.which) % records.size()];
    switch (d.kind) {
      case 2:
      case 3: return remove(items, id);
      case 4: return restore(items, id);
      default: return update(items, id, write_of(d));
    }
  }
  std::vector<field_write> write_of(const deed& d) {
    if (d.what == 0 || records.empty())
      return {set(name, std::string(1, static_cast<char>('a' + d.other % 3)))};
    if (d.what == 4)
      return {set(mood, std::string(1, static_cast<char>('a' + d.other)))};
    return {set(references[d.what - 1], records[static_cast<std::size_t>(d.other) % records.size()])};
  }
  void resolve(operation& op, const deed& d) {
    const auto known = tasks();
    if (known.empty())
      return;
    const io::task_view& t = known[static_cast<std::size_t>(d.other) % known.size()];
    op = t.open && d.what < 2 ? remove(t.collection, t.record) : update(t.collection, t.record, {set(mood, text("z"))});
    op.task = t.task;
    for (std::size_t i = 0; i < t.branches.size() && i < static_cast<std::size_t>(d.which) + 1; ++i)
      op.branches_seen.push_back(t.branches[i].intent);
    std::sort(op.branches_seen.begin(), op.branches_seen.end());
  }

  void run(const deed& d) {
    device& p = people[d.who];
    if (!d.blind)
      p.seen.sequence = b.server->head({1})->sequence;
    operation op = operation_of(d);
    if (d.kind == 9)
      resolve(op, d);
    const auto in = p.act({op});
    if (in.operations[0].kind == operation_kind::create)
      records.push_back(in.operations[0].record);
    sent.push_back({in, b.send(b.push_request(p, {in}))});
    for (int i = 0; i < d.turn && !b.runnable.empty(); ++i) {
      const auto next = b.runnable.begin() + (d.which + i) % static_cast<std::ptrdiff_t>(b.runnable.size());
      const auto job = *next;
      b.runnable.erase(next);
      b.resume(job);
    }
  }

  void finish() {
    b.drain();
    for (const auto& [in, correlation] : sent) {
      const auto v = wire::from_wire(b.push_reply(correlation).verdicts(0).verdict());
      if (v.kind == verdict_kind::conflicted)
        conflicted.insert(in.id);
    }
    // Which branches left: those that a committed resolution named, after they had come.
    for (const auto& f : b.facts)
      if (f.kind == telemetry::fact_kind::intent_committed)
        for (const auto& [in, correlation] : sent)
          if (in.id == f.intent && in.operations[0].task != 0)
            left.insert(in.operations[0].branches_seen.begin(), in.operations[0].branches_seen.end());
  }

  bench b;
  device people[3];
  std::vector<record_id> records;
  std::vector<std::pair<intent, std::uint64_t>> sent;
  std::set<intent_id> conflicted, left;
};

RC_GTEST_PROP(ServerConstraints, HoldInAnyInterleavingAndNoBranchIsLost, ()) {
  const auto what = *deeds();
  town t;
  for (const deed& d : what)
    t.run(d);
  t.finish();
  RC_ASSERT(complaint(t.b) == "");
  RC_ASSERT(complaint_about_tasks(t.b, t.conflicted, t.left) == "");
  t.b.restart();
  RC_ASSERT(complaint(t.b) == "");
  RC_ASSERT(complaint_about_tasks(t.b, t.conflicted, t.left) == "");
}

// -- sabotage ------------------------------------------------------------------------------------------------------------

/// Two devices at once; what is wrong then.
std::string at_once(bench& b, device& a, const operation& x, device& c, const operation& y) {
  a.seen.sequence = c.seen.sequence = b.server->head({1})->sequence;
  const auto ix = a.act({x}), iy = c.act({y});
  b.send(b.push_request(a, {ix}));
  b.send(b.push_request(c, {iy}));
  b.drain();
  return complaint(b).substr(0, 3);
}

std::string twins(bench& b) {
  device a, c;
  c.id = 2;
  return at_once(b, a, create(items, {set(name, text("x"))}), c, create(items, {set(name, text("x"))}));
}

std::string child_of_the_removed(bench& b) {
  device a, c;
  c.id = 2;
  b.commit(a, {create(items, {})});
  const auto parent = record_id::derive({1, 1, 1}, 0);
  return at_once(b, a, remove(items, parent), c, create(items, {set(of_cascade, parent)}));
}

template <class Exchange>
void differs(sabotage bug, const char* broken, Exchange exchange) {
  bench good(linked());
  EXPECT_EQ(exchange(good), "") << "clean";
  bench bad(linked({bug}));
  EXPECT_EQ(exchange(bad), broken) << "with the bug";
  EXPECT_GT(bad.server->counters().hits(bug), 0u);
}

TEST(ConstraintSabotage, KeysCheckedEarly) { differs(sabotage::keys_checked_early, "two", twins); }
TEST(ConstraintSabotage, ReferencesCheckedEarly) {
  differs(sabotage::references_checked_early, "d2.", child_of_the_removed);
}
TEST(ConstraintSabotage, CascadeForgets) {
  differs(sabotage::cascade_forgets, "d1.", [](bench& b) {
    device a;
    b.commit(a, {create(items, {})});
    const auto parent = record_id::derive({1, 1, 1}, 0);
    b.commit(a, {create(items, {set(of_cascade, parent)})});
    b.commit(a, {remove(items, parent)});
    return complaint(b).substr(0, 3);
  });
}
TEST(ConstraintSabotage, KeyConflictEndsBatch) {
  const auto verdicts = [](std::vector<sabotage> bugs) {
    bench b(linked(std::move(bugs)));
    device a;
    b.commit(a, {create(items, {set(name, text("x"))})});
    return b.push(a, {a.act({create(items, {set(name, text("x"))})}), a.act({create(items, {})})}).verdicts_size();
  };
  EXPECT_EQ(verdicts({}), 2);
  EXPECT_EQ(verdicts({sabotage::key_conflict_ends_batch}), 0);
}

} // namespace
} // namespace squall::server
