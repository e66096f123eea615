// Who may: scopes, roles that write, and records that move.
#include "tests/engine/merge/linked_world.hpp"

#include <algorithm>

namespace squall::merge::linked {
namespace {

constexpr scope_id here{1}, there{2}, closed{3};

/// Rows of two scopes; the author holds both.
class divided_rows final : public row_access {
public:
  row* find(const record_id& id) override {
    row* r = rows.find(id);
    return r != nullptr && r->scope == here ? r : nullptr;
  }
  row& create(const record_id& id, collection_number collection) override {
    row& r = rows.create(id, collection);
    r.scope = here;
    return r;
  }
  bool create_was_rejected(const intent_id& creator) override { return rows.create_was_rejected(creator); }
  std::vector<record_id> referrers_of(const record_id& id) override { return rows.referrers_of(id); }
  std::vector<record_id> holders_of(std::uint64_t key) override { return rows.holders_of(key); }
  bool foreign(const record_id& id) override { return rows.find(id) != nullptr && find(id) == nullptr; }
  bool may_enter(scope_id scope) override { return scope != closed; }
  bool awaits_decision(const record_id& id) override { return disputed.contains(id); }
  std::vector<record_id> holders_in(scope_id, std::uint64_t key) override { return rows.holders_of(key); }
  const row* find_in(scope_id scope, const record_id& id) override {
    const row* r = rows.find(id);
    return r != nullptr && r->scope == scope ? r : nullptr;
  }

  linked_rows rows;
  std::set<record_id> disputed;
};

struct divided_world {
  divided_rows rows;
  std::uint64_t head = 0;
  std::uint32_t devices = 0;
  telemetry::counters counts;

  decision commit(const schema& model, std::vector<operation> operations, std::uint8_t role = 0, bool granted = true,
                  std::uint64_t sequence = 0) {
    intent in = make_intent({++devices, 1, 1}, head, std::move(operations));
    in.scope = here;
    for (operation& op : in.operations)
      if (op.kind == operation_kind::create)
        last = op.record = record_id::derive(in.id, 0);
    position at{generation, sequence == 0 ? head + 1 : sequence, in.stamp};
    at.role = role;
    at.granted = granted;
    auto d = decide(model, in, at, rows, counts);
    if (d.committed())
      ++head;
    return d;
  }
  decision commit(std::vector<operation> operations) { return commit(linked_model(), std::move(operations)); }
  record_id made(std::vector<field_write> writes, scope_id scope = here) {
    EXPECT_TRUE(commit({new_item(std::move(writes))}).committed());
    rows.rows.all.at(last).scope = scope;
    return last;
  }
  decision move(const record_id& id, scope_id to = there) {
    operation op{operation_kind::move, items, id, {}};
    op.to_scope = to;
    return commit({op});
  }
  scope_id scope_of(const record_id& id) const { return rows.rows.all.at(id).scope; }

