// Ways to make a plan smaller or plainer. Each offers candidates by number; every candidate that is taken makes some measure
// of the plan less, so that a reduction tried again and again comes to an end.
#pragma once

#include "scenarios/plan.pb.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace squall::campaigns {

struct reduction {
  const char* what = "";
  std::function<std::size_t(const scenarios::Plan&)> places;
  /// The candidate of one place; nothing where the place has none.
  std::function<std::optional<scenarios::Plan>(const scenarios::Plan&, std::size_t)> at;
};

/// Entries in chunks of `size`: the complement half of ddmin.
reduction fewer_entries(std::size_t size);
/// Whole kinds at a time: all but one team, all faults of one kind, everything that one device does.
std::vector<reduction> fewer_at_large();
/// Acts of a change, fields of an act, guards, `after`s; one record for two; one device for two.
std::vector<reduction> plainer_entries();
/// Devices that nothing is said of.
reduction fewer_devices();
/// Settings of the engine and the network back to what they are anyway; clocks that are right; fewer sabotages.
std::vector<reduction> plainer_settings();
/// Shorter faults, with the parameters that they have anyway.
std::vector<reduction> plainer_faults();
/// Times that a person would write, values likewise, a data model of what is used.
std::vector<reduction> plainer_story();

/// The plan with one setting harsher, each: where a bug takes many entries to show, it may take fewer then.
std::vector<scenarios::Plan> harsher(const scenarios::Plan& plan);

} // namespace squall::campaigns
