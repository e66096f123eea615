#include "actors/kernel/kernel.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"

#include <caf/all.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace squall::actors {
namespace {

/// A node whose handler is given by the test.
class scripted : public node {
public:
  using handler = std::function<void(scripted&, kernel_event&)>;
  scripted(caf::actor_config& config, node_seat seat, handler h) : node(config, seat), handler_(std::move(h)) {}
  void on_event(kernel_event& event) override { handler_(*this, event); }
  std::string_view role() const noexcept override { return "scripted"; }

private:
  handler handler_;
};

event_place place(time_ns at, std::uint64_t order, node_index receiver = 0, std::uint32_t kind = 0) {
  return {.at_ns = at, .order = order, .receiver = receiver, .kind = kind};
}

TEST(Kernel, DeliversWhatWasScheduledWhenItIsDue) {
  std::vector<std::tuple<time_ns, std::uint32_t, std::uint64_t, std::string>> seen;
  kernel k({});
  EXPECT_EQ(k.now_ns(), 1);
  k.spawn<scripted>([&](scripted& self, kernel_event& e) {
    EXPECT_EQ(self.host().now_ns(), e.at_ns);
    seen.emplace_back(e.at_ns, e.kind, e.a + e.h, std::move(e.bytes));
  });
  auto late = k.schedule(place(3 * second_ns, 0, 0, 9));
  late.event.a = 40;
  late.event.h = 2;
  late.event.bytes = "a text that is too long to be kept in the string itself";
  k.schedule(place(second_ns, 0, 0, 8));
  EXPECT_EQ(k.run(2 * second_ns).end, run_end::reached_time);
  EXPECT_EQ(k.now_ns(), 2 * second_ns);
  const run_outcome rest = k.run();
  EXPECT_EQ(rest.end, run_end::idle);
  EXPECT_EQ(rest.delivered, 1u);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], std::make_tuple(second_ns, 8u, 0ull, std::string()));
  EXPECT_EQ(seen[1], std::make_tuple(3 * second_ns, 9u, 42ull,
                                     std::string("a text that is too long to be kept in the string itself")));
  EXPECT_EQ(k.now_ns(), 3 * second_ns);
}

TEST(Kernel, OrdersAnInstantByOrderAndNotByScheduling) {
  const auto run = [](bool reversed) {
    std::vector<std::uint64_t> seen;
    kernel k({});
    for (int i = 0; i < 4; ++i)
      k.spawn<scripted>([&](scripted&, kernel_event& e) { seen.push_back(e.order); });
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const std::uint64_t n = reversed ? 999 - i : i;
      k.schedule(place(second_ns, mix(n, 77), n % 4));
    }
    k.run();
    return seen;
  };
  const auto seen = run(false);
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen, run(true));
}

TEST(Kernel, DeliversAnInstantsNewEventsWithinIt) {
  std::vector<std::pair<time_ns, std::uint64_t>> seen;
  kernel k({});
  k.spawn<scripted>([&](scripted& self, kernel_event& e) {
    seen.emplace_back(e.at_ns, e.order);
    if (e.order < 3)
      self.host().schedule(place(e.at_ns, e.order + 1));
    if (e.order == 3)
      self.host().schedule(place(e.at_ns - second_ns, 0, 0)).event.order = 9; // the past stands for now
  });
  k.schedule(place(5 * second_ns, 0));
  k.schedule(place(5 * second_ns + 1, 0));
  EXPECT_EQ(k.run(5 * second_ns).delivered, 5u);
  const std::vector<std::pair<time_ns, std::uint64_t>> want = {
      {5 * second_ns, 0}, {5 * second_ns, 1}, {5 * second_ns, 2}, {5 * second_ns, 3}, {5 * second_ns, 9}};
  EXPECT_EQ(seen, want);
}

TEST(Kernel, CancelsOnceAndOnlyWhatWaits) {
  kernel k({});
  int delivered = 0;
  event_handle own;
  k.spawn<scripted>([&](scripted& self, kernel_event&) {
    ++delivered;
    EXPECT_FALSE(self.host().cancel(own)) << "an event cannot cancel itself any more";
  });
  own = k.schedule(place(second_ns, 0)).handle;
  const event_handle other = k.schedule(place(2 * second_ns, 0)).handle;
  EXPECT_TRUE(k.pending(other));
  EXPECT_TRUE(k.cancel(other));
  EXPECT_FALSE(k.pending(other));
  EXPECT_FALSE(k.cancel(other));
  EXPECT_FALSE(k.cancel({}));
  EXPECT_EQ(k.run().end, run_end::idle);
  EXPECT_EQ(delivered, 1);
  EXPECT_FALSE(k.cancel(own));
}

