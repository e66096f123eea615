#include "campaigns/promises.hpp"

#include "reports/history/names.hpp"

#include <fmt/core.h>

namespace squall::campaigns {

void judge_promises(const actors::promise_findings& found, reports::Run& run) {
  if (found.sends == 0)
    return;
  auto& finding = *run.add_invariants();
  finding.set_name("promises_durable");
  finding.set_verdict(found.broken > 0 ? reports::FAIL : found.promises == 0 ? reports::UNKNOWN : reports::PASS);
  finding.set_checked(found.promises);
  finding.set_violation_count(found.broken);
  for (const auto& broken : found.first) {
    const auto intent =
        history::to_string(history::intent_name{broken.intent.device, broken.intent.incarnation, broken.intent.seq});
    auto& violation = *finding.add_violations();
    violation.set_at_ns(broken.at_ns);
    violation.set_device(broken.device);
    violation.set_has_device(true);
    violation.set_intent(intent);
    violation.set_message(fmt::format("had d{} lost its power as it sent, its queue would not hold {}, which it had "
                                      "accepted and has no verdict of",
                                      broken.device, intent));
    violation.set_shape("a promise would not survive a power loss at a send");
  }
}

} // namespace squall::campaigns
