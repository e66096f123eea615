// The scopes that the device's user holds, as the server tells. What is not held is not kept.
#pragma once

#include "engine/client/core.hpp"
#include "engine/wire/sync.pb.h"

#include <vector>

namespace squall::client {

/// Makes told grants durable, in one transaction with the purge of the scopes that they do not give; older ones than those
/// known change nothing. True if they were newer.
bool take_grants(core& c, std::uint64_t changes, const google::protobuf::RepeatedPtrField<wire::Grant>& told);

} // namespace squall::client
