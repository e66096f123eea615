// What a device may change while it is out of contact, and the hints that there is news.
#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

using telemetry::fact_kind;
using telemetry::probe;

// -- the offline rule --------------------------------------------------------------------------------------------------

/// Memos may be changed out of contact where the rule says `limited`.
bench_options memos_offline() {
  return {.change = [](options& o) {
    auto model = std::make_shared<merge::schema>(*o.model);
    model->collections[memos].offline = true;
    o.model = model;
    o.sync.poll_every = minute_ns;
    o.sync.contact_within = 5 * minute_ns;
  }};
}

wire::PullResponse ruling(const bench& b, io::offline_rule rule) {
  auto p = page(b.cursor(), {}, b.cursor().sequence);
  p.set_offline(static_cast<std::uint32_t>(rule));
  return p;
}

void rule(bench& b, io::offline_rule what) {
  b.forget_requests();
  b.wait_for(io::message_class::pull);
  b.pull_request();
  b.reply(ruling(b, what));
}

TEST(OfflineRule, IsDurableAndTold) {
  bench b(memos_offline());
  b.settle_in();
  rule(b, io::offline_rule::limited);
  ASSERT_EQ(b.facts_of(fact_kind::flag_told).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::flag_told)[0].code, 1);
  b.facts.clear();
  rule(b, io::offline_rule::limited);
  EXPECT_TRUE(b.facts_of(fact_kind::flag_told).empty()) << "nothing new";
  b.restart();
  EXPECT_EQ(b.refuse({create(orders, {})}).code, errc::offline_forbidden)
      << "no answer has come since it started, and it remembers";
}

TEST(OfflineRule, LimitedTakesWhatIsMarkedAndStoppedTakesNothingOutOfContact) {
  bench b(memos_offline());
  b.settle_in();
  rule(b, io::offline_rule::limited);
  b.accept({create(orders, {})});
  b.answer_push({applied(11)}); // which says that all is allowed
  rule(b, io::offline_rule::limited);
  b.pass(5 * minute_ns);
  b.accept({create(orders, {})}); // the last answer is just not too old
  b.pass(1);
  EXPECT_EQ(b.refuse({create(orders, {})}).code, errc::offline_forbidden);
  EXPECT_EQ(b.refuse({create(memos, {}), create(orders, {})}).code, errc::offline_forbidden);
  b.accept({create(memos, {})});
  rule(b, io::offline_rule::stopped);
  b.accept({create(orders, {})});
  b.pass(5 * minute_ns + 1);
  EXPECT_EQ(b.refuse({create(memos, {})}).code, errc::offline_forbidden);
  EXPECT_GT(b.rows(), 0u) << "reading is always allowed";
}

TEST(OfflineRule, AnyAnswerButAFailureIsContact) {
  bench b(memos_offline());
  b.settle_in();
  rule(b, io::offline_rule::stopped);
  b.pass(5 * minute_ns + 1);
  b.pull_request();
  wire::PullResponse refused;
  refused.set_status(503);
  b.reply(refused);
  EXPECT_EQ(b.refuse({create(memos, {})}).code, errc::offline_forbidden);
  refused.set_status(429);
  b.reply(refused); // late, and yet an answer
  b.accept({create(memos, {})});
}

TEST(OfflineRule, APushReplyTellsItToo) {
  bench b(memos_offline());
  b.settle_in();
  b.accept({create(memos, {})});
  b.push_request();
  wire::PushResponse r;
  r.set_status(200);
  r.set_generation(generation);
  r.set_offline(2);
  wire::IntentVerdict& one = *r.add_verdicts();
  one.set_seq(1);
  wire::to_wire(applied(11), *one.mutable_verdict());
  b.reply(r);
  ASSERT_EQ(b.facts_of(fact_kind::flag_told).size(), 1u);
  EXPECT_EQ(b.facts_of(fact_kind::flag_told)[0].code, 2);
}

// -- hints -------------------------------------------------------------------------------------------------------------

void hint(bench& b, std::uint64_t head, std::uint32_t scope = 3, std::uint64_t of = generation) {
  wire::Invalidation i;
  i.set_scope(scope);
  i.set_generation(of);
  i.set_head(head);
  b.deliver(wire::seal(i, {.kind = wire::message_kind::invalidation}));
}

TEST(Hint, MakesADeviceThatIsBehindPullWithinASecond) {
  bench b;
  b.settle_in();
  const auto before = b.status();
  hint(b, 11);
  EXPECT_EQ(b.status().known_head, before.known_head) << "nothing of it is believed";
  EXPECT_EQ(b.cursor(), before.at);
  b.pass(second_ns);
  EXPECT_TRUE(b.asked(io::message_class::pull));
  b.answer_pull({}, 10);
  b.forget_requests();
  b.pass(2 * second_ns);
  EXPECT_FALSE(b.asked(io::message_class::pull)) << "a wrong hint costs one pull";
  b.pass(b.settings.sync.poll_every);
  EXPECT_TRUE(b.asked(io::message_class::pull)) << "and polling goes on";
}

TEST(Hint, OfWhatIsThereAlreadyOrOfAnotherScopeChangesNothing) {
  bench b;
  b.settle_in();
  const auto due = b.timers.at(2).due;
  hint(b, 10);
  hint(b, 9);
  hint(b, 50, 4);
  EXPECT_EQ(b.timers.at(2).due, due);
  EXPECT_EQ(b.hits(probe::invalidation_of_old), 2u);
}

TEST(Hint, ThatComesTwiceDoesNotPutThePullOff) {
  bench b;
  b.settle_in();
  hint(b, 11);
  const auto due = b.timers.at(2).due;
  hint(b, 12);
  EXPECT_EQ(b.timers.at(2).due, due);
}

TEST(Hint, DuringAPullLeadsToAnotherIfThePageDidNotBringIt) {
  bench b;
  b.settle_in();
  b.wait_for(io::message_class::pull);
  b.pull_request();
  hint(b, 11);
  b.reply(page(b.cursor(), {}, 10)); // made before
  b.pass(second_ns);
  ASSERT_TRUE(b.asked(io::message_class::pull));
  b.pull_request();
  hint(b, 11);
  b.reply(page(b.cursor(), {entry(11, 0, {2, 1, 1})}, 11));
  b.forget_requests();
  b.pass(2 * second_ns);
  EXPECT_FALSE(b.asked(io::message_class::pull));
}

TEST(Hint, DoesNotShortenWhatTheServerAsked) {
  bench b;
  b.settle_in();
  b.wait_for(io::message_class::pull);
  b.pull_request();
  wire::PullResponse refused;
  refused.set_status(429);
  refused.set_retry_after_ms(30'000);
  b.reply(refused);
  hint(b, 11);
  b.forget_requests();
  b.pass(30 * second_ns - 1);
  EXPECT_FALSE(b.asked(io::message_class::pull));
}

} // namespace
} // namespace squall::client
