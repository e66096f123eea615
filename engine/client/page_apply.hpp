// Feed entries and snapshots become the confirmed state, each in one transaction with the cursor that stands for it.
#pragma once

#include "engine/client/core.hpp"
#include "engine/wire/sync.pb.h"

namespace squall::client {

/// Applies a page in one transaction with its cursor: confirmed rows, derived fields, the overlay, the queue.
/// Precondition: check_page found nothing.
void apply_page(core& c, held_scope& in, const wire::PullResponse& page);

/// Moves the cursor alone, past a page that is not applied.
void skip_page(core& c, held_scope& in, const wire::PullResponse& page);

} // namespace squall::client
