// What each participant has lived through, as one number: what it decided, read, learned and showed, in its order, without the
// times and without what was under way. For checking that equivalent schedules are.
#pragma once

#include "reports/history/sink.hpp"

#include <cstdint>
#include <vector>

namespace squall::campaigns {

class experience final : public history::sink {
public:
  explicit experience(std::uint32_t devices) : by_actor_(devices + 1, 0) {}

  void append(std::span<const history::entry> entries, const history::name_table& names) override;
  /// 0 the server, 1..n the devices.
  const std::vector<std::uint64_t>& by_actor() const noexcept { return by_actor_; }

private:
  std::vector<std::uint64_t> by_actor_;
};

} // namespace squall::campaigns
