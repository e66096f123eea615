// A shrunk failure as a GoogleTest source file.
#pragma once

#include "campaigns/shrink/shrink.hpp"

#include <string>

namespace squall::campaigns {

/// A test that runs the story and expects it not to fail: red as long as the bug is there. It links campaigns and scenarios.
std::string test_file(const shrink_result& shrunk, const std::string& signature);

} // namespace squall::campaigns
