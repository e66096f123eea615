// What tells two builds of one version apart.
#pragma once

#include <string>

namespace squall::campaigns {

/// The linker's hash of this program (its GNU build id) in hexadecimal; empty where it was linked without one.
std::string build_id();

} // namespace squall::campaigns
