// How far shrinking has come, on disk: always whole, whenever the process is killed.
#pragma once

#include "campaigns/shrink/shrink.pb.h"
#include "engine/base/result.hpp"

#include <optional>
#include <string>

namespace squall::campaigns {

inline constexpr const char* progress_file_name = "progress.bin";

/// Writes DIRECTORY/progress.bin, making the directory where it is not there. Errors: `storage`.
result<void> write_progress(const ShrinkProgress& progress, const std::string& directory);

/// What was last written there, also where a failure was just being put in its place; nothing where there is none.
std::optional<ShrinkProgress> read_progress(const std::string& directory);

} // namespace squall::campaigns
