#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace squall::server {
namespace {

using telemetry::fact;
using telemetry::fact_kind;

std::vector<fact> of_kind(const bench& b, fact_kind kind) {
  std::vector<fact> out;
  std::copy_if(b.facts.begin(), b.facts.end(), std::back_inserter(out), [&](const fact& f) { return f.kind == kind; });
  return out;
}

TEST(ServerFacts, CommitsAreReportedAtTheirStepAndVerdictsWithTheReply) {
  bench b;
  device d;
  b.send(b.push_request(d, {d.act({create(orders, {})}), d.act({create(orders, {set(order_total, std::int64_t{1})})}),
                            d.act({create(orders, {})})}));
  EXPECT_TRUE(b.facts.empty());
  b.resume(1);
  ASSERT_EQ(b.facts.size(), 1u);
  EXPECT_EQ(b.facts[0].kind, fact_kind::intent_committed);
  EXPECT_EQ(b.facts[0].intent, (intent_id{1, 1, 1}));
  EXPECT_EQ(b.facts[0].sequence, 1u);
  EXPECT_EQ(b.facts[0].aux, 1u) << "generation";
  b.drain();
  EXPECT_EQ(of_kind(b, fact_kind::intent_committed).size(), 2u);
  const auto released = of_kind(b, fact_kind::verdict_released);
  ASSERT_EQ(released.size(), 3u);
  EXPECT_EQ(released[0].verdict, verdict_kind::applied);
  EXPECT_EQ(released[0].sequence, 1u);
  EXPECT_EQ(released[0].aux, 0u) << "index of the message";
  EXPECT_EQ(released[0].code, 0);
  EXPECT_EQ(released[1].verdict, verdict_kind::rejected);
  EXPECT_EQ(released[1].rule, verdict_rule::malformed);
  EXPECT_EQ(released[2].sequence, 2u);
}

TEST(ServerFacts, ARepeatedVerdictIsMarkedAndCommitsNothing) {
  bench b;
  device d;
  const auto in = d.act({create(orders, {})});
  b.push(d, {in});
  b.facts.clear();
  b.push(d, {in});
  ASSERT_EQ(b.facts.size(), 1u);
  EXPECT_EQ(b.facts[0].kind, fact_kind::verdict_released);
  EXPECT_EQ(b.facts[0].code, 1);
}

TEST(ServerFacts, AMergedVerdictNamesTheWritesThatDidNotTakeEffect) {
  bench b;
  device a, z;
  z.id = 2;
  b.commit(a, {create(orders, {set(order_status, text("draft"))})});
  const record_id order = record_id::derive({1, 1, 1}, 0);
  a.seen.sequence = z.seen.sequence = 1;
  const auto ships = a.act({update(orders, order, {set(order_status, text("shipped"))})});
  b.push(a, {ships});
  b.facts.clear();
  b.push(z, {z.act({update(orders, order, {set(order_status, text("approved")), set(order_note, text("n"))})})});
  ASSERT_EQ(b.facts.size(), 3u);
  EXPECT_EQ(b.facts[1].verdict, verdict_kind::merged);
  EXPECT_EQ(b.facts[2].kind, fact_kind::verdict_field);
  EXPECT_EQ(b.facts[2].intent, (intent_id{2, 1, 1}));
  EXPECT_EQ(b.facts[2].record, order);
  EXPECT_EQ(b.facts[2].field, order_status);
  EXPECT_EQ(b.facts[2].rule, verdict_rule::precedence);
  EXPECT_EQ(b.facts[2].other, ships.id);
}

TEST(ServerFacts, APageIsReportedAsItWasSent) {
  bench b;
  device d;
  b.commit(d, {create(orders, {set(order_note, text("hello")), add(order_count, 4)})});
  b.commit(d, {create(notes, {})});
  b.facts.clear();
  b.pull(d, {1, 0, 1}, 1);
  ASSERT_EQ(b.facts.size(), 5u);
  EXPECT_EQ(b.facts[0].kind, fact_kind::page_served);
  EXPECT_EQ(b.facts[0].endpoint, (endpoint_id{1}));
  EXPECT_EQ(b.facts[0].code, static_cast<std::uint8_t>(telemetry::page_answer::changes));
  EXPECT_EQ(b.facts[0].aux, 1u);
  EXPECT_EQ(b.facts[0].from_sequence, 0u);
  EXPECT_EQ(b.facts[0].sequence, 1u);
  EXPECT_EQ(b.facts[0].wall, 2) << "the feed's head";
  EXPECT_EQ(b.facts[1].kind, fact_kind::feed_entry);
  EXPECT_EQ(b.facts[1].intent, (intent_id{1, 1, 1}));
  EXPECT_EQ(b.facts[2].kind, fact_kind::feed_row);
  EXPECT_EQ(b.facts[3].kind, fact_kind::feed_field);
  EXPECT_EQ(b.facts[3].field, order_note);
  EXPECT_EQ(b.facts[3].digest, digest_of_text("hello"));
  EXPECT_EQ(b.facts[3].other, (intent_id{1, 1, 1}));
  EXPECT_EQ(b.facts[4].field, order_count);
  EXPECT_EQ(b.facts[4].digest, digest_of(std::int64_t{4}));
}

TEST(ServerFacts, ResyncsAndSnapshotsSayWhatTheyAre) {
  bench b({.change = [](options& o) { o.snapshot_page_rows = 1; }});
  device d;
  b.commit(d, {create(orders, {})});
  b.commit(d, {create(orders, {})});
  b.facts.clear();
  b.pull(d, {9, 1, 1});
  const auto id = b.snapshot(d).snapshot();
  b.snapshot(d, id, 1);
  b.snapshot(d, id, 2);
  const auto pages = of_kind(b, fact_kind::page_served);
  ASSERT_EQ(pages.size(), 3u) << "a snapshot that is gone is no page";
  EXPECT_EQ(pages[0].code, static_cast<std::uint8_t>(telemetry::page_answer::resync));
  EXPECT_EQ(pages[0].from_sequence, 1u);
  EXPECT_EQ(pages[1].code, static_cast<std::uint8_t>(telemetry::page_answer::snapshot));
  EXPECT_EQ(pages[1].sequence, 2u);
  EXPECT_EQ(pages[2].code, static_cast<std::uint8_t>(telemetry::page_answer::snapshot_last));
  EXPECT_EQ(of_kind(b, fact_kind::feed_row).size(), 2u);
}

TEST(ServerFacts, RefusalsNameTheClientAndTheStatus) {
  bench b;
  device outsider;
  outsider.id = 3, outsider.user = 3;
  b.pull(outsider, {});
  b.tell(io::availability{false, second_ns, false});
  b.pull(outsider, {});
  ASSERT_EQ(b.facts.size(), 2u);
  EXPECT_EQ(b.facts[0].kind, fact_kind::request_refused);
  EXPECT_EQ(b.facts[0].endpoint, (endpoint_id{3}));
  EXPECT_EQ(b.facts[0].code, 3) << "403, above 400";
  EXPECT_EQ(b.facts[1].code, 103);
}

} // namespace
} // namespace squall::server
