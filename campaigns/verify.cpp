#include "campaigns/verify.hpp"

#include "campaigns/run_plan.hpp"
#include "campaigns/workers.hpp"
#include "reports/history/recorder.hpp"
#include "reports/history/render.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace squall::campaigns {

std::string first_difference(const scenarios::Plan& plan) {
  char name[] = "/tmp/squall-verify-XXXXXX";
  if (::mkdtemp(name) == nullptr)
    return "";
  const std::filesystem::path folder = name;
  const auto path = [&](std::size_t i) { return (folder / std::to_string(i)).string(); };
  const auto work = [&](std::size_t i) {
    history::recorder recorder(path(i));
    auto outcome = run_plan(plan, {.sinks = {&recorder}});
    if (!outcome || !recorder.finish(outcome->names))
      return reports::Run{};
    return std::move(outcome->run);
  };
  run_in_workers(2, work, [](std::size_t, reports::Run&) {}, {.jobs = 2});
  std::string error;
  const auto parted = history::first_difference(path(0), path(1), plan.model(), error);
  std::filesystem::remove_all(folder);
  if (!error.empty())
    return error;
  return parted ? fmt::format("they part at entry {}: `{}` or `{}`", parted->index, parted->first, parted->second) : "";
}

void judge_determinism(const scenarios::Plan& plan, const std::string& digest, reports::Run& run) {
  auto& determinism = *run.add_invariants();
  determinism.set_name("determinism");
  determinism.set_checked(1);
  determinism.set_verdict(reports::PASS);
  if (run.digest() == digest)
    return;
  determinism.set_verdict(reports::FAIL);
  determinism.set_violation_count(1);
  auto& violation = *determinism.add_violations();
  const std::string where = first_difference(plan);
  violation.set_message("a second run gave digest " + digest + ", not " + run.digest() + "; " +
                        (where.empty() ? "two more runs agreed" : where));
  violation.set_shape("two runs of one plan differ");
  run.set_verdict(reports::FAIL);
  run.set_signature(signature_of(run));
}

} // namespace squall::campaigns
