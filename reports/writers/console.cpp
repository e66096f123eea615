#include "reports/first_violation.hpp"
#include "reports/writers/format.hpp"
#include "reports/writers/writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <vector>

namespace squall::reports {

namespace {

constexpr std::size_t column = 13; // where the text beside a label begins
constexpr std::size_t line_width = 118;
constexpr int violations_shown_max = 3; // of each invariant; the JSON report has them all

class console {
public:
  explicit console(const console_options& options) : options_(options) {}

  void text(const std::string& s) { out_ += s; }
  void line(const std::string& s = "") { out_ += s + "\n"; }

  std::string verdict(Verdict v) const {
    static const std::map<Verdict, const char*> colors{
        {PASS, "\033[1;32m"}, {UNKNOWN, "\033[1;33m"}, {FAIL, "\033[1;31m"}};
    const char* word = v == PASS ? "PASS" : v == UNKNOWN ? "UNKNOWN" : v == FAIL ? "FAIL" : "NONE";
    const auto color = colors.find(v);
    return options_.color && color != colors.end() ? std::string(color->second) + word + "\033[0m" : word;
  }

  /// "  label    item · item · item", wrapped.
  void items(const char* label, const std::vector<std::string>& all) {
    if (all.empty())
      return;
    std::string row = fmt::format("  {:<{}}", label, column - 2);
    std::size_t used = row.size();
    bool first = true;
    for (const std::string& item : all) {
      if (!first && used + 3 + item.size() > line_width) {
        line(row);
        row = std::string(column, ' ');
        used = row.size();
        first = true;
      }
      row += (first ? "" : " · ") + item;
      used += (first ? 0 : 3) + item.size();
      first = false;
    }
    line(row);
  }

  std::string take() { return std::move(out_); }
  const console_options& options() const { return options_; }

private:
  console_options options_;
  std::string out_;
};

std::map<std::string, std::uint64_t> metrics_of(const Run& run) {
  std::map<std::string, std::uint64_t> all;
  for (const Count& c : run.metrics())
    all[c.name()] += c.value();
  return all;
}

std::string counted(std::uint64_t n, const char* one, const char* many) {
  return with_commas(n) + " " + (n == 1 ? one : many);
}

/// How many records break each of the business's rules.
std::vector<std::string> broken_rules(const std::map<std::string, std::uint64_t>& metrics) {
  constexpr std::string_view prefix = "broken.";
  std::vector<std::string> out;
  for (auto it = metrics.lower_bound(std::string(prefix)); it != metrics.end() && it->first.starts_with(prefix); ++it)
    out.push_back(fmt::format("{} broken by {}", it->first.substr(prefix.size()), with_commas(it->second)));
  return out;
}

/// How far behind devices were, as times.
std::vector<std::string> drift(const std::map<std::string, std::uint64_t>& metrics) {
  std::vector<std::string> out;
  const auto add = [&](const char* name, const char* words) {
    if (const auto it = metrics.find(name); it != metrics.end() && it->second > 0)
      out.push_back(fmt::format("{} {}", words, duration_text(static_cast<std::int64_t>(it->second) * 1'000'000)));
  };
  add("drift_age_ms_max", "behind by at most");
  add("connected_lag_ms_max", "while connected by");
  add("connected_lag_ms_p99", "99 in 100 times by");
  return out;
}

std::vector<std::string> outcomes(const std::map<std::string, std::uint64_t>& metrics) {
  std::vector<std::string> parts;
  for (const char* name : {"applied", "merged", "superseded", "conflicted", "rejected"})
    if (const auto it = metrics.find(name); it != metrics.end() && it->second > 0)
      parts.push_back(with_commas(it->second) + " " + name);
  return parts;
}

std::vector<std::string> counts(const google::protobuf::RepeatedPtrField<Count>& all) {
  std::vector<std::string> parts;
  for (const Count& c : all)
    if (c.value() > 0)
      parts.push_back(c.name() + " " + with_commas(c.value()));
  return parts;
}

std::string speed(const Run& run) {
  if (run.wall_ns() <= 0)
    return "";
  return fmt::format(" ({}x)", with_commas(static_cast<std::uint64_t>(run.virtual_ns() / run.wall_ns())));
}

void what_was_done(console& out, const Run& run) {
  const auto metrics = metrics_of(run);
  std::vector<std::string> did{counted(run.operations(), "intent", "intents")};
  for (auto& part : outcomes(metrics))
    did.push_back(std::move(part));
  did.push_back(counted(run.messages(), "message", "messages"));
  if (run.peak_rss_bytes() > 0)
    did.push_back(bytes_text(run.peak_rss_bytes()) + " peak");
  out.items("did", did);
  out.items("injected", counts(run.faults()));
  out.items("skipped", counts(run.skipped()));
  out.items("refused", counts(run.failed()));
  std::vector<std::string> checked, reached;
  for (const InvariantResult& i : run.invariants())
    checked.push_back(i.name() + " " + with_commas(i.checked()) +
                      (i.verdict() == PASS ? "" : std::string(" ") + verdict_text(i.verdict())));
  out.items("checked", checked);
  for (const ReachedResult& r : run.reached())
    reached.push_back(fmt::format("{} {} (>= {}{})", r.name(), with_commas(r.got()), with_commas(r.want()),
                                  r.got() < r.want() ? ", not reached" : ""));
  out.items("reached", reached);
  out.items("rules", broken_rules(metrics));
  out.items("drift", drift(metrics));
  out.items("sabotage", counts(run.sabotages()));
}

/// What broke, by name: the story that follows is that of the first.
void broken(console& out, const Run& run) {
  std::vector<std::string> all;
  for (const InvariantResult& i : run.invariants()) {
    const auto item =
        i.name() + " " + (i.violations().empty() ? i.reason() : counted(i.violation_count(), "time", "times"));
    if (i.name() == run.story().invariant())
      all.insert(all.begin(), item);
    else if (i.verdict() == FAIL)
      all.push_back(item);
  }
  out.items("broken", all);
}

void violations(console& out, const Run& run) {
  if (!run.story().invariant().empty())
    return broken(out, run);
  for (const InvariantResult& i : run.invariants()) {
    if (i.verdict() == PASS || i.verdict() == VERDICT_NONE)
      continue;
    if (i.violations().empty()) {
      out.line(fmt::format("  {}: {}", i.name(), i.reason()));
      continue;
    }
    out.line(fmt::format("  {}: {}", i.name(), counted(i.violation_count(), "violation", "violations")));
    const int shown = std::min(i.violations_size(), violations_shown_max);
    for (int k = 0; k < shown; ++k)
      out.line(fmt::format("    {}  {}", moment_text(i.violations(k).at_ns()), i.violations(k).message()));
    if (i.violation_count() > static_cast<std::uint64_t>(shown))
      out.line(
          fmt::format("    ... and {} more", with_commas(i.violation_count() - static_cast<std::uint64_t>(shown))));
  }
}

void pending(console& out, const Run& run) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const Pending& p : run.pending())
    by_reason[p.reason()].push_back(p.device());
  for (const auto& [reason, devices] : by_reason) {
    std::string names;
    for (std::size_t i = 0; i < devices.size() && i < 8; ++i)
      names += (i ? ", " : "") + devices[i];
    if (devices.size() > 8)
      names += fmt::format(" and {} more", with_commas(devices.size() - 8));
    out.line(fmt::format("  not settled: {} ({})", reason, names));
  }
}

