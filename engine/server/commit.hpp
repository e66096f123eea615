// The commit of one intent: dedupe, judgement, effect, log entry and verdict, in one transaction.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/server/server_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace squall::server {

/// An intent as it came: framed, not yet believed.
struct arrival {
  intent_id id;
  std::uint64_t hash = 0;
  std::string_view body;
  std::uint32_t user = 0; ///< whose token it came with
  std::uint64_t verdicts_through = 0;
};

struct judgement {
  verdict outcome;                 ///< kind `none`: nothing was decided
  bool committed = false;          ///< by this call
  bool ends_batch = false;         ///< what follows in the batch must not be looked at
  scope_id scope;                  ///< 0 where the body was not read
  scope_id moved_to{};             ///< of a move that committed
  hlc_stamp stamp{};               ///< the intent's, as counted
  std::uint8_t role = 0;           ///< of its author
  std::optional<kept_branch> kept; ///< by this call, as a branch of a task
};

/// What was done for an intent one step before its commit. Always empty, but where a sabotage point tears the commit
/// apart.
struct head_start {
  std::optional<std::uint64_t> sequence;
  std::optional<looked_up> known;
  std::unique_ptr<unit_of_work> rows;
};

/// True if a step of its own was taken ahead of the commit, which then comes with the next one.
result<bool> take_head_start(server_store& store, const arrival& a, head_start& ahead);

/// Judges one intent and makes the verdict durable. An intent that was judged before gets its verdict again. Errors:
/// `storage` (nothing happened), `in_doubt`, `corrupt`.
result<judgement> judge_intent(server_store& store, const arrival& a, const head_start& ahead, time_ns wall);

} // namespace squall::server
