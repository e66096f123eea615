// measure FILE [--seeds A..B] [--set KEY=VALUE]...: whole runs in one process, and what they cost. For profilers, which want no
// worker processes, and for scenarios that are too large for a benchmark's repetitions. Plans are made before the clock starts.
#include "campaigns/run_plan.hpp"
#include "scenarios/loader.hpp"
#include "scenarios/planner/planner.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace squall::bench {
namespace {

struct arguments {
  std::string file;
  std::uint64_t seed_first = 1, seed_last = 1;
  std::vector<std::string> sets;
};

bool parse_seeds(std::string_view text, arguments& out) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos)
    return false;
  const auto number = [](std::string_view digits, std::uint64_t& to) {
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), to);
    return failed == std::errc{} && end == digits.data() + digits.size();
  };
  return number(text.substr(0, dots), out.seed_first) && number(text.substr(dots + 2), out.seed_last) &&
         out.seed_first <= out.seed_last;
}

bool parse(int argc, char** argv, arguments& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool takes_one = word == "--seeds" || word == "--set";
    if (takes_one && ++i == argc)
      return false;
    if (word == "--set")
      out.sets.emplace_back(argv[i]);
    else if (word == "--seeds" ? !parse_seeds(argv[i], out) : !out.file.empty())
      return false;
    else if (!takes_one)
      out.file = word;
  }
  return !out.file.empty();
}

double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Resident now, from /proc; the peak is not enough, for a second run's peak includes the first's leavings.
double resident_bytes(const char* key) {
  double kib = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, status))
      if (const std::string_view seen = line; seen.starts_with(key))
        std::sscanf(line + std::string_view(key).size(), " %lf", &kib);
    std::fclose(status);
  }
  return kib * 1024;
}

bool measure(const scenarios::Plan& plan) {
  const double before = resident_bytes("VmRSS:"), began = processor_seconds();
  const auto outcome = campaigns::run_plan(plan, {});
  const double took = processor_seconds() - began;
  if (!outcome) {
    std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(plan.seed()),
                 outcome.err().message.c_str());
    return false;
  }
  const auto& run = outcome->run;
  const double devices = static_cast<double>(run.devices()), intents = static_cast<double>(run.operations());
  const double peak = resident_bytes("VmHWM:"), virtual_s = static_cast<double>(run.virtual_ns()) * 1e-9;
  std::printf("%s seed %llu: %s, %s\n", run.scenario().c_str(), static_cast<unsigned long long>(run.seed()),
              reports::Verdict_Name(run.verdict()).c_str(), run.digest().c_str());
  std::printf("  devices %.0f  intents %.0f  events %llu  messages %llu\n", devices, intents,
              static_cast<unsigned long long>(run.events()), static_cast<unsigned long long>(run.messages()));
  std::printf("  cpu %.3f s  intents/s %.0f  virtual/real %.0f  peak %.0f MiB  bytes/device %.0f\n", took,
              intents / took, virtual_s / took, peak / (1 << 20), (peak - before) / devices);
  return run.verdict() != reports::FAIL;
}

} // namespace
} // namespace squall::bench

int main(int argc, char** argv) {
  using namespace squall;
  bench::arguments args;
  if (!bench::parse(argc, argv, args)) {
    std::fputs("measure FILE [--seeds A..B] [--set KEY=VALUE]...\n", stderr);
    return 64;
  }
  const auto loaded = scenarios::load_file(args.file, {.sets = args.sets});
  if (!loaded.ok()) {
    std::fputs(scenarios::to_string(loaded.diagnostics).c_str(), stderr);
    return 65;
  }
  bool fine = true;
  for (std::uint64_t seed = args.seed_first; seed <= args.seed_last; ++seed)
    fine = bench::measure(scenarios::plan(*loaded.scenario, seed)) && fine;
  return fine ? 0 : 1;
}
