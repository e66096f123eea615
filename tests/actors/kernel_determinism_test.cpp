#include "actors/kernel/kernel.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <dirent.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace squall::actors {
namespace {

using hop = caf::atom_constant<caf::atom("hop")>;
using who = caf::atom_constant<caf::atom("who")>;

/// Everything that happened, in order.
struct trace {
  std::uint64_t digest = 0;
  std::uint64_t steps = 0;
  void add(std::uint64_t word) {
    digest = mix(digest, word);
    ++steps;
  }
};

struct world {
  std::uint64_t seed = 1;
  std::uint32_t nodes = 0;
  trace seen;
  std::uint64_t left = 0; ///< steps before all fall silent
};

/// Uses every way there is to be heard: events now and later, cancelled ones, messages, delayed messages, requests that are
/// answered or time out, and receive timeouts.
class wanderer final : public node {
public:
  wanderer(caf::actor_config& config, node_seat seat, world& w) : node(config, seat), world_(w) {}

  void on_event(kernel_event& e) override {
    note(1, e.kind + e.a + e.bytes.size());
    act();
  }

protected:
  caf::behavior make_behavior() override {
    return {[this](hop, std::uint64_t n) {
              note(2, n);
              act();
            },
            [this](who) {
              note(3, 0);
              return index();
            },
            caf::after(std::chrono::milliseconds(40)) >> [this] { note(4, 0); }};
  }

private:
  void note(std::uint64_t what, std::uint64_t detail) {
    world_.seen.add(mix(mix(static_cast<std::uint64_t>(host().now_ns()), index()), mix(what, detail)));
  }
  void act() {
    if (world_.left == 0)
      return;
    --world_.left;
    const draw_block bits = draw(world_.seed, draw_domain::link, index(), acts_++);
    const auto to = static_cast<node_index>(below(bits.high, world_.nodes));
    const time_ns at = host().now_ns() + static_cast<time_ns>(below(bits.low, 20 * millisecond_ns));
    const auto peer = caf::actor_cast<caf::actor>(&host().at(to));
    switch (bits.low % 8) {
      case 0: send(peer, hop::value, bits.high); break;
      case 1: delayed_send(peer, std::chrono::nanoseconds(at - host().now_ns()), hop::value, bits.low); break;
      case 2:
        request(peer, std::chrono::milliseconds(5), who::value)
            .then([this](node_index n) { note(5, n), act(); }, [this](caf::error&) { note(6, 0), act(); });
        break;
      case 3:
        note(7, host().cancel(last_));
        post(host().now_ns(), to, bits.high, 3);
        break;
      case 4:
        post(at, to, bits.high, 4);
        last_ = post(at + 1, to, bits.low, 5);
        break;
      default: post(at, to, bits.high, 6); break;
    }
  }
  event_handle post(time_ns at, node_index to, std::uint64_t order, std::uint32_t kind) {
    auto [handle, event] = host().schedule({.at_ns = at, .order = order, .receiver = to, .kind = kind});
    event.a = order % 97;
    event.bytes.assign(order % 50, 'b');
    return handle;
  }

