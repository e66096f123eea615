#include "actors/lowering.hpp"

#include <gtest/gtest.h>

#include <map>

namespace squall::actors {

namespace {

using scenarios::Act;

const record_id seven{1, 1, 7 << 8};
constexpr symbol seven_symbol = symbol_of(7, 0);

scenarios::DataModel two_collections() {
  scenarios::DataModel m;
  for (const auto* policy : {"lww_server", "field_merge"}) {
    auto* c = m.add_collections();
    c->set_name(policy);
    c->set_policy(policy);
    for (const auto& [name, type, rule] :
         {std::tuple{"text", "text", "lww_server"}, std::tuple{"number", "integer", "lww_server"},
          std::tuple{"count", "counter", std::string_view(policy) == "field_merge" ? "counter" : "lww_server"},
          std::tuple{"parent", "reference", "lww_server"}, std::tuple{"sum", "derived", "derived"}}) {
      auto* f = c->add_fields();
      f->set_name(name), f->set_type(type), f->set_rule(rule);
      if (std::string_view(type) == "reference")
        f->set_target(policy);
      if (std::string_view(type) == "derived")
        f->set_child(policy), f->set_child_reference("parent"), f->add_factors("number");
    }
  }
  return m;
}

struct Lowering : testing::Test {
  model names = *model::from(two_collections());
  symbols known;
  std::map<record_id, io::row_view> rows;
  std::map<record_id, std::vector<io::task_view>> open_tasks;
  scenarios::Intention intention;

  void SetUp() override {
    intention.set_id(9);
    known.bind(seven_symbol, seven);
    show("field_merge", false);
  }
  void show(const char* collection, bool deleted) {
    io::row_view row{seven, *names.collection(collection), deleted, {}};
    if (!deleted)
      row.fields = {{0, std::string("old"), {1, 1, 7}},
                    {1, std::int64_t{5}, {1, 1, 7}},
                    {2, std::int64_t{10}, {1, 1, 7}},
                    {3, value{}, {}},
                    {4, std::int64_t{99}, {}}};
    rows[seven] = row;
  }
  Act& act(Act::Kind kind, const char* collection, symbol record = seven_symbol) {
    auto& a = *intention.add_acts();
    a.set_kind(kind), a.set_collection(collection), a.set_record(record);
    return a;
  }
  static void put(Act& a, const char* field, std::int64_t number) {
    auto* f = a.add_fields();
    f->set_field(field), f->set_integer(number);
  }
  lowering_outcome run() {
    const row_reader read = [&](const record_id& id) -> result<std::optional<io::row_view>> {
      const auto at = rows.find(id);
      return at == rows.end() ? std::optional<io::row_view>{} : std::optional{at->second};
    };
    const task_reader tasks = [&](const record_id& id) -> result<std::vector<io::task_view>> { return open_tasks[id]; };
    auto out = lower(intention, names, known, {read, tasks});
    EXPECT_TRUE(out.ok());
    return std::move(*out);
  }
  io::local_change changed() { return std::get<lowered>(run()).change; }
  history::skip_reason held() { return std::get<held_back>(run()).reason; }
};

/// A record that refers to another and takes a number from what is read there.
void copying(Act& create) {
  auto* parent = create.add_fields();
  parent->set_field("parent"), parent->set_record(seven_symbol);
  auto* copied = create.add_fields();
  copied->set_field("number"), copied->set_seen("parent.sum");
}

TEST_F(Lowering, WritesWhatItsUserReadsThroughAReference) {
  copying(act(Act::CREATE, "field_merge", 0));
  const auto change = changed();
  ASSERT_EQ(change.operations.at(0).writes.size(), 2u);
  EXPECT_EQ(change.operations[0].writes[0].to, value{std::int64_t{99}}); // ascending by field
  EXPECT_EQ(change.operations[0].writes[1].to, value{seven});
  rows[seven].fields.pop_back(); // until there is something to read
  EXPECT_EQ(held(), history::skip_reason::not_visible);
}

TEST_F(Lowering, AnUpdateThatMergesFieldsCarriesOnlyWhatIsMeant) {
  put(act(Act::SET, "field_merge"), "number", 6);
  const auto change = changed();
  ASSERT_EQ(change.operations.size(), 1u);
  ASSERT_EQ(change.operations[0].writes.size(), 1u);
  EXPECT_EQ(change.operations[0].writes[0].field, 1);
  EXPECT_EQ(change.operations[0].writes[0].to, value{std::int64_t{6}});
  EXPECT_EQ(change.operations[0].writes[0].before, value{std::int64_t{5}});
}

TEST_F(Lowering, AnUpdateOfAWholeRecordCarriesEveryFieldWithAValueButDerivedOnes) {
  show("lww_server", false);
  put(act(Act::SET, "lww_server"), "number", 6);
  const auto change = changed();
  std::vector<field_number> fields;
  for (const auto& write : change.operations.at(0).writes) {
    fields.push_back(write.field);
    EXPECT_EQ(write.kind, write_kind::set);
  }
  EXPECT_EQ(fields, (std::vector<field_number>{0, 1, 2}));
  EXPECT_EQ(change.operations[0].writes[0].to, value{std::string("old")});
}

TEST_F(Lowering, AddIsADeltaOnlyForACounterThatMerges) {
  auto& a = act(Act::ADD, "field_merge");
  put(a, "count", 3);
  put(a, "number", 3);
  const auto writes = changed().operations.at(0).writes;
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].kind, write_kind::set);
  EXPECT_EQ(writes[0].to, value{std::int64_t{8}});
  EXPECT_EQ(writes[1].kind, write_kind::add);
  EXPECT_EQ(writes[1].to, value{std::int64_t{3}});
}

