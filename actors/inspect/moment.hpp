// A run at one moment, in words: who is up, what they hold, what is on its way. Known through the participant port and by SQL
// of the host's own on copies of disks; the engine does not know that it is looked at.
//
// Times, ids and digests are only read. Rows are read through the participant itself, which may warm its caches: whoever goes
// on with the run afterwards asks for them in a process of its own (campaigns/inspect).
#pragma once

#include "engine/base/time.hpp"
#include "reports/history/names.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace squall::actors {

struct world;

/// An intent in a device's queue, as it is on its disk.
struct queued_intent {
  history::intent_name id;
  std::string verdict; ///< "no verdict", "applied at 41", ...
};

struct participant_state {
  std::uint32_t actor = 0;
  std::string name; ///< "server", "d3", "issuer"
  bool up = false;
  bool busy = false;            ///< its disk works; what it decided has not left yet
  bool offline = false;         ///< a device: cut off by a fault
  duration_ns clock_ahead = 0;  ///< its wall clock before the server's
  std::uint32_t scope = 0;      ///< a device's
  std::uint64_t generation = 0; ///< of its cursor; a server's head
  std::uint64_t cursor = 0;
  std::uint64_t known_head = 0;
  std::uint32_t waiting = 0; ///< intents without a durable verdict
  std::uint32_t kept = 0;
  std::uint32_t surfaced = 0;
  bool shown_as_synced = false;
  std::string pending; ///< why it is not settled; empty if it is
  std::uint32_t incarnation = 0;
  std::vector<queued_intent> queue;
};

struct field_state {
  std::string name;
  std::string value;  ///< "7", "'shipped'", "nothing", "-> d3:7/0"
  std::string writer; ///< "d3:7"; empty if nobody
};

struct row_state {
  std::string collection;
  std::string id; ///< "d3:7/0"
  bool deleted = false;
  std::vector<field_state> fields;
};

enum class view : std::uint8_t { confirmed, visible };

struct message_in_flight {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::string what; ///< "push"
  std::uint64_t message = 0;
  time_ns arrives_at = 0;
};

class moment {
public:
  moment(world& w, std::uint64_t number) : world_(w), number_(number) {}

  /// Events before it (healing and the end count as one each): its name, the same in every run of its plan.
  std::uint64_t number() const noexcept { return number_; }
  time_ns at() const;
  /// The server's wall clock.
  time_ns wall() const;
  /// Of the history so far.
  std::uint64_t entries() const;
  std::uint64_t digest() const;
  std::uint32_t devices() const;
  std::uint32_t scope_of(std::uint32_t actor) const;

  /// `actor`: 0 the server, 1..n the devices.
  participant_state look_at(std::uint32_t actor) const;
  /// The rows that a participant shows, ascending by id; nothing if it is down. A server shows what is committed in `scope`;
  /// a device has one scope.
  std::optional<std::vector<row_state>> rows(std::uint32_t actor, std::uint32_t scope, view which) const;
  /// By time of arrival.
  std::vector<message_in_flight> in_flight() const;

private:
  world& world_;
  std::uint64_t number_;
};

} // namespace squall::actors