TEST(Kernel, CancelsAnEventOfTheInstantThatRuns) {
  kernel k({});
  std::vector<std::uint64_t> seen;
  event_handle second;
  k.spawn<scripted>([&](scripted& self, kernel_event& e) {
    seen.push_back(e.order);
    if (e.order == 1) {
      EXPECT_TRUE(self.host().cancel(second));
    }
  });
  k.schedule(place(second_ns, 1));
  second = k.schedule(place(second_ns, 2)).handle;
  k.schedule(place(second_ns, 3));
  k.run();
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 3}));
}

TEST(Kernel, DoesNotTakeAStaleHandleForItsSuccessor) {
  kernel k({});
  int delivered = 0;
  k.spawn<scripted>([&](scripted&, kernel_event&) { ++delivered; });
  const event_handle old = k.schedule(place(second_ns, 0)).handle;
  k.run();
  const event_handle young = k.schedule(place(2 * second_ns, 0)).handle;
  EXPECT_EQ(old.slot, young.slot);
  EXPECT_FALSE(k.cancel(old));
  k.run();
  EXPECT_EQ(delivered, 2);
}

TEST(Kernel, ReachesTimersYearsAway) {
  kernel k({});
  std::vector<time_ns> seen;
  k.spawn<scripted>([&](scripted&, kernel_event& e) { seen.push_back(e.at_ns); });
  const duration_ns day_ns = 24 * hour_ns;
  std::vector<time_ns> want;
  for (int i = 1; i <= 40; ++i)
    want.push_back(i * 91 * day_ns + i);
  for (auto at = want.rbegin(); at != want.rend(); ++at)
    k.schedule(place(*at, 0));
  k.run();
  EXPECT_EQ(seen, want);
}

TEST(Kernel, StopsAfterTheEventThatAsksForIt) {
  kernel k({});
  k.spawn<scripted>([&](scripted& self, kernel_event& e) {
    if (e.order == 2)
      self.host().stop();
  });
  for (std::uint64_t i = 1; i <= 4; ++i)
    k.schedule(place(second_ns, i));
  const run_outcome first = k.run();
  EXPECT_EQ(first.end, run_end::stopped);
  EXPECT_EQ(first.delivered, 2u);
  EXPECT_EQ(k.run().delivered, 2u);
}

TEST(Kernel, CountsEventsForANodeThatHasQuit) {
  kernel k({});
  k.spawn<scripted>([&](scripted& self, kernel_event&) { self.quit(); });
  for (int i = 1; i <= 3; ++i)
    k.schedule(place(i, 0));
  EXPECT_EQ(k.run().delivered, 1u);
  EXPECT_EQ(k.counts().undeliverable, 2u);
}

// -- budgets ----------------------------------------------------------------------------------------------------------

