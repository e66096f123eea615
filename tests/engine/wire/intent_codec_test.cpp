#include "engine/base/hash.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"
#include "tests/engine/wire/arbitrary.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::wire {
namespace {

/// Encoding is injective up to what decoding restores: equal encodings of equal intents.
void expect_same(const intent& a, const intent& b) { ASSERT_EQ(encode(a), encode(b)); }

intent full_intent() {
  intent in;
  in.id = {3, 2, 7};
  in.scope = {5};
  in.user = 9;
  in.schema_version = 1;
  in.policy_version = 2;
  in.stamp = {1'000'000'000, 4};
  in.client_wall = -17;
  in.context = {1, 42, {{8, 1, 6}}};
  in.guards.push_back({record_id::derive({1, 1, 1}, 0), 0, 2, guard_kind::at_least, std::int64_t{10}});
  operation create{operation_kind::create, 1, record_id::derive(in.id, 0), {}};
  create.writes.push_back({0, write_kind::set, std::string{"bolts"}, {}});
  create.writes.push_back({1, write_kind::set, record_id::derive({1, 1, 1}, 0), {}});
  operation update{operation_kind::update, 0, record_id::derive({1, 1, 1}, 0), {}};
  update.writes.push_back({3, write_kind::add, std::int64_t{-3}, std::int64_t{12}});
  in.operations = {create, update, {operation_kind::remove, 0, record_id::derive({1, 1, 2}, 1), {}}};
  return in;
}

std::string hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

TEST(IntentCodec, KeepsWhatAResolutionNames) {
  auto in = full_intent();
  in.operations[2].task = 12;
  in.operations[2].branches_seen = {{2, 1, 3}, {2, 2, 1}};
  const auto out = decode_intent(encode(in));
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->operations[2].task, 12u);
  EXPECT_EQ(out->operations[2].branches_seen, in.operations[2].branches_seen);
}

TEST(IntentCodec, NeverChangesItsBytesByAccident) {
  // Stored intents, hashes and signatures depend on these bytes: they may only change with the protocol version.
  EXPECT_EQ(hex(encode(full_intent())),
            "0a06080310021807100518092001280232080880a8d6b90710043821420c0801102a1a060808100118064a110a0708011001"
            "188002180220022a020814522510011a070803100218800e22091a071205626f6c7473220d08011a091a0708011001188002"
            "521908011a0708011001188002220c080310011a02080522020818520b08021a0708011001188104");
}

TEST(IntentCodec, BringsEveryMemberBack) {
  const intent in = full_intent();
  const auto out = decode_intent(encode(in));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->id, in.id);
  EXPECT_EQ(out->scope, in.scope);
  EXPECT_EQ(out->user, in.user);
  EXPECT_EQ(out->schema_version, in.schema_version);
  EXPECT_EQ(out->policy_version, in.policy_version);
  EXPECT_EQ(out->stamp, in.stamp);
  EXPECT_EQ(out->client_wall, in.client_wall);
  EXPECT_EQ(out->context.generation, in.context.generation);
  EXPECT_EQ(out->context.sequence, in.context.sequence);
  EXPECT_EQ(out->context.beyond, in.context.beyond);
  ASSERT_EQ(out->guards.size(), 1u);
  EXPECT_EQ(out->guards[0].record, in.guards[0].record);
  EXPECT_EQ(out->guards[0].kind, in.guards[0].kind);
  EXPECT_EQ(out->guards[0].operand, in.guards[0].operand);
  ASSERT_EQ(out->operations.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(out->operations[i].kind, in.operations[i].kind);
    EXPECT_EQ(out->operations[i].collection, in.operations[i].collection);
    EXPECT_EQ(out->operations[i].record, in.operations[i].record);
    EXPECT_EQ(out->operations[i].task, in.operations[i].task);
    EXPECT_EQ(out->operations[i].branches_seen, in.operations[i].branches_seen);
    ASSERT_EQ(out->operations[i].writes.size(), in.operations[i].writes.size());
    for (std::size_t w = 0; w < in.operations[i].writes.size(); ++w) {
      EXPECT_EQ(out->operations[i].writes[w].field, in.operations[i].writes[w].field);
      EXPECT_EQ(out->operations[i].writes[w].kind, in.operations[i].writes[w].kind);
      EXPECT_EQ(out->operations[i].writes[w].to, in.operations[i].writes[w].to);
      EXPECT_EQ(out->operations[i].writes[w].before, in.operations[i].writes[w].before);
    }
  }
}

