// A server that forgets, and devices that tell it how far they are.
#pragma once

#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

namespace squall::server {

inline constexpr duration_ns remembered = 10 * minute_ns, away_at_most = 20 * minute_ns;

inline device numbered(std::uint32_t id) {
  device d;
  d.id = id;
  return d;
}

struct forgetful {
  explicit forgetful(std::vector<telemetry::sabotage> bugs = {}, std::function<void(options&)> change = {})
      : b({.sabotages = std::move(bugs), .change = [change](options& o) {
             o.tombstones_for = remembered;
             o.device_expires_after = away_at_most;
             if (change)
               change(o);
           }}) {}

  void pass(duration_ns t) { b.now.wall += t; }

  struct told {
    std::uint64_t cursor = 0;
    std::uint32_t incarnation = 1;
    std::uint64_t verdicts_through = 0;
  };
  wire::PullResponse pull(const device& d, told t) {
    wire::PullRequest r;
    r.set_token(b.token(d.id, d.user));
    r.set_device(d.id);
    r.set_incarnation(t.incarnation);
    r.set_scope(d.scope.value);
    if (t.cursor > 0) {
      r.mutable_cursor()->set_generation(1);
      r.mutable_cursor()->set_sequence(t.cursor);
      r.mutable_cursor()->set_scope_version(1);
    }
    r.set_verdicts_through(t.verdicts_through);
    const auto c = b.send(r);
    b.drain();
    return b.pull_reply(c);
  }
  /// A record that was made and removed; the sequence of the removal.
  std::uint64_t removed(device& d, record_id* which = nullptr) {
    const auto made = d.act({create(orders, {set(order_note, text("short-lived")), add(order_count, 3)})});
    EXPECT_EQ(b.push(d, {made}).verdicts_size(), 1);
    if (which)
      *which = made.operations[0].record;
    d.seen.sequence = b.server->head({1})->sequence;
    return b.commit(d, {remove(orders, made.operations[0].record)});
  }
  verdict push(device& d, std::vector<operation> operations) {
    const auto reply = b.push(d, {d.act(std::move(operations))});
    EXPECT_EQ(reply.verdicts_size(), 1);
    return reply.verdicts_size() == 1 ? wire::from_wire(reply.verdicts(0).verdict()) : verdict{};
  }
  std::uint64_t fence() { return *b.server->fence({1}); }

  bench b;
};

} // namespace squall::server
