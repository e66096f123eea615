// squall shrink FAILURE
#include "campaigns/shrink/shrink.hpp"
#include "campaigns/failure.hpp"
#include "campaigns/shrink/progress_file.hpp"
#include "campaigns/shrink/test_file.hpp"
#include "cli/command.hpp"
#include "cli/progress.hpp"
#include "cli/worker.hpp"
#include "reports/writers/writer.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace squall::cli {

namespace {

struct shrink_arguments {
  std::string failure;
  std::string out;
  int jobs = 0;
  int seconds = 60;
};

std::string counted(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

campaigns::shrink_result shrunk(const scenarios::Plan& plan, const reports::Run& first, const shrink_arguments& args,
                                error& unwritten) {
  campaigns::shrink_options options;
  const std::string& signature = first.signature();
  options.signature = signature;
  options.first = &first;
  options.jobs = args.jobs > 0 ? args.jobs : static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  options.real_time_ns_max = std::int64_t{args.seconds} * 1'000'000'000;
  options.stop = interrupted();
  const auto before = campaigns::read_progress(args.out);
  if (before && before->origin() == campaigns::origin_of(plan, signature)) {
    options.resume = &*before;
    std::fprintf(stderr, "squall: going on from %s\n", args.out.c_str());
  }
  progress show(true);
  options.progress = [&](const campaigns::shrink_progress& p) {
    show.say(fmt::format("{} on {}, {} runs, trying: {}", counted(p.entries, "entry", "entries"),
                         counted(p.devices, "device", "devices"), p.tried, p.doing));
  };
  options.keep = [&](const campaigns::ShrinkProgress& p) {
    if (auto written = campaigns::write_progress(p, args.out); !written)
      unwritten = written.err();
  };
  return campaigns::shrink(plan, options);
}

/// The directory with the smaller failure in it; what was kept on the way goes in, too, so that a further call knows.
result<void> write(const campaigns::shrink_result& small, const std::string& signature, const shrink_arguments& args,
                   reports::Run& run) {
  std::vector<campaigns::extra_file> extras{{"test.cpp", campaigns::test_file(small, signature)}};
  if (!small.scenario.empty())
    extras.emplace_back("scenario.yaml", small.scenario);
  if (const auto kept = campaigns::read_progress(args.out))
    extras.emplace_back(campaigns::progress_file_name, kept->SerializeAsString());
  return campaigns::write_failure(small.plan, args.out, run, extras);
}

void tell(const campaigns::shrink_result& small, const std::string& signature, const shrink_arguments& args) {
  fmt::print("shrunk from {} on {} to {} on {} in {} and {:.1f} s; {}; same signature: {}\n",
             counted(small.entries_before, "entry", "entries"), counted(small.devices_before, "device", "devices"),
             counted(small.entries_after, "entry", "entries"), counted(small.devices_after, "device", "devices"),
             counted(small.tried, "run", "runs"), static_cast<double>(small.spent_ns) / 1e9,
             small.minimal ? "no single entry can go" : "stopped before it was minimal, the same call goes on",
             signature);
  if (small.scenario.empty())
    fmt::print("no scenario file: {}\n", small.plan.has_schedule()
                                             ? "the order of events is given, which a scenario cannot say"
                                             : "told as one, it does not fail in the same way");
  else
    fmt::print("run it: {} run {}/scenario.yaml{}\n", program_name(), args.out,
               small.plan.seed() == 1 ? "" : fmt::format(" --seed {}", small.plan.seed()));
}

int shrink(shrink_arguments args) {
  const auto failure = campaigns::read_failure(args.failure);
  if (!failure) {
    complain(failure.err().message);
    return failure.err().code == errc::not_found ? exit_usage : exit_bad_scenario;
  }
  const auto before = run_in_worker(failure->plan);
  if (before.signature().empty()) {
    complain(args.failure + " does not fail any more: nothing to shrink by");
    return exit_usage;
  }
  if (args.out.empty())
    args.out = args.failure + "-shrunk";
  catch_interrupts();
  error unwritten;
  const auto small = shrunk(failure->plan, before, args, unwritten);
  reports::Run run = run_in_worker(small.plan);
  if (!unwritten.message.empty()) {
    complain(unwritten.message);
    return exit_internal;
  }
  if (auto written = write(small, before.signature(), args, run); !written) {
    complain(written.err().message);
    return exit_internal;
  }
  reports::Batch batch;
  *batch.add_runs() = run;
  std::fputs(reports::to_console(batch, {.color = color_wanted(), .program = program_name()}).c_str(), stdout);
  tell(small, before.signature(), args);
  return exit_pass;
}

} // namespace

void add_shrink(CLI::App& app, int& code) {
  auto args = std::make_shared<shrink_arguments>();
  auto* command = app.add_subcommand("shrink", "Make a failure as small as it gets, keeping its signature");
  command->add_option("failure", args->failure, "A directory that `run` wrote")->required()->type_name("FAILURE");
  command
      ->add_option("--out,-o", args->out,
                   "Where the smaller failure goes (FAILURE-shrunk); a second call goes on there")
      ->type_name("DIR");
  command->add_option("--jobs", args->jobs, "Worker processes (one a core)")->check(CLI::Range(1, 1024));
  command->add_option("--seconds", args->seconds, "Stop trying after so long (60)")->check(CLI::Range(1, 86'400));
  command->callback([args, &code] { code = shrink(*args); });
}

} // namespace squall::cli
