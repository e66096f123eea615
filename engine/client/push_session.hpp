// Pushing: the queue's intents go to the server in batches of one incarnation, in seq order, one batch under way at a time.
// What is not answered by a verdict of its own is sent again.
#pragma once

#include "engine/client/channel.hpp"
#include "engine/client/credentials.hpp"
#include "engine/client/request_size.hpp"

#include <vector>

namespace squall::client {

inline constexpr io::timer_id push_timer = 1;

class push_session {
public:
  push_session(core& c, credentials& who)
      : core_(c), who_(who), line_(c, {push_timer, purpose::push}), size_(c.config.sync.push_batch_max, c.counts) {}

  /// Sends if there is something to send and nothing stands in the way.
  void kick();
  void on_reply(std::uint64_t correlation, const wire::PushResponse& reply);
  void on_timer(std::uint64_t generation);
  /// The network is back: a wait for a retry ends early.
  void hurry(duration_ns delay);

private:
  void send();
  void on_verdicts(const wire::PushResponse& reply);
  /// What a reply says beside terminal verdicts; applied after them.
  struct exceptions {
    bool fork = false;
    std::vector<intent_id> forked; ///< proven to be another's
    bool gap = false;
    std::uint64_t high_water = 0;
  };
  void settle_one(const intent_id& id, const verdict& v, std::uint64_t generation, exceptions& e,
                  std::vector<record_id>& changed);
  exceptions settle_batch(const wire::PushResponse& reply, std::vector<record_id>& changed);
  void take_for_acked(const wire::PushResponse& reply, std::vector<record_id>& changed);
  void on_fork(const exceptions& e, std::vector<record_id>& changed);
  void on_gap(const exceptions& e, std::vector<record_id>& changed);
  void on_unauthorized();
  void on_refusal(std::uint32_t status);
  void resend_as_new();
  std::uint64_t subject() const { return batch_.empty() ? 0 : batch_.front().seq; }

  core& core_;
  credentials& who_;
  channel line_;
  request_size size_;              ///< intents in one push
  std::vector<intent_id> batch_;   ///< under way, or last sent
  std::uint32_t token_serial_ = 0; ///< that it went out with
  std::uint32_t unauthorized_ = 0; ///< 401s in a row
};

} // namespace squall::client
