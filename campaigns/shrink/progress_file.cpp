#include "campaigns/shrink/progress_file.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace squall::campaigns {

namespace fs = std::filesystem;

result<void> write_progress(const ShrinkProgress& progress, const std::string& directory) {
  std::error_code failed;
  fs::create_directories(directory, failed);
  const fs::path target = fs::path(directory) / progress_file_name;
  const fs::path partial = target.string() + ".part";
  {
    std::ofstream out(partial, std::ios::binary);
    out << progress.SerializeAsString();
    out.close();
    if (!out)
      return error{errc::storage, "cannot write " + partial.string()};
  }
  fs::rename(partial, target, failed);
  if (failed)
    return error{errc::storage, "cannot write " + target.string() + ": " + failed.message()};
  return {};
}

std::optional<ShrinkProgress> read_progress(const std::string& directory) {
  for (const char* suffix : {"", ".part", ".old"}) { // see write_failure
    std::ifstream in(fs::path(directory + suffix) / progress_file_name, std::ios::binary);
    ShrinkProgress progress;
    if (in && progress.ParseFromIstream(&in) && progress.format() == 1)
      return progress;
  }
  return std::nullopt;
}

} // namespace squall::campaigns
