// Backups (docs/semantics.md): what the server knew when a copy of its store was put away, and what becomes of the model when
// it is restored from one. Commits, rows and cells need no copy, since the state keeps every version; tasks and grants keep what
// happened to them, and lifetimes are copied. Costs nothing where the plan asks for no backups.
#pragma once

#include "reports/invariants/model/world.hpp"

namespace squall::invariants {

class restorer {
public:
  explicit restorer(world& w) : w_(w) {}

  void backed_up(const entry& e);
  /// Throws bad_history if no such copy was put away, or one that has been undone itself.
  void restored(const entry& e);

private:
  struct copy {
    std::int64_t at_ns = 0;
    std::uint64_t s = 0;
    position at = 0;
    std::uint64_t step = 0; ///< number of its entry
    std::size_t task_steps = 0;
    std::size_t grant_steps = 0;
    server_time clock;
    lifetime_copy lives;
    std::vector<intent_index> asked; ///< they had reached the server, and nobody had been told what became of them
  };

  bool undecided(const intent_fact& fact) const;
  void undo_intent(intent_index intent, const copy& to);
  bool has_still(intent_index intent);
  void recount_stamps();

  world& w_;
  std::vector<copy> copies_; ///< in the order in which they were put away
};

/// A device's cursor in the scope enters another generation: what it had acknowledged there and what was undone awaits a verdict
/// again.
void enter_generation(world& w, device_fact& device, std::uint32_t scope);
/// Under an earlier name the intent was committed, and the device's cursor, of a generation that is over, covers that still: it is
/// folded in when the scope enters the new one.
bool shows_undone(const world& w, const device_fact& device, intent_index intent);
/// A device sends an intent: if its commit was undone, it awaits a verdict again. True at the first time.
bool offers_again(world& w, device_fact& device, intent_index intent);

} // namespace squall::invariants
