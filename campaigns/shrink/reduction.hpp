// Ways to make a plan smaller or plainer. Each offers candidates by number; every candidate that is taken makes some measure
// of the plan less, so that a reduction tried again and again comes to an end.
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace squall::campaigns {

/// A story with more entries than this is worth a harsher setting.
constexpr std::size_t long_story = 6;
constexpr std::int64_t duration_least_ns = 10'000'000'000; ///< of a scenario

struct reduction {
  const char* what = "";
  std::function<std::size_t(const scenarios::Plan&)> places;
  /// The candidate of one place; nothing where the place has none.
  std::function<std::optional<scenarios::Plan>(const scenarios::Plan&, std::size_t)> at;
};

/// Entries in chunks of `size`: the complement half of ddmin.
reduction fewer_entries(std::size_t size);
/// When the first violation of a signature was seen, and who was in it; zeros where nothing is known.
struct sighting {
  std::int64_t at_ns = 0;
  std::uint32_t device = 0;
};
sighting sighting_of(const std::string& signature, const reports::Run& run);
/// A shorter day, one team for all or half of them: what makes the dearest runs cheap.
std::vector<reduction> fewer_at_large(const scenarios::Plan& plan, const sighting& seen);
/// All faults of one kind, everything that some devices do.
std::vector<reduction> fewer_kinds(const scenarios::Plan& plan);
/// Acts of a change, fields of an act, guards, `after`s; one record for two; one device for two.
std::vector<reduction> plainer_entries();
/// Devices that nothing is said of.
reduction fewer_devices();
/// Two changes of one record at the very same moment, and little else.
reduction at_once();
/// Settings of the engine and the network back to what they are anyway; clocks that are right; fewer sabotages.
std::vector<reduction> plainer_settings();
/// Shorter faults, with the parameters that they have anyway.
std::vector<reduction> plainer_faults();
/// Times that a person would write, values likewise.
std::vector<reduction> plainer_story();
/// A data model of what is used: collections, fields, then keys, bounds, states and roles.
std::vector<reduction> plainer_model();

/// The plan with one setting harsher, each: where a bug takes many entries to show, it may take fewer then.
std::vector<scenarios::Plan> harsher(const scenarios::Plan& plan);

} // namespace squall::campaigns
