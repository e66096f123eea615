#include "reports/writers/format.hpp"
#include "reports/writers/writer.hpp"

#include <nlohmann/json.hpp>

namespace squall::reports {

namespace {

using nlohmann::ordered_json;

double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

std::string device_name(const Violation& v) {
  if (!v.has_device())
    return "";
  return v.device() == 0 ? "server" : "d" + std::to_string(v.device());
}

template <class Counts>
ordered_json counts(const Counts& all) {
  ordered_json out = ordered_json::object();
  for (const Count& c : all)
    out[c.name()] = c.value();
  return out;
}

ordered_json invariant(const InvariantResult& i) {
  ordered_json out{{"name", i.name()}, {"verdict", verdict_text(i.verdict())}, {"checked", i.checked()}};
  if (!i.reason().empty())
    out["reason"] = i.reason();
  out["violation_count"] = i.violation_count();
  out["violations"] = ordered_json::array();
  for (const Violation& v : i.violations())
    out["violations"].push_back({{"at_s", seconds(v.at_ns())},
                                 {"device", device_name(v)},
                                 {"record", v.record()},
                                 {"intent", v.intent()},
                                 {"message", v.message()},
                                 {"shape", v.shape()}});
  return out;
}

ordered_json run_json(const Run& run) {
  ordered_json out{{"scenario", run.scenario()},
                   {"file", run.scenario_file()},
                   {"seed", run.seed()},
                   {"variant", run.variant()},
                   {"verdict", verdict_text(run.verdict())},
                   {"digest", run.digest()},
                   {"virtual_s", seconds(run.virtual_ns())},
                   {"wall_s", seconds(run.wall_ns())},
                   {"devices", run.devices()},
                   {"operations", run.operations()},
                   {"messages", run.messages()},
                   {"events", run.events()},
                   {"peak_rss_bytes", run.peak_rss_bytes()},
                   {"faults", counts(run.faults())},
                   {"invariants", ordered_json::array()},
                   {"reached", ordered_json::array()},
                   {"pending", ordered_json::array()},
                   {"metrics", counts(run.metrics())},
                   {"probes", counts(run.probes())},
                   {"skipped", counts(run.skipped())},
                   {"refused", counts(run.failed())},
                   {"sabotages", counts(run.sabotages())},
                   {"unknown_because", run.unknown_because()},
                   {"signature", run.signature()},
                   {"failure", run.failure()}};
  for (const InvariantResult& i : run.invariants())
    out["invariants"].push_back(invariant(i));
  for (const ReachedResult& r : run.reached())
    out["reached"].push_back({{"name", r.name()}, {"want", r.want()}, {"got", r.got()}});
  for (const Pending& p : run.pending())
    out["pending"].push_back({{"device", p.device()}, {"reason", p.reason()}});
  out["story"] = ordered_json::array();
  for (const StoryLine& s : run.story().lines())
    out["story"].push_back({{"at_s", seconds(s.at_ns())}, {"who", s.who()}, {"what", s.what()}, {"turn", s.turn()}});
  out["suspects"] = run.story().suspects();
  if (run.has_exploration()) {
    const auto& e = run.exploration();
    out["exploration"] = {{"complete", e.complete()}, {"incomplete_because", e.incomplete_because()},
                          {"states", e.states()},     {"schedules", e.schedules()},
                          {"pruned", e.pruned()},     {"schedules_by_lost", e.lost()},
                          {"lose_max", e.lose_max()}, {"turns_max", e.turns_max()},
                          {"failed", e.failed()}};
  }
  if (!run.crash().empty())
    out["crash"] = run.crash();
  return out;
}

} // namespace

std::string to_json(const Batch& batch) {
  ordered_json out{{"schema", "squall.run/1"},
                   {"version", batch.version()},
                   {"verdict", verdict_text(overall(batch))},
                   {"interrupted", batch.interrupted()},
                   {"acknowledgements_enumerated", batch.acknowledgements_enumerated()},
                   {"failures", ordered_json::array()},
                   {"runs", ordered_json::array()}};
  for (const FailureGroup& g : batch.groups())
    out["failures"].push_back({{"signature", g.signature()},
                               {"count", g.count()},
                               {"seeds", g.seeds()},
                               {"smallest_seed", g.smallest_seed()},
                               {"failure", g.failure()}});
  for (const Run& run : batch.runs())
    out["runs"].push_back(run_json(run));
  return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace squall::reports
