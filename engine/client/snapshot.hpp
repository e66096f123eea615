// A snapshot of the scope: its pages are staged as they come, and when the last one is there they become the confirmed
// state in one transaction with the snapshot's cursor. What the snapshot lacks is gone; the queue stays.
#pragma once

#include "engine/client/core.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>

namespace squall::client {

class snapshot {
public:
  explicit snapshot(core& c) : core_(c) {}

  bool running() const noexcept { return running_; }
  /// Gives up what was under way.
  void stop() noexcept { running_ = false; }
  /// Begins anew, of this scope: whatever was staged goes with the first page.
  void begin(scope_id scope, telemetry::cursor_cause cause);
  /// What to ask for next.
  void ask(wire::SnapshotRequest& request) const;

  enum class answer : std::uint8_t { more, done, misfit };
  /// Takes the page asked for. `misfit`: it is not that page, or cannot be read; nothing changed.
  answer on_page(const wire::SnapshotResponse& page);

private:
  bool fits(const wire::SnapshotResponse& page);
  void stage(const wire::SnapshotResponse& page);
  void drop_staged_elsewhere(std::uint64_t generation);
  void swap_in(held_scope& in, const wire::SnapshotResponse& last);
  void meet_own(const held_scope& in, const wire::SnapshotResponse& last);

  core& core_;
  bool running_ = false;
  scope_id scope_;
  telemetry::cursor_cause cause_{};
  std::uint64_t id_ = 0;   ///< 0: not chosen yet
  std::uint32_t page_ = 0; ///< the next one
  io::cursor at_;          ///< of the pages staged
};

} // namespace squall::client
