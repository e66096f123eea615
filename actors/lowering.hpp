// An intention of the plan -> one local change, on what its user sees at that moment. How is in docs/semantics.md ("How an
// intention is lowered"). Pure but for the reads through `sight`.
#pragma once

#include "actors/model.hpp"
#include "actors/symbols.hpp"
#include "engine/io/io.hpp"
#include "reports/history/entry.hpp"
#include "scenarios/plan.pb.h"

#include <functional>
#include <optional>
#include <variant>
#include <vector>

namespace squall::actors {

/// The device's visible state.
using row_reader = std::function<result<std::optional<io::row_view>>(const record_id&)>;
/// The tasks about a record that the device knows, ascending number, closed ones too.
using task_reader = std::function<result<std::vector<io::task_view>>(const record_id&)>;

struct lowered {
  io::local_change change;
  std::vector<io::row_view> reads; ///< every existing record that the user looked at, in order, each once
  std::vector<std::size_t> acts;   ///< by operation: the act that it is of
};

/// Cannot be done on this state.
struct held_back {
  history::skip_reason reason{};
  bool may_change = false; ///< looking again later may help
};

using lowering_outcome = std::variant<lowered, held_back>;

/// What a user can look at. `tasks` is needed for acts that settle one.
struct sight {
  row_reader rows;
  task_reader tasks;
};

/// Errors: those of `eyes`; `invalid_argument` if the intention names what the model does not have.
result<lowering_outcome> lower(const scenarios::Intention& intention, const model& names, const symbols& known,
                               const sight& eyes);

/// Checks an intention's names alone. Errors: `invalid_argument`.
result<void> check_names(const scenarios::Intention& intention, const model& names);

} // namespace squall::actors
