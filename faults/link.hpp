// The network's behaviour. Asked once for each message: is it lost and why, when does it arrive, does a copy arrive too, does
// a bit flip? O(1) a message and no allocation; one Philox block where only latency, jitter and loss are in play.
//
// A link joins a device and a peer (the server or the issuer). Draws are keyed by (link, direction, send time in slots of
// 1 ms, ordinal in the slot, purpose): a link is an environment in time, so a message more or less disturbs only later
// messages of the same slot, link and direction. Integers only (lognormal: see faults/sampling.hpp for its accuracy).
//
// What holds at a time is a base (the plan's network) and, for each device, the faults in force: each is begun and ended by
// its cause, so that two that overlap never cancel each other. Not thread safe; the host calls in true-time order.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"

#include <cstdint>
#include <vector>

namespace squall::faults {

enum class latency_kind : std::uint8_t { constant, uniform, lognormal };

struct latency_model {
  latency_kind kind = latency_kind::constant;
  duration_ns low_ns = 0;        ///< constant: the delay; uniform: the least; lognormal: the median; 0..1 h
  duration_ns high_ns = 0;       ///< uniform only: the most, inclusive; >= low_ns
  std::uint32_t sigma_milli = 0; ///< lognormal only: sigma * 1000; 0..4000
};

/// What links are like when nothing special happens. Rates are for each message.
struct link_settings {
  latency_model latency;
  duration_ns jitter_ns = 0; ///< uniform in [0, jitter_ns] on top
  std::uint32_t loss_ppm = 0;
  std::uint32_t duplicate_ppm = 0;
  std::uint32_t reorder_ppm = 0; ///< held back ...
  duration_ns reorder_by_ns = 0; ///< ... by 1 ns up to this
  std::uint32_t corrupt_ppm = 0;
};

/// Who caused something: a plan's fault id, or 0 for the network's own noise.
using cause_id = std::uint64_t;

/// Which way messages are cut, as seen from the device. Numbered as the catalogue's parameter `direction`.
enum class cut_direction : std::uint8_t { both = 0, up = 1, down = 2 };

/// What one fault does to the links of one device while it is in force.
struct link_influence {
  bool offline = false;     ///< nothing passes, on any link, either way
  bool partitioned = false; ///< nothing passes between device and server, in `direction`
  cut_direction direction = cut_direction::both;
  std::uint32_t latency_ppm = 1'000'000; ///< the drawn latency is multiplied by this / 1,000,000; 0..1e9
  duration_ns latency_add_ns = 0;        ///< and then this is added; 0..1 h
  std::uint32_t loss_ppm = 0;            ///< rates are added as independent chances
  std::uint32_t duplicate_ppm = 0;
  std::uint32_t reorder_ppm = 0;
  duration_ns reorder_by_ns = 0; ///< the largest in force counts
  std::uint32_t corrupt_ppm = 0;
};

/// Numbered as the history's loss_code.
enum class loss_reason : std::uint8_t { none = 0, noise = 1, partition = 2, offline = 3 };

/// What becomes of one message.
struct message_fate {
  loss_reason lost = loss_reason::none;
  std::uint8_t copies = 0;          ///< 0 if lost, 1, or 2
  bool corrupted = false;           ///< the first copy; a second copy is always good
  bool reordered = false;           ///< the first copy was held back
  bool anchored_copy = false;       ///< the host made the copy, for a fault of this message
  bool anchored_bit = false;        ///< the host flips the bit
  duration_ns delay_ns[2] = {0, 0}; ///< of each copy, after sending; > 0
  std::uint64_t corrupt_bit = 0;    ///< in [0, 8 * bytes)
  cause_id loss_cause = 0;          ///< for each effect: which fault, or 0 for noise
  cause_id duplicate_cause = 0;
  cause_id reorder_cause = 0;
  cause_id corrupt_cause = 0;
  cause_id latency_cause = 0; ///< the first fault in force that changes the latency; 0: none
};

/// Which link, which way: `device` is 1..devices; `peer` the server or the issuer.
struct link_end {
  endpoint_id device;
  endpoint_id peer;
  bool up = true; ///< from the device to the peer
};

class link_model {
public:
  struct options {
    std::uint64_t seed = 0;
    std::uint32_t devices = 0; ///< ids 1..devices; `server` and `issuer` are the other two endpoints
    endpoint_id server;
    endpoint_id issuer;
    link_settings base;
  };
  explicit link_model(const options& o);

  /// The fate of a message sent now. Counts it in its slot. Precondition: one of `from` and `to` is a device and the
  /// other the server or the issuer, or they are these two; `bytes` > 0; times do not go back on a link and direction.
  message_fate send(endpoint_id from, endpoint_id to, time_ns at, std::uint32_t bytes);

  /// The same for a given ordinal within the slot, counting nothing: a pure function of the state in force.
  message_fate decide(const link_end& link, time_ns at, std::uint32_t ordinal, std::uint32_t bytes) const;

  /// From now on `influence` holds for all links of `device`, until `end` with the same cause. Precondition: this cause is
  /// not in force there yet. O(number of causes in force on the device).
  void begin(endpoint_id device, cause_id cause, const link_influence& influence);
  /// No-op if the cause is not in force there.
  void end(endpoint_id device, cause_id cause);
  /// Ends everything everywhere: healing. The base stays.
  void end_all();
  /// The base becomes one without loss, duplication, reordering and corruption; latency and jitter stay.
  void quieten_base();

  bool offline(endpoint_id device) const;
  /// True if a message sent now would be cut, whatever the noise.
  bool cut(endpoint_id from, endpoint_id to) const;

private:
  struct cause_state {
    cause_id cause = 0;
    link_influence influence;
  };
  /// All that a decision needs, folded from the base and the causes in force.
  struct summary {
    loss_reason cut[2][2] = {}; ///< [peer is issuer][up]
    cause_id cut_cause[2][2] = {};
    std::uint64_t latency_ppm = 1'000'000;
    duration_ns latency_add_ns = 0;
    std::uint32_t loss_ppm = 0, duplicate_ppm = 0, reorder_ppm = 0, corrupt_ppm = 0;
    duration_ns reorder_by_ns = 0;
    cause_id loss_cause = 0, duplicate_cause = 0, reorder_cause = 0, corrupt_cause = 0, latency_cause = 0;
    bool rare = false; ///< something beyond latency, jitter and loss may happen
  };
  struct slot_counter {
    std::int64_t slot = -1;
    std::uint32_t next = 0;
  };
  struct device_state {
    slot_counter slots[2][2];  ///< [peer is issuer][up]
    std::int32_t faulted = -1; ///< index into faulted_, or -1: the base alone holds
  };
  struct faulted_device {
    std::vector<cause_state> causes;
    summary folded;
  };

  link_end end_of(endpoint_id from, endpoint_id to) const;
  const summary& in_force(endpoint_id device) const;
  static void fold_cuts(const cause_state& c, summary& s);
  void refold(faulted_device& f) const;
  void draw_rare(const summary& s, std::uint64_t key, std::uint32_t bytes, message_fate& fate) const;
  duration_ns latency_of(const summary& s, std::uint32_t latency_bits, std::uint32_t jitter_bits) const;

  options options_;
  summary base_;
  std::vector<device_state> devices_; ///< by id
  std::vector<faulted_device> faulted_;
};

} // namespace squall::faults
