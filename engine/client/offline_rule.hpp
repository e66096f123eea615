// What a device may do while it is out of contact with the server, as the server's operator says.
#pragma once

#include "engine/client/core.hpp"

#include <cstdint>

namespace squall::client {

/// The server told the rule with a reply; one that is new is made durable in a transaction of its own.
void take_offline_rule(core& c, std::uint32_t told);

/// True if the rule allows the change now, as far as its collections are known at all.
bool offline_rule_allows(const core& c, const io::local_change& change);

} // namespace squall::client
