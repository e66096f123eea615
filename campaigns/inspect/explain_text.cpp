#include "campaigns/inspect/explain.hpp"
#include "campaigns/inspect/table.hpp"
#include "reports/story/words.hpp"
#include "reports/writers/format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace squall::campaigns::inspect {

namespace {

constexpr std::size_t width = 110;
constexpr std::size_t unneeded_named_max = 6;

std::string wrapped(const std::string& head, const std::string& text, std::size_t indent) {
  return reports::wrapped(head, text, indent, width);
}

void what_is_wrong(const explanation& e, std::string& out) {
  out += fmt::format("\nWhat is wrong, at {}\n", reports::moment_text(e.violation.at_ns()));
  out += wrapped("  ", e.story.is + (e.story.should_be.empty() ? "." : ";"), 2);
  if (!e.story.should_be.empty())
    out += wrapped("  ", e.story.should_be + ".", 2);
  if (!e.story.players.empty())
    out += "\nWho is in it\n";
  for (const auto& player : e.story.players)
    out += wrapped("  ", player, 4);
}

void what_happened(const explanation& e, std::string& out) {
  if (e.story.lines.empty())
    return;
  out += "\nWhat happened\n";
  for (const auto& line : e.story.lines)
    out += wrapped(fmt::format("{} {}  {:<10}  ", line.turn ? " !" : "  ", reports::moment_text(line.at_ns), line.who),
                   line.what, 29);
  out += wrapped(fmt::format(" ! {}  {:<10}  ", reports::moment_text(e.violation.at_ns()), "the judge"),
                 "finds " + e.invariant + " broken", 29);
  if (e.story.left_out > 0)
    out += fmt::format("  ({} lesser lines are left out; a line with ! tells what should not have happened)\n",
                       e.story.left_out);
}

void state(const explanation& e, std::string& out) {
  if (e.story.state.empty())
    return;
  out += fmt::format("\nWho had what of {}, when it was last read\n", e.story.record);
  std::vector<std::string> titles{"", ""};
  titles.insert(titles.end(), e.story.holders.begin(), e.story.holders.end());
  table cells(titles);
  for (const auto& line : e.story.state) {
    std::vector<std::string> row{line.field, line.differs ? "differs" : ""};
    row.insert(row.end(), line.values.begin(), line.values.end());
    cells.row(row);
  }
  out += cells.text();
}

std::string outcome(const counterfactual& one) {
  const auto it = one.entry.kind == entry_of::noise ? "any of it" : "it";
  switch (one.outcome) {
    case without_it::does_not_fail: return fmt::format("Without {} the same plan does not fail.", it);
    case without_it::fails_otherwise:
      return fmt::format("Without {} this does not happen, but the plan breaks {}.", it, one.signature);
    case without_it::fails_elsewhere:
      return fmt::format("Without {} this does not happen; the same rule is broken elsewhere.", it);
    case without_it::fails_the_same: return fmt::format("Without {} the same happens.", it);
    case without_it::untried: return "";
  }
  return "";
}

const counterfactual* tried_of(const story::suspect& suspect, const std::vector<counterfactual>& tried) {
  for (const auto& one : tried) {
    const bool fault = one.entry.kind == entry_of::fault && suspect.fault != 0 && one.entry.id == suspect.fault;
    const bool noise = one.entry.kind == entry_of::noise && suspect.fault == 0 && one.entry.name == suspect.noise;
    if (fault || noise)
      return &one;
  }
  return nullptr;
}

void what_made_the_difference(const explanation& e, const std::vector<counterfactual>& tried, std::string& out) {
  out += "\nWhat made the difference\n";
  std::vector<std::string> cleared;
  std::size_t told = 0;
  for (const auto& suspect : e.story.suspects) {
    const auto* proof = tried_of(suspect, tried);
    if (proof && proof->outcome == without_it::fails_the_same) {
      cleared.push_back(suspect.what);
      continue;
    }
    ++told;
    out += wrapped(fmt::format("   {}  ", reports::moment_text(suspect.at_ns)),
                   suspect.what + "." + (proof ? " " + outcome(*proof) : ""), 17);
  }
  if (e.story.suspects.empty())
    out += "  No fault and no mishap of a message stands in this story.\n";
  else if (told == 0)
    out += "  No single fault: what the users did, in this order, was enough.\n";
  for (const auto& one : cleared)
    out += wrapped("   not needed    ", one + ". Without it the same happens.", 17);
}

void necessity(const explanation& e, const std::vector<counterfactual>& tried, std::string& out) {
  std::vector<const counterfactual*> needed, unneeded;
  std::size_t untried = 0;
  for (const auto& one : tried) {
    if (one.outcome == without_it::untried)
      ++untried;
    else
      (one.outcome == without_it::fails_the_same || one.outcome == without_it::fails_elsewhere ? unneeded : needed)
          .push_back(&one);
  }
  out += fmt::format("\nWhat it takes: {} of {} entries of the plan are necessary, each by itself\n", needed.size(),
                     tried.size());
  for (const auto* one : needed)
    out += wrapped("  + ",
                   say(one->entry, e.of.plan) +
                       (one->outcome == without_it::fails_otherwise ? " - without it: " + one->signature : ""),
                   4);
  for (std::size_t i = 0; i < unneeded.size() && i < unneeded_named_max; ++i)
    out += wrapped("  - ",
                   say(unneeded[i]->entry, e.of.plan) + (unneeded[i]->outcome == without_it::fails_elsewhere
                                                             ? " only decides where it strikes"
                                                             : " plays no part"),
                   4);
  if (unneeded.size() > unneeded_named_max)
    out += fmt::format("  - {} more play no part\n", unneeded.size() - unneeded_named_max);
  if (untried > 0)
    out += fmt::format("  ? {} were not tried: time was up\n", untried);
}

} // namespace

std::string to_text(const explanation& e, const std::vector<counterfactual>& tried, const text_options& options) {
  const auto& plan = e.of.plan;
  std::string out = fmt::format("{} is broken\n", e.invariant);
  out += wrapped("  it demands  ", e.meaning, 14);
  out += fmt::format("  the run     {}, seed {}, {} {}\n", plan.scenario(), plan.seed(), plan.topology().devices_size(),
                     plan.topology().devices_size() == 1 ? "device" : "devices");
  for (int i = 0; i < plan.sabotages_size(); ++i) {
    const auto meaning = static_cast<std::size_t>(i) < options.sabotage_meanings.size()
                             ? ": " + options.sabotage_meanings[static_cast<std::size_t>(i)]
                             : "";
    out += wrapped("  a known bug is switched on  ", plan.sabotages(i) + meaning, 14);
  }
  if (!e.also_broken.empty())
    out += wrapped("  also broken ", story::join(e.also_broken), 14);
  what_is_wrong(e, out);
  what_happened(e, out);
  state(e, out);
  what_made_the_difference(e, tried, out);
  if (options.all_tried)
    necessity(e, tried, out);
  out += "\nTo read this: d3:7 is the 7th change that was made on device 3; change 41 is the 41st that the server "
         "committed.\n";
  out += fmt::format("  look around  {0} replay {1} --interactive\n", options.program, options.directory);
  if (!options.all_tried)
    out += fmt::format("  what it takes  {0} explain {1} --counterfactual   (after `shrink`, the list is short)\n",
                       options.program, options.directory);
  return out;
}

} // namespace squall::campaigns::inspect
