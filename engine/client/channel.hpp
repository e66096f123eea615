// One line of request and reply: at most one request under way, known by its correlation; a reply to any other is stale.
// Between requests the line is idle or waits for its timer. Knows nothing of what is said over it.
#pragma once

#include "engine/client/core.hpp"
#include "engine/wire/codec.hpp"

#include <cstdint>

namespace squall::client {

class channel {
public:
  struct line {
    io::timer_id timer = 0;
    purpose what{};
  };
  channel(core& c, line l) : core_(c), line_(l) {}

  enum class phase : std::uint8_t { idle, waiting, in_flight };
  phase now() const noexcept { return phase_; }
  bool idle() const noexcept { return phase_ == phase::idle; }
  bool in_flight() const noexcept { return phase_ == phase::in_flight; }
  std::uint32_t attempt() const noexcept { return attempt_; }

  struct request {
    endpoint_id to;
    io::message_class cls{};
    wire::message_kind kind{};
  };
  /// For a line to the server that has something to ask: true if it is idle and the server may be asked now. Where it only may
  /// not, it waits until then, or until it is asked again and may.
  bool ready_to_ask();
  /// Sends `body` and waits for its reply for at most the request timeout. Whatever was under way is stale from now on.
  /// Result: the message's index in the effects.
  std::size_t send(const request& r, const google::protobuf::MessageLite& body);

  /// True if this correlation is the one under way; it then is not any more.
  bool takes(std::uint64_t correlation);
  /// True if the timer's firing is meant. The line is idle then; a request under way has timed out.
  bool fired(std::uint64_t generation);

  /// Idle until the timer fires.
  void wait(duration_ns delay);
  /// Counts a failure and waits its backoff, `at_least` so long.
  void back_off(std::uint64_t subject, duration_ns at_least = 0);
  /// Idle, without a timer.
  void rest();
  /// What came back was good: the next failure is the first one again.
  void succeeded() noexcept { attempt_ = 0; }

private:
  void set_timer(duration_ns delay);

  core& core_;
  line line_;
  phase phase_ = phase::idle;
  bool timer_set_ = false;
  bool held_ = false;        ///< waits for nothing but leave to ask
  bool asks_server_ = false; ///< with the request under way
  std::uint32_t attempt_ = 0;
  std::uint32_t requests_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t correlation_ = 0;
};

} // namespace squall::client
