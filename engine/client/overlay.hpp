// The optimistic overlay: what the user sees is the confirmed state with the folded intents applied in order, by the rules
// that the server commits with, each as if it committed next.
//
// Two ways lead to the same rows: `fold` adds one intent on top, `refold` begins again from the confirmed rows for
// everything that a change can have influenced.
#pragma once

#include "engine/client/action_queue.hpp"
#include "engine/client/derived_fields.hpp"
#include "engine/client/scope_book.hpp"
#include "engine/client/working_set.hpp"
#include "engine/merge/decide.hpp"
#include "engine/telemetry/counters.hpp"

#include <set>
#include <vector>

namespace squall::client {

class overlay {
public:
  overlay(const merge::schema& model, const scope_book& scopes, telemetry::counters& counts)
      : model_(model), scopes_(scopes), derived_(model), counts_(counts) {}

  /// Shows `in` on top of what is visible. Result: what would become of it now.
  merge::decision fold(const intent& in, working_set& rows) const;

  /// Recomputes what is visible of the records in `changed`, and of all that folded intents connect with them. To be called
  /// after the confirmed rows changed, or the set of folded intents.
  void refold(action_queue& queue, working_set& rows, std::vector<record_id> changed) const;

  const derived_fields& derived() const noexcept { return derived_; }

private:
  std::set<record_id> reach_of(action_queue& queue, working_set& rows, const std::vector<record_id>& changed,
                               std::vector<queued_intent*>& involved) const;
  void add_with_referrers(working_set& rows, const record_id& id, std::set<record_id>& out) const;

  const merge::schema& model_;
  const scope_book& scopes_;
  derived_fields derived_;
  telemetry::counters& counts_;
};

} // namespace squall::client
