// Every invariant; the order is that of the report. One that has several makers is told of in one line.
#pragma once

#include "reports/invariants/checks/invariant.hpp"
#include "scenarios/plan.pb.h"

#include <vector>

namespace squall::invariants {

std::unique_ptr<invariant> make_convergence();
std::unique_ptr<invariant> make_liveness(std::int64_t settle_within_ns);
std::unique_ptr<invariant> make_no_lost_write();
std::unique_ptr<invariant> make_exactly_once();
std::unique_ptr<invariant> make_ack_honest();
std::unique_ptr<invariant> make_feed_complete();
std::unique_ptr<invariant> make_read_your_writes();
std::unique_ptr<invariant> make_monotonic_reads();
std::unique_ptr<invariant> make_causality();
std::unique_ptr<invariant> make_atomicity();
std::unique_ptr<invariant> make_policy();
/// `plan` outlives it.
std::unique_ptr<invariant> make_intention(const scenarios::Plan& plan);
std::unique_ptr<invariant> make_intention_renamed();
std::unique_ptr<invariant> make_no_resurrection();
std::unique_ptr<invariant> make_replay_safe();
std::unique_ptr<invariant> make_authorization();
/// `plan` outlives it.
std::unique_ptr<invariant> make_authorization_offline(const scenarios::Plan& plan);
std::unique_ptr<invariant> make_clock_sane();
std::unique_ptr<invariant> make_honest_status();
std::unique_ptr<invariant> make_referential();
std::unique_ptr<invariant> make_algebra();
std::unique_ptr<invariant> make_bounded();
std::unique_ptr<invariant> make_bounded_queue(std::uint32_t queue_max);
std::unique_ptr<invariant> make_bounded_calls();
std::unique_ptr<invariant> make_bounded_hints(std::int64_t invalidate_for_ns);
std::unique_ptr<invariant> make_staleness();
std::unique_ptr<invariant> make_quiet();
std::unique_ptr<invariant> make_audit(std::uint64_t first_sequence);
/// `leeway_ns`: as in the plan's knobs, 0 for its default.
std::unique_ptr<invariant> make_identity(std::int64_t leeway_ns);

} // namespace squall::invariants
