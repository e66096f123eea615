// engine/*: what the engine costs by itself, on the simulated disk. `hot`: one device over and over. `round_robin`: 10,000
// devices in turn, so that caches are cold.
#include "bench/loopback.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace squall::bench {
namespace {

std::uint32_t devices_of(const benchmark::State& state) { return static_cast<std::uint32_t>(state.range(0)); }

void names(benchmark::internal::Benchmark* b) { b->ArgName("devices")->Arg(1)->Arg(10'000); }

void pull(loopback& net, std::uint32_t device) {
  net.pass_time(device, 61 * minute_ns);
  net.deliver();
}

/// A device keeps what was acknowledged until its cursor is there: one that never pulls would drag a queue without end.
void catch_up(loopback& net, std::uint32_t device, std::uint32_t pushed) {
  if (pushed % 32 == 0)
    pull(net, device);
}

/// One local write: record and intent in one transaction.
void local_write(benchmark::State& state) {
  loopback net({.devices = devices_of(state)});
  net.settle();
  std::vector<record_id> orders(devices_of(state) + 1);
  for (std::uint32_t d = 1; d <= devices_of(state); ++d)
    orders[d] = net.create_order(d);
  std::uint32_t d = 0, writes = 0;
  for (auto _ : state) {
    d = d % devices_of(state) + 1;
    net.edit_notes(d, orders[d]);
    if (++writes % 1000 == 0) { // queues are emptied off the clock
      state.PauseTiming();
      net.deliver();
      state.ResumeTiming();
    }
  }
}
BENCHMARK(local_write)->Name("engine/local_write")->Apply(names);

/// One intent pushed, committed and acknowledged: encode, send, server's transaction, reply, client's transaction.
void push_one(benchmark::State& state) {
  loopback net({.devices = devices_of(state)});
  net.settle();
  std::vector<record_id> orders(devices_of(state) + 1);
  for (std::uint32_t d = 1; d <= devices_of(state); ++d)
    orders[d] = net.create_order(d);
  net.deliver();
  std::uint32_t d = 0, pushed = 0;
  for (auto _ : state) {
    state.PauseTiming();
    d = d % devices_of(state) + 1;
    catch_up(net, d, ++pushed);
    net.edit_notes(d, orders[d]);
    state.ResumeTiming();
    net.deliver();
  }
}
BENCHMARK(push_one)->Name("engine/push_one")->Apply(names);

/// A batch of 50 intents pushed and acknowledged; per intent.
void push_batch(benchmark::State& state) {
  loopback net({.devices = devices_of(state)});
  net.settle();
  std::uint32_t d = 0;
  for (auto _ : state) {
    state.PauseTiming();
    d = d % devices_of(state) + 1;
    pull(net, d);
    for (int i = 0; i < 50; ++i)
      net.create_order(d);
    state.ResumeTiming();
    net.deliver();
  }
  state.SetItemsProcessed(state.iterations() * 50);
}
BENCHMARK(push_batch)->Name("engine/push_batch_50")->Apply(names)->Iterations(2000);

/// A device applies a page of up to 100 entries that its team mate wrote: request, server's read, client's transaction.
void pull_page(benchmark::State& state) {
  loopback net({.devices = std::max(2u, devices_of(state)), .team_size = 2});
  net.settle();
  const std::uint32_t pairs = std::max(2u, devices_of(state)) / 2;
  std::uint32_t pair = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::uint32_t author = 2 * pair + 1, reader = 2 * pair + 2;
    pair = (pair + 1) % pairs;
    for (int i = 0; i < 100; ++i)
      net.create_order(author);
    net.deliver();
    net.pass_time(reader, 30 * minute_ns);
    state.ResumeTiming();
    net.pass_time(reader, 31 * minute_ns);
    net.deliver();
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(pull_page)->Name("engine/pull_page_100")->Apply(names)->Iterations(1000);

/// A poll that brings nothing.
void pull_nothing(benchmark::State& state) {
  loopback net({.devices = devices_of(state)});
  net.settle();
  std::uint32_t d = 0;
  for (auto _ : state) {
    d = d % devices_of(state) + 1;
    net.pass_time(d, 61 * minute_ns);
    net.deliver();
  }
}
BENCHMARK(pull_nothing)->Name("engine/pull_nothing")->Apply(names);

} // namespace
} // namespace squall::bench
