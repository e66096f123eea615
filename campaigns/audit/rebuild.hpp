// A server with an empty store, led through an audit: does it decide the same, and end up the same?
#pragma once

#include "campaigns/audit/account.hpp"
#include "scenarios/plan.pb.h"

#include <map>

namespace squall::campaigns::audit {

/// What decisions rest on beside the audit.
struct ground {
  scenarios::DataModel model;
  scenarios::Knobs knobs;
};

/// A plan's, without what no decision rests on.
ground ground_of(const scenarios::Plan& plan);

struct findings {
  std::uint64_t records = 0;                       ///< gone through
  std::map<std::string, std::uint64_t> judgements; ///< by verdict, as the audit has them
  std::uint64_t rows = 0; ///< and tasks, heads, fences: compared where there was something to compare with
  std::string difference; ///< the first, in words; empty: none
  state_in_words state;   ///< of the server with the empty store
};

/// Goes through `records` to the first decision that is another. `expected`: the state that must come of it; null: none is known.
/// Errors: `invalid_argument` (the model), `storage`, `corrupt`.
result<findings> rebuild(const ground& on, const std::vector<server::audit_record>& records,
                         const state_in_words* expected);

/// The first difference, in words; empty if there is none.
std::string difference_of(const state_in_words& expected, const state_in_words& found);

} // namespace squall::campaigns::audit
