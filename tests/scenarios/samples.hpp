// A small scenario that is right, and ways to spoil it.
#pragma once

#include "scenarios/loader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace squall::scenarios::samples {

inline constexpr std::string_view good = R"(name: sample
about: A sample.
duration: 1h
devices: {count: 6, teams: 2}
collections:
  orders:
    policy: field_merge
    fields:
      status: {precedence: [cancelled, approved, draft]}
      notes: lww_server
      total: {derived: sum(lines.quantity * lines.price)}
  lines:
    policy: field_merge
    fields:
      order: {ref: orders, rule: lww_server}
      quantity: counter
      price: {type: integer, rule: lww_server}
  stock:
    policy: lww_server
    fields: {sku: text, on_hand: integer}
workload:
  - {kind: create_order, per_device: 6/h}
  - {kind: edit, collection: orders, per_device: 20/h, fields: {status: 1, notes: 2}}
  - {kind: reserve, per_device: 10/h}
network: {latency: 20ms, loss: 1%}
faults:
  - {rate: 2/h, fault: offline, for: 2m}
  - {every: 10m, fault: token_expiry, share: 50%}
  - {at: 20m, fault: server_crash, for: 5s}
engine: {poll_every: {any_of: [30s, 60s]}}
expect: {settle_within: 5m, reached: {crashes: ">= 1"}}
variants:
  last: {orders: {policy: lww_server}}
)";

/// `text` with the one occurrence of `from` replaced.
inline std::string with(std::string_view from, std::string_view to, std::string text = std::string(good)) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "the sample has no " << from;
  if (at != std::string::npos)
    text.replace(at, from.size(), to);
  return text;
}

/// What the loader says of `text`, a line each; empty if it loads.
inline std::string complaints(std::string_view text, const load_options& options = {}) {
  return to_string(load_text(text, "s.yaml", options).diagnostics);
}

inline Scenario loaded(std::string_view text, const load_options& options = {}) {
  load_outcome outcome = load_text(text, "s.yaml", options);
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.diagnostics);
  return outcome.ok() ? *outcome.scenario : Scenario{};
}

} // namespace squall::scenarios::samples
