// Reads a tree into a message through a section of the key table, and reports everything that is not of the table's form.
#pragma once

#include "scenarios/document/tree.hpp"
#include "scenarios/keys.hpp"

#include <google/protobuf/message.h>

#include <optional>
#include <vector>

namespace squall::scenarios {

/// What cannot be read is reported and left out; reading goes on.
void read_section(const tree& node, const section& s, google::protobuf::Message& out,
                  std::vector<diagnostic>& problems);

/// One number of the form `is`, in the field's unit. Reports, at `node`'s place, what it is not, naming `label`.
struct number_rule {
  std::string_view label;
  form is = form::integer;
  std::int64_t low = 0;
  std::int64_t high = 0;
};
std::optional<std::int64_t> read_number(const tree& node, const number_rule& rule, std::vector<diagnostic>& problems);

/// True for letters, digits, `-` and `_`, beginning with a letter, at most 64.
bool is_name(std::string_view text);

} // namespace squall::scenarios