  world& world_;
  std::uint32_t acts_ = 0;
  event_handle last_;
};

trace wander(std::uint64_t seed, std::uint32_t nodes, std::uint64_t steps) {
  world w{.seed = seed, .nodes = nodes, .left = steps};
  kernel k({.seed = seed, .nodes_expected = nodes});
  for (node_index i = 0; i < nodes; ++i)
    k.spawn<wanderer>(w);
  for (node_index i = 0; i < nodes; ++i)
    k.schedule({.at_ns = 1 + i % 3, .order = mix(seed, i), .receiver = i});
  const run_outcome outcome = k.run(k.now_ns() + 3 * second_ns);
  EXPECT_NE(outcome.end, run_end::instant_budget);
  w.seen.add(k.counts().resumed);
  w.seen.add(static_cast<std::uint64_t>(k.now_ns()));
  EXPECT_GT(k.counts().resumed, steps / 20) << "messages took part";
  return w.seen;
}

TEST(KernelDeterminism, GivesOneTraceHoweverOftenItRuns) {
  const trace first = wander(7, 50, 20'000);
  EXPECT_GT(first.steps, 20'000u);
  for (int i = 0; i < 3; ++i) {
    const trace again = wander(7, 50, 20'000);
    EXPECT_EQ(again.digest, first.digest);
    EXPECT_EQ(again.steps, first.steps);
  }
}

TEST(KernelDeterminism, GivesAnotherTraceForAnotherSeed) {
  EXPECT_NE(wander(7, 50, 5000).digest, wander(8, 50, 5000).digest);
}

RC_GTEST_PROP(KernelDeterminism, DoesNotSeeWhereMemoryLies, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto nodes = *rc::gen::inRange<std::uint32_t>(1, 40);
  const trace clean = wander(seed, nodes, 500);
  std::vector<std::unique_ptr<char[]>> garbage;
  for (const std::size_t size : *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 5000)))
    garbage.push_back(std::make_unique<char[]>(size));
  for (std::size_t i = 0; i < garbage.size(); i += 2)
    garbage[i].reset();
  RC_ASSERT(wander(seed, nodes, 500).digest == clean.digest);
}

TEST(KernelDeterminism, RemovingAnEventReordersNoOthers) {
  const auto run = [](int removed) {
    std::vector<std::uint64_t> seen;
    class listener final : public node {
    public:
      listener(caf::actor_config& config, node_seat seat, std::vector<std::uint64_t>& out)
          : node(config, seat), out_(out) {}
      void on_event(kernel_event& e) override { out_.push_back(e.a); }

    private:
      std::vector<std::uint64_t>& out_;
    };
    kernel k({});
    k.spawn<listener>(seen);
    for (int i = 0; i < 300; ++i)
      if (i != removed)
        k.schedule({.at_ns = second_ns + i % 5, .order = mix(i, 3)}).event.a = static_cast<std::uint64_t>(i);
    k.run();
    return seen;
  };
  auto all = run(-1);
  ASSERT_EQ(all.size(), 300u);
  std::erase(all, 123u);
  EXPECT_EQ(run(123), all);
}

// -- teardown ---------------------------------------------------------------------------------------------------------

std::size_t threads() {
  std::size_t n = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks))
    n += entry->d_name[0] != '.';
  closedir(tasks);
  return n;
}

TEST(KernelTeardown, EndsActorsInEveryState) {
  struct counted {
    explicit counted(int& n) : live(&n) { ++*live; }
    ~counted() { --*live; }
    int* live;
  };
  class holder final : public node {
  public:
    holder(caf::actor_config& config, node_seat seat, int& live) : node(config, seat), token_(live) {}
    void on_event(kernel_event& e) override {
      const auto next = caf::actor_cast<caf::actor>(&host().at((index() + 1) % 5));
      switch (e.kind) {
        case 1: request(next, caf::infinite, who::value).await([](node_index) {}); break; // never answered
        case 2: request(next, std::chrono::minutes(60), who::value).then([](node_index) {}); break;
        case 3: delayed_send(next, std::chrono::minutes(60), hop::value); break;
        case 4: link_to(next), monitor(next); break;
        default: break; // with events still pending
      }
    }

  protected:
    caf::behavior make_behavior() override {
      set_default_handler(caf::skip);
      return {[](caf::unit_t) {}};
    }

  private:
    counted token_;
  };
  int live = 0;
  for (int round = 0; round < 3; ++round) {
    kernel k({});
    for (int i = 0; i < 6; ++i) // the last one never hears anything
      k.spawn<holder>(live);
    for (std::uint32_t i = 0; i < 5; ++i) {
      k.schedule({.at_ns = 1, .order = i, .receiver = i, .kind = i});
      k.schedule({.at_ns = hour_ns, .order = i, .receiver = i}).event.bytes = std::string(1000, 'x');
    }
    EXPECT_EQ(k.run(second_ns).end, run_end::reached_time);
    EXPECT_EQ(live, 6);
    EXPECT_EQ(threads(), 1u);
  }
  EXPECT_EQ(live, 0);
}

TEST(KernelTeardown, WithoutEverRunning) {
  kernel k({});
  EXPECT_EQ(k.node_count(), 0u);
}

TEST(KernelTeardown, HappensToOneKernelWhileAnotherLives) {
  auto first = std::make_unique<kernel>(kernel_options{});
  const trace alone = wander(3, 10, 1000);
  kernel second({});
  first.reset();
  EXPECT_EQ(wander(3, 10, 1000).digest, alone.digest);
}

} // namespace
} // namespace squall::actors
