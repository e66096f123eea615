// What the host reads by itself: queues by SQL of its own, exported rows, what users are told, and why a participant had not
// settled.
#pragma once

#include "actors/port/participant.hpp"
#include "reports/history/entry.hpp"

#include <cstdint>

namespace squall::faults {
class disk;
}

namespace squall::actors {

struct world;

enum class queue_moment : std::uint8_t { end = 0, crash = 1 };

/// A participant's place on a copy of its disk, until the next copy: reading there changes nothing of the original.
class disk_copy {
public:
  disk_copy(world& w, std::uint32_t actor);
  /// Of what its disk may become.
  disk_copy(world& w, std::uint32_t actor, const faults::disk& image);
  disk_copy(const disk_copy&) = delete;
  disk_copy& operator=(const disk_copy&) = delete;
  const store_place& place() const noexcept { return place_; }

private:
  store_place place_;
};

/// The queue of a device, as it was read from its disk: queue_read and its rows.
void record_queue(world& w, std::uint32_t actor, queue_moment moment, const client_reading& reading);

/// The visible rows of every device that is up.
void export_visible(world& w);

/// The state of everything at the end: queues, confirmed and visible rows, the server's rows by scope, what users are told.
void final_checkpoint(world& w);

/// Why a device has not settled; `none` if it has.
history::pending_code pending_of(world& w, std::uint32_t actor);

/// Asks whether everything has settled, cheaply: looks first where it last was not so.
class settle_watch {
public:
  bool settled(world& w);

private:
  std::uint32_t last_unsettled_ = 1;
};

} // namespace squall::actors
