// The composition root: parses the command line and hands over to one command.
#include "campaigns/failure.hpp"
#include "cli/command.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  using namespace squall;
  CLI::App app{"Squall finds the bugs that lose people's data in offline-first software."};
  app.set_version_flag("--version", std::string("squall ") + campaigns::program_version());
  app.require_subcommand(0, 1); // none is told below; CLI11 would call an unknown one a missing one
  app.get_formatter()->column_width(34);
  cli::set_program_name(argv[0]);

  int code = cli::exit_pass;
  cli::add_run(app, code);
  cli::add_validate(app, code);
  cli::add_schema(app, code);
  cli::add_list(app, code);
  cli::add_new(app, code);
  cli::add_replay(app, code);
  cli::add_explain(app, code);
  cli::add_shrink(app, code);
  cli::add_audit(app, code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int asked = app.exit(e); // prints help, version or what is wrong
    return asked == 0 ? cli::exit_pass : cli::exit_usage;
  }
  if (app.get_subcommands().empty()) {
    std::fputs(app.help().c_str(), stderr);
    return cli::exit_usage;
  }
  if (std::fflush(stdout) != 0) {
    cli::complain("cannot write to standard output");
    return cli::exit_internal;
  }
  return code;
}
