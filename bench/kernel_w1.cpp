// What a delivered message costs: N nodes with one 64-byte message each in flight, latency uniform in 10 to 200 ms; who gets
// a request replies, who gets a reply asks a new partner. The time of an iteration is the time of one message.
//
//   bare_heap4  hand-written loop on a 4-ary heap, a plain generator: what a special-purpose simulator might do
//   bare_wheel  the same loop on the kernel's slab and pending set
//   control     and a virtual call, one keyed draw a message, a look at the link's faults, a rolling digest
//   actors      exactly control's work in nodes under the kernel, delivered through CAF
#include "actors/kernel/event_slab.hpp"
#include "actors/kernel/kernel.hpp"
#include "actors/kernel/pending_set.hpp"
#include "actors/kernel/prefetch.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace squall::actors {
namespace {

constexpr duration_ns latency_min_ns = 10 * millisecond_ns;
constexpr duration_ns latency_span_ns = 190 * millisecond_ns;
constexpr std::uint64_t seed = 42;
constexpr std::int64_t batch = 10'000;

enum kind : std::uint32_t { request = 0, reply = 1 };

struct node_state {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  std::uint64_t sum = 0;
};

std::uint64_t total(const kernel_event& e) { return e.a + e.b + e.c + e.d + e.e + e.f + e.g + e.h; }

/// The sender's index travels in `a`; the rest stands for a message's content.
void fill(kernel_event& e, node_index from, std::uint64_t content) {
  e.a = from;
  e.b = content + 1;
  e.c = content + 2;
  e.d = content + 3;
  e.e = content + 4;
  e.f = content + 5;
  e.g = content + 6;
  e.h = content + 7;
}

/// SplitMix64, for the loops whose draws are not keyed.
struct plain_generator {
  std::uint64_t state = seed;
  std::uint64_t next() { return mix(state += 0x9E3779B97F4A7C15ull, 0); }
};

/// What control and actors do for a message beyond moving it.
struct environment {
  explicit environment(std::uint32_t nodes) : count(nodes), partition(nodes, 0) {}

  struct link_fate {
    bool arrives = true;
    duration_ns latency_ns = 0;
    node_index partner = 0;
  };
  /// One block of the link's stream decides latency, loss and, for a request, to whom it goes.
  link_fate send(time_ns now, node_index from, std::uint64_t ordinal) {
    const draw_block bits =
        draw(seed, draw_domain::link, mix(from, static_cast<std::uint64_t>(now)), static_cast<std::uint32_t>(ordinal));
    const auto partner = static_cast<node_index>(below(bits.high, count));
    const bool parted = partition[from] != partition[partner] || happens(bits.low << 32, loss_ppm);
    return {!parted, latency_min_ns + static_cast<duration_ns>(below(bits.low, latency_span_ns)), partner};
  }
  void record(time_ns at, node_index receiver, std::uint64_t sum) {
    digest = mix(digest ^ static_cast<std::uint64_t>(at), sum + receiver);
  }

  std::uint32_t count;
  std::vector<std::uint8_t> partition; ///< nodes of different groups cannot talk
  std::uint32_t loss_ppm = 0;
  std::uint64_t digest = 0;
  std::uint64_t left = 0; ///< messages to deliver before the loop pauses
};

struct outgoing {
  time_ns at_ns = 0;
  node_index to = 0;
  std::uint32_t kind = 0;
};

/// Handles one message as control and actors do it; returns what is sent in turn.
outgoing react(environment& env, node_state& self, node_index index, const kernel_event& e) {
  const std::uint64_t sum = total(e);
  ++self.received;
  self.sum += sum;
  env.record(e.at_ns, index, sum);
  const auto fate = env.send(e.at_ns, index, self.sent++);
  const node_index to = e.kind == request ? static_cast<node_index>(e.a) : fate.partner;
  // A lost message would take its node out of the workload, so it comes late instead.
  return {e.at_ns + fate.latency_ns + (fate.arrives ? 0 : second_ns), to, e.kind == request ? reply : request};
}

// -- the loops --------------------------------------------------------------------------------------------------------

/// A 4-ary heap of the wheel's own keys; children of one parent share a cache line.
class heap4 {
public:
  explicit heap4(event_slab& slab) : slab_(slab) { keys_.reserve(1 << 16); }

