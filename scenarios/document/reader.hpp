// Reads a tree into a message through a section of the key table, and reports everything that is not of the table's form.
#pragma once

#include "scenarios/document/tree.hpp"
#include "scenarios/keys.hpp"

#include <google/protobuf/message.h>

#include <vector>

namespace squall::scenarios {

/// What cannot be read is reported and left out; reading goes on.
void read_section(const tree& node, const section& s, google::protobuf::Message& out,
                  std::vector<diagnostic>& problems);

/// True for letters, digits, `-` and `_`, beginning with a letter, at most 64.
bool is_name(std::string_view text);

} // namespace squall::scenarios
