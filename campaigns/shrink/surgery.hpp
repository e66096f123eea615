// What can be taken out of a plan, and what must go with it. Nothing is renumbered unless the function says so, so the draws
// of what is left stay.
#pragma once

#include "scenarios/plan.pb.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace squall::campaigns {

/// One thing that happens in a plan: an intention or a fault.
struct entry {
  enum class kind : std::uint8_t { intention, fault } what{};
  std::uint64_t id = 0;
  bool operator==(const entry&) const = default;
};

/// Faults first, then intentions, each in the plan's order.
std::vector<entry> entries_of(const scenarios::Plan& plan);

/// The plan without the intentions and faults of these ids, nor what depends on them (records created, `after` chains,
/// messages that carry them).
scenarios::Plan without_entries(const scenarios::Plan& plan, const std::vector<std::uint64_t>& intentions,
                                const std::vector<std::uint64_t>& faults);

/// The plan without one act; records that the intention creates after it get new symbols everywhere. Nothing if it is the
/// intention's only one, or if something refers to a record that it creates.
std::optional<scenarios::Plan> without_act(const scenarios::Plan& plan, int intention, int act);

/// What was about one created record is about another, and the act that created the first goes (with its intention, if
/// that is all it did).
std::optional<scenarios::Plan> merged_records(const scenarios::Plan& plan, std::uint64_t gone, std::uint64_t kept);

/// Symbols of the records that the plan creates, ascending, with their collections.
struct created_record {
  std::uint64_t symbol = 0;
  const std::string* collection = nullptr;
};
std::vector<created_record> records_of(const scenarios::Plan& plan);

/// These intentions, and those that created the records that they need.
std::set<std::uint64_t> needed_by(const scenarios::Plan& plan, std::set<std::uint64_t> ids);

/// Devices that act, are hit by a fault or are named by an anchor.
std::set<std::uint32_t> busy_devices(const scenarios::Plan& plan);

/// Only these devices, numbered anew from 1, and their teams likewise. Others' entries go, with what depends on them.
scenarios::Plan with_devices(const scenarios::Plan& plan, const std::set<std::uint32_t>& kept);

/// The plan with a day that ends no earlier than this, at a whole minute.
scenarios::Plan with_end(const scenarios::Plan& plan, std::int64_t end_ns);

/// The model without collections and fields that no entry needs.
scenarios::Plan with_model_pruned(const scenarios::Plan& plan);

} // namespace squall::campaigns