void story(console& out, const Run& run) {
  const Story& told = run.story();
  if (told.lines().empty())
    return;
  out.line();
  out.line(told.invariant().empty() ? "  what happened" : "  how " + told.invariant() + " was first broken");
  for (const StoryLine& s : told.lines())
    out.text(wrapped(fmt::format("  {} {}  {:<10}  ", s.turn() ? "!" : " ", moment_text(s.at_ns()), s.who()), s.what(),
                     30, line_width));
  if (told.left_out() > 0)
    out.line(fmt::format("    ({} left out)", counted(told.left_out(), "lesser line is", "lesser lines are")));
  if (told.suspects_size() > 0)
    out.text(wrapped("  disturbed by ", told.suspects(0), 15, line_width));
  out.line();
}

void last_line(console& out, const Run& run) {
  out.line(fmt::format("{}  {} seed {}{}  digest {}", out.verdict(run.verdict()), run.scenario(), run.seed(),
                       run.variant().empty() ? "" : " " + run.variant(), run.digest().empty() ? "none" : run.digest()));
  if (!run.failure().empty())
    out.line(fmt::format("  explain  {0} explain {1}\n  shrink   {0} shrink {1}\n  replay   {0} replay {1}",
                         out.options().program, run.failure()));
}

void explored(console& out, const Run& run) {
  if (!run.has_exploration())
    return;
  const auto& e = run.exploration();
  std::vector<std::string> parts{
      counted(e.states(), "state", "states"), counted(e.schedules(), "schedule", "schedules") + " judged",
      with_commas(e.pruned()) + " pruned", fmt::format("at most {}", counted(e.turns_max(), "turn", "turns"))};
  out.items("explored", parts);
  std::vector<std::string> lost;
  for (int n = 0; n < e.lost_size(); ++n)
    lost.push_back(fmt::format("{}: {}", n, with_commas(e.lost(n))));
  out.items("lost", lost);
  if (e.failed() > 0)
    out.line(fmt::format("  {} of them failed", counted(e.failed(), "schedule", "schedules")));
  out.line(e.complete() ? "  complete: every distinct schedule was judged"
                        : "  not complete: " + e.incomplete_because());
}

void one_run(console& out, const Run& run) {
  const auto took = run.has_exploration() ? duration_text(run.wall_ns())
                                          : fmt::format("{} virtual in {}{}", duration_text(run.virtual_ns()),
                                                        duration_text(run.wall_ns()), speed(run));
  out.line(fmt::format("{} · seed {} · {} · {}", run.scenario(), run.seed(),
                       counted(run.devices(), "device", "devices"), took));
  what_was_done(out, run);
  explored(out, run);
  if (!run.crash().empty())
    out.line("  the run died: " + run.crash());
  violations(out, run);
  pending(out, run);
  for (const std::string& why : run.unknown_because())
    out.line("  unknown because " + why);
  story(out, run);
  last_line(out, run);
}

