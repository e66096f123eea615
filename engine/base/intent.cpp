#include "engine/base/intent.hpp"

namespace squall {

const char* to_string(verdict_kind kind) noexcept {
  switch (kind) {
    case verdict_kind::none: return "none";
    case verdict_kind::applied: return "applied";
    case verdict_kind::merged: return "merged";
    case verdict_kind::superseded: return "superseded";
    case verdict_kind::conflicted: return "conflicted";
    case verdict_kind::rejected: return "rejected";
    case verdict_kind::duplicate: return "duplicate";
    case verdict_kind::fork: return "fork";
    case verdict_kind::gap: return "gap";
    case verdict_kind::retry: return "retry";
  }
  return "?";
}

const char* to_string(verdict_rule rule) noexcept {
  switch (rule) {
    case verdict_rule::none: return "none";
    case verdict_rule::last_commit: return "last_commit";
    case verdict_rule::precedence: return "precedence";
    case verdict_rule::delete_update: return "delete_update";
    case verdict_rule::unique: return "unique";
    case verdict_rule::guard: return "guard";
    case verdict_rule::dependency: return "dependency";
    case verdict_rule::gone: return "gone";
    case verdict_rule::denied: return "denied";
    case verdict_rule::malformed: return "malformed";
    case verdict_rule::combined: return "combined";
    case verdict_rule::later_stamp: return "later_stamp";
    case verdict_rule::role: return "role";
    case verdict_rule::extreme: return "extreme";
    case verdict_rule::manual: return "manual";
    case verdict_rule::resolution: return "resolution";
    case verdict_rule::add_wins: return "add_wins";
    case verdict_rule::remove_wins: return "remove_wins";
    case verdict_rule::bound: return "bound";
    case verdict_rule::state: return "state";
    case verdict_rule::reference: return "reference";
  }
  return "?";
}

} // namespace squall
