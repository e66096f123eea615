// The devices of a scope: how far each has told that it is, and when each was last heard of. A device is one of a scope's from
// its first pull there; only its newest incarnation counts.
//
// Both are written as seldom as their use allows. A cursor: when a tombstone lies between it and what is stored; to a fence
// all others are the same. A time: when it is an eighth of the expiry past what is stored; who reads the store adds
// that eighth, so that no device expires early. Kept in memory too: after a transaction that did not happen call `forget`.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

namespace squall::server {

class device_table {
public:
  /// `expires_after` 0: no device expires.
  device_table(store::connection& db, duration_ns expires_after) : db_(db), expires_after_(expires_after) {}

  /// Takes devices that nobody noted the hearing of, because none could expire, as heard of at `now`. Errors: `storage`.
  result<void> open(time_ns now);

  struct incarnation {
    std::uint32_t number = 0;
    std::uint64_t cursor = 0; ///< the greatest told
    std::uint64_t stored = 0; ///< of it
    bool known = false;       ///< to the store
    std::uint32_t user = 0;   ///< whose it is
  };
  /// A device's incarnations in the order in which they came: the last one counts.
  using history = std::vector<incarnation>;
  /// The scope's devices. Errors: `storage`.
  result<const std::map<std::uint32_t, history>*> of(scope_id scope);

  struct telling {
    scope_id scope;
    std::uint32_t device = 0;
    std::uint32_t incarnation = 0;
    std::uint64_t cursor = 0; ///< in the feed's generation; 0: none there
    std::uint32_t user = 0;
  };
  /// Nothing of what was told counts any more: it was told of another history. Inside a transaction; `forget` afterwards.
  result<void> begin_again();

  /// In memory. Result: as it stands now; null if a newer incarnation has come.
  result<const incarnation*> tell(const telling& t);
  /// Stores what `tell` took. Inside a transaction.
  result<void> keep(const telling& t);

  /// The user does not hold the scope any more: devices of theirs are none of the scope's. Inside a transaction.
  result<void> drop(scope_id scope, std::uint32_t user);

  /// In memory. Result: true if it should be stored.
  result<bool> hear(std::uint32_t device, time_ns now);
  /// Inside a transaction.
  result<void> keep_heard(std::uint32_t device);
  /// True if the device was not heard of for too long.
  result<bool> expired(std::uint32_t device, time_ns now);

  /// The latest reading of the wall clock at which anything was judged; `wall` is one.
  time_ns time_at(time_ns wall) noexcept { return time_ = wall > time_ ? wall : time_; }

  void forget();

private:
  struct hearing {
    time_ns at = 0;     ///< at the latest
    time_ns stored = 0; ///< without the eighth
    bool known = false; ///< to the store
  };
  result<std::map<std::uint32_t, history>*> slot(scope_id scope);
  result<void> load_heard();
  duration_ns lag() const noexcept { return expires_after_ / 8; }

  store::connection& db_;
  duration_ns expires_after_;
  std::unordered_map<std::uint32_t, std::map<std::uint32_t, history>> scopes_; ///< looked up only
  std::unordered_map<std::uint32_t, hearing> heard_;                           ///< looked up only
  bool heard_loaded_ = false;
  time_ns time_ = 0;
};

} // namespace squall::server