TEST_F(Lowering, AddToACounterOfAWholeRecordIsReadAddedAndSet) {
  show("lww_server", false);
  put(act(Act::ADD, "lww_server"), "count", 3);
  const auto writes = changed().operations.at(0).writes;
  ASSERT_EQ(writes.size(), 3u);
  EXPECT_EQ(writes[2].kind, write_kind::set);
  EXPECT_EQ(writes[2].to, value{std::int64_t{13}});
}

TEST_F(Lowering, ALaterActOfOneIntentionSeesTheEarlierOnes) {
  show("lww_server", false);
  put(act(Act::ADD, "lww_server"), "number", 1);
  put(act(Act::ADD, "lww_server"), "number", 1);
  const auto change = changed();
  EXPECT_EQ(change.operations.at(1).writes.at(1).to, value{std::int64_t{7}});
}

TEST_F(Lowering, AGroupRefersToWhatItCreatesByPlace) {
  put(act(Act::CREATE, "field_merge"), "number", 1);
  auto& line = act(Act::CREATE, "field_merge");
  auto* parent = line.add_fields();
  parent->set_field("parent"), parent->set_record(symbol_of(9, 0));
  const auto change = changed();
  ASSERT_EQ(change.operations.size(), 2u);
  EXPECT_TRUE(change.operations[0].record.null());
  EXPECT_EQ(change.operations[1].writes.at(0).to, value{io::record_in_change(0)});
}

TEST_F(Lowering, ACreateOfACounterThatMergesStartsWithAnAdd) {
  put(act(Act::CREATE, "field_merge"), "count", 4);
  EXPECT_EQ(changed().operations.at(0).writes.at(0).kind, write_kind::add);
}

TEST_F(Lowering, ARecordThatIsNotThereYetIsWaitedFor) {
  put(act(Act::SET, "field_merge", symbol_of(8, 0)), "number", 1);
  const auto outcome = run();
  EXPECT_EQ(std::get<held_back>(outcome).reason, history::skip_reason::not_visible);
  EXPECT_TRUE(std::get<held_back>(outcome).may_change);
}

TEST_F(Lowering, ARecordWhoseCreateNeverHappenedIsNotWaitedFor) {
  known.end(8, ending::skipped);
  put(act(Act::SET, "field_merge", symbol_of(8, 0)), "number", 1);
  const auto outcome = run();
  EXPECT_EQ(std::get<held_back>(outcome).reason, history::skip_reason::dependency);
  EXPECT_FALSE(std::get<held_back>(outcome).may_change);
}

TEST_F(Lowering, ADeletedRecordCanOnlyBeRestored) {
  show("field_merge", true);
  put(act(Act::SET, "field_merge"), "number", 1);
  EXPECT_EQ(held(), history::skip_reason::deleted);
  intention.clear_acts();
  act(Act::DELETE, "field_merge");
  EXPECT_EQ(held(), history::skip_reason::deleted);
  intention.clear_acts();
  act(Act::RESTORE, "field_merge");
  EXPECT_EQ(changed().operations.at(0).kind, operation_kind::restore);
}

TEST_F(Lowering, GuardsNameTheRealRecordAndAreRead) {
  put(act(Act::SET, "field_merge"), "number", 6);
  auto* guard = intention.add_guards();
  guard->set_record(seven_symbol), guard->set_collection("field_merge"), guard->set_field("count");
  guard->set_compare("at_least"), guard->set_integer(3);
  const auto outcome = run();
  const auto& made = std::get<lowered>(outcome);
  ASSERT_EQ(made.change.guards.size(), 1u);
  EXPECT_EQ(made.change.guards[0].record, seven);
  EXPECT_EQ(made.change.guards[0].kind, guard_kind::at_least);
  EXPECT_EQ(made.reads.size(), 1u); // one look at one record
}

