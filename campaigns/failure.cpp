#include "campaigns/failure.hpp"

#include "campaigns/build_id.hpp"
#include "campaigns/run_plan.hpp"
#include "reports/history/recorder.hpp"
#include "reports/story/account.hpp"
#include "reports/writers/writer.hpp"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#ifndef SQUALL_VERSION
#define SQUALL_VERSION "unknown"
#endif

namespace squall::campaigns {

namespace {

namespace fs = std::filesystem;

error cannot(const char* what, const std::string& path, const std::string& why) {
  return {errc::storage, std::string("cannot ") + what + " " + path + (why.empty() ? "" : ": " + why)};
}

result<void> write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  out.close();
  if (!out)
    return cannot("write", path.string(), std::error_code(errno, std::generic_category()).message());
  return {};
}

result<std::string> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return error{errc::not_found, "cannot read " + path.string()};
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// What failure.json holds; flat, so that any tool can read it.
reports::FailureRecord record_of(const scenarios::Plan& plan, const reports::Run& run) {
  reports::FailureRecord record;
  record.set_scenario(plan.scenario());
  record.set_seed(plan.seed());
  record.set_verdict(reports::Verdict_Name(run.verdict()));
  record.set_signature(run.signature());
  record.set_digest(run.digest());
  record.set_version(program_version());
  return record;
}

std::string to_json_text(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string out;
  CHECK(google::protobuf::util::MessageToJsonString(message, &out, options).ok());
  return out;
}

std::string plan_text(const scenarios::Plan& plan) {
  std::string out;
  google::protobuf::TextFormat::PrintToString(plan, &out);
  return out;
}

/// Runs the plan with the trace on into `directory`; the story of its first violation goes into `run`.
result<void> trace(const scenarios::Plan& plan, const fs::path& directory, reports::Run& run) {
  const std::string path = (directory / "history.bin").string();
  history::recorder recorder(path);
  auto traced = run_plan(plan, {.sinks = {&recorder}, .remember_texts = true});
  if (!traced)
    return traced.err();
  if (!recorder.finish(traced->names))
    return cannot("write", path, recorder.error());
  const std::string name = run.scenario_file();
  run = std::move(traced->run);
  run.set_scenario_file(name);
  *run.mutable_story() = story::brief(run, plan, [&](history::sink& to, std::string& why) {
    return history::replay(
        path, to, [](const history::name_table&) {}, why);
  });
  return {};
}

} // namespace

const char* program_version() noexcept {
  static const std::string version = [] {
    const std::string build = build_id();
    return build.empty() ? std::string(SQUALL_VERSION) : std::string(SQUALL_VERSION) + "+" + build.substr(0, 8);
  }();
  return version.c_str();
}

result<void> write_failure(const scenarios::Plan& plan, const std::string& directory, reports::Run& run,
                           const std::vector<extra_file>& extras) {
  const fs::path target = directory;
  const fs::path partial = directory + ".part";
  std::error_code failed;
  fs::remove_all(partial, failed);
  fs::create_directories(partial, failed);
  if (failed)
    return cannot("create", partial.string(), failed.message());
  const auto give_up = [&](const error& e) -> result<void> {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    return e;
  };
  if (run.crash().empty())
    if (auto traced = trace(plan, partial, run); !traced)
      return give_up(traced.err());
  run.set_failure(directory);
  reports::Batch batch;
  batch.set_version(program_version());
  *batch.add_runs() = run;
  std::vector<extra_file> files = {
      {"plan.bin", plan.SerializeAsString()},
      {"plan.txt", plan_text(plan)},
      {"failure.json", to_json_text(record_of(plan, run))},
      {"report.txt", reports::to_console(batch, {})},
  };
  files.insert(files.end(), extras.begin(), extras.end());
  for (const auto& [name, bytes] : files)
    if (auto written = write_file(partial / name, bytes); !written)
      return give_up(written.err());
  // What was there goes only when its successor is in place: whoever is killed here leaves one of the two.
  const fs::path before = directory + ".old";
  fs::remove_all(before, failed);
  if (fs::exists(target, failed))
    fs::rename(target, before, failed);
  fs::rename(partial, target, failed);
  if (failed)
    return give_up(cannot("create", directory, failed.message()));
  fs::remove_all(before, failed);
  return {};
}

result<failure> read_failure(const std::string& directory) {
  const fs::path from = directory;
  failure out;
  auto plan = read_file(from / "plan.bin");
  if (!plan)
    return error{errc::not_found, directory + " is not a failure directory: it has no plan.bin"};
  if (!out.plan.ParseFromString(*plan))
    return error{errc::corrupt, (from / "plan.bin").string() + " is damaged"};
  auto json = read_file(from / "failure.json");
  if (!json)
    return json.err();
  reports::FailureRecord record;
  if (!google::protobuf::util::JsonStringToMessage(*json, &record).ok())
    return error{errc::corrupt, (from / "failure.json").string() + " is damaged"};
  out.digest = record.digest();
  out.signature = record.signature();
  out.version = record.version();
  return out;
}

} // namespace squall::campaigns
