// What the processes of one search have in common, in memory that all of them see: the names of what was met, the counts, and
// whether to stop. One lock; a process that dies holding it leaves it to the next.
#pragma once

#include "engine/base/result.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace squall::campaigns {

inline constexpr std::uint32_t lose_most = 4;

struct search_counts {
  std::uint64_t states = 0;                        ///< different things that have happened so far, ends included
  std::uint64_t ends = 0;                          ///< schedules: different ways in which everything has happened
  std::uint64_t judged = 0;                        ///< of them
  std::uint64_t pruned = 0;                        ///< turns not taken: they lead to a state that was seen
  std::array<std::uint64_t, lose_most + 1> lost{}; ///< ends by messages lost
  std::uint64_t turns_max = 0;                     ///< of the longest schedule
  std::uint64_t cut_off = 0;                       ///< schedules that were too long
};

/// In the order of weight: where several hold, the greatest is told.
enum class stopped_by : std::uint8_t { nothing, time, limit, interruption, memory, failure, death };

class common_ground {
public:
  /// Errors: `unavailable` (no memory for it).
  static result<std::unique_ptr<common_ground>> make();
  ~common_ground();
  common_ground(const common_ground&) = delete;
  common_ground& operator=(const common_ground&) = delete;

  /// Whether the name is new. Where there is no room for another the search is stopped.
  bool claim(std::uint64_t name);
  search_counts counts() const;
  template <class Change>
  auto count(Change change) {
    const guard held(*this);
    return change(counted());
  }

  void stop(stopped_by why) noexcept;
  stopped_by stopped() const noexcept;

  /// Processes that may work beside those that do.
  void set_spare_places(int n);
  bool take_place();
  void give_place();

private:
  struct shared;
  class guard {
  public:
    explicit guard(const common_ground& of);
    ~guard();
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

  private:
    shared& of_;
  };

  explicit common_ground(shared* at) : shared_(at) {}
  search_counts& counted() const;
  bool known(std::uint64_t name) const;
  std::uint64_t* slot(std::uint64_t name, unsigned row) const;

  shared* shared_;
};

} // namespace squall::campaigns
