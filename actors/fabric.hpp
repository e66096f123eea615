// The network between participants: each message's fate is asked of the links once, recorded, and its copies are scheduled.
#pragma once

#include "actors/lineage.hpp"
#include "engine/io/io.hpp"
#include "faults/catalogue.hpp"
#include "faults/link.hpp"

#include <cstdint>
#include <vector>

namespace squall::actors {

struct world;

/// One fault that takes one message away, as the plan anchors it.
struct message_anchor {
  std::uint64_t fault = 0;
  io::message_class cls{};
  std::uint32_t device = 0;
  std::uint64_t intention = 0; ///< 0: any
  std::uint32_t ordinal = 1;   ///< from 1, among the messages that match
  std::uint32_t seen = 0;
};

class fabric {
public:
  explicit fabric(world& shared) : world_(shared) {}

  void arm(const message_anchor& anchor) { anchors_.push_back(anchor); }
  void disarm(std::uint64_t fault);
  /// False: nobody asks which intents a message carries.
  bool wants_carried() const noexcept { return !anchors_.empty(); }

  struct sending {
    std::uint32_t from = 0;
    lineage message = 0;
    std::vector<intent_id> carried; ///< filled in where `wants_carried`
  };
  /// Sends one message now.
  void send(const sending& how, const io::outgoing& what);
  /// The receiver is not there (any more).
  void receiver_down(std::uint32_t from, std::uint32_t to, lineage message);

private:
  bool anchored(const sending& how, const io::outgoing& what);
  void deliver(const sending& how, const io::outgoing& what, const faults::message_fate& fate);
  void noise(std::uint32_t from, faults::cause_id cause, faults::fault_number planned,
             faults::fault_number noise_number);

  world& world_;
  std::vector<message_anchor> anchors_;
};

} // namespace squall::actors
