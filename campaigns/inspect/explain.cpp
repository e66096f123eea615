#include "campaigns/inspect/explain.hpp"

#include "campaigns/run_plan.hpp"
#include "campaigns/workers.hpp"
#include "reports/first_violation.hpp"
#include "reports/history/recorder.hpp"
#include "reports/invariants/judge.hpp"
#include "scenarios/diagnostic.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

namespace squall::campaigns::inspect {

namespace {

/// A history of this plan's run, in a folder that goes with it.
class fresh_history {
public:
  ~fresh_history() {
    std::error_code ignored;
    if (!folder_.empty())
      std::filesystem::remove_all(folder_, ignored);
  }
  result<std::string> record(const scenarios::Plan& plan) {
    char name[] = "/tmp/squall-explain-XXXXXX";
    if (::mkdtemp(name) == nullptr)
      return error{errc::storage, "cannot make a folder below /tmp"};
    folder_ = name;
    const std::string path = folder_ + "/history.bin";
    const auto work = [&](std::size_t) {
      history::recorder recorder(path);
      auto outcome = run_plan(plan, {.sinks = {&recorder}, .remember_texts = true});
      reports::Run run;
      if (outcome && recorder.finish(outcome->names))
        run = std::move(outcome->run);
      return run;
    };
    const auto run = run_in_workers(1, work, [](std::size_t, reports::Run&) {}, {}).runs[0];
    if (!run.crash().empty())
      return error{errc::corrupt, "the run dies, so there is no history to explain: " + run.crash()};
    return path;
  }

private:
  std::string folder_;
};

result<void> judge_again(const std::string& path, explanation& to) {
  invariants::judge judge(to.of.plan);
  std::string why;
  const bool read = history::replay(
      path, judge,
      [&](const history::name_table& names) {
        for (auto& result : judge.finish(names).invariants)
          *to.judged.add_invariants() = std::move(result);
      },
      why);
  if (!read)
    return error{errc::corrupt, path + ": " + why};
  return {};
}

/// False: nothing that is asked for is broken.
bool choose(const std::string& invariant, explanation& to) {
  const reports::Violation* chosen = nullptr;
  if (invariant.empty())
    if (const auto first = reports::first_violation_of(to.judged); first.of) {
      chosen = first.of;
      to.invariant = first.in->name();
    }
  for (const auto& result : to.judged.invariants()) {
    if (result.verdict() != reports::FAIL)
      continue;
    if (result.name() == invariant && !result.violations().empty()) {
      chosen = &result.violations(0);
      to.invariant = invariant;
    }
  }
  if (!chosen)
    return false;
  to.violation = *chosen;
  for (const auto& result : to.judged.invariants())
    if (result.verdict() == reports::FAIL && result.name() != to.invariant)
      to.also_broken.push_back(result.name());
  for (const auto& info : invariants::invariant_names())
    if (info.name == to.invariant)
      to.meaning = std::string(info.meaning);
  return true;
}

std::string not_broken(const std::string& directory, const std::string& invariant, const explanation& e) {
  if (invariant.empty())
    return directory + ": its history breaks no invariant" +
           (e.of.signature.empty() ? "" : "; it failed as " + e.of.signature + ", which a history does not show");
  std::vector<std::string_view> known;
  for (const auto& info : invariants::invariant_names())
    known.push_back(info.name);
  if (std::find(known.begin(), known.end(), invariant) == known.end())
    return "no invariant is named `" + invariant + "`" + scenarios::instead(invariant, known);
  std::string broken;
  for (const auto& result : e.judged.invariants())
    if (result.verdict() == reports::FAIL)
      broken += (broken.empty() ? "; it breaks " : ", ") + result.name();
  return directory + ": its history does not break `" + invariant + "`" + broken;
}

} // namespace

result<explanation> explain(const std::string& directory, const std::string& invariant) {
  explanation out;
  auto read = read_failure(directory);
  if (!read)
    return read.err();
  out.of = std::move(*read);
  fresh_history fresh;
  std::string path = directory + "/history.bin";
  if (!std::filesystem::exists(path)) {
    auto made = fresh.record(out.of.plan);
    if (!made)
      return made.err();
    path = *made;
  }
  if (auto judged = judge_again(path, out); !judged)
    return judged.err();
  if (!choose(invariant, out))
    return error{errc::not_found, not_broken(directory, invariant, out)};
  const story::history_source source = [&](history::sink& to, std::string& why) {
    return history::replay(
        path, to, [](const history::name_table&) {}, why);
  };
  out.story = story::tell(out.violation, out.of.plan, source);
  if (!out.story.trouble.empty())
    return error{errc::corrupt, path + ": " + out.story.trouble};
  return out;
}

std::string signature_of(const explanation& e) { return e.invariant + "/" + e.violation.shape(); }

std::vector<plan_entry> suspects_of(const explanation& e) {
  std::vector<plan_entry> out;
  for (const auto& suspect : e.story.suspects)
    if (suspect.fault != 0)
      out.push_back({entry_of::fault, suspect.fault, ""});
    else if (!suspect.noise.empty())
      out.push_back({entry_of::noise, 0, suspect.noise});
  return out;
}

} // namespace squall::campaigns::inspect