  record_id last;
};

TEST(Moves, TakeTheRecordAndWhatCascades) {
  divided_world w;
  const auto parent = w.made({});
  const auto child = w.made({set(of_cascade, parent)});
  const auto grandchild = w.made({set(of_cascade, child)});
  const auto bystander = w.made({set(of_nothing, parent)});
  const auto d = w.move(parent);
  expect(d, verdict_kind::applied, verdict_rule::none);
  EXPECT_EQ(d.rows, (std::vector{parent, child, grandchild}));
  EXPECT_TRUE(d.changed.empty()) << "no cell changes";
  for (const auto& id : d.rows) {
    EXPECT_EQ(w.scope_of(id), there);
    EXPECT_EQ(w.rows.rows.all.at(id).presence_sequence, w.head);
  }
  EXPECT_EQ(w.scope_of(bystander), here);
}

TEST(Moves, TearNoReference) {
  for (const field_number joined : {of_restrict, of_task}) {
    divided_world w;
    const auto parent = w.made({});
    const auto child = w.made({set(joined, parent)});
    expect(w.move(parent), verdict_kind::rejected, verdict_rule::reference);
    expect(w.move(child), verdict_kind::rejected, verdict_rule::reference);
    EXPECT_EQ(w.scope_of(parent), here);
    expect(w.commit({remove_of(items, child)}), verdict_kind::applied, verdict_rule::none);
    expect(w.move(parent), verdict_kind::applied, verdict_rule::none);
  }
  divided_world w;
  const auto parent = w.made({});
  expect(w.move(w.made({set(of_cascade, parent)})), verdict_kind::rejected, verdict_rule::reference);
}

TEST(Moves, WaitForOpenTasks) {
  divided_world w;
  const auto parent = w.made({});
  const auto child = w.made({set(of_cascade, parent)});
  w.rows.disputed = {child};
  expect(w.move(parent), verdict_kind::rejected, verdict_rule::reference);
  w.rows.disputed.clear();
  expect(w.move(parent), verdict_kind::applied, verdict_rule::none);
}

TEST(Moves, ATwinInTheNewScopeIsATaskThere) {
  divided_world w;
  const auto twin = w.made({set(name, text("a"))}, there);
  const auto id = w.made({set(name, text("a"))});
  const auto d = w.move(id);
  expect(d, verdict_kind::conflicted, verdict_rule::unique);
  EXPECT_EQ(d.subject, (task_subject{twin, items, unique_key_subject(0)}));
  EXPECT_EQ(d.subject_scope, there);
  EXPECT_EQ(w.scope_of(id), here);
}

TEST(Moves, NeedAGrantForWhereTheyLead) {
  divided_world w;
  const auto id = w.made({});
  expect(w.move(id, closed), verdict_kind::rejected, verdict_rule::denied);
}

TEST(Moves, OfADeletedRecordAreGone) {
  divided_world w;
  const auto id = w.made({});
  w.commit({remove_of(items, id)});
  expect(w.move(id), verdict_kind::rejected, verdict_rule::gone);
}

TEST(Moves, AreShownWhileOnlyAReferenceAKeyOrATaskStandsAgainstThem) {
  divided_world w;
  const auto parent = w.made({});
  w.made({set(of_restrict, parent)});
  w.rows.disputed = {parent};
  operation op{operation_kind::move, items, parent, {}};
  op.to_scope = there;
  EXPECT_TRUE(w.commit(linked_model(), {op}, 0, true, pending_sequence).committed());
}

// -- who may ----------------------------------------------------------------------------------------------------------

TEST(Writers, ComeAfterMalformedAndBeforeTheUnknownRecord) {
  divided_world w;
  schema model = linked_model();
  model.collections[items].writers = {2, 3};
  const record_id nobodys = record_id::derive({99, 1, 1}, 0);
  const auto update = update_of(items, nobodys, {set(name, text("x"))});
  expect(w.commit(model, {update}, 1), verdict_kind::rejected, verdict_rule::denied);
  expect(w.commit(model, {update}, 0), verdict_kind::rejected, verdict_rule::denied);
  expect(w.commit(model, {update}, 3), verdict_kind::rejected, verdict_rule::gone);
  expect(w.commit(model, {update_of(items, nobodys, {set(name, number(1))})}, 1), verdict_kind::rejected,
         verdict_rule::malformed);
}

TEST(Scopes, ARecordOfAnotherOneIsDeniedAndShowsItselfToNoGuard) {
  divided_world w;
  const auto elsewhere = w.made({set(name, text("a"))}, there);
  expect(w.commit({update_of(items, elsewhere, {set(name, text("b"))})}), verdict_kind::rejected, verdict_rule::denied);
  expect(w.commit(linked_model(), {new_item({})}, 0, false), verdict_kind::rejected, verdict_rule::denied);
}

} // namespace
} // namespace squall::merge::linked
