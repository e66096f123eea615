// A failure directory, understood: its recorded history is judged again, and the story of its first violation is told. Nothing
// is run, so this works where the program has changed since; without a recorded history the plan is run.
#pragma once

#include "campaigns/failure.hpp"
#include "campaigns/inspect/counterfactual.hpp"
#include "engine/base/result.hpp"
#include "reports/run.pb.h"
#include "reports/story/account.hpp"

#include <string>
#include <vector>

namespace squall::campaigns::inspect {

struct explanation {
  failure of;
  reports::Run judged;   ///< invariants alone
  std::string invariant; ///< the one that is told of
  std::string meaning;   ///< what it demands
  reports::Violation violation;
  std::vector<std::string> also_broken; ///< other invariants
  story::account story;
};

/// `invariant`: the one to tell of; empty: the first violation in time. Errors: those of `read_failure`; `not_found` (nothing,
/// or not that invariant, is broken); `corrupt` (the run dies).
result<explanation> explain(const std::string& directory, const std::string& invariant);

/// "invariant/shape" of the violation that is told of.
std::string signature_of(const explanation& e);
/// The entries that are worth trying first: what the story suspects.
std::vector<plan_entry> suspects_of(const explanation& e);

struct text_options {
  std::string program; ///< for commands to paste
  std::string directory;
  std::vector<std::string> sabotage_meanings; ///< by the plan's sabotages
  bool all_tried = false;                     ///< every entry was left out, not the suspects alone
};

/// The whole of it, for people. `tried`: of the prime suspect, or of every entry; may be empty.
std::string to_text(const explanation& e, const std::vector<counterfactual>& tried, const text_options& options);

} // namespace squall::campaigns::inspect
