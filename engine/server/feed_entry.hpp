// The entries of the feed that a commit makes: what became of its records, as devices are told.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/merge/decide.hpp"
#include "engine/server/unit_of_work.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>

namespace squall::server {

struct entry_place {
  std::uint64_t previous = 0; ///< the scope's entry before it
  hlc_stamp stamp;            ///< the intent's, as counted
};

/// Where the intent's records are, or came to: changed fields, and rows whole that somebody may not have or have forgotten.
void fill_entry(const intent& in, const merge::decision& d, unit_of_work& rows, const entry_place& of,
                wire::ChangeEntry& entry);
/// Of a move, in the scope that was left.
void fill_exits(const intent& in, const merge::decision& d, unit_of_work& rows, const entry_place& of,
                wire::ChangeEntry& entry);

} // namespace squall::server
