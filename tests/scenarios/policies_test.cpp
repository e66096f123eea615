// Policies, rules and constraints as a file says them: what is wrong in the words that a person meets, and what becomes of what
// is right.
#include "scenarios/planner/planner.hpp"
#include "scenarios/writer/from_plan.hpp"
#include "scenarios/writer/yaml.hpp"
#include "tests/scenarios/samples.hpp"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <ostream>

namespace squall::scenarios {
namespace {

using samples::complaints;
using samples::loaded;
using samples::with;

constexpr std::string_view shop = R"yaml(name: shop
about: Everything that a collection can say.
duration: 1h
devices: {count: 8, teams: 2, roles: {manager: 25%}}
roles: [manager, buyer]
collections:
  orders:
    policy: field_merge
    unique: [po_number]
    fields:
      status: {precedence: [cancelled, approved, draft], states: {draft: [approved, cancelled], approved: [cancelled], cancelled: []}}
      po_number: lww_server
      notes: manual
      priority: {role_precedence: [manager, buyer]}
      tags: add_wins
      content: {derived: "hash(lines.sku, lines.quantity)"}
  lines:
    policy: field_merge
    fields:
      order: {ref: orders, rule: lww_server, on_delete: cascade}
      sku: lww_clock
      quantity: {counter: {at_least: 0, at_most: 100}}
      best: max
  approvals:
    policy: lww_server
    unique: [[order, role]]
    fields: {order: {ref: orders, on_delete: restrict}, role: text, remark: text}
  cart:
    policy: crdt
    deletes: remove_wins
    fields: {items: remove_wins, count: counter, title: lww_clock, low: min}
  stock:
    policy: lww_clock
    fields: {site: text, on_hand: {type: integer, at_least: 0}, labels: add_wins}
workload:
  - {kind: create_order, per_device: 6/h}
  - {kind: tag, per_device: 10/h, release: 40%}
  - {kind: approve, per_device: 10/h}
  - {kind: twin, per_device: 6/h}
  - {kind: move, per_device: 4/h}
  - {kind: edit, collection: cart, per_device: 10/h}
  - {kind: edit, name: stocks, collection: stock, per_device: 10/h}
reactions:
  - {rule: resolve_tasks, delay: {uniform: [1m, 5m]}, take: 50%, role: manager, collections: [orders]}
  - {rule: retry_rejected, delay: 30s, share: 50%, chance: 80%}
engine: {stamp_bound: 5s}
expect: {reached: {intents: ">= 1"}}
)yaml";

std::string spoiled(std::string_view from, std::string_view to) { return with(from, to, std::string(shop)); }

TEST(Policies, AreReadAsTheyAreWritten) {
  const Plan p = plan(loaded(shop), 1);
  const auto& m = p.model();
  EXPECT_EQ(m.roles(0), "manager");
  EXPECT_EQ(m.collections(0).unique(0).fields(0), "po_number");
  const Field& status = m.collections(0).fields(0);
  EXPECT_EQ(status.rule(), "precedence");
  ASSERT_EQ(status.states_size(), 3);
  EXPECT_EQ(status.states(0).next(1), "cancelled");
  EXPECT_EQ(m.collections(0).fields(2).rule(), "manual");
  EXPECT_EQ(m.collections(0).fields(3).rule(), "role_precedence");
  EXPECT_EQ(m.collections(0).fields(3).precedence(1), "buyer");
  EXPECT_EQ(m.collections(0).fields(4).type(), "set");
  const Field& content = m.collections(0).fields(5);
  EXPECT_EQ(content.derivation(), "hash");
  EXPECT_EQ(content.child_reference(), "order");
  EXPECT_EQ(content.factors_size(), 2);
  EXPECT_EQ(m.collections(1).fields(0).on_delete(), "cascade");
  const Field& quantity = m.collections(1).fields(2);
  EXPECT_EQ(quantity.type(), "counter");
  EXPECT_TRUE(quantity.has_at_least());
  EXPECT_EQ(quantity.at_most(), 100);
  EXPECT_EQ(m.collections(1).fields(3).type(), "integer");
  EXPECT_EQ(m.collections(2).unique(0).fields_size(), 2);
  EXPECT_EQ(m.collections(3).deletes(), "remove_wins");
  EXPECT_EQ(m.collections(4).fields(1).rule(), "lww_clock");
  EXPECT_EQ(m.collections(4).fields(2).rule(), "add_wins") << "a set has its own rule under any policy";
  EXPECT_EQ(p.knobs().stamp_bound_ns(), 5'000'000'000);
}

TEST(Policies, OneOfTheWholeRecordGivesItsRuleToEveryField) {
  const Plan p = plan(loaded(shop, {.sets = {"collections.orders.policy=manual"}}), 1);
  EXPECT_EQ(p.model().collections(0).fields(0).rule(), "manual");
  EXPECT_EQ(p.model().collections(0).fields(4).rule(), "add_wins");
  EXPECT_EQ(p.model().collections(0).fields(5).rule(), "derived");
}

struct wrong {
  const char* name;
  std::string text;
  std::string says; ///< one line, without "s.yaml:"
};
std::ostream& operator<<(std::ostream& out, const wrong& w) { return out << w.name; }

class PoliciesSay : public testing::TestWithParam<wrong> {};

TEST_P(PoliciesSay, What) { EXPECT_EQ(complaints(GetParam().text), "s.yaml:" + GetParam().says + "\n"); }

const wrong all_wrong[] = {
    {"CrdtDoesNotKnowARule", spoiled("title: lww_clock", "title: lww_server"),
     "31:50: field `title`: crdt does not know the rule `lww_server`; it knows `counter`, `add_wins`, `remove_wins`, "
     "`lww_clock`, `max`, `min`"},
    {"CrdtNeedsARule", spoiled("title: lww_clock", "title: text"),
     "31:50: field `title` has no rule; under crdt say what becomes of concurrent writes, such as {type: text, rule: "
     "lww_clock}, counter or add_wins"},
    {"CrdtNeedsDeletes", spoiled("    deletes: remove_wins\n", ""),
     "28:3: collection `cart` needs `deletes`: add_wins or remove_wins, what becomes of a record that one changes "
     "while "
     "another deletes it"},
    {"SetWithoutAWinner", spoiled("labels: add_wins", "labels: {type: set}"),
     "34:65: field `labels` is a set; write `add_wins` or `remove_wins`: what becomes of a text that one inserts while "
     "another erases it"},
    {"MaxOfAText", spoiled("best: max", "best: {type: text, rule: max}"),
     "23:7: field `best`: a text cannot have the rule `max`"},
    {"BoundsOfAText", spoiled("sku: lww_clock", "sku: {rule: lww_clock, at_least: 1}"),
     "21:7: field `sku` is a text; only a number has bounds"},
    {"BoundsCrossed", spoiled("at_least: 0, at_most: 100", "at_least: 101, at_most: 100"),
     "22:7: field `quantity`: at least 101 is above at most 100"},
    {"UnknownState", spoiled("approved: [cancelled]", "approved: [canceled]"),
     "11:97: unknown state `canceled`; did you mean `cancelled`?"},
    {"PrecedenceOfNoState",
     spoiled("precedence: [cancelled, approved, draft]", "precedence: [cancelled, aproved, draft]"),
     "11:16: `aproved` is no state of `status`"},
    {"UnknownRole", spoiled("role_precedence: [manager, buyer]", "role_precedence: [manger, buyer]"),
     "14:18: unknown role `manger`; did you mean `manager`?"},
    {"UnknownRoleOfDevices", spoiled("roles: {manager: 25%}", "roles: {manger: 25%}"),
     "4:39: unknown role `manger`; did you mean `manager`?"},
    {"OnDeleteOfNoReference", spoiled("sku: lww_clock", "sku: {rule: lww_clock, on_delete: cascade}"),
     "21:30: `on_delete` goes with `ref`"},
    {"UnknownOnDelete", spoiled("on_delete: cascade", "on_delete: cascad"),
     "20:57: unknown on_delete `cascad`; did you mean `cascade`?"},
    {"UniqueOfNothing", spoiled("unique: [po_number]", "unique: [po_numbr]"),
     "9:5: unknown field `po_numbr` of `orders`; did you mean `po_number`?"},
    {"UniqueOfASet", spoiled("unique: [po_number]", "unique: [tags]"),
     "9:5: `tags` is a set; a key is of texts, integers and references"},
    {"HashOfNothing", spoiled("hash(lines.sku, lines.quantity)", "hash(lines.order, lines.skuu)"),
     "16:17: unknown field `skuu` of `lines`; did you mean `sku`?"},
    {"TagOfAText", spoiled("{kind: tag,", "{kind: tag, field: notes,"),
     "37:17: `notes` is a text; expected a set (add_wins or remove_wins)"},
    {"MoveOfAText", spoiled("{kind: move,", "{kind: move, field: sku,"),
     "40:18: `sku` is a text; expected a reference"},
    {"ApproveWithoutAHash", spoiled("hash(lines.sku, lines.quantity)", "sum(lines.quantity)"),
     "38:5: `orders` has no hash of its content; expected a field such as {derived: hash(lines.sku, lines.quantity)}"},
    {"TwinWithoutAKey", spoiled("    unique: [po_number]\n", ""),
     "38:5: `orders` has no `unique` key that two could share"},
    {"UnknownReaction", spoiled("rule: resolve_tasks", "rule: resolve_task"),
     "44:12: unknown rule `resolve_task`; did you mean `resolve_tasks`?"},
    {"ReactionWithoutADelay", spoiled("delay: 30s, ", ""), "45:5: a reaction needs `delay`"},
    {"ReactionOfNoRole", spoiled("role: manager, coll", "role: manger, coll"),
     "44:66: unknown role `manger`; did you mean `manager`?"},
    {"RetryTakesNothing", spoiled("chance: 80%", "take: 80%"), "45:52: `retry_rejected` does not take `take`"},
};

INSTANTIATE_TEST_SUITE_P(All, PoliciesSay, testing::ValuesIn(all_wrong),
                         [](const auto& info) { return info.param.name; });

TEST(Roles, AreDrawnByShareAndADevicesRoleIsItsOwn) {
  const Plan few = plan(loaded(shop, {.sets = {"devices.count=200"}}), 3);
  int managers = 0;
  for (const Device& d : few.topology().devices())
    managers += d.role() == "manager";
  EXPECT_GT(managers, 25);
  EXPECT_LT(managers, 75);
  const Plan more = plan(loaded(shop, {.sets = {"devices.count=220"}}), 3);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(more.topology().devices(i).role(), few.topology().devices(i).role());
}

TEST(Roles, CanBeWrittenOut) {
  const Plan p = plan(
      loaded(spoiled("roles: {manager: 25%}", "role_of: [manager, none, buyer, none, none, none, none, manager]")), 1);
  EXPECT_EQ(p.topology().devices(0).role(), "manager");
  EXPECT_EQ(p.topology().devices(1).role(), "");
  EXPECT_EQ(p.topology().devices(2).role(), "buyer");
}

TEST(Reactions, NameTheDevicesOfWhomeverTheyAre) {
  const Plan p = plan(loaded(shop, {.sets = {"devices.count=40"}}), 1);
  ASSERT_EQ(p.reactions_size(), 2);
  for (const Reaction& r : p.reactions()) {
    EXPECT_GT(r.devices_size(), 0);
    EXPECT_LT(r.devices_size(), 40);
    if (r.rule() != "resolve_tasks")
      continue;
    for (const std::uint32_t d : r.devices())
      EXPECT_EQ(p.topology().devices(static_cast<int>(d) - 1).role(), "manager");
  }
}

TEST(Writer, TellsAPlanOfEveryPolicyBackToTheSameModel) {
  const Plan p = plan(loaded(shop), 1);
  const auto told = scenario_from(p);
  ASSERT_TRUE(told.ok()) << told.err().message;
  const std::string yaml = to_yaml(*told);
  const Plan again = plan(loaded(yaml), 1);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(again.model(), p.model())) << yaml;
  ASSERT_EQ(again.intentions_size(), p.intentions_size());
  ASSERT_EQ(again.reactions_size(), p.reactions_size());
  for (int i = 0; i < p.topology().devices_size(); ++i)
    EXPECT_EQ(again.topology().devices(i).role(), p.topology().devices(i).role());
  int guards = 0, inserts = 0;
  for (const Intention& i : again.intentions()) {
    for (const Condition& c : i.guards())
      guards += c.as_seen();
    for (const Act& a : i.acts())
      inserts += a.kind() == Act::INSERT || a.kind() == Act::ERASE;
  }
  EXPECT_GT(guards, 5);
  EXPECT_GT(inserts, 5);
}

} // namespace
} // namespace squall::scenarios
