// The scopes that the device's user holds, as the server tells. What is not held is not kept.
#pragma once

#include "engine/client/core.hpp"
#include "engine/wire/sync.pb.h"

#include <vector>

namespace squall::client {

/// How often the user's grants had changed, in that generation of the feed.
struct grants_version {
  std::uint64_t generation = 0;
  std::uint64_t changes = 0;
};

/// True if the grants of that version are newer than those known. Those of the start are the same in every generation.
bool is_news(const durable_state& known, const grants_version& told);

/// Makes told grants durable, in one transaction with the purge of the scopes that they do not give; older ones than those
/// known change nothing. True if they were newer.
bool take_grants(core& c, const grants_version& version, const google::protobuf::RepeatedPtrField<wire::Grant>& told);

} // namespace squall::client
