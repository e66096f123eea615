// A captured audit as a file: JSON lines to read and keep, or protobuf. What was changed, left out or cut off is noticed, and
// where.
#pragma once

#include "campaigns/audit/rebuild.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace squall::campaigns::audit {

struct captured {
  std::string scenario;
  std::uint64_t seed = 0;
  ground on;
  std::vector<server::audit_record> records;
};

enum class log_format : std::uint8_t { json_lines, protobuf };
/// By the name's end: ".pb" is protobuf.
log_format format_of(std::string_view file_name);

std::string write_log(const captured& what, log_format format);
/// Errors: `corrupt`; the message names the line (of protobuf: the record's number, the header's is 1).
result<captured> read_log(std::string_view bytes, log_format format);

} // namespace squall::campaigns::audit