TEST_F(Lowering, AGuardAsSeenHoldsWhatIsReadAtThatMoment) {
  put(act(Act::SET, "field_merge"), "number", 6);
  auto* guard = intention.add_guards();
  guard->set_record(seven_symbol), guard->set_collection("field_merge"), guard->set_field("sum");
  guard->set_compare("equal"), guard->set_as_seen(true);
  EXPECT_EQ(changed().guards.at(0).operand, value{std::int64_t{99}});
  EXPECT_TRUE(check_names(intention, names).ok());
  intention.mutable_guards(0)->set_field("parent"); // nothing is there to be seen
  const auto outcome = run();
  EXPECT_EQ(std::get<held_back>(outcome).reason, history::skip_reason::not_visible);
}

/// Collections of every policy with every kind of field.
scenarios::DataModel every_policy() {
  scenarios::DataModel m;
  for (const auto* policy : {"lww_server", "lww_clock", "field_merge", "manual", "crdt"}) {
    auto* c = m.add_collections();
    c->set_name(policy), c->set_policy(policy);
    for (const auto& [name, type, rule] :
         {std::tuple{"text", "text", "lww_clock"}, std::tuple{"number", "integer", "max"},
          std::tuple{"count", "counter", "counter"}, std::tuple{"tags", "set", "add_wins"}}) {
      auto* f = c->add_fields();
      f->set_name(name), f->set_type(type), f->set_rule(rule);
    }
    c->add_unique()->add_fields("text");
  }
  return m;
}

struct LoweringByPolicy : Lowering, testing::WithParamInterface<const char*> {
  void SetUp() override {
    names = *model::from(every_policy());
    Lowering::SetUp();
    show_all();
  }
  void show_all() {
    rows[seven] = {seven,
                   *names.collection(GetParam()),
                   false,
                   {{0, std::string("old"), {1, 1, 7}},
                    {1, std::int64_t{5}, {1, 1, 7}},
                    {2, std::int64_t{10}, {1, 1, 7}},
                    {3, std::string("blue"), {1, 1, 7}},
                    {3, std::string("red"), {1, 1, 7}}}};
  }
  bool whole_record() const { return !names.merges_fields(*names.collection(GetParam())); }
  io::task_view& task(field_number subject, std::vector<operation> meant) {
    auto& tasks = open_tasks[seven];
    io::task_view t{
        .task = 40 + tasks.size(), .record = seven, .collection = rows[seven].collection, .subject = subject};
    t.branches.push_back({{5, 1, 9}, {}});
    t.branches.push_back({{2, 1, 3}, std::move(meant)});
    return tasks.emplace_back(std::move(t));
  }
  operation update(std::vector<field_write> writes) const {
    return {.kind = operation_kind::update,
            .collection = rows.at(seven).collection,
            .record = seven,
            .writes = std::move(writes)};
  }
  std::vector<operation> settled(const char* field, bool take) {
    intention.clear_acts();
    auto& a = act(Act::SETTLE, GetParam());
    a.mutable_settle()->set_field(field);
    a.mutable_settle()->set_take(take);
    return changed().operations;
  }
};

TEST_P(LoweringByPolicy, AnUpdateCarriesWhatItsPolicyAsksFor) {
  put(act(Act::SET, GetParam()), "number", 6);
  const auto change = changed();
  EXPECT_EQ(change.operations.at(0).writes.size(), whole_record() ? 3u : 1u) << "never the members of a set";
}

TEST_P(LoweringByPolicy, AddingToACounterIsADeltaWhereFieldsMerge) {
  put(act(Act::ADD, GetParam()), "count", 3);
  const auto writes = changed().operations.at(0).writes;
  for (const auto& w : writes)
    if (w.field == 2) {
      EXPECT_EQ(w.kind, whole_record() ? write_kind::set : write_kind::add);
      EXPECT_EQ(w.to, value{std::int64_t{whole_record() ? 13 : 3}});
    }
}

TEST_P(LoweringByPolicy, MembersAreWrittenOnceEachInOrder) {
  auto& a = act(Act::INSERT, GetParam());
  for (const char* text : {"white", "red", "white", "green"}) {
    auto* f = a.add_fields();
    f->set_field("tags"), f->set_text(text);
  }
  std::vector<std::string> members;
  const auto inserted = changed();
  for (const auto& w : inserted.operations.at(0).writes)
    if (w.field == 3) {
      EXPECT_EQ(w.kind, write_kind::set_insert);
      members.push_back(std::get<std::string>(w.to));
    }
  EXPECT_EQ(members, (std::vector<std::string>{"green", "red", "white"}));
  intention.mutable_acts(0)->set_kind(Act::ERASE);
  const auto erased = changed();
  for (const auto& w : erased.operations.at(0).writes)
    EXPECT_TRUE(w.field != 3 || w.kind == write_kind::set_erase);
}

