// What the commands share: exit codes, output, and the way a command is made.
#pragma once

#include "reports/run.pb.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace squall::cli {

enum exit_code : int {
  exit_pass = 0,
  exit_fail = 1,    ///< an invariant failed
  exit_unknown = 2, ///< nothing failed, but the pass was not earned
  exit_usage = 64,
  exit_bad_scenario = 65,
  exit_internal = 70, ///< a fault of Squall itself, or the system under test died
};

/// Each adds its subcommand to `app`; when it was chosen, `code` becomes its exit code.
void add_run(CLI::App& app, int& code);
void add_validate(CLI::App& app, int& code);
void add_schema(CLI::App& app, int& code);
void add_list(CLI::App& app, int& code);
void add_new(CLI::App& app, int& code);
void add_replay(CLI::App& app, int& code);
void add_explain(CLI::App& app, int& code);
void add_shrink(CLI::App& app, int& code);
void add_audit(CLI::App& app, int& code);

/// The worst of a batch as an exit code; a run that died is 70.
int exit_code_of(const reports::Batch& batch);

/// One line on standard error: "squall: ...".
void complain(const std::string& message);

/// Colour is wanted: standard output is a terminal and NO_COLOR is not set.
bool color_wanted();

/// As typed, for commands to paste.
const std::string& program_name();
void set_program_name(std::string name);

/// True once Ctrl-C was pressed. `catch_interrupts` makes it so; a second Ctrl-C ends the process at once.
const volatile bool* interrupted();
void catch_interrupts();

/// Files named directly and every *.yaml in named folders, in order. Empty and a complaint if one cannot be read.
std::vector<std::string> scenario_files(const std::vector<std::string>& arguments);

} // namespace squall::cli