/// A run that did not pass, in a batch: enough to decide whether to look closer.
void brief(console& out, const Run& run) {
  last_line(out, run);
  if (!run.crash().empty())
    out.line("  the run died: " + run.crash().substr(0, run.crash().find('\n')));
  const auto first = first_violation_of(run);
  if (first.of)
    out.line(fmt::format("  {}: {}", first.in->name(), first.of->message()));
  for (const InvariantResult& i : run.invariants())
    if (&i != first.in && i.verdict() == FAIL && !i.violations().empty())
      out.line(fmt::format("  {}: {}", i.name(), i.violations(0).message()));
  for (const std::string& why : run.unknown_because())
    out.line("  unknown because " + why);
}

template <class Counts>
void add(std::map<std::string, std::uint64_t>& to, const Counts& from) {
  for (const Count& c : from)
    to[c.name()] += c.value();
}

std::vector<std::string> nonzero(const std::map<std::string, std::uint64_t>& all) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : all)
    if (value > 0)
      parts.push_back(name + " " + with_commas(value));
  return parts;
}

struct totals {
  std::map<std::string, std::uint64_t> metrics, faults, probes, checked;
  std::map<std::string, std::uint64_t> greatest; ///< of each metric, that of the run that has most of it
  std::map<Verdict, std::uint64_t> verdicts;
  std::uint64_t intents = 0;
  std::int64_t virtual_ns = 0, wall_ns = 0;
};

totals add_up(const Batch& batch) {
  totals t;
  for (const Run& run : batch.runs()) {
    ++t.verdicts[run.verdict()];
    t.intents += run.operations();
    t.virtual_ns += run.virtual_ns();
    t.wall_ns += run.wall_ns();
    add(t.metrics, run.metrics());
    for (const Count& c : run.metrics())
      t.greatest[c.name()] = std::max<std::uint64_t>(t.greatest[c.name()], c.value());
    add(t.faults, run.faults());
    add(t.probes, run.probes());
    for (const InvariantResult& i : run.invariants())
      t.checked[i.name()] += i.checked();
  }
  return t;
}

void many_runs(console& out, const Batch& batch) {
  constexpr int shown_max = 10;
  int shown = 0;
  for (const Run& run : batch.runs())
    if (run.verdict() != PASS && shown++ < shown_max)
      brief(out, run);
  if (shown > shown_max)
    out.line(fmt::format("... and {} more that did not pass", shown - shown_max));
  std::vector<std::string> kinds;
  for (const FailureGroup& g : batch.groups())
    kinds.push_back(fmt::format("{} ({}, smallest with seed {}{}{})", g.signature().empty() ? "?" : g.signature(),
                                counted(g.count(), "run", "runs"), g.smallest_seed(), g.failure().empty() ? "" : ": ",
                                g.failure()));
  if (!kinds.empty())
    out.items("failures", kinds);

  const totals t = add_up(batch);
  std::vector<std::string> did{counted(t.intents, "intent", "intents")}, never;
  for (auto& part : outcomes(t.metrics))
    did.push_back(std::move(part));
  did.push_back(duration_text(t.virtual_ns) + " virtual in " + duration_text(t.wall_ns) + " of one core");
  out.items("did", did);
  out.items("injected", nonzero(t.faults));
  out.items("checked", nonzero(t.checked));
  out.items("rules", broken_rules(t.metrics));
  out.items("drift", drift(t.greatest));
  for (const auto& [name, value] : t.probes)
    if (value == 0)
      never.push_back(name);
  out.items("never hit", never);
  std::vector<std::string> sums;
  for (const auto& [verdict, count] : t.verdicts)
    sums.push_back(with_commas(count) + " " + verdict_text(verdict));
  std::string joined;
  for (const auto& s : sums)
    joined += (joined.empty() ? "" : ", ") + s;
  out.line(fmt::format("{}  {}: {}", out.verdict(overall(batch)),
                       counted(static_cast<std::uint64_t>(batch.runs_size()), "run", "runs"), joined));
}

} // namespace

Verdict overall(const Batch& batch) {
  Verdict worst = batch.runs().empty() ? UNKNOWN : PASS;
  for (const Run& run : batch.runs())
    worst = worse(worst, run.verdict());
  return worst;
}

std::string to_console(const Batch& batch, const console_options& options) {
  console out(options);
  if (options.quiet) {
    for (const Run& run : batch.runs())
      last_line(out, run);
  } else if (batch.runs_size() == 1) {
    one_run(out, batch.runs(0));
  } else if (!batch.runs().empty()) {
    many_runs(out, batch);
  }
  if (batch.acknowledgements_enumerated() > 0)
    out.line(fmt::format("acknowledgements: {} enumerated, {} lost one at a time and judged",
                         with_commas(batch.acknowledgements_enumerated()),
                         with_commas(static_cast<std::uint64_t>(batch.runs_size()))));
  if (batch.interrupted())
    out.line("interrupted: what had finished is above");
  return out.take();
}

} // namespace squall::reports
