// How long deleted records are remembered (docs/semantics.md, Lifetimes): each scope's fence and tombstones, when they were
// committed, and what its devices have told the server. Empty where nothing is ever forgotten.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <algorithm>
#include <span>
#include <tsl/robin_map.h>
#include <vector>

namespace squall::invariants {

struct lifetime_settings {
  std::int64_t tombstones_for_ns = 0;       ///< 0: for ever
  std::int64_t device_expires_after_ns = 0; ///< 0: never
};

/// Between which two the server's time was: a reading at which it only refused is told of by nobody, and may have been later
/// than all others if its clock has run back.
struct time_span {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// A record became deleted. It is a tombstone as long as that is the record's newest version.
struct death {
  position at = 0;
  record_index record = 0;
};

/// The fence moved while the server's head was `head`.
struct fence_step {
  position head = 0;
  position through = 0;
};

/// What holds the fence for a device, by what the history tells of its requests.
struct attendance {
  std::uint64_t told = 0; ///< greatest cursor
  time_span heard;        ///< when a pull or push of it was judged last
  bool pulled = false;
  bool reborn = false;     ///< a new incarnation began, of which no pull is known
  bool may_expire = false; ///< it may have expired since its last pull ...
  bool expired = false;    ///< ... and it has
};

/// A device in a scope.
struct guest : attendance {
  std::uint64_t fence = 0;    ///< that it has told to be durable, ...
  std::uint64_t fence_in = 0; ///< ... and in which generation
  /// Greatest that any page told it in the last generation in which it was served ...
  std::uint64_t offered = 0;
  std::uint64_t offered_in = 0;     ///< ... which is that one, ...
  std::uint64_t offered_before = 0; ///< ... and in the one before it
  std::uint64_t due = 0;            ///< least that it must have made durable with its cursor
  bool in_doubt = false;            ///< crashed since it told its fence
  std::int64_t served_at = 0;       ///< its last page, in true time
  std::uint32_t expiries = 0;       ///< how often it expired
  std::uint64_t answered = 0;       ///< `asked`, when it was served the last page that went on from its cursor
  /// Fences that came with pages to it, by where the pages end, ascending; of those that lead beyond its cursor.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> pages;
};

/// A device, whatever the scope.
struct caller {
  std::uint64_t asked = 0; ///< so many of its requests have reached the server

  // -- verdicts: all of its numbers up to there had a durable one ...
  std::uint64_t newest_seq = 0;
  std::uint64_t through_asked = UINT64_MAX; ///< ... when it sent what has reached the server since its last page,
  std::uint64_t through_last = 0;           ///< ... its last pull,
  std::uint64_t through_before = 0;         ///< ... and the one before that

  std::uint64_t backed_up_last = 0;   ///< what was in a backup as the last page told that came to it,
  std::uint64_t backed_up_before = 0; ///< and as the one before that did
};

struct pull_record {
  std::int64_t at_ns = -1;
  std::int64_t time = 0; ///< the server's, at least
  std::uint32_t device = 0;
  attendance before; ///< of the device, without this pull
};

struct scope_life {
  std::uint64_t fence = 0;
  position through = 0; ///< of the fence
  std::vector<fence_step> steps;
  std::vector<death> deaths;          ///< ascending
  std::size_t passed = 0;             ///< deaths behind the fence
  std::vector<std::uint32_t> members; ///< devices that ever had to do with it
  std::int64_t grants_changed_at = -1;
  std::uint64_t floor = 0; ///< every living device is known to have told that much
  pull_record last;
  pull_record before;
};

/// What a copy of the server's store holds of all this.
struct lifetime_copy {
  struct fence {
    std::uint64_t at = 0;
    position through = 0;
    std::size_t steps = 0;
  };
  time_span time;
  std::vector<fence> fences;
  std::vector<attendance> heard;
};

class lifetime_book {
public:
  explicit lifetime_book(lifetime_settings s) : settings_(s) {}

  bool forgets() const { return settings_.tombstones_for_ns > 0; }
  const lifetime_settings& settings() const { return settings_; }

  // -- the server's time -------------------------------------------------------------------------------------------------
  void read_clock(std::int64_t reading, std::int64_t at_ns);
  void restarted() { at_restart_ = time_.low; }
  const time_span& time() const { return time_; }
  bool ran_back() const { return time_.high > time_.low; }
  /// `late`: told at a restart, committed at some time before it.
  void date(position at, bool late);
  const time_span& committed(position at) const { return dates_[at < dates_.size() ? at : 0]; }

  // -- scopes and devices --------------------------------------------------------------------------------------------------
  scope_life& scope(std::uint32_t number);
  const scope_life& find_scope(std::uint32_t number) const { return scopes_[number < scopes_.size() ? number : 0]; }
  std::uint32_t scopes() const { return static_cast<std::uint32_t>(scopes_.size()); }
  caller& of(std::uint32_t device);
  const caller& find(std::uint32_t device) const { return callers_[device < callers_.size() ? device : 0]; }
  /// Makes it a member of the scope. References are good until the next one is made.
  guest& of(std::uint32_t device, std::uint32_t number);
  const guest& find(std::uint32_t device, std::uint32_t number) const;
  /// The scopes that the device is a member of.
  std::span<const std::uint32_t> scopes_of(std::uint32_t device) const;

  /// Tombstones with a presence up to there are forgotten. 0: none.
  position through(std::uint32_t number) const { return find_scope(number).through; }
  /// How far the scope's tombstones were forgotten at any time while the head was in [from, to], and after the first
  /// `seen` moves of its fence.
  std::vector<position> in_force(std::uint32_t number, position from, position to, std::size_t seen) const;

  /// It may have expired; it surely has.
  bool may_have_expired(const attendance& of) const {
    return of.may_expire || (expires() && time_.high - of.heard.low > settings_.device_expires_after_ns);
  }
  bool has_expired(const attendance& of, std::int64_t time) const {
    return of.expired || (expires() && time - of.heard.high > settings_.device_expires_after_ns);
  }
  /// Its user does not hold the scope any more.
  void withdrawn(std::uint32_t device, std::uint32_t number) { static_cast<attendance&>(of(device, number)) = {}; }
  /// A push of it was judged (`surely`: at the time that is known), or its pull.
  void pushed(std::uint32_t device, bool surely);
  void pulled(guest& by, std::uint64_t cursor);
  /// Empty where nothing is ever forgotten.
  lifetime_copy copy() const;
  /// The server goes on from the copy, whose state is that at `at`; in its new generation nobody has told a cursor yet.
  void restore(const lifetime_copy& from, position at);
  /// How often devices expired, up to now.
  std::uint64_t expiries() const;

private:
  void heard(guest& by, bool surely);
  bool expires() const { return settings_.device_expires_after_ns > 0; }

  lifetime_settings settings_;
  time_span time_;
  std::int64_t reading_ = 0;
  std::int64_t read_at_ = -1;
  std::int64_t at_restart_ = 0;
  std::vector<time_span> dates_ = std::vector<time_span>(1); ///< by position
  std::vector<scope_life> scopes_ = std::vector<scope_life>(1);
  std::vector<guest> guests_ = std::vector<guest>(1);
  std::vector<caller> callers_ = std::vector<caller>(1);
  std::vector<std::vector<std::uint32_t>> scopes_of_ = std::vector<std::vector<std::uint32_t>>(1); ///< by device
  tsl::robin_map<std::uint64_t, std::uint32_t, spread> numbers_; ///< of guests, by scope and device; looked up only
};

} // namespace squall::invariants