TEST_P(LoweringByPolicy, ASetIsNeverSetAndNothingElseIsInsertedInto) {
  auto* f = act(Act::SET, GetParam()).add_fields();
  f->set_field("tags"), f->set_text("x");
  EXPECT_FALSE(check_names(intention, names).ok());
  intention.mutable_acts(0)->set_kind(Act::INSERT);
  EXPECT_TRUE(check_names(intention, names).ok());
  intention.mutable_acts(0)->mutable_fields(0)->set_field("text");
  EXPECT_FALSE(check_names(intention, names).ok());
}

TEST_P(LoweringByPolicy, TakingWritesWhatTheNewestBranchWroteAndNamesAllOfThem) {
  task(0, {update({{0, write_kind::set, std::string("theirs"), {}}, {2, write_kind::add, std::int64_t{4}, {}}})});
  const auto ops = settled("text", true);
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(ops[0].task, 40u);
  EXPECT_EQ(ops[0].branches_seen, (std::vector<intent_id>{{2, 1, 3}, {5, 1, 9}})) << "ascending";
  ASSERT_EQ(ops[0].writes.size(), 2u);
  EXPECT_EQ(ops[0].writes[0].to, value{std::string("theirs")});
  EXPECT_EQ(ops[0].writes[0].before, value{std::string("old")});
}

TEST_P(LoweringByPolicy, KeepingWritesWhatIsVisible) {
  task(0, {update({{0, write_kind::set, std::string("theirs"), {}}, {2, write_kind::add, std::int64_t{4}, {}}})});
  const auto ops = settled("text", false);
  ASSERT_EQ(ops.size(), 1u);
  ASSERT_EQ(ops[0].writes.size(), whole_record() ? 3u : 1u) << "a counter that only adds has nothing to keep";
  EXPECT_EQ(ops[0].writes[0].to, value{std::string("old")});
}

TEST_P(LoweringByPolicy, ADeletedRecordIsRestoredByTakingAndStaysDeletedByKeeping) {
  task(squall::whole_record, {update({{0, write_kind::set, std::string("theirs"), {}}})});
  rows[seven].deleted = true;
  rows[seven].fields.clear();
  auto ops = settled("", true);
  ASSERT_EQ(ops.size(), 2u);
  EXPECT_EQ(ops[0].kind, operation_kind::restore);
  EXPECT_EQ(ops[0].task, 40u);
  EXPECT_EQ(ops[1].kind, operation_kind::update);
  EXPECT_EQ(ops[1].task, 0u);
  ops = settled("", false);
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(ops[0].kind, operation_kind::remove);
}

TEST_P(LoweringByPolicy, ABranchThatRemovedRemoves) {
  task(squall::whole_record, {{.kind = operation_kind::remove, .collection = rows[seven].collection, .record = seven}});
  const auto ops = settled("", true);
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(ops[0].kind, operation_kind::remove);
}

TEST_P(LoweringByPolicy, AKeyIsKeptWhereTheBranchWasAboutAnotherRecord) {
  task(unique_key_subject(0), {});
  for (const bool take : {false, true}) {
    const auto ops = settled("", take);
    ASSERT_EQ(ops.size(), 1u);
    EXPECT_EQ(ops[0].writes.at(0).field, 0);
    EXPECT_EQ(ops[0].writes.size(), whole_record() ? 3u : 1u);
  }
}

TEST_P(LoweringByPolicy, TheNewestOpenTaskOfTheSubjectIsSettled) {
  task(0, {update({{0, write_kind::set, std::string("first"), {}}})}).open = false;
  task(0, {update({{0, write_kind::set, std::string("second"), {}}})});
  task(1, {update({{1, write_kind::set, std::int64_t{7}, {}}})});
  EXPECT_EQ(settled("text", true)[0].task, 41u);
  EXPECT_EQ(settled("number", true)[0].task, 42u);
  intention.mutable_acts(0)->mutable_settle()->set_field("count");
  EXPECT_EQ(held(), history::skip_reason::not_visible);
  EXPECT_FALSE(std::get<held_back>(run()).may_change);
}

INSTANTIATE_TEST_SUITE_P(Policies, LoweringByPolicy,
                         testing::Values("lww_server", "lww_clock", "field_merge", "manual", "crdt"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(Lowering, UnknownNamesAreErrorsBeforeAnythingRuns) {
  put(act(Act::SET, "field_merge"), "nonsense", 6);
  const auto checked = check_names(intention, names);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.err().code, errc::invalid_argument);
}

} // namespace

} // namespace squall::actors
