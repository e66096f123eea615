#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace squall::server {
namespace {

record_id first_of(const device& d, std::uint64_t seq, std::uint8_t ordinal = 0) {
  return record_id::derive({d.id, d.incarnation, seq}, ordinal);
}

operation line_of(const record_id& order, std::int64_t quantity, std::int64_t price) {
  return create(lines, {set(line_order, order), add(line_quantity, quantity), set(line_price, price)});
}

struct total_of {
  bench& b;
  std::int64_t operator()(const record_id& order) {
    const auto v = field_of(b.rows({1}).at(order), order_total);
    return std::holds_alternative<std::int64_t>(v) ? std::get<std::int64_t>(v) : -1;
  }
};

TEST(ServerDerived, TotalFollowsEveryChangeOfItsLines) {
  bench b;
  device d;
  total_of total{b};
  b.commit(d, {create(orders, {})});
  const record_id order = first_of(d, 1);
  EXPECT_EQ(total(order), 0);
  b.commit(d, {line_of(order, 3, 100)});
  const record_id line = first_of(d, 2);
  EXPECT_EQ(total(order), 300);
  b.commit(d, {line_of(order, 1, 50)});
  EXPECT_EQ(total(order), 350);
  b.commit(d, {update(lines, line, {add(line_quantity, -1)})});
  EXPECT_EQ(total(order), 250);
  b.commit(d, {update(lines, line, {set(line_price, std::int64_t{10})})});
  EXPECT_EQ(total(order), 70);
  b.commit(d, {remove(lines, line)});
  EXPECT_EQ(total(order), 50);
  b.commit(d, {remove(lines, line)});
  EXPECT_EQ(total(order), 50) << "removing what is deleted changes nothing";
  b.commit(d, {restore(lines, line)});
  EXPECT_EQ(total(order), 70);
  b.restart();
  EXPECT_EQ(total(order), 70);
}

TEST(ServerDerived, ALineThatMovesIsTakenFromOneOrderAndAddedToTheOther) {
  bench b;
  device d;
  total_of total{b};
  b.commit(d, {create(orders, {}), create(orders, {})});
  const record_id from = first_of(d, 1, 0), to = first_of(d, 1, 1);
  b.commit(d, {line_of(from, 2, 5)});
  b.commit(d, {update(lines, first_of(d, 2), {set(line_order, to)})});
  EXPECT_EQ(total(from), 0);
  EXPECT_EQ(total(to), 10);
}

TEST(ServerDerived, AnOrderAndItsLinesInOneIntentInAnyOrder) {
  bench b;
  device d;
  total_of total{b};
  const record_id order = first_of(d, 1, 1);
  b.commit(d, {line_of(order, 2, 5), create(orders, {}), line_of(order, 1, 7)});
  EXPECT_EQ(total(order), 17);
}

TEST(ServerDerived, CountsLinesThatCameBeforeTheirOrder) {
  bench b;
  device d, late;
  late.id = 2;
  total_of total{b};
  const record_id order = first_of(late, 1);
  b.commit(d, {line_of(order, 2, 5)});
  b.commit(d, {line_of(order, 1, 100)});
  b.commit(d, {update(lines, first_of(d, 2), {set(line_order, record_id::derive({9, 9, 9}, 0))})});
  b.restart();
  b.commit(late, {create(orders, {})});
  EXPECT_EQ(total(order), 10);
  b.commit(d, {update(lines, first_of(d, 1), {add(line_quantity, 1)})});
  EXPECT_EQ(total(order), 15);
}

TEST(ServerDerived, AdoptsALineAsItWasWhenTheSameIntentChangesIt) {
  bench b;
  device d;
  total_of total{b};
  const record_id order = first_of(d, 2);
  b.commit(d, {line_of(order, 2, 5)});
  b.commit(d, {create(orders, {}), update(lines, first_of(d, 1), {add(line_quantity, 1)})});
  EXPECT_EQ(total(order), 15);
}

TEST(ServerDerived, IgnoresLinesOfAnotherScopeAndReferencesToOtherCollections) {
  bench b;
  device one, two;
  one.id = 4, one.user = 4;
  two.id = 5, two.user = 4, two.scope = {2};
  total_of total{b};
  b.commit(one, {create(orders, {}), create(notes, {})});
  b.commit(two, {line_of(first_of(one, 1, 0), 2, 5)});
  b.commit(one, {line_of(first_of(one, 1, 1), 2, 5)});
  EXPECT_EQ(total(first_of(one, 1, 0)), 0);
}

TEST(ServerDerived, WrapsAround) {
  bench b;
  device d;
  total_of total{b};
  b.commit(d, {create(orders, {})});
  b.commit(d, {line_of(first_of(d, 1), 2, std::numeric_limits<std::int64_t>::max())});
  EXPECT_EQ(total(first_of(d, 1)), -2);
  b.commit(d, {remove(lines, first_of(d, 2))});
  EXPECT_EQ(total(first_of(d, 1)), 0);
}

TEST(ServerDerived, MayBeGuarded) {
  bench b;
  device d;
  b.commit(d, {create(orders, {})});
  const record_id order = first_of(d, 1);
  b.commit(d, {line_of(order, 2, 5)});
  const auto approve = [&](std::int64_t most) {
    const auto reply = b.push(d, {d.act({update(orders, order, {set(order_status, text("approved"))})},
                                        {{order, orders, order_total, guard_kind::at_most, most}})});
    return reply.verdicts(0).verdict().kind();
  };
  EXPECT_EQ(approve(9), static_cast<std::uint32_t>(verdict_kind::rejected));
  EXPECT_EQ(approve(10), static_cast<std::uint32_t>(verdict_kind::applied));
}

} // namespace
} // namespace squall::server
