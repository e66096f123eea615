// Places in a run as people name them.
#pragma once

#include "campaigns/inspect/protocol.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace squall::campaigns::inspect {

/// "31m12s", "90s", "00:31:12.120", "1d 02:00:00": ns from the start. Nothing if it is none of these.
std::optional<std::int64_t> parse_moment(std::string_view text);

/// "start", "end", a time; "#812": once that history entry was written; "@5321": after that event; any other text: the next
/// moment that wrote an entry in which it occurs, such as "d3:7" or "crashed".
request parse_where(const std::string& text);

} // namespace squall::campaigns::inspect
