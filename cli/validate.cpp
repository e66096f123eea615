// squall validate FILE..., squall schema, squall new NAME
#include "cli/command.hpp"
#include "scenarios/listing.hpp"
#include "scenarios/schema.hpp"

#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace squall::cli {

namespace {

int validate(const std::vector<std::string>& arguments, const std::vector<std::string>& sets) {
  const auto files = scenario_files(arguments);
  if (files.empty())
    return exit_usage;
  int code = exit_pass;
  for (const auto& file : files) {
    const auto outcome = scenarios::validate_file(file, {.sets = sets});
    std::fputs(outcome.text.c_str(), outcome.ok ? stdout : stderr);
    if (!outcome.ok)
      code = exit_bad_scenario;
  }
  return code;
}

int write_new(const std::string& name) {
  const std::string path = name + ".yaml";
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644); // never over something that is there
  if (fd < 0) {
    complain("cannot create " + path + ": " + std::error_code(errno, std::generic_category()).message());
    return exit_usage;
  }
  const std::string text = scenarios::new_scenario_text(name);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(fd) != 0 || !written) {
    ::unlink(path.c_str());
    complain("cannot write " + path);
    return exit_internal;
  }
  std::printf("wrote %s; try: %s run %s\n", path.c_str(), program_name().c_str(), path.c_str());
  return exit_pass;
}

} // namespace

void add_validate(CLI::App& app, int& code) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto sets = std::make_shared<std::vector<std::string>>();
  auto* command = app.add_subcommand("validate", "Check scenario files without running them");
  command->add_option("files", *files, "Scenario files, or folders of them")->required()->type_name("FILE|DIR");
  command->add_option("--set", *sets, "Override a key of the scenario")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->callback([files, sets, &code] { code = validate(*files, *sets); });
}

void add_schema(CLI::App& app, int& code) {
  auto* command = app.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors");
  command->callback([&code] {
    std::fputs(scenarios::json_schema().c_str(), stdout);
    code = exit_pass;
  });
}

void add_new(CLI::App& app, int& code) {
  auto name = std::make_shared<std::string>();
  auto* command = app.add_subcommand("new", "Write a small scenario to start from");
  command->add_option("name", *name, "Its name; NAME.yaml is written")->required();
  command->callback([name, &code] { code = write_new(*name); });
}

} // namespace squall::cli
