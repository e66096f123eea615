// Real time and memory of this process. The only place that looks at the real clock; nothing of it reaches a digest.
#pragma once

#include <cstdint>

namespace squall::campaigns {

/// Nanoseconds of real time since some fixed point.
std::int64_t real_time_ns() noexcept;
/// The most memory that this process has had resident, in bytes.
std::uint64_t peak_rss_bytes() noexcept;

} // namespace squall::campaigns
