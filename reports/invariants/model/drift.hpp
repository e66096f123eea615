// How far behind its scopes each device is, in time: since when the oldest entry of a scope waits that the device's cursor has
// not reached. O(1) amortised an entry; O(devices) where the server or the issuer is disturbed.
#pragma once

#include "reports/invariants/model/connection.hpp"
#include "reports/invariants/model/world.hpp"

namespace squall::invariants {

class drift_reader {
public:
  drift_reader(world& w, connection_settings settings) : w_(w), connections_(std::move(settings)) {}

  /// After the others have made of the entry what they do.
  void step(const entry& e);
  /// After the last entry.
  void finish();

private:
  /// A scope of a device.
  struct track {
    std::uint32_t scope = 0;
    std::uint32_t next = 0; ///< of the scope's commits, the first one that the cursor has not reached
    bool held = false;
    bool reported = false;
    std::int64_t held_since = 0;
  };

  void disturbed(const entry& e);
  track& of(std::uint32_t device, std::uint32_t scope);
  void look(std::uint32_t device);
  void look(std::uint32_t device, track& at);
  void cursor_moved(const entry& e);
  void participant(const entry& e);
  void granted(const entry& e);
  void give(std::uint32_t device, track& at, bool held);
  void restored();
  void committed(const entry& e);
  bool is_behind(const track& at) const;
  /// Of one that is behind: when the entry was committed that it must reach next.
  std::int64_t oldest(const track& at) const;
  std::int64_t calm_since(std::uint32_t device, const track& at) const;

  world& w_;
  connection_book connections_;
  std::vector<std::vector<track>> devices_;
  std::vector<std::int64_t> committed_at_;                                       ///< by position
  tsl::robin_map<std::uint64_t, std::vector<std::uint32_t>, spread> devices_of_; ///< by user; looked up only
};

} // namespace squall::invariants
