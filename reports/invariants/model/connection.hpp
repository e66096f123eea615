// Since when each device has been connected (docs/semantics.md, Overload), as the history tells it: up, without a fault in force
// on it, its links, its clock, the server or the issuer, no message lost or corrupted, nothing refused, its queue not locked.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <algorithm>
#include <tsl/robin_set.h>
#include <utility>
#include <vector>

namespace squall::invariants {

struct connection_settings {
  /// The plan ids of faults that stay in force until they end; the others are over when they have struck. Looked up only.
  tsl::robin_set<std::uint64_t, spread> lasting;
  std::int64_t breaker_ns = 0; ///< how long a failure may keep a device silent beyond what it was asked; 0: not at all
  std::int64_t stale_after_ns = 0; ///< who has been connected for so long is at most that far behind
};

class connection_book {
public:
  static constexpr std::uint32_t everybody = UINT32_MAX;

  explicit connection_book(connection_settings settings) : settings_(std::move(settings)) {}

  /// Entries of other kinds need not be told.
  static bool concerns(entry_kind kind);
  /// Whom the entry disturbs, before anything is changed by it: a device, `everybody`, or 0 for nobody. Of a message that was
  /// lost between two of them both are asked: call it for `of_peer`, too.
  std::uint32_t disturbs(const entry& e, bool of_peer = false) const;
  /// The entry has happened. After `disturbs` was asked.
  void step(const entry& e);

  bool is_connected(std::uint32_t device) const {
    return all_.calm() && (device >= devices_.size() || devices_[device].calm());
  }
  /// Of a connected one. It may be later than now: it was asked to wait.
  std::int64_t since(std::uint32_t device) const {
    return std::max(all_.since, device < devices_.size() ? devices_[device].since : 0);
  }

private:
  struct state {
    std::uint32_t faults = 0; ///< in force
    bool down = false;
    bool locked = false;
    std::int64_t since = 0; ///< the last thing that disturbed it was over
    bool calm() const { return faults == 0 && !down && !locked; }
  };
  state& of(std::uint32_t who);
  bool is_device(std::uint32_t actor) const { return actor != 0 && actor != issuer_; }
  std::uint32_t target(std::uint32_t actor) const { return is_device(actor) ? actor : everybody; }

  connection_settings settings_;
  std::uint32_t issuer_ = 0; ///< 0: not told of yet
  state all_;                ///< the server's and the issuer's
  std::vector<state> devices_;
};

} // namespace squall::invariants