  void push(time_ns at, std::uint64_t order, std::uint32_t slot) {
    const auto key = pending_key::make(static_cast<std::uint64_t>(at), order, slot);
    std::size_t i = keys_.size();
    keys_.push_back(key);
    for (; i > 0 && less(key, keys_[(i - 1) / 4]); i = (i - 1) / 4)
      keys_[i] = keys_[(i - 1) / 4];
    keys_[i] = key;
  }
  template <class Open>
  std::uint32_t pop(time_ns, Open) {
    const std::uint32_t slot = keys_.front().slot();
    const pending_key key = keys_.back();
    keys_.pop_back();
    const std::size_t n = keys_.size();
    for (std::size_t i = 0; n > 0;) {
      const std::size_t first = 4 * i + 1;
      std::size_t best = first;
      for (std::size_t c = first + 1; c < std::min(first + 4, n); ++c)
        best = less(keys_[c], keys_[best]) ? c : best;
      if (first >= n || !less(keys_[best], key)) {
        keys_[i] = key;
        break;
      }
      keys_[i] = keys_[best];
      i = best;
    }
    return slot;
  }

private:
  static bool less(const pending_key& x, const pending_key& y) {
    return (static_cast<unsigned __int128>(x.at) << 64 | x.tag) < (static_cast<unsigned __int128>(y.at) << 64 | y.tag);
  }
  event_slab& slab_;
  std::vector<pending_key> keys_;
};

/// Slab and pending set as the kernel has them, without the kernel.
template <class Set>
struct loop {
  template <class... Ts>
  explicit loop(Ts... arguments) : pending(slab, arguments...) {}

  void send(outgoing out, node_index from, std::uint64_t order) {
    const event_handle handle = slab.acquire();
    kernel_event& e = slab[handle.slot];
    e.at_ns = out.at_ns;
    e.order = order;
    e.kind = out.kind;
    e.receiver = out.to;
    fill(e, from, order);
    pending.push(out.at_ns, order, handle.slot);
  }
  template <class Fetch, class Take>
  void run(std::int64_t messages, Fetch fetch, Take take) {
    for (std::int64_t i = 0; i < messages; ++i) {
      const std::uint32_t slot = pending.pop(end_of_time_ns, fetch);
      slab.retire(slot);
      take(slab[slot]);
      slab.release(slot);
    }
  }

  event_slab slab;
  Set pending;
};

template <class Set, class... Ts>
void bare(benchmark::State& state, Ts... arguments) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  loop<Set> l(arguments...);
  std::vector<node_state> nodes(count);
  plain_generator random;
  std::uint64_t serial = 0;
  const auto send = [&](time_ns now, node_index from, node_index to, std::uint32_t kind) {
    const auto latency = latency_min_ns + static_cast<duration_ns>(below(random.next(), latency_span_ns));
    l.send({now + latency, to, kind}, from, ++serial << 24);
  };
  const auto partner = [&] { return static_cast<node_index>(below(random.next(), count)); };
  for (node_index i = 0; i < count; ++i)
    send(1, i, partner(), request);
  const auto fetch = [&](std::uint32_t slot) { prefetch_line(&nodes[l.slab[slot].receiver]); };
  const auto take = [&](kernel_event& e) {
    node_state& self = nodes[e.receiver];
    ++self.received;
    self.sum += total(e);
    ++self.sent;
    if (e.kind == request)
      send(e.at_ns, e.receiver, static_cast<node_index>(e.a), reply);
    else
      send(e.at_ns, e.receiver, partner(), request);
  };
  l.run(4 * count, fetch, take);
  while (state.KeepRunningBatch(batch))
    l.run(batch, fetch, take);
  benchmark::DoNotOptimize(nodes.front().sum);
}

