// Freezing: what chance did in a run becomes entries of the plan ("the second acknowledgement of that change is lost"), and the
// chances themselves go. So does what users did in reaction: it becomes changes like any other, and the rules go.
#pragma once

#include "scenarios/plan.pb.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace squall::campaigns {

/// Frozen forms of the plan, the plainest first; each is a candidate, for what is left to chance (how long exactly each
/// message takes) may matter; where users react, so may that they do: those forms that keep the rules come last. None where
/// nothing is left to freeze. Runs the plan once. Where there are too many messages to say of each how long it took, that is
/// said of those of `witness` (a device; 0: none).
std::vector<scenarios::Plan> frozen(const scenarios::Plan& plan, std::uint32_t witness);

/// The same day with what users did in reaction written out, and no rules: entries that can be cut, moved and told. Nothing
/// where nobody reacts by a rule. Runs the plan once.
std::optional<scenarios::Plan> reactions_frozen(const scenarios::Plan& plan);

/// True where chance decides what becomes of messages.
bool has_noise(const scenarios::Plan& plan);

} // namespace squall::campaigns
