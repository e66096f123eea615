// The loader's messages, one of each class, word for word: they are what a person meets first.
#include "tests/scenarios/samples.hpp"

#include "engine/base/time.hpp"

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <ostream>

namespace squall::scenarios {
namespace {

using samples::complaints;
using samples::good;
using samples::loaded;
using samples::with;

TEST(Loader, ReadsWhatIsWritten) {
  const Scenario s = loaded(good);
  EXPECT_EQ(s.name(), "sample");
  EXPECT_EQ(s.duration_ns(), hour_ns);
  EXPECT_EQ(s.devices().teams(), 2u);
  ASSERT_EQ(s.collections_size(), 3);
  EXPECT_EQ(s.collections(0).fields(0).precedence(2), "draft");
  ASSERT_EQ(s.workload_size(), 3);
  EXPECT_EQ(s.workload(1).per_device_uph(), 20'000'000u);
  EXPECT_EQ(s.workload(1).fields(1).value(), 2u);
  EXPECT_EQ(s.network().latency().constant_ns(), 20 * millisecond_ns);
  EXPECT_EQ(s.network().loss_ppm(), 10'000u);
  ASSERT_EQ(s.faults_size(), 3);
  EXPECT_EQ(s.faults(0).duration().constant_ns(), 2 * minute_ns);
  EXPECT_EQ(s.faults(1).share_ppm(), 500'000u);
  ASSERT_EQ(s.engine_size(), 1);
  EXPECT_EQ(s.engine(0).any_of_size(), 2);
  EXPECT_EQ(s.expect().reached(0).value(), 1u);
}

TEST(Loader, FillsInWhatIsLeftOut) {
  const Scenario s = loaded(good);
  EXPECT_EQ(s.workload(0).name(), "create_order");
  EXPECT_EQ(s.workload(2).collection(), "stock");
  EXPECT_EQ(s.workload(2).field(), "on_hand");
  EXPECT_EQ(s.workload(0).lines().high(), 3);
  EXPECT_EQ(s.workload(0).wait_ns(), 30 * minute_ns);
  EXPECT_EQ(s.expect().skipped_ppm_max(), 50'000u);
  ASSERT_EQ(s.initial_size(), 2) << "orders and stock; lines come with orders";
  EXPECT_EQ(s.initial(1).name(), "stock");
}

struct message_case {
  const char* name;
  std::string text;
  std::string says; ///< all of it, without "s.yaml:" before each line
};

class LoaderSays : public testing::TestWithParam<message_case> {};

std::ostream& operator<<(std::ostream& out, const message_case& c) { return out << c.name; }

TEST_P(LoaderSays, ExactlyThis) {
  std::string want;
  std::string_view rest = GetParam().says;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    want += "s.yaml:" + std::string(rest.substr(0, end)) + "\n";
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  EXPECT_EQ(complaints(GetParam().text), want);
}

const message_case messages[] = {
    {"UnknownKey", with("devices:", "devcies:"),
     "1:1: a scenario needs `devices`\n4:1: unknown key `devcies`; did you mean `devices`?"},
    {"UnknownKeyFarFromAll", with("settle_within: 5m", "xyzzy: 5m"),
     "31:10: unknown key `xyzzy`; expected one of `settle_within`, `reached`, `skipped_at_most`, `staleness`"},
    {"DurationWithoutUnit", with("duration: 1h", "duration: 80"),
     "3:11: `duration`: expected a duration such as 80ms, got `80`"},
    {"DurationOutOfRange", with("duration: 1h", "duration: 1s"),
     "3:11: `duration`: `1s` is out of range; expected 10s to 400d"},
    {"RateWithoutUnit", with("per_device: 6/h", "per_device: 6"),
     "22:38: `per_device`: expected a rate such as 6/h, got `6`"},
    {"ShareWithoutUnit", with("share: 50%", "share: 0.5"), "28:46: `share`: expected a share such as 30%, got `0.5`"},
    {"ShareAboveAll", with("loss: 1%", "loss: 101%"), "25:32: `loss`: `101%` is out of range; expected 0% to 100%"},
    {"NotAnInteger", with("count: 6", "count: many"), "4:18: `count`: expected an integer such as 12, got `many`"},
    {"MissingKey", with("policy: lww_server\n    fields", "fields"), "19:5: a collection needs `policy`"},
    {"NotAMap", with("network: {latency: 20ms, loss: 1%}", "network: fast"),
     "25:10: expected network as a map, got `fast`"},
    {"NotAList",
     with("workload:\n  - {kind: create_order, per_device: 6/h}",
          "workload: {kind: edit}\nworkloads:\n  - {kind: create_order, per_device: 6/h}"),
     "21:11: `workload`: expected a list, got a map\n22:1: unknown key `workloads`; did you mean `workload`?"},
    {"PlainLww", with("policy: lww_server", "policy: lww"),
     "19:13: `policy`: `lww` does not say which write is the last one; write `lww_server` (the last to commit) or "
     "`lww_clock` (the latest stamp)"},
    {"UnknownPolicy", with("policy: lww_server", "policy: lww_sever"),
     "19:13: unknown policy `lww_sever`; did you mean `lww_server`?"},
    {"FieldWithoutRule", with("notes: lww_server", "notes: text"),
     "10:7: field `notes` has no rule; under field_merge say what becomes of concurrent writes, such as {type: text, "
     "rule: lww_server}, counter or {precedence: [...]}"},
    {"PlainSet", with("quantity: counter", "quantity: set"),
     "16:17: `type or rule`: `set` does not say what becomes of a text that one inserts while another erases it; write "
     "`add_wins` or `remove_wins`"},
    {"RuleOfAnotherType", with("{type: integer, rule: lww_server}", "{type: text, rule: counter}"),
     "11:15: `lines.price` is a text; expected an integer or a counter\n17:7: field `price`: a text cannot have the "
     "rule "
     "`counter`"},
    {"FieldOfTwoKinds", with("{ref: orders, rule: lww_server}", "{ref: orders, precedence: [a]}"),
     "15:7: field `order` is "
     "more "
     "than one thing; expected {type: , rule: }, {precedence: [...]}, {derived: ...} or {ref: , rule: }"},
    {"BadFormula", with("sum(lines.quantity * lines.price)", "lines.quantity"),
     "11:15: expected a formula such as sum(lines.quantity * lines.price), got `lines.quantity`"},
    {"FormulaOfUnknownField", with("lines.price)", "lines.prise)"),
     "11:15: unknown field `prise` of `lines`; did you mean `price`?"},
    {"ReferenceToNothing", with("{ref: orders,", "{ref: ordres,"),
     "11:15: `lines` has no field that refers to `orders`; expected one such as {ref: orders}\n15:15: unknown "
     "collection "
     "`ordres`; did you mean `orders`?"},
    {"UnknownWorkload", with("kind: edit", "kind: edt"), "23:12: unknown kind `edt`; did you mean `edit`?"},
    {"WorkloadOnUnknownCollection", with("collection: orders", "collection: order"),
     "23:18: unknown collection `order`; did you mean `orders`?"},
    {"WorkloadOnUnknownField", with("fields: {status: 1", "fields: {stauts: 1"),
     "23:65: unknown field `stauts` of `orders`; did you mean `status`?"},
    {"WorkloadWritesDerivedField", with("notes: 2", "total: 2"), "23:76: `total` is derived; it is never written"},
    {"WorkloadDoesNotTakeKey", with("{kind: reserve,", "{kind: reserve, fields: {on_hand: 1},"),
     "24:21: `reserve` does not take `fields`"},
    {"WorkloadNeedsKey", with("{kind: reserve,", "{kind: edit_same, collection: stock,"),
     "24:5: `edit_same` needs `field`"},
    {"FieldOfWrongTypeForWorkload", with("on_hand: integer", "on_hand: text"),
     "24:5: `on_hand` is a text; expected a counter or an integer"},
    {"SameNameTwice", with("{kind: reserve,", "{kind: reserve, name: edit,"),
     "24:21: the name `edit` is taken; give another `name`"},
    {"WindowBeyondTheEnd", with("{kind: reserve,", "{kind: reserve, until: 2h,"),
     "24:21: `until` is after the end at 1h"},
    {"EmptyWindow", with("{kind: reserve,", "{kind: reserve, from: 1h,"), "24:21: `from` is not before the end at 1h"},
    {"UnknownFault", with("fault: token_expiry", "fault: token_expiri"),
     "28:25: unknown fault `token_expiri`; did you mean `token_expiry`?"},
    {"UnknownParameter", with("fault: server_crash,", "fault: server_crash, withn: 1s,"),
     "29:36: unknown key `withn`; did you mean `within`?"},
    {"ParameterOutOfRange", with("fault: server_crash,", "fault: server_crash, moment: 3,"),
     "29:44: `moment`: `3` is out of range; expected 0 to 2"},
    {"FaultWithoutTime", with("at: 20m, ", ""), "29:5: a fault needs `at`, `every` or `rate`"},
    {"FaultWithTwoTimes", with("at: 20m, ", "at: 20m, every: 5m, "), "29:15: `every` cannot stand beside `at`"},
    {"FaultNeedsFor", with("fault: offline, for: 2m", "fault: offline"),
     "27:5: `offline` needs `for`: how long it lasts"},
    {"FaultInAMoment", with("fault: offline, for: 2m", "fault: clock_step, for: 2m"),
     "27:36: `clock_step` happens in a moment; it takes no `for`"},
    {"FaultOfTheServerOnDevices", with("fault: server_crash,", "fault: server_crash, share: 30%,"),
     "29:36: `server_crash` is about the server; it takes no `share`"},
    {"FaultAfterTheEnd", with("at: 20m", "at: 2h"), "29:6: `at` is not before the end at 1h"},
    {"FaultOnMissingDevice", with("fault: offline,", "fault: offline, devices: [2, 7],"),
     "27:46: there is no device 7; there are 6"},
    {"FaultOnMissingTeam", with("fault: offline,", "fault: offline, team: 3,"),
     "27:33: there is no team 3; there are 2"},
    {"SpreadOfTwoKinds", with("for: 2m", "for: {constant: 2m, uniform: [1m, 2m]}"),
     "27:38: expected exactly one of `constant`, `uniform`, `lognormal`"},
    {"RangeUpsideDown", with("for: 2m", "for: {uniform: [3m, 2m]}"), "27:49: `uniform`: `3m` is above `2m`"},
    {"RangeOfThree", with("for: 2m", "for: {uniform: [1m, 2m, 3m]}"),
     "27:48: `uniform`: expected [low, high], got a list"},
    {"UnknownSetting", with("poll_every:", "poll_evry:"), "30:10: unknown key `poll_evry`; did you mean `poll_every`?"},
    {"SettingNeitherValueNorChoice", with("{any_of: [30s, 60s]}", "{one_of: [30s, 60s]}"),
     "30:22: `poll_every`: expected a duration such as 80ms, {any_of: [...]} or {uniform: [low, high]}"},
    {"ThresholdNotQuoted", with("\">= 1\"", "1"), "31:48: `crashes`: expected a threshold such as \">= 10\", got `1`"},
    {"TooManyTeams", with("teams: 2", "teams: 7"), "4:21: 7 teams need at least as many devices; there are 6"},
    {"TeamsTwice", with("teams: 2", "teams: 2, team_size: 3"), "4:31: `team_size` cannot stand beside `teams`"},
    {"KeyTwice", with("about: A sample.", "about: A sample.\nname: again"),
     "3:1: `name` is given twice; first in line 1"},
    {"NotAName", with("name: sample", "name: my sample"),
     "1:7: `name`: expected a name of letters, digits, - and _, got `my sample`"},
    {"VariantOfUnknownThing", with("last: {orders:", "last: {order:"),
     "33:10: unknown key `order`; did you mean `orders`?"},
    {"VariantThatIsWrong", with("last: {orders: {policy: lww_server}}", "last: {stock: {policy: field_merge}}"),
     "20:14: variant `last`: field `sku` has no rule; under field_merge say what becomes of concurrent writes, such as "
     "{type: text, rule: lww_server}, counter or {precedence: [...]}\n"
     "20:25: variant `last`: field `on_hand` has no rule; under field_merge say what becomes of concurrent writes, "
     "such as "
     "{type: integer, rule: lww_server}, counter or {precedence: [...]}"},
    {"SeveralAtOnceInTheOrderOfTheFile", with("count: 6", "count: 0", with("loss: 1%", "los: 1%")),
     "4:18: `count`: `0` is out of range; expected 1 to 500000\n25:26: unknown key `los`; did you mean `loss`?"},
    {"BrokenYaml", "name: [a\nabout: x\n", "2:6: not YAML: end of sequence flow not found"},
    {"Empty", "", "1:1: expected a scenario as a map, got nothing"},
    {"TwoDocuments", std::string(good) + "---\nname: other\n", "35:1: a second document; a file holds one scenario"},
};

INSTANTIATE_TEST_SUITE_P(Messages, LoaderSays, testing::ValuesIn(messages),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Loader, AFileThatIsNotThere) {
  const load_outcome outcome = load_file("no/such/file.yaml");
  EXPECT_EQ(to_string(outcome.diagnostics), "no/such/file.yaml: cannot be read\n");
}

TEST(Loader, ReachedNamesAreCheckedWhenTheProbesAreKnown) {
  const std::string text = with("crashes: ", "push_fork: ");
  EXPECT_EQ(complaints(text), "");
  EXPECT_EQ(complaints(text, {.probes = std::vector<std::string>{"push_fork"}}), "");
  EXPECT_EQ(complaints(text, {.probes = std::vector<std::string>{"push_forks"}}),
            "s.yaml:31:39: unknown metric, fault or probe `push_fork`; did you mean `push_forks`?\n");
}

TEST(Overrides, ApplyBeforeValidation) {
  EXPECT_EQ(loaded(good, {.sets = {"devices.count=20"}}).devices().count(), 20u);
  EXPECT_EQ(loaded(good, {.sets = {"workload.1.per_device=3/h"}}).workload(1).per_device_uph(), 3'000'000u);
  EXPECT_EQ(loaded(good, {.sets = {"clocks.skew=5s"}}).clocks().skew_ns(), 5 * second_ns) << "makes maps on the way";
  EXPECT_EQ(loaded(with("count: 6", "count: zero"), {.sets = {"devices.count=2"}}).devices().count(), 2u);
  EXPECT_EQ(loaded(good, {.sets = {"engine={poll_every: {any_of: [1s]}}"}}).engine(0).any_of(0), second_ns);
}

TEST(Overrides, AreBlamedByName) {
  EXPECT_EQ(complaints(good, {.sets = {"devices.cuont=20"}}),
            "--set devices.cuont:1:1: unknown key `cuont`; did you mean `count`?\n");
  EXPECT_EQ(complaints(good, {.sets = {"devices.count=x"}}),
            "--set devices.count:1:1: `count`: expected an integer such as 12, got `x`\n");
  EXPECT_EQ(complaints(good, {.sets = {"devices"}}), "--set devices: expected key=value, such as devices.count=20\n");
  EXPECT_EQ(complaints(good, {.sets = {"workload.9.kind=edit"}}),
            "--set workload.9.kind:1:1: `workload.9.kind`: the list has no place `9`\n");
  EXPECT_EQ(complaints(good, {.sets = {"name.x=1"}}),
            "--set name.x:1:1: `name.x`: nothing can be set below the value `sample`\n");
}

TEST(Variants, ChangeTheScenario) {
  const Scenario base = loaded(good);
  EXPECT_EQ(base.collections(0).policy(), "field_merge");
  ASSERT_EQ(base.variants_size(), 1);
  const Scenario varied = loaded(good, {.variant = "last"});
  EXPECT_EQ(varied.collections(0).policy(), "lww_server");
  EXPECT_EQ(varied.collections(1).policy(), "field_merge");
  // What a scenario keeps of a variant is what an override would say.
  const Scenario set = loaded(good, {.sets = {base.variants(0).sets().begin(), base.variants(0).sets().end()}});
  EXPECT_EQ(set.SerializeAsString(), varied.SerializeAsString());
}

TEST(Variants, ReplaceWholeFieldsAndSingleSettings) {
  const std::string text = with("last: {orders: {policy: lww_server}}",
                                "last: {orders: {fields: {status: lww_server}}, network: {loss: 7%}}");
  const Scenario s = loaded(text, {.variant = "last"});
  EXPECT_EQ(s.collections(0).fields(0).shorthand(), "lww_server");
  EXPECT_EQ(s.collections(0).fields(0).precedence_size(), 0);
  EXPECT_EQ(s.network().loss_ppm(), 70'000u);
  EXPECT_EQ(s.network().latency().constant_ns(), 20 * millisecond_ns);
}

TEST(Variants, AnUnknownOneIsNamed) {
  EXPECT_EQ(complaints(good, {.variant = "lats"}), "s.yaml: there is no variant `lats`; did you mean `last`?\n");
}

TEST(Loader, BoundsItsWork) {
  std::string deep;
  for (int i = 0; i < 300; ++i)
    deep += "[";
  EXPECT_FALSE(load_text(deep, "s.yaml").ok());
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j)
      bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_NE(complaints(bomb).find("too large"), std::string::npos);
  EXPECT_EQ(complaints(std::string((1 << 20) + 1, ' ')), "s.yaml: larger than 1 MiB\n");
}

TEST(Loader, EndsOnTextThatTheParserNeverGetsPast) {
  // After a first document that ends in the middle of a flow, the parser sees empty documents for ever.
  EXPECT_NE(complaints("  a: b\n, c: d}\n").find("a second document"), std::string::npos);
}

RC_GTEST_PROP(Loader, AnySpoiledFileGivesAnAnswer, ()) {
  std::string text(good);
  const int edits = *rc::gen::inRange(1, 6);
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, 12);
    const auto put = *rc::gen::element<std::string>("", "{", "[", ": ", "\n", "lww", "- ", "1", "\"", "&a ", "*a", "~");
    text.replace(at, length, put);
  }
  const load_outcome outcome = load_text(text, "s.yaml");
  RC_ASSERT(outcome.ok() == outcome.diagnostics.empty());
  RC_ASSERT(std::is_sorted(outcome.diagnostics.begin(), outcome.diagnostics.end()));
}

} // namespace
} // namespace squall::scenarios
