// What a run reached, counted from its history: scenarios state their expectations in these words.
#pragma once

#include "reports/invariants/contention.hpp"
#include "reports/invariants/judge.hpp"
#include "reports/invariants/load_metrics.hpp"
#include "reports/invariants/model/world.hpp"

#include <tsl/robin_set.h>

namespace squall::invariants {

class metrics {
public:
  explicit metrics(const scenarios::Plan& plan);

  void step(const entry& e, const world& w);
  std::map<std::string, std::uint64_t> finish(const world& w) const;

private:
  enum counter : std::size_t;
  void count_commit(const entry& e, const world& w);
  void count_verdict(const entry& e, const world& w);
  void count_refusal(verdict_code code, rule_code rule);
  void count_win(rule_code rule);
  void count_page(const entry& e, const world& w);
  static bool is_about_forgotten(intent_index intent, const world& w);

  std::vector<std::uint64_t> counts_;
  scenarios::Plan rules_; ///< only these of it
  contention met_;
  load_metrics load_;
  tsl::robin_set<std::uint64_t, spread> offline_; ///< plan ids of faults that cut a device off
  tsl::robin_set<std::uint64_t, spread> acks_;    ///< messages under way that carry verdicts; looked up only
};

} // namespace squall::invariants
