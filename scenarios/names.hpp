// Names that a scenario may use and that no other module of this level declares.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

struct named_thing {
  std::string_view name;
  std::string_view about;
};

/// Policies of a collection that this version runs.
const std::vector<named_thing>& collection_policies();
/// Rules of a field under `field_merge` that are written as one word.
const std::vector<named_thing>& field_rules();
/// What `expect.reached` can count beside faults and probes.
const std::vector<named_thing>& metrics();
/// Classes of message that a fault of one message can be about.
const std::vector<named_thing>& message_classes();

std::vector<std::string_view> names_of(const std::vector<named_thing>& things);

/// What to write instead of a policy or rule that people know but that cannot stand here; empty for any other word.
std::string explain_policy(std::string_view name);
std::string explain_rule(std::string_view name);

} // namespace squall::scenarios