TEST(KernelBudget, NamesWhoLoopsInOneInstant) {
  kernel k({.events_per_instant_max = 10'000});
  for (int i = 0; i < 3; ++i)
    k.spawn<scripted>([&](scripted& self, kernel_event& e) {
      if (self.index() != 0) // 1 and 2 hand the event to each other for ever
        self.host().schedule(place(e.at_ns, e.order + 1, 3 - self.index(), 4));
    });
  k.schedule(place(second_ns, 0, 0, 1));
  k.schedule(place(second_ns, 0, 1, 4));
  const run_outcome outcome = k.run();
  EXPECT_EQ(outcome.end, run_end::instant_budget);
  EXPECT_EQ(outcome.delivered, 10'000u);
  ASSERT_EQ(outcome.loop.size(), 2u);
  EXPECT_EQ(outcome.loop[0].role, "scripted");
  EXPECT_EQ(outcome.loop[0].kind, 4u);
  EXPECT_EQ(outcome.loop[0].index + outcome.loop[1].index, 3u);
  EXPECT_EQ(outcome.loop[0].deliveries, 2048u);
  EXPECT_THAT(describe(outcome, k.now_ns()), ::testing::HasSubstr("events of one instant used up at 1.000000000 s: "));
  EXPECT_THAT(describe(outcome, k.now_ns()), ::testing::HasSubstr("scripted 2 kind 4 (50 %)"));
}

TEST(KernelBudget, CountsEachInstantAnew) {
  kernel k({.events_per_instant_max = 100});
  k.spawn<scripted>([](scripted&, kernel_event&) {});
  for (int i = 0; i < 1000; ++i)
    k.schedule(place(1 + i / 100 * second_ns, mix(i, 5)));
  EXPECT_EQ(k.run().end, run_end::idle);
  EXPECT_EQ(k.counts().delivered, 1000u);
}

TEST(KernelBudget, EndsARunThatNeverSettles) {
  kernel k({.events_per_run_max = 50'000});
  k.spawn<scripted>([](scripted& self, kernel_event& e) { self.host().schedule(place(e.at_ns + second_ns, 0, 0, 6)); });
  k.schedule(place(1, 0));
  const run_outcome outcome = k.run();
  EXPECT_EQ(outcome.end, run_end::run_budget);
  EXPECT_EQ(outcome.delivered, 50'000u);
  ASSERT_EQ(outcome.loop.size(), 1u);
  EXPECT_EQ(outcome.loop[0].kind, 6u);
}

// -- plain CAF messages and timers ------------------------------------------------------------------------------------

using poke = caf::atom_constant<caf::atom("poke")>;

/// Passes messages on to itself and others by CAF's means, and writes down when it gets what.
class talker : public scripted {
public:
  using scripted::scripted;
  std::function<void(talker&, std::uint64_t)> poked;

protected:
  caf::behavior make_behavior() override {
    return {[this](poke, std::uint64_t n) { poked(*this, n); }, [](caf::ok_atom, std::uint64_t n) { return n + 1; }};
  }
};

TEST(KernelMessages, RunAtTheInstantAtWhichTheyWereSent) {
  kernel k({});
  std::vector<std::pair<time_ns, std::string>> seen;
  auto& b = k.spawn<talker>([](scripted&, kernel_event&) {});
  b.poked = [&](talker& self, std::uint64_t n) {
    seen.emplace_back(self.host().now_ns(), "poke " + std::to_string(n));
  };
  k.spawn<scripted>([&](scripted& self, kernel_event& e) {
    seen.emplace_back(e.at_ns, "event");
    self.send(caf::actor_cast<caf::actor>(&b), poke::value, std::uint64_t{1});
    self.delayed_send(caf::actor_cast<caf::actor>(&b), std::chrono::milliseconds(500), poke::value, std::uint64_t{2});
  });
  k.schedule(place(second_ns, 0, 1));
  k.schedule(place(second_ns, 1, 1));
  EXPECT_EQ(k.run().end, run_end::idle);
  const time_ns later = second_ns + 500 * millisecond_ns;
  const std::vector<std::pair<time_ns, std::string>> want = {{second_ns, "event"}, {second_ns, "poke 1"},
                                                             {second_ns, "event"}, {second_ns, "poke 1"},
                                                             {later, "poke 2"},    {later, "poke 2"}};
  EXPECT_EQ(seen, want);
}

TEST(KernelMessages, LoopOfMessagesIsFound) {
  kernel k({.events_per_instant_max = 20'000});
  auto& a = k.spawn<talker>([](scripted&, kernel_event&) {});
  a.poked = [](talker& self, std::uint64_t n) { self.send(&self, poke::value, n); };
  caf::anon_send(caf::actor_cast<caf::actor>(&a), poke::value, std::uint64_t{0});
  const run_outcome outcome = k.run();
  EXPECT_EQ(outcome.end, run_end::instant_budget);
  ASSERT_EQ(outcome.loop.size(), 1u);
  EXPECT_EQ(outcome.loop[0].kind, loop_member::mailbox_kind);
  EXPECT_THAT(describe(outcome, k.now_ns()), ::testing::HasSubstr("scripted 0 messages (100 %)"));
}

class slow_to_answer final : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[this](caf::get_atom) -> caf::result<int> {
              promise_ = make_response_promise<int>();
              caf::delayed_anon_send(caf::actor_cast<caf::actor>(this), std::chrono::seconds(1), caf::ok_atom::value);
              return promise_;
            },
            [this](caf::ok_atom) { promise_.deliver(7); }};
  }

private:
  caf::typed_response_promise<int> promise_;
};

class deaf_actor final : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    set_default_handler(caf::skip);
    return {[](caf::unit_t) {}};
  }
};

TEST(KernelMessages, EventsWaitWhileTheirNodeAwaitsAnAnswer) {
  kernel k({});
  std::vector<std::string> seen;
  auto slow = k.system().spawn<slow_to_answer>();
  k.adopt(slow);
  k.spawn<scripted>([&](scripted& self, kernel_event& e) {
    seen.push_back("event " + std::to_string(e.a) + e.bytes);
    if (e.a == 1)
      self.request(slow, caf::infinite, caf::get_atom::value).await([&](int n) {
        seen.push_back("answer " + std::to_string(n));
      });
  });
  k.schedule(place(1, 0)).event.a = 1;
  auto second = k.schedule(place(2, 0));
  second.event.a = 2;
  second.event.bytes = " with bytes that do not fit into the string itself";
  k.schedule(place(2 * second_ns, 0)).event.a = 3;
  k.run();
  EXPECT_EQ(seen, (std::vector<std::string>{"event 1", "answer 7",
                                            "event 2 with bytes that do not fit into the string itself", "event 3"}));
}

TEST(KernelMessages, RequestTimeoutsUseVirtualTime) {
  kernel k({});
  time_ns failed_at = 0;
  auto deaf = k.system().spawn<deaf_actor>();
  k.adopt(deaf);
  k.spawn<scripted>([&](scripted& self, kernel_event&) {
    self.request(deaf, std::chrono::seconds(30), caf::get_atom::value)
        .then([](int) {}, [&](caf::error&) { failed_at = self.host().now_ns(); });
  });
  k.schedule(place(second_ns, 0));
  k.run();
  EXPECT_EQ(failed_at, 31 * second_ns);
}

} // namespace
} // namespace squall::actors
