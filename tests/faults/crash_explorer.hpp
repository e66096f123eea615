// Runs a transaction shape into a crash at a given disk operation, lets SQLite recover, and says whether anything that was
// committed is gone or anything that never existed is there. For the tests of faults/disk.
#pragma once

#include "tests/faults/sqlite_on_disk.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace squall::faults::testing {

struct exploration {
  std::uint64_t points = 0; ///< distinct (journal mode, shape, disk operation, moment)
  std::uint64_t broken = 0; ///< not openable, not intact, or a state that must not be there
  std::uint64_t in_doubt_kept = 0;
  std::uint64_t in_doubt_gone = 0;
  std::uint64_t crashed_again = 0; ///< during recovery
  std::string first_broken;
};

class crash_explorer {
public:
  struct world {
    database_settings settings;
    disk_options disk;
    std::uint64_t seed = 1;
  };
  explicit crash_explorer(world w);

  /// Every operation of shapes [first, first + count), at every moment; every `stride`-th point only.
  exploration explore(std::uint32_t first, std::uint32_t count, std::uint32_t stride = 1);

private:
  struct outcome {
    std::size_t committed = 0; ///< transactions whose COMMIT returned
    bool in_doubt = false;     ///< the next one's COMMIT was called and failed
    bool crashed = false;
    std::uint64_t operations = 0; ///< that change the disk, from the first transaction to the end of closing
  };
  outcome run_shape(std::uint32_t shape, disk& on, std::uint64_t crash_at, crash_moment moment);
  std::vector<std::string> states_of(std::uint32_t shape, std::uint64_t& operations);
  void explore_point(std::uint32_t shape, std::uint64_t operation, crash_moment moment,
                     const std::vector<std::string>& states, exploration& found);
  std::string recovered_state(std::uint64_t crash_key, exploration& found);

  world world_;
  disk_set disks_;
};

} // namespace squall::faults::testing
