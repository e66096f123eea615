// One judgement under way. For the resolver's own files.
#pragma once

#include "reports/invariants/model/resolver.hpp"

namespace squall::invariants {

struct resolver::work {
  const question& asked;
  const intent_fact& intent;
  const view& on;
  std::size_t before; ///< the overlay's size when it began
  outcome out;
  std::uint32_t took = 0;

  intent_index number() const { return asked.intent; }
  bool decided() const { return out.code != verdict_code::none; }
  void decide(verdict_code code, rule_code rule, intent_index winner = 0) {
    out.code = code;
    out.rule = rule;
    out.winner = winner;
    out.lost.clear();
  }
  void reject(rule_code why) { decide(verdict_code::rejected, why); }
  void conflict(intent_index with, rule_code rule, const task_subject& about) {
    decide(verdict_code::conflicted, rule, with);
    out.about = about;
  }
  void push(const effect& change) { on.overlay().push_back(change); }
};

} // namespace squall::invariants
