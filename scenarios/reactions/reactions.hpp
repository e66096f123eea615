// Users who react: a pure rule from what a device shows its user to an intention. All that is drawn is keyed by the stimulus,
// named by what cannot shift when something else is cut from the plan: the record and the intentions behind the branches, not
// the task's number; the intention that was refused, not its intent.
#pragma once

#include "scenarios/plan.pb.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace squall::scenarios {

/// What a user is shown.
struct stimulus {
  std::uint32_t device = 0;
  std::int64_t at_ns = 0;
  // -- an open task --
  std::uint64_t record = 0;            ///< symbolic; 0 if it is no task
  std::string_view collection;         ///< of the record
  std::uint32_t subject = 0;           ///< number of its field, or of what else it is about
  std::string_view field;              ///< its field; empty: the whole record or a key of it
  std::vector<std::uint64_t> branches; ///< the intentions that are its branches, in any order
  // -- or a change that was refused, for a reason that may be gone another time (a guard, a bound) --
  const Intention* refused = nullptr;
};

/// The rules that a reaction can name.
inline constexpr std::string_view reaction_rules[] = {"resolve_tasks", "retry_rejected"};

/// What this user means to do because of it, at an absolute time; nothing if the rule is not about this, not for this device,
/// or if this user lets it be. A change that was itself tried again is not tried a third time.
std::optional<Intention> react(const Reaction& rule, std::uint64_t seed, const stimulus& shown);

/// True of the ids of such intentions, which are above all that the planner gives.
constexpr bool is_reaction(std::uint64_t intention) noexcept { return intention >> 55 == 1; }

/// The plan with what its users did in reaction written out as intentions of their own, and no rules left: the run is the same
/// but for what would react to other things.
Plan written_out(const Plan& plan, const std::vector<Intention>& reacted);

} // namespace squall::scenarios
