#include "engine/wire/codec.hpp"
#include "tests/engine/wire/arbitrary.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace squall::wire {
namespace {

merge::row sample_row() {
  merge::row r;
  r.id = record_id::derive({1, 1, 1}, 0);
  r.collection = 2;
  r.presence_writer = {1, 1, 1};
  r.presence_sequence = 10;
  r.last_sequence = 12;
  r.fields = {{std::string{"open"}, {2, 1, 5}, 12}, {std::int64_t{44}, {}, 0}, {}, {std::int64_t{0}, {1, 1, 1}, 10}};
  return r;
}

std::vector<merge::set_mark> arbitrary_marks(std::size_t least) {
  std::vector<merge::set_mark> out(*rc::gen::inRange<std::size_t>(least, least + 3));
  for (auto& m : out)
    m = {*arbitrary_intent_id(), *rc::gen::arbitrary<std::uint64_t>()};
  return out;
}

merge::cell_details arbitrary_details() {
  merge::cell_details d;
  d.stamp = {*rc::gen::arbitrary<time_ns>(), *rc::gen::arbitrary<std::uint32_t>()};
  d.role = static_cast<std::uint8_t>(*rc::gen::inRange(1, 256));
  for (const auto& text : *rc::gen::arbitrary<std::set<std::string>>())
    d.members.push_back({text, arbitrary_marks(1), arbitrary_marks(0)});
  return d;
}

merge::row blank_like(const merge::row& r) {
  merge::row out;
  out.id = r.id;
  out.collection = r.collection;
  out.fields.resize(r.fields.size());
  return out;
}

TEST(RowCodec, CarriesAllThatWasEverWrittenAndNothingDerived) {
  const auto r = sample_row();
  RowState state;
  to_wire(r, state);
  ASSERT_EQ(state.fields_size(), 2);
  EXPECT_EQ(state.fields(0).field(), 0u);
  EXPECT_EQ(state.fields(1).field(), 3u);
  auto out = blank_like(r);
  ASSERT_TRUE(apply(state, out));
  auto expected = r;
  expected.fields[1] = {};
  EXPECT_EQ(out, expected);
}

TEST(RowCodec, CarriesOnlyTheFieldsAskedFor) {
  const auto r = sample_row();
  RowState state;
  to_wire(r, {1, 3}, state);
  ASSERT_EQ(state.fields_size(), 1);
  auto out = blank_like(r);
  out.fields[0] = {std::string{"older"}, {9, 1, 1}, 3};
  ASSERT_TRUE(apply(state, out));
  EXPECT_EQ(out.fields[0].current, value{std::string{"older"}});
  EXPECT_EQ(out.fields[3], r.fields[3]);
  EXPECT_EQ(out.last_sequence, 12u);
}

TEST(RowCodec, ReplacesDetailsAndStampByWhatItCarries) {
  auto r = sample_row();
  RowState plain;
  to_wire(r, plain);
  r.fields[0].details.need().members = {{"x", {{{2, 1, 5}, 12}}, {}}};
  r.stamp.need() = {{7, 1}, {2, 1, 5}};
  RowState detailed;
  to_wire(r, detailed);
  auto out = blank_like(r);
  ASSERT_TRUE(apply(detailed, out));
  EXPECT_EQ(out.fields[0], r.fields[0]);
  EXPECT_EQ(out.stamp, r.stamp);
  ASSERT_TRUE(apply(plain, out));
  EXPECT_FALSE(out.fields[0].details);
  EXPECT_FALSE(out.stamp);
}

TEST(RowCodec, CarriesADeletion) {
  auto r = sample_row();
  r.deleted = true;
  RowState state;
  to_wire(r, {}, state);
  auto out = blank_like(r);
  ASSERT_TRUE(apply(state, out));
  EXPECT_TRUE(out.deleted);
  EXPECT_EQ(out.presence_writer, r.presence_writer);
}

TEST(RowCodec, FillsInARowWithoutIdentity) {
  RowState state;
  to_wire(sample_row(), state);
  merge::row out;
  out.fields.resize(4);
  ASSERT_TRUE(apply(state, out));
  EXPECT_EQ(out.id, sample_row().id);
  EXPECT_EQ(out.collection, 2);
}

TEST(RowCodec, LeavesTheRowAloneWhenItRefuses) {
  const auto refused = [](auto&& change) {
    RowState state;
    to_wire(sample_row(), state);
    change(state);
    auto onto = blank_like(sample_row());
    const auto before = onto;
    const auto r = apply(state, onto);
    return !r && r.err().code == errc::corrupt && onto == before;
  };
  EXPECT_FALSE(refused([](RowState&) {}));
  EXPECT_TRUE(refused([](RowState& s) { s.add_fields()->set_field(4); }));
  EXPECT_TRUE(refused([](RowState& s) { s.add_fields()->set_field(~0u); }));
  EXPECT_TRUE(refused([](RowState& s) { s.mutable_fields(0)->mutable_value()->mutable_sealed(); }));
  EXPECT_TRUE(refused([](RowState& s) { s.set_change(2); }));
  EXPECT_TRUE(refused([](RowState& s) { s.set_collection(65'536 + 2); }));
  EXPECT_TRUE(refused([](RowState& s) { s.mutable_record()->set_device(8); }));
  const auto member = [](RowState& s, const char* text, bool marked) {
    SetMember& m = *s.mutable_fields(0)->add_members();
    m.set_text(text);
    if (marked)
      m.add_inserts()->set_sequence(1);
  };
  EXPECT_FALSE(refused([&](RowState& s) { member(s, "a", true), member(s, "b", true); }));
  EXPECT_TRUE(refused([&](RowState& s) { member(s, "b", true), member(s, "a", true); })) << "members out of order";
  EXPECT_TRUE(refused([&](RowState& s) { member(s, "a", false); })) << "a member without marks";
  EXPECT_TRUE(refused([](RowState& s) { s.mutable_fields(0)->set_role(256); }));
}

RC_GTEST_PROP(RowCodec, RoundTrips, ()) {
  merge::row r;
  r.id = *rc::gen::suchThat(arbitrary_record_id(), [](const record_id& id) { return !id.null(); });
  r.collection = *rc::gen::arbitrary<collection_number>();
  r.deleted = *rc::gen::arbitrary<bool>();
  r.presence_writer = *arbitrary_intent_id();
  r.presence_sequence = *rc::gen::arbitrary<std::uint64_t>();
  r.last_sequence = *rc::gen::arbitrary<std::uint64_t>();
  r.fields.resize(*rc::gen::inRange<std::size_t>(0, 8));
  for (auto& c : r.fields) {
    c.writer = *arbitrary_intent_id();
    if (!c.writer.null())
      c = {*arbitrary_value(), c.writer, *rc::gen::arbitrary<std::uint64_t>()};
    else
      c = {};
    if (!c.writer.null() && *rc::gen::arbitrary<bool>())
      c.details.need() = arbitrary_details();
  }
  if (*rc::gen::arbitrary<bool>())
    r.stamp.need() = {{*rc::gen::arbitrary<time_ns>(), *rc::gen::arbitrary<std::uint32_t>()}, {1, 1, 1}};
  RowState state;
  to_wire(r, state);
  RowState parsed;
  RC_ASSERT(parsed.ParseFromString(state.SerializeAsString()));
  auto out = blank_like(r);
  RC_ASSERT(apply(parsed, out).ok());
  RC_ASSERT(out == r);
}

} // namespace
} // namespace squall::wire
