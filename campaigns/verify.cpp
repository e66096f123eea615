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

namespace {

/// Both sides, as a story: what they share, then each on its own.
void tell(const history::difference& parted, reports::Run& run) {
  run.clear_story();
  const auto lines = [&](const char* who, const std::vector<std::string>& all) {
    for (const auto& what : all) {
      auto& line = *run.mutable_story()->add_lines();
      line.set_at_ns(parted.at_ns);
      line.set_who(who);
      line.set_what(what);
    }
  };
  lines("both", parted.before);
  lines("first", {parted.first});
  lines("first", parted.first_after);
  lines("second", {parted.second});
  lines("second", parted.second_after);
}

} // namespace

std::optional<history::difference> first_difference(const scenarios::Plan& plan, std::string& error,
                                                    actors::system_under_test* system) {
  char name[] = "/tmp/squall-verify-XXXXXX";
  if (::mkdtemp(name) == nullptr) {
    error = "cannot make a folder below /tmp";
    return std::nullopt;
  }
  const std::filesystem::path folder = name;
  const auto path = [&](std::size_t i) { return (folder / std::to_string(i)).string(); };
  const auto work = [&](std::size_t i) {
    history::recorder recorder(path(i));
    auto outcome = run_plan(plan, {.sinks = {&recorder}, .remember_texts = true, .system = system});
    if (!outcome || !recorder.finish(outcome->names))
      return reports::Run{};
    return std::move(outcome->run);
  };
  run_in_workers(2, work, [](std::size_t, reports::Run&) {}, {.jobs = 2});
  auto parted = history::first_difference(path(0), path(1), plan.model(), error);
  std::filesystem::remove_all(folder);
  return parted;
}

void judge_determinism(const scenarios::Plan& plan, const std::string& digest, reports::Run& run,
                       actors::system_under_test* system) {
  auto& determinism = *run.add_invariants();
  determinism.set_name("determinism");
  determinism.set_checked(1);
  determinism.set_verdict(reports::PASS);
  if (run.digest() == digest)
    return;
  determinism.set_verdict(reports::FAIL);
  determinism.set_violation_count(1);
  auto& violation = *determinism.add_violations();
  std::string error;
  const auto parted = first_difference(plan, error, system);
  std::string where = error.empty() ? "two more runs agreed" : error;
  if (parted) {
    where = fmt::format("two more runs part at history entry {}{}: `{}` or `{}`", parted->index,
                        parted->in.empty() ? "" : " (" + parted->in + ")", parted->first, parted->second);
    violation.set_at_ns(parted->at_ns);
    tell(*parted, run);
  }
  violation.set_message("a second run gave digest " + digest + ", not " + run.digest() + "; " + where);
  violation.set_shape("two runs of one plan differ");
  run.set_verdict(reports::FAIL);
  run.set_signature(signature_of(run));
}

} // namespace squall::campaigns
