// squall audit FILE|FAILURE, squall audit --replay LOG
#include "campaigns/audit/log_file.hpp"
#include "campaigns/audit/run.hpp"
#include "campaigns/failure.hpp"
#include "cli/command.hpp"
#include "scenarios/loader.hpp"
#include "scenarios/planner/planner.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

namespace squall::cli {

namespace {

namespace audit = campaigns::audit;

struct audit_arguments {
  std::string file;
  std::uint64_t seed = 1;
  std::string save;
  std::string replay;
  std::string against;
};

int refuse(const error& e) {
  complain(e.message);
  return e.code == errc::not_found ? exit_usage : exit_bad_scenario;
}

/// A scenario's plan, or a failure's.
result<scenarios::Plan> plan_of(const std::string& file, std::uint64_t seed) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed)) {
    auto failure = campaigns::read_failure(file);
    return failure ? result<scenarios::Plan>(std::move(failure->plan)) : result<scenarios::Plan>(failure.err());
  }
  if (!std::filesystem::exists(file, failed))
    return error{errc::not_found, "cannot read " + file};
  const auto loaded = scenarios::load_file(file);
  if (!loaded.scenario)
    return error{errc::invalid_argument, scenarios::to_string(loaded.diagnostics)};
  return scenarios::plan(*loaded.scenario, seed);
}

result<std::string> bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return error{errc::not_found, "cannot read " + file};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool write(const std::string& file, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  return out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush().good();
}

int tell(const audit::findings& f, const std::string& compared_with) {
  std::string counted;
  std::uint64_t judged = 0;
  for (const auto& [verdict, n] : f.judgements) {
    counted += fmt::format("{}{} {}", counted.empty() ? "" : ", ", n, verdict);
    judged += n;
  }
  fmt::print("  records    {}: {} judgements{}\n", f.records, judged, counted.empty() ? "" : " (" + counted + ")");
  if (!f.difference.empty()) {
    fmt::print("  different  {}\n", f.difference);
    return exit_fail;
  }
  fmt::print("  decisions  the same, in the same order\n");
  if (f.rows > 0)
    fmt::print("  state      {} rows, tasks and positions, the same as {}\n", f.rows, compared_with);
  fmt::print("  digest     {:016x}\n", audit::digest_of(f.state));
  return exit_pass;
}

int rebuild_run(const audit_arguments& args) {
  const auto plan = plan_of(args.file, args.seed);
  if (!plan)
    return refuse(plan.err());
  auto account = audit::run_and_account(*plan);
  if (!account)
    return refuse(account.err());
  const audit::ground on = audit::ground_of(*plan);
  if (!args.save.empty()) {
    const audit::captured log{plan->scenario(), plan->seed(), on, account->records};
    if (!write(args.save, audit::write_log(log, audit::format_of(args.save)))) {
      complain("cannot write " + args.save);
      return exit_internal;
    }
  }
  const auto found = audit::rebuild(on, account->records, &account->state);
  if (!found)
    return refuse(found.err());
  fmt::print("audit of {}, seed {}\n", plan->scenario(), plan->seed());
  return tell(*found, "the server's");
}

int replay_log(const audit_arguments& args) {
  const auto bytes = bytes_of(args.replay);
  if (!bytes)
    return refuse(bytes.err());
  const auto log = audit::read_log(*bytes, audit::format_of(args.replay));
  if (!log)
    return refuse({log.err().code, args.replay + ": " + log.err().message});
  std::optional<audit::account> other;
  if (!args.against.empty()) {
    const auto plan = plan_of(args.against, args.seed);
    if (!plan)
      return refuse(plan.err());
    auto account = audit::run_and_account(*plan);
    if (!account)
      return refuse(account.err());
    other = std::move(*account);
  }
  const auto found = audit::rebuild(log->on, log->records, other ? &other->state : nullptr);
  if (!found)
    return refuse(found.err());
  fmt::print("audit of {}, seed {}, from {}\n", log->scenario, log->seed, args.replay);
  return tell(*found, "the server's of " + args.against);
}

} // namespace

void add_audit(CLI::App& app, int& code) {
  auto args = std::make_shared<audit_arguments>();
  auto* command = app.add_subcommand(
      "audit",
      "Run a scenario or a failure, rebuild its server from the audit alone, and compare; or replay a captured audit");
  auto* file =
      command->add_option("file", args->file, "A scenario, or a directory that `run` wrote")->type_name("FILE|FAILURE");
  command->add_option("--seed", args->seed, "Of a scenario")->default_val(1);
  auto* save =
      command->add_option("--export", args->save, "Keep the audit: JSON lines, or protobuf where the name ends in .pb")
          ->type_name("LOG");
  auto* replay = command->add_option("--replay", args->replay, "Lead a server with an empty store through a kept audit")
                     ->type_name("LOG");
  command->add_option("--against", args->against, "With --replay: whose server's state must come of it")
      ->type_name("FILE|FAILURE")
      ->needs(replay);
  replay->excludes(file)->excludes(save);
  command->callback([args, &code] {
    if (args->file.empty() && args->replay.empty()) {
      complain("audit needs a scenario, a failure or --replay LOG");
      code = exit_usage;
      return;
    }
    code = args->replay.empty() ? rebuild_run(*args) : replay_log(*args);
  });
}

} // namespace squall::cli
