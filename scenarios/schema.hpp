// The JSON Schema (draft-07) of a scenario file, made from the key table that the loader reads by. For editors: put
// `# yaml-language-server: $schema=...` on a file's first line, or map it in the editor's YAML settings.
#pragma once

#include <string>

namespace squall::scenarios {

/// Pretty-printed, ends in a newline. The same text for the same build.
std::string json_schema();

} // namespace squall::scenarios
