// What each device has asked of the server and what came of it, as far as the device can know; on its own monotonic clock. Whether
// an answer of which one copy was damaged could be read, the history does not tell: nobody is held to have read it, nor not to.
#pragma once

#include "reports/invariants/model/device_clock.hpp"

#include <array>
#include <tsl/robin_map.h>

namespace squall::invariants {

struct caller_settings {
  std::vector<std::int64_t> drift_ppb; ///< of each device's clock, by its number
  std::int64_t request_timeout_ns = 0;
  std::uint32_t breaker_after = 0; ///< 0: none
  std::int64_t breaker_for_ns = 0;
  std::int64_t contact_within_ns = 0;
  std::int64_t disk_ns = 0; ///< what its disk may at most hold a message back, while it is not slow
};

/// A device sent the server a request when it had to leave it alone.
enum class call_flaw : std::uint8_t {
  none,
  too_early, ///< it was asked to wait
  breaker,   ///< so many failed that it may only try now and then
};

/// How a device stands to the server.
enum class contact : std::uint8_t { lost, unclear, had };

class caller_book {
public:
  explicit caller_book(caller_settings settings) : settings_(std::move(settings)) {}

  /// Every entry. Afterwards `seen` says what it meant.
  void step(const entry& e);

  struct meaning {
    call_flaw flaw = call_flaw::none;
    std::int64_t since_ns = 0; ///< it was asked to wait, or had last tried, so long before, by its own clock ...
    std::int64_t asked_ns = 0; ///< ... and should have waited so long
    bool asked_to_wait = false;
    bool breaker_opened = false;
    bool tried = false; ///< a request through an open breaker
  };
  const meaning& seen() const { return seen_; }
  contact contact_of(std::uint32_t device, std::int64_t now) const;
  std::uint64_t breaker_openings() const { return openings_; }

private:
  static constexpr std::size_t lines = 3; ///< pushes, pulls, snapshots
  static constexpr std::int64_t never_at = INT64_MIN;

  struct line {
    bool asked = false; ///< the newest request has no answer
    std::int64_t asked_at = 0;
    std::uint64_t newest = 0; ///< its message
  };
  struct caller {
    device_clock clock;
    std::array<line, lines> line_of;
    std::uint32_t failures = 0;      ///< in a row, at least
    bool open = false;               ///< they are too many
    std::int64_t tried = never_at;   ///< the last request since then
    std::int64_t refused = never_at; ///< when it was asked to wait ...
    std::int64_t wait_ns = 0;        ///< ... and how long
    bool slow = false;               ///< its disk is slow ...
    bool was_slow = false;           ///< ... or was, since its last request but one
    bool slow_since_asked = false;   ///< the same since its last
    std::int64_t answered_surely = never_at;
    std::int64_t answered_perhaps = never_at;
  };
  struct answer {
    std::size_t on = lines;
    std::uint64_t to = 0; ///< the request, if it is known
    std::uint32_t copies = 1;
    bool told = false;
    bool doubled = false;
    bool corrupted = false;
    bool hint = false; ///< an invalidation: no answer
    std::uint8_t refused = 0;
    std::int64_t wait_ns = 0;
  };

  caller& of(std::uint32_t device);
  void sent(const entry& e);
  void asks(const entry& e, std::size_t on);
  void delivered(const entry& e);
  void answered(caller& by, const entry& e, const answer& with);
  bool waits_for(const caller& by, std::int64_t now, const answer& with) const;
  void time_out(caller& by, std::int64_t now);
  std::int64_t held_back_max(const caller& by) const;
  void failed(caller& by);
  void started(caller& by);
  static std::size_t line_of_request(std::uint8_t code);
  static std::size_t line_of_answer(std::uint8_t code);

  caller_settings settings_;
  std::vector<caller> callers_;
  tsl::robin_map<std::uint64_t, answer, spread> answers_; // under way; looked up only
  std::uint64_t arrived_ = 0;                             ///< the request that reached the server last
  std::int64_t arrived_at_ = -1;
  std::uint64_t refusal_ = 0; ///< the message that carries the refusal told last ...
  answer refused_;            ///< ... which was that
  meaning seen_;
  std::uint64_t openings_ = 0;
};

} // namespace squall::invariants
