#include "cli/prompt.hpp"

#include "actors/system/squall_system.hpp"
#include "campaigns/inspect/time_travel.hpp"
#include "campaigns/inspect/where.hpp"
#include "cli/command.hpp"
#include "reports/writers/format.hpp"
#include "scenarios/diagnostic.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <sstream>
#include <string_view>

namespace squall::cli {

namespace {

namespace inspect = campaigns::inspect;
using inspect::verb;

constexpr const char* help_text =
    R"(  n [N]         on to the next moment that wrote history (N times); so does an empty line
  b [N]         back
  n TEXT        on to the next moment that mentions it: n d3:7, n crashed, n message_lost
  b TEXT        back to the last that does
  g WHERE       go to 31m12s, 00:31:12.120, #812 (a history entry), @5321 (an event), start, end, violation, d3:7
  s             everyone's state
  d d3          one device: queue, cursor, token, clock, rows; d server
  r d1:4/0      one record, as everybody has it
  diff d1 d2    where two differ; one may be `server`
  m             messages on their way
  w             what has just been written into the history
  q             leave
)";

class prompt {
public:
  prompt(const scenarios::Plan& plan, const look_arguments& args)
      : args_(args), run_(plan, {.standing = {.system = [] { return std::make_unique<actors::squall_system>(); }}}) {}

  int once() {
    if (!move(run_.begin()) || !move(run_.go(where(args_.until.empty() ? "end" : args_.until))))
      return exit_usage;
    if (!arrived(where(args_.until.empty() ? "end" : args_.until)))
      return exit_usage;
    tell_place();
    bool ok = true;
    for (const auto& view : args_.views.empty() ? std::vector<std::string>{"state"} : args_.views) {
      std::fputs("\n", stdout);
      ok = show(view) && ok;
    }
    return ok ? exit_pass : exit_usage;
  }

  int interactive() {
    if (!move(run_.begin()))
      return exit_usage;
    if (!args_.until.empty())
      move(run_.go(where(args_.until)));
    fmt::print("{}\n", "h tells what can be asked");
    tell();
    std::string line;
    while (ask(), std::getline(std::cin, line))
      if (!obey(line))
        break;
    return exit_pass;
  }

private:
  void ask() const {
    if (::isatty(STDIN_FILENO))
      fmt::print("> ");
    std::fflush(stdout);
  }

  inspect::request where(const std::string& text) const {
    if (text == "violation" && args_.violation_at)
      return {verb::to_time, static_cast<std::uint64_t>(*args_.violation_at), ""};
    return inspect::parse_where(text);
  }

  bool move(const result<inspect::place>& to) {
    if (!to) {
      complain(to.err().message);
      return false;
    }
    here_ = *to;
    return true;
  }

  /// False, and a complaint, if the run has no such place.
  bool arrived(const inspect::request& to) const {
    const bool beyond = (to.what == verb::to_moment && here_.moment < to.number) ||
                        (to.what == verb::to_entry && here_.ended && here_.entries <= to.number);
    if (beyond)
      complain(fmt::format("this run has no {}: it ends after event @{}, with history entry #{}", args_.until,
                           here_.moment, here_.entries - 1));
    if (here_.found || beyond)
      return !beyond;
    static constexpr std::string_view words[] = {"start", "end", "violation"};
    const auto near = scenarios::nearest_name(args_.until, words);
    complain(fmt::format("nothing in this run mentions `{}`; {}", args_.until,
                         near.empty() ? "a place is a time (31m12s), #812, @5321, start, end, violation, or what the "
                                        "history says (d3:7, crashed)"
                                      : fmt::format("did you mean `{}`?", near)));
    return false;
  }

  void tell_place() const {
    fmt::print("{}  after event @{}, {} history entries, digest {:016x}{}\n", reports::moment_text(here_.at_ns),
               here_.moment, here_.entries, here_.digest, here_.ended ? "; the run is over" : "");
  }

  void tell() {
    tell_place();
    show("last");
  }

  bool show(const std::string& view) {
    auto text = run_.show(view);
    if (!text) {
      complain(text.err().message);
      return false;
    }
    std::fputs(text->c_str(), stdout);
    return text->rfind("`", 0) != 0;
  }

  void go(const inspect::request& to) {
    if (!move(run_.go(to)))
      return;
    if (!here_.found)
      fmt::print("there is none like that\n");
    tell();
  }

  /// "n", "n 5", "n d3:7".
  static inspect::request step(verb by_number, verb by_text, const std::string& what) {
    const bool number = !what.empty() && what.size() < 10 && what.find_first_not_of("0123456789") == std::string::npos;
    if (what.empty() || number)
      return {by_number, number ? std::stoull(what) : 1, ""};
    return {by_text, 0, what};
  }

  /// False: leave.
  bool obey(const std::string& line) {
    std::istringstream in(line);
    std::string command, rest;
    in >> command >> std::ws;
    std::getline(in, rest);
    while (!rest.empty() && rest.back() == ' ')
      rest.pop_back();
    if (command == "q" || command == "quit" || command == "exit")
      return false;
    if (command.empty() || command == "n" || command == "next")
      go(step(verb::next, verb::find, rest));
    else if (command == "b" || command == "back")
      go(step(verb::back, verb::find_back, rest));
    else if ((command == "g" || command == "go") && !rest.empty())
      go(where(rest));
    else if (command == "s" || command == "state")
      show("state");
    else if (command == "d" || command == "device")
      show("device " + rest);
    else if (command == "r" || command == "record")
      show("record " + rest);
    else if (command == "diff")
      show("diff " + rest);
    else if (command == "m" || command == "messages")
      show("messages");
    else if (command == "w" || command == "what")
      show("last");
    else if (command == "h" || command == "help" || command == "?" || command == "g" || command == "go")
      std::fputs(help_text, stdout);
    else
      fmt::print("no command is named `{}`; h tells what can be asked\n", command);
    return true;
  }

  const look_arguments& args_;
  inspect::time_travel run_;
  inspect::place here_;
};

} // namespace

int look_around(const scenarios::Plan& plan, const look_arguments& args) {
  prompt here(plan, args);
  return args.interactive ? here.interactive() : here.once();
}

} // namespace squall::cli