class control_node {
public:
  virtual ~control_node() = default;
  virtual void on_event(kernel_event& e) = 0;
};

class control_peer final : public control_node {
public:
  control_peer(loop<pending_set<event_slab>>& l, environment& env, node_index index)
      : loop_(l), env_(env), index_(index) {}
  void on_event(kernel_event& e) override {
    const outgoing out = react(env_, state_, index_, e);
    loop_.send(out, index_, env_.digest);
  }

private:
  loop<pending_set<event_slab>>& loop_;
  environment& env_;
  node_state state_;
  node_index index_;
};

class peer final : public node {
public:
  peer(caf::actor_config& config, node_seat seat, environment& env) : node(config, seat), env_(env) {}
  void on_event(kernel_event& e) override {
    const outgoing out = react(env_, state_, index(), e);
    auto [handle, sent] =
        host().schedule({.at_ns = out.at_ns, .order = env_.digest, .receiver = out.to, .kind = out.kind});
    fill(sent, index(), env_.digest);
    if (--env_.left == 0)
      host().stop();
  }

private:
  environment& env_;
  node_state state_;
};

// -- benchmarks -------------------------------------------------------------------------------------------------------

void bare_heap4(benchmark::State& state) { bare<heap4>(state); }
void bare_wheel(benchmark::State& state) {
  bare<pending_set<event_slab>>(state, bucket_log2_for(static_cast<std::uint32_t>(state.range(0))));
}

/// Of the first messages; the same for control and actors, or they do not do the same.
void note_digest(benchmark::State& state, const environment& env) {
  state.counters["digest_low"] = static_cast<double>(env.digest & 0xffff);
}

void control(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  loop<pending_set<event_slab>> l(bucket_log2_for(count));
  environment env(count);
  std::vector<std::unique_ptr<control_node>> nodes;
  for (node_index i = 0; i < count; ++i)
    nodes.push_back(std::make_unique<control_peer>(l, env, i));
  for (node_index i = 0; i < count; ++i) {
    const auto fate = env.send(1, i, ~0u);
    l.send({1 + fate.latency_ns, fate.partner, request}, i, mix(i, 0));
  }
  const auto fetch = [&](std::uint32_t slot) { prefetch_line(nodes[l.slab[slot].receiver].get()); };
  const auto take = [&](kernel_event& e) { nodes[e.receiver]->on_event(e); };
  l.run(4 * count, fetch, take);
  note_digest(state, env);
  while (state.KeepRunningBatch(batch))
    l.run(batch, fetch, take);
}

void actors(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  kernel k({.seed = seed, .nodes_expected = count});
  environment env(count);
  for (node_index i = 0; i < count; ++i)
    k.spawn<peer>(env);
  for (node_index i = 0; i < count; ++i) {
    const auto fate = env.send(1, i, ~0u);
    auto [handle, e] =
        k.schedule({.at_ns = 1 + fate.latency_ns, .order = mix(i, 0), .receiver = fate.partner, .kind = request});
    fill(e, i, mix(i, 0));
  }
  const auto run = [&](std::uint64_t messages) {
    env.left = messages;
    CHECK(k.run().end == run_end::stopped);
  };
  run(4 * count);
  note_digest(state, env);
  while (state.KeepRunningBatch(batch))
    run(batch);
}

double smallest(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

void add(const std::string& name, void (*f)(benchmark::State&), std::initializer_list<std::int64_t> sizes) {
  auto* b = benchmark::RegisterBenchmark(("kernel/w1/" + name).c_str(), f);
  for (const std::int64_t size : sizes)
    b->Arg(size);
  b->ComputeStatistics("min", smallest);
}

[[maybe_unused]] const bool registered = [] {
  add("bare_heap4", bare_heap4, {10'000});
  add("bare_wheel", bare_wheel, {100, 1'000, 10'000});
  add("control", control, {100, 1'000, 10'000});
  add("actors", actors, {100, 1'000, 10'000});
  return true;
}();

} // namespace
} // namespace squall::actors
