// Which violation of a run came first.
#include "reports/first_violation.hpp"

#include <gtest/gtest.h>

namespace squall::reports {
namespace {

InvariantResult& failing(reports::Run& run, const char* name) {
  auto& out = *run.add_invariants();
  out.set_name(name);
  out.set_verdict(FAIL);
  return out;
}

void violate(InvariantResult& in, std::int64_t at_ns, const char* shape, const char* intent = "") {
  auto& violation = *in.add_violations();
  violation.set_at_ns(at_ns);
  violation.set_shape(shape);
  violation.set_intent(intent);
}

TEST(FirstViolation, IsTheFirstInTimeWhereverItsInvariantStandsInTheReport) {
  reports::Run run;
  violate(failing(run, "convergence"), 900, "stale value");
  violate(failing(run, "policy"), 40, "wrong verdict");
  violate(failing(run, "causality"), 41, "stale value");
  const auto [in, of] = first_violation_of(run);
  ASSERT_NE(of, nullptr);
  EXPECT_EQ(in->name(), "policy");
  EXPECT_EQ(of->shape(), "wrong verdict");
}

TEST(FirstViolation, OfOneMomentIsTheFirstOfTheReport) {
  reports::Run run;
  violate(failing(run, "ack_honest"), 7, "left the queue without a verdict");
  violate(failing(run, "causality"), 7, "context is not the cursor", "d4:1");
  EXPECT_EQ(first_violation_of(run).in->name(), "ack_honest");
}

TEST(FirstViolation, NamesAnIntentWhereTheSameIsThereSeveralTimes) {
  reports::Run run;
  auto& in = failing(run, "liveness");
  violate(in, 7, "queue never empties");
  violate(in, 7, "livelock", "d1:1");
  violate(in, 8, "queue never empties", "d2:2");
  violate(in, 7, "queue never empties", "d3:3");
  EXPECT_EQ(first_violation_of(run).of->intent(), "d3:3");
}

TEST(FirstViolation, IsInTheHistoryWhereAnyIs) {
  reports::Run run;
  violate(failing(run, "convergence"), 900, "stale value");
  violate(failing(run, "promises_durable"), 5, "a promise would not survive a power loss at a send");
  violate(failing(run, "determinism"), 0, "two runs of one plan differ");
  EXPECT_EQ(first_violation_of(run).in->name(), "convergence");
  run.mutable_invariants()->DeleteSubrange(0, 1);
  EXPECT_EQ(first_violation_of(run).in->name(), "determinism");
}

TEST(FirstViolation, IsOfNoInvariantThatHolds) {
  reports::Run run;
  violate(failing(run, "policy"), 40, "wrong verdict");
  run.mutable_invariants(0)->set_verdict(UNKNOWN);
  EXPECT_EQ(first_violation_of(run).in, nullptr);
  failing(run, "liveness");
  EXPECT_EQ(first_violation_of(run).in->name(), "liveness");
  EXPECT_EQ(first_violation_of(run).of, nullptr);
}

} // namespace
} // namespace squall::reports
