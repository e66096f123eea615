#include "cli/command.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <algorithm>

namespace squall::cli {

namespace {

volatile bool stop_requested = false;
std::string name_as_typed = "squall";

void on_interrupt(int) {
  stop_requested = true;
  std::signal(SIGINT, SIG_DFL);
}

} // namespace

int exit_code_of(const reports::Batch& batch) {
  bool failed = false, unknown = batch.runs().empty() || batch.interrupted(), died = false;
  for (const auto& run : batch.runs()) {
    died |= !run.crash().empty();
    failed |= run.verdict() == reports::FAIL;
    unknown |= run.verdict() == reports::UNKNOWN;
  }
  return died ? exit_internal : failed ? exit_fail : unknown ? exit_unknown : exit_pass;
}

void complain(const std::string& message) { std::fprintf(stderr, "squall: %s\n", message.c_str()); }

bool color_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) && (no_color == nullptr || *no_color == '\0');
}

const std::string& program_name() { return name_as_typed; }
void set_program_name(std::string name) { name_as_typed = std::move(name); }

const volatile bool* interrupted() { return &stop_requested; }
void catch_interrupts() { std::signal(SIGINT, on_interrupt); }

std::vector<std::string> scenario_files(const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& argument : arguments) {
    std::error_code failed;
    if (fs::is_directory(argument, failed)) {
      std::vector<std::string> inside;
      for (fs::directory_iterator it(argument, failed), end; !failed && it != end; it.increment(failed))
        if (it->path().extension() == ".yaml" || it->path().extension() == ".yml")
          inside.push_back(it->path().string());
      if (failed || inside.empty()) {
        complain(failed ? "cannot read the folder " + argument + ": " + failed.message()
                        : "no .yaml files in the folder " + argument);
        return {};
      }
      std::sort(inside.begin(), inside.end());
      files.insert(files.end(), inside.begin(), inside.end());
    } else if (::access(argument.c_str(), R_OK) != 0) {
      complain("cannot read " + argument + ": " + std::error_code(errno, std::generic_category()).message());
      return {};
    } else {
      files.push_back(argument);
    }
  }
  return files;
}

} // namespace squall::cli
