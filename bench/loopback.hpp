// Clients, a server and an issuer joined by a link that delivers at once: the engine alone, with nothing of the kernel
// around it. For benchmarks.
#pragma once

#include "actors/system/squall_system.hpp"
#include "engine/merge/schema.hpp"
#include "faults/disk/vfs.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace squall::bench {

/// One collection `orders` under field_merge: status (precedence), notes (text), quantity (counter).
std::shared_ptr<const merge::schema> orders_model();

class loopback {
public:
  struct options {
    std::uint32_t devices = 1;
    std::uint32_t team_size = 10;
    duration_ns poll_every_ns = hour_ns; ///< pulls happen when asked for
    std::uint32_t page_limit = 100;
  };

  explicit loopback(const options& o);
  ~loopback();

  /// Everything enrolled and idle.
  void settle();
  /// Device `d` creates an order; returns its id. Nothing is delivered.
  record_id create_order(std::uint32_t d);
  /// Device `d` writes the notes of `order`. Nothing is delivered.
  void edit_notes(std::uint32_t d, const record_id& order);
  /// Delivers everything that was sent, and what is sent in answer, until nothing is.
  void deliver();
  /// Lets time pass for one device: its due timers fire; what it sends waits for `deliver`.
  void pass_time(std::uint32_t d, duration_ns by);
  io::replica_status status(std::uint32_t d) { return devices_[d]->status(); }
  /// Messages that wait for `deliver`.
  std::size_t waiting() const { return messages_.size(); }

private:
  struct message {
    std::uint32_t from = 0;
    io::outgoing out;
  };
  struct timer {
    std::uint64_t generation = 0;
    time_ns due = 0;
  };

  void handle(std::uint32_t actor, const io::event& event);
  actors::participant& at(std::uint32_t actor);
  void take(std::uint32_t actor, io::effects& fx);

  faults::disk_set disks_{1};
  actors::squall_system system_;
  std::unique_ptr<actors::participant> server_, issuer_;
  std::vector<std::unique_ptr<actors::participant>> devices_; ///< [0] is unused
  std::deque<message> messages_;
  std::deque<io::job_id> jobs_;
  std::vector<std::map<io::timer_id, timer>> timers_;
  std::vector<time_ns> now_; ///< each actor's time since the start
  std::uint64_t words_ = 0;
  record_id created_;
};

} // namespace squall::bench
