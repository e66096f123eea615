// What a device knows of tasks, what it shows of pending resolutions, and what it flags.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

wire::TaskState task(std::uint64_t number, std::uint64_t version, bool open, std::vector<intent_id> branches) {
  wire::TaskState t;
  t.set_task(number);
  t.set_version(version);
  wire::to_wire(theirs, *t.mutable_record());
  t.set_collection(orders);
  t.set_subject(whole_record);
  t.set_open(open);
  for (const auto& id : branches) {
    auto& b = *t.add_branches();
    wire::to_wire(id, *b.mutable_intent());
    wire::to_wire(update(orders, theirs, {set(order_note, text("branch"))}), *b.add_operations());
  }
  if (!open)
    wire::to_wire({3, 1, 9}, *t.mutable_settled_by());
  return t;
}

/// Waits for a poll and answers it with tasks; how far the client said that it knew them.
std::uint64_t answer_with_tasks(bench& b, std::vector<wire::TaskState> tasks,
                                std::vector<wire::ChangeEntry> entries = {}, std::uint64_t next = 10) {
  b.wait_for(io::message_class::pull);
  const auto request = b.pull_request();
  const io::cursor from{request.cursor().generation(), request.cursor().sequence(), request.cursor().scope_version()};
  auto reply = page(from, std::move(entries), next);
  reply.set_tasks_from(request.tasks_through());
  reply.set_tasks_through(request.tasks_through());
  for (auto& t : tasks) {
    reply.set_tasks_through(t.version());
    *reply.add_tasks() = std::move(t);
  }
  b.reply(reply);
  return request.tasks_through();
}

std::vector<io::task_view> tasks_of(bench& b) {
  std::vector<io::task_view> out;
  EXPECT_TRUE(b.client->export_tasks([&](const io::task_view& t) { out.push_back(t); }).ok());
  return out;
}

/// Another's order is here, at cursor 12.
void bring_order(bench& b) {
  auto e = entry(12, 10, other);
  put_row(e, theirs, orders, {{order_note, text("visible")}});
  b.answer_pull({e}, 12);
  b.facts.clear();
}

TEST(ClientTasks, AreShownOnceTheyAreDurable) {
  bench b;
  b.settle_in();
  EXPECT_EQ(answer_with_tasks(b, {task(4, 7, true, {{5, 1, 1}, {6, 1, 2}})}), 0u);
  const auto shown = b.facts_of(fact_kind::task_shown);
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0].aux, 4u);
  EXPECT_EQ(shown[0].record, theirs);
  EXPECT_EQ(shown[0].field, whole_record);
  EXPECT_EQ(shown[0].code, 1);
  EXPECT_EQ(shown[0].sequence, 2u);
  b.restart();
  const auto tasks = tasks_of(b);
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].branches.size(), 2u);
  EXPECT_EQ(tasks[0].branches[1].intent, (intent_id{6, 1, 2}));
  EXPECT_EQ(tasks[0].branches[0].operations.at(0).writes.at(0).to, text("branch"));
  EXPECT_EQ(b.client->tasks_through(), 7u);
  b.facts.clear();
  EXPECT_EQ(answer_with_tasks(b, {task(4, 8, false, {})}), 7u) << "and only news is asked for";
  EXPECT_EQ(b.facts_of(fact_kind::task_shown).at(0).code, 0);
  EXPECT_FALSE(tasks_of(b).at(0).open);
  EXPECT_EQ(tasks_of(b)[0].settled_by, (intent_id{3, 1, 9}));
}

TEST(ClientTasks, APageThatCannotBeReadOrAnswersAnotherVersionChangesNothing) {
  bench b;
  b.settle_in();
  auto strange = task(4, 7, true, {{5, 1, 1}});
  strange.mutable_branches(0)->mutable_operations(0)->set_kind(99);
  answer_with_tasks(b, {strange});
  EXPECT_TRUE(tasks_of(b).empty());
  EXPECT_EQ(b.hits(probe::page_unreadable), 1u);
  b.wait_for(io::message_class::pull);
  b.pull_request();
  auto reply = page(b.cursor(), {}, 10);
  reply.set_tasks_from(3);
  reply.set_tasks_through(9);
  *reply.add_tasks() = task(4, 9, true, {{5, 1, 1}});
  b.reply(reply);
  EXPECT_TRUE(tasks_of(b).empty());
  EXPECT_EQ(b.client->tasks_through(), 0u);
}

