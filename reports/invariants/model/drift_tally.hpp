// How far behind devices were: what the report says of it.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace squall::invariants {

/// Durations in ms, counted in steps of less than 2 %.
class duration_counts {
public:
  void add(std::int64_t ns) {
    const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0)) / 1'000'000;
    ++counts_[bucket(ms)];
    ++total_;
    max_ = std::max(max_, ms);
  }
  std::uint64_t max_ms() const { return max_; }
  /// At least so many ppm of them were no longer; rounded up to the step. 0 if there are none.
  std::uint64_t quantile_ms(std::uint64_t ppm) const {
    const auto wanted = (total_ * ppm + 999'999) / 1'000'000;
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < counts_.size() && wanted > 0; ++i) {
      so_far += counts_[i];
      if (so_far >= wanted)
        return std::min(upper(i), max_);
    }
    return 0;
  }

private:
  static constexpr unsigned fine = 6; ///< bits that are kept
  static constexpr std::size_t steps = std::size_t{1} << fine;
  static std::size_t bucket(std::uint64_t ms) {
    const auto width = static_cast<unsigned>(std::bit_width(ms));
    const auto shift = width > fine + 1 ? width - fine - 1 : 0;
    return static_cast<std::size_t>((ms >> shift) + shift * steps);
  }
  static std::uint64_t upper(std::size_t bucket) {
    const auto shift = bucket < 2 * steps ? 0 : bucket / steps - 1;
    return ((bucket - shift * steps + 1) << shift) - 1;
  }

  std::array<std::uint64_t, 64 * steps> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

class drift_tally {
public:
  explicit drift_tally(std::int64_t within_ns) : within_ns_(within_ns) {}
  /// Who has been connected for that long is at most that much behind.
  std::int64_t within_ns() const { return within_ns_; }

  /// A device reached, or never reached, what had been committed so long before.
  void aged(std::int64_t ns) { age_max_ns_ = std::max(age_max_ns_, ns); }
  /// A connected device had so long to reach it and has not, yet.
  void waits(std::int64_t ns) { lag_max_ns_ = std::max(lag_max_ns_, ns); }
  /// It has.
  void reached(std::int64_t ns) { lags_.add(ns); }
  /// A device that has been connected for long enough was looked at.
  void looked(std::uint32_t device) {
    ++looks_;
    if (device >= seen_.size())
      seen_.resize(device + 1);
    if (!seen_[device])
      ++devices_;
    seen_[device] = true;
  }

  std::uint64_t age_max_ms() const { return static_cast<std::uint64_t>(age_max_ns_ / 1'000'000); }
  std::uint64_t lag_max_ms() const { return static_cast<std::uint64_t>(lag_max_ns_ / 1'000'000); }
  std::uint64_t lag_ms(std::uint64_t ppm) const { return lags_.quantile_ms(ppm); }
  std::uint64_t looks() const { return looks_; }
  std::uint64_t devices() const { return devices_; }

private:
  std::int64_t within_ns_;
  std::int64_t age_max_ns_ = 0;
  std::int64_t lag_max_ns_ = 0;
  duration_counts lags_;
  std::uint64_t looks_ = 0;
  std::uint64_t devices_ = 0;
  std::vector<bool> seen_;
};

} // namespace squall::invariants
