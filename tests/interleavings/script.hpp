// A small story to be told in every order: one record that all know, and three operations on it.
#pragma once

#include "tests/conformance/table.hpp"

#include <string>
#include <utility>
#include <vector>

namespace squall::interleavings {

struct script {
  std::string name;
  conformance::operation create;                            ///< by device 1; everyone has seen it when the story begins
  std::vector<std::pair<int, conformance::operation>> acts; ///< device and what it does; a device's acts in this order
};

inline constexpr std::uint32_t devices = 3;

} // namespace squall::interleavings
