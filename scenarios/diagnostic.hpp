// What is wrong with a scenario, where, and what was expected instead.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::scenarios {

struct diagnostic {
  std::string file; ///< as given, or "--set key" for an override
  int line = 0;     ///< from 1; 0: the file as a whole
  int column = 0;   ///< from 1
  std::string message;
  auto operator<=>(const diagnostic&) const = default;
};

/// "airplane.yaml:3:5: unknown key `devcies`; did you mean `devices`?"
std::string to_string(const diagnostic& d);
/// One line each.
std::string to_string(std::span<const diagnostic> all);

/// The name that was probably meant (at most a third of its letters differ), or an empty one.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

/// "; did you mean `x`?" where a known name is near, else "; expected one of `a`, `b`, `c`".
std::string instead(std::string_view name, std::span<const std::string_view> known);

} // namespace squall::scenarios