TEST(ClientTasks, BeginAgainWithANewGeneration) {
  bench b;
  b.settle_in();
  answer_with_tasks(b, {task(4, 7, true, {{5, 1, 1}}), task(5, 8, true, {{5, 1, 2}})});
  b.wait_for(io::message_class::pull);
  b.pull_request();
  auto resync = page(b.cursor(), {}, 10);
  resync.set_resync(wire::RESYNC_OTHER_GENERATION);
  b.reply(resync);
  b.snapshot_request();
  wire::SnapshotResponse snapshot;
  snapshot.set_status(200);
  snapshot.set_snapshot(1);
  snapshot.set_last(true);
  snapshot.mutable_at()->set_generation(generation + 1);
  snapshot.mutable_at()->set_sequence(3);
  b.reply(snapshot);
  EXPECT_EQ(b.client->tasks_through(), 0u);
  EXPECT_EQ(answer_with_tasks(b, {task(5, 2, true, {{5, 1, 2}})}, {}, 3), 0u);
  const auto tasks = tasks_of(b);
  ASSERT_EQ(tasks.size(), 1u) << "what the server does not know of is gone";
  EXPECT_EQ(tasks[0].task, 5u);
  EXPECT_EQ(b.hits(probe::tasks_begun_again), 1u);
}

TEST(ClientTasks, APendingResolutionShowsUntilTheTaskIsClosedOtherwise) {
  bench b;
  b.settle_in();
  bring_order(b);
  answer_with_tasks(b, {task(4, 7, true, {{5, 1, 1}})}, {}, 12);
  auto op = update(orders, theirs, {set(order_note, text("settled"))});
  op.task = 4;
  op.branches_seen = {{5, 1, 1}};
  b.accept({op});
  EXPECT_EQ(b.field(theirs, order_note), text("settled"));
  EXPECT_TRUE(tasks_of(b).at(0).open) << "the task is what it is";
  auto closed = task(4, 8, false, {});
  wire::to_wire(update(orders, theirs, {set(order_note, text("otherwise"))}), *closed.add_settlement());
  answer_with_tasks(b, {closed}, {}, 12);
  EXPECT_EQ(b.field(theirs, order_note), text("visible")) << "it would not commit any more";
  EXPECT_EQ(b.status().queue_depth, 1u);
}

TEST(ClientTasks, ChangeIgnored) {
  bench b({.sabotages = {sabotage::task_change_ignored}});
  b.settle_in();
  answer_with_tasks(b, {task(4, 7, true, {{5, 1, 1}})});
  answer_with_tasks(b, {task(4, 8, false, {})});
  EXPECT_TRUE(tasks_of(b).at(0).open);
  EXPECT_EQ(b.hits(sabotage::task_change_ignored), 1u);
}

// -- references and keys on a device -------------------------------------------------------------------------------------

inline constexpr collection_number items = 0;
inline constexpr field_number name = 0, of_restrict = 1, of_cascade = 2;

bench_options linked(std::vector<sabotage> bugs = {}) {
  return {.sabotages = std::move(bugs), .change = [](options& o) {
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
                            reference("of_cascade", merge::on_delete::cascade)},
                 .unique = {{name}}}};
            o.model = std::make_shared<const merge::schema>(std::move(m));
          }};
}

constexpr auto taken = static_cast<std::uint8_t>(io::row_flag::key_taken);
constexpr auto gone = static_cast<std::uint8_t>(io::row_flag::reference_gone);

std::uint8_t flags(bench& b, const record_id& id) {
  const auto row = b.row(id);
  EXPECT_TRUE(row);
  std::uint8_t exported = 0;
  EXPECT_TRUE(b.client
                  ->export_rows(io::view_kind::visible,
                                [&](const io::row_view& r) {
                                  if (r.id == id)
                                    exported = r.flags;
                                })
                  .ok());
  EXPECT_TRUE(
      b.client->export_rows(io::view_kind::confirmed, [&](const io::row_view& r) { EXPECT_EQ(r.flags, 0); }).ok());
  EXPECT_EQ(row->flags, exported);
  return exported;
}

/// Their record, called "x", at cursor 12.
void bring_item(bench& b) {
  auto e = entry(12, 10, other);
  put_row(e, theirs, items, {{name, text("x")}});
  b.answer_pull({e}, 12);
}