RC_GTEST_PROP(IntentCodec, RoundTrips, ()) {
  const intent in = *arbitrary_intent();
  const auto out = decode_intent(encode(in));
  RC_ASSERT(out.ok());
  expect_same(in, *out);
}

RC_GTEST_PROP(IntentCodec, TellsDifferentIntentsApart, ()) {
  const intent a = *arbitrary_intent();
  intent b = a;
  switch (*rc::gen::inRange(0, 6)) {
    case 0: b.id.seq ^= 1; break;
    case 1: b.scope.value ^= 1; break;
    case 2: b.context.sequence ^= 1; break;
    case 3: b.operations.emplace_back(); break;
    case 4: b.guards.emplace_back(); break;
    case 5: b.stamp.logical ^= 1; break;
  }
  RC_ASSERT(encode(a) != encode(b));
}

RC_GTEST_PROP(IntentCodec, SurvivesAnyBytes, (std::string bytes)) { (void)decode_intent(bytes).ok(); }

RC_GTEST_PROP(IntentCodec, SurvivesDamage, ()) {
  auto bytes = encode(*arbitrary_intent());
  const auto hits = *rc::gen::inRange(1, 8);
  for (int i = 0; i < hits && !bytes.empty(); ++i)
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  const auto out = decode_intent(bytes);
  if (out)
    RC_ASSERT(decode_intent(encode(*out)).ok());
}

TEST(IntentCodec, RefusesNumbersThatDoNotFit) {
  const auto refused = [](auto&& change) {
    Intent in;
    EXPECT_TRUE(parse(encode(full_intent()), in));
    change(in);
    const auto out = decode_intent(serialize(in));
    return !out.ok() && out.err().code == errc::corrupt;
  };
  EXPECT_FALSE(refused([](Intent&) {}));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_operations(0)->set_kind(5); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_operations(0)->set_collection(65'536); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_operations(0)->mutable_writes(0)->set_field(65'536); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_operations(0)->mutable_writes(0)->set_kind(4); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_operations(0)->mutable_writes(0)->mutable_to()->mutable_sealed(); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_operations(0)->mutable_writes(0)->set_text_operations("x"); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_guards(0)->set_kind(4); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_guards(0)->set_field(70'000); }));
  EXPECT_TRUE(refused([](Intent& i) { i.mutable_guards(0)->set_collection(70'000); }));
}

RC_GTEST_PROP(VerdictCodec, RoundTrips, ()) {
  const verdict in = *arbitrary_verdict();
  Verdict wire;
  to_wire(in, wire);
  const verdict out = from_wire(wire);
  RC_ASSERT(out.kind == in.kind);
  RC_ASSERT(out.rule == in.rule);
  RC_ASSERT(out.sequence == in.sequence);
  RC_ASSERT(out.task == in.task);
  RC_ASSERT(out.was_duplicate == in.was_duplicate);
  RC_ASSERT(out.winner == (in.winner.null() ? intent_id{} : in.winner));
  RC_ASSERT(out.fields.size() == in.fields.size());
  for (std::size_t i = 0; i < in.fields.size(); ++i) {
    RC_ASSERT(out.fields[i].record == in.fields[i].record);
    RC_ASSERT(out.fields[i].collection == in.fields[i].collection);
    RC_ASSERT(out.fields[i].field == in.fields[i].field);
    RC_ASSERT(out.fields[i].winner == in.fields[i].winner);
    RC_ASSERT(out.fields[i].rule == in.fields[i].rule);
  }
}

TEST(VerdictCodec, ReadsUnknownKindsAsNone) {
  Verdict wire;
  wire.set_kind(99);
  wire.set_rule(99);
  EXPECT_EQ(from_wire(wire).kind, verdict_kind::none);
  EXPECT_EQ(from_wire(wire).rule, verdict_rule::none);
}

} // namespace
} // namespace squall::wire
