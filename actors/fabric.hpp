// The network between participants: each message's fate is asked of the links once, recorded, and its copies are scheduled.
#pragma once

#include "actors/kernel/event.hpp"
#include "actors/lineage.hpp"
#include "engine/io/io.hpp"
#include "faults/catalogue.hpp"
#include "faults/link.hpp"

#include <cstdint>
#include <vector>

namespace squall::actors {

struct world;

/// One fault that is done to one message, as the plan anchors it.
struct message_anchor {
  std::uint64_t fault = 0;
  faults::fault_number number{};
  std::int64_t by = 0; ///< ns, or the bit
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
  bool wants_carried() const noexcept;

  struct sending {
    std::uint32_t from = 0;
    lineage message = 0;
    std::uint64_t exchange = 0;     ///< the lineage of the request that it is or answers
    std::vector<intent_id> carried; ///< filled in where `wants_carried`
  };
  /// Sends one message now.
  void send(const sending& how, const io::outgoing& what);
  /// A message on its way is lost after all, as by noise.
  void lose(const kernel_event& message);
  /// The receiver is not there (any more).
  void receiver_down(std::uint32_t from, std::uint32_t to, lineage message);

private:
  /// Does to the message what anchors say; true if it is taken.
  bool anchored(const sending& how, const io::outgoing& what, faults::message_fate& fate);
  void strike(const message_anchor& anchor, const sending& how, faults::message_fate& fate);
  void tell_chances(const sending& how, const io::outgoing& what, const faults::message_fate& fate);
  void deliver(const sending& how, const io::outgoing& what, const faults::message_fate& fate);
  void noise(std::uint32_t from, faults::cause_id cause, faults::fault_number planned,
             faults::fault_number noise_number);

  world& world_;
  std::vector<message_anchor> anchors_;
};

} // namespace squall::actors
