// What the host reads by itself: queues by SQL of its own, exported rows, what users are told, and why a participant had not
// settled.
#pragma once

#include "engine/io/io.hpp"
#include "reports/history/entry.hpp"

#include <cstdint>

namespace squall::actors {

struct world;

enum class queue_moment : std::uint8_t { end = 0, crash = 1 };

/// A device's queue, from a copy of its disk: queue_read and its rows. Nothing where the system keeps none.
void read_queue(world& w, std::uint32_t actor, queue_moment moment);

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