TEST(Flags, ThePendingOneOfTwoTwinsIsFlagged) {
  bench b(linked());
  b.settle_in();
  const auto mine = b.accept({create(items, {set(name, text("x"))})}).created[0];
  EXPECT_EQ(flags(b, mine), 0);
  bring_item(b);
  EXPECT_EQ(flags(b, mine), taken);
  EXPECT_EQ(flags(b, theirs), 0) << "confirmed rows have the key";
  b.restart();
  EXPECT_EQ(flags(b, mine), taken);
  const auto second = b.accept({create(items, {set(name, text("x"))})}).created[0];
  EXPECT_EQ(flags(b, second), taken);
  b.accept({update(items, mine, {set(name, text("y"))})});
  EXPECT_EQ(flags(b, mine), 0);
  b.accept({remove(items, theirs)});
  EXPECT_EQ(flags(b, second), 0) << "what is removed has no key";
}

TEST(Flags, BothOfTwoPendingTwinsAreFlagged) {
  bench b(linked());
  b.settle_in();
  const auto a = b.accept({create(items, {set(name, text("x"))})}).created[0];
  const auto c = b.accept({create(items, {set(name, text("x"))})}).created[0];
  EXPECT_EQ(flags(b, a), taken);
  EXPECT_EQ(flags(b, c), taken);
}

TEST(Flags, AreRightAfterASnapshot) {
  bench b(linked());
  b.settle_in();
  const auto mine = b.accept({create(items, {set(name, text("x"))})}).created[0];
  bring_item(b);
  b.wait_for(io::message_class::pull);
  b.pull_request();
  auto resync = page(b.cursor(), {}, 12);
  resync.set_resync(wire::RESYNC_BELOW_FLOOR);
  b.reply(resync);
  b.snapshot_request();
  wire::SnapshotResponse snapshot;
  snapshot.set_status(200);
  snapshot.set_snapshot(1);
  snapshot.set_last(true);
  snapshot.mutable_at()->set_generation(generation);
  snapshot.mutable_at()->set_sequence(20);
  wire::ChangeEntry e = entry(20, 0, other);
  put_row(e, theirs, items, {{name, text("z")}});
  *snapshot.add_rows() = e.rows(0);
  b.reply(snapshot);
  EXPECT_EQ(flags(b, mine), 0);
  b.accept({update(items, mine, {set(name, text("z"))})});
  EXPECT_EQ(flags(b, mine), taken);
}

TEST(Flags, AReferenceToWhatIsNotLiveIsFlagged) {
  bench b(linked());
  b.settle_in();
  bring_item(b);
  const auto mine = b.accept({create(items, {set(of_restrict, theirs)})}).created[0];
  EXPECT_EQ(flags(b, mine), 0);
  b.accept({remove(items, theirs)});
  EXPECT_TRUE(b.row(theirs)->deleted) << "shown, though the server may refuse it";
  EXPECT_EQ(flags(b, mine), gone);
}

TEST(Flags, ATakenKeyNotFlagged) {
  bench b(linked({sabotage::taken_key_not_flagged}));
  b.settle_in();
  const auto mine = b.accept({create(items, {set(name, text("x"))})}).created[0];
  bring_item(b);
  EXPECT_EQ(flags(b, mine), 0);
  EXPECT_GT(b.hits(sabotage::taken_key_not_flagged), 0u);
}

TEST(Cascade, ShowsAtOnceAndComesBackWithARejection) {
  bench b(linked());
  b.settle_in();
  bring_item(b);
  const auto child = b.accept({create(items, {set(of_cascade, theirs)})}).created[0];
  const auto grandchild = b.accept({create(items, {set(of_cascade, child)})}).created[0];
  b.accept({remove(items, theirs)});
  for (const auto& id : {theirs, child, grandchild})
    EXPECT_TRUE(b.row(id)->deleted);
  b.restart();
  EXPECT_TRUE(b.row(grandchild)->deleted);

  // Somebody's new child comes: it goes too.
  const intent_id author{2, 1, 2};
  auto e = entry(13, 12, author);
  put_row(e, record_id::derive(author, 0), items, {{of_cascade, theirs}});
  b.answer_pull({e}, 13);
  EXPECT_TRUE(b.row(record_id::derive(author, 0))->deleted);
  EXPECT_FALSE(b.row(record_id::derive(author, 0), io::view_kind::confirmed)->deleted);

  b.answer_push({applied(14), applied(15), ended(verdict_kind::rejected, verdict_rule::reference)}, 15);
  for (const auto& id : {theirs, child, grandchild, record_id::derive(author, 0)})
    EXPECT_FALSE(b.row(id)->deleted);
}

} // namespace
} // namespace squall::client
