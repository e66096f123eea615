// Judges a tale, online and offline, and says what failed.
#pragma once

#include "reports/invariants/judge.hpp"
#include "tests/reports/invariants/tale.hpp"

namespace squall::told {

struct opinion {
  std::map<std::string, reports::InvariantResult> of;
  std::map<std::string, std::uint64_t> metrics;

  std::set<std::string> failed() const;
  std::set<std::string> unknown() const;
  std::string shape(const std::string& invariant) const; ///< of its first violation
};

/// In batches as they come; and again from a recorded file, which must give the same. Fails the test if it does not.
opinion judge_tale(const tale& t);

/// Two devices edit, one loses an answer, one meets a conflict and a refusal, one takes a snapshot, all read: with at least
/// one entry of every kind that holds a witness, and nothing wrong.
tale a_good_tale();

std::string explain(const opinion& o);

} // namespace squall::told
