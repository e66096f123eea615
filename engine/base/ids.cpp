#include "engine/base/ids.hpp"

#include <fmt/core.h>

namespace squall {

std::string to_string(const intent_id& id) { return fmt::format("d{}.{}:{}", id.device, id.incarnation, id.seq); }

std::string to_string(const record_id& id) {
  return fmt::format("{}/{}", to_string(id.creator()), id.seq_ordinal & 0xff);
}

} // namespace squall
