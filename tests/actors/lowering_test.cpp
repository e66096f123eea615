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
    auto out = lower(intention, names, known, read);
    EXPECT_TRUE(out.ok());
    return std::move(*out);
  }
  io::local_change changed() { return std::get<lowered>(run()).change; }
  history::skip_reason held() { return std::get<held_back>(run()).reason; }
};

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

TEST_F(Lowering, UnknownNamesAreErrorsBeforeAnythingRuns) {
  put(act(Act::SET, "field_merge"), "nonsense", 6);
  const auto checked = check_names(intention, names);
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.err().code, errc::invalid_argument);
}

} // namespace

} // namespace squall::actors
