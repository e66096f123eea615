// What one entry means, seen against the model: the invariants judge by this. Filled anew for each entry.
#pragma once

#include "reports/invariants/model/resolver.hpp"

#include <array>
#include <string>
#include <vector>

namespace squall::invariants {

/// Where a row or a value was shown.
enum class place : std::uint8_t {
  read,    ///< to a user, on a device
  replica, ///< in an export of a device that has not caught up
  settled, ///< in an export of a device with an empty queue whose cursor is at the head
  server,  ///< in an export of the server
  feed,    ///< in a page of changes
  snapshot,
};
constexpr std::size_t places = 6;

/// How it can be wrong.
enum class flaw : std::uint8_t {
  own_write_hidden, ///< the device's own write is not shown, and nothing took it back
  own_write_kept,   ///< the device's own write is shown, though its verdict took it back
  resurrected,      ///< a deleted row is shown as live
  unborn,           ///< a row is shown that no commit up to there created
  beyond,           ///< comes from a commit beyond the position shown
  stale,            ///< was replaced by a commit up to the position shown
  vanished,         ///< a live row is not shown
  unfounded,        ///< no commit up to there explains it
  writer,           ///< right, but credited to somebody else
  derived,          ///< a derived field is not what its rows add up to
  elsewhere,        ///< shown in a scope where the record is not, or as deleted where it has only left
  withdrawn,        ///< of a scope that the user does not hold, as the device was told
  unforgotten,      ///< a tombstone is shown that has been forgotten
  forgotten,        ///< a tombstone is not shown, though it has not been forgotten
};

struct difference {
  place where = place::read;
  flaw why = flaw::unfounded;
  std::uint32_t device = 0;
  record_index record = 0;
  std::uint16_t collection = 0;
  std::uint16_t field = effect::row;
  cell_value expected;
  cell_value shown;
  intent_index expected_writer = 0;
  intent_index shown_writer = 0;
  bool counter = false;
  bool synced = false; ///< the user had been told that everything is synced
};

/// A page, or what a device made of it, that is wrong in itself.
enum class page_flaw : std::uint8_t {
  chain_broken,     ///< an entry does not name the one before it
  wrong_order,      ///< an entry's intent is not what was committed at its s
  missing_entries,  ///< the page ends beyond entries that it lacks
  incomplete_entry, ///< an entry lacks a part of what its intent changed
  incomplete_snapshot,
  goes_back,  ///< the page ends before the cursor that was asked
  foreign,    ///< holds what is not of its scope
  wrong_exit, ///< tells that a record left, which it did not, or does not tell so
  generation, ///< it is of another generation than the server, or goes on from a cursor of another
};

struct page_trouble {
  page_flaw what = page_flaw::chain_broken;
  std::uint32_t device = 0;
  intent_index intent = 0;
  record_index record = 0;
  std::uint64_t s = 0;
  std::uint64_t expected = 0;
};

/// A task, as somebody exports or shows it, is not what it must be.
enum class task_flaw : std::uint8_t {
  missing,   ///< an open task is not there
  unknown,   ///< nobody opened such a task, or it is about something else
  branches,  ///< its branches are others, or in another order
  closed,    ///< it is shown open and is closed, or the other way round
  withdrawn, ///< it is of a scope that the user does not hold, as the device was told
};

struct task_trouble {
  task_flaw what = task_flaw::missing;
  place where = place::server;
  std::uint32_t device = 0;
  std::uint32_t task = 0;
  record_index record = 0;
  intent_index intent = 0; ///< a branch that is not there, or should not be
};

/// A visible row's flags are not what its references and keys ask for.
struct flag_trouble {
  std::uint32_t device = 0;
  record_index record = 0;
  std::uint16_t collection = 0;
  std::uint32_t shown = 0;
  std::uint32_t expected = 0;
};

/// A fence, as somebody moves, tells or keeps it, is not what the lifetimes of deleted records allow.
enum class fence_flaw : std::uint8_t {
  unasked,        ///< the server forgets, though the scenario does not ask for it
  runs_back,      ///< it does not grow from where it was
  no_tombstone,   ///< it moves to where no tombstone is
  young,          ///< a tombstone goes before its time
  unheard,        ///< a living device has not told a cursor that far
  asked_about,    ///< a record goes while a task about it is open
  time,           ///< the server names a time that its clock has not shown
  told_beyond,    ///< a device forgets more than a page told it to
  exported,       ///< a replica shows another fence than was told
  not_kept,       ///< a device keeps less than what its cursor came with
  page_below,     ///< changes are served to a cursor that misses what is forgotten
  snapshot_below, ///< a snapshot is served that shows what is forgotten as it was before
  in_snapshot,    ///< a snapshot holds a tombstone that was forgotten before it was made
};

struct fence_trouble {
  fence_flaw what = fence_flaw::unasked;
  std::uint32_t device = 0;
  record_index record = 0;
  std::uint64_t s = 0;
  std::uint64_t expected = 0;
};

/// Grants, as they are told and heeded, are not those that were given.
enum class grant_flaw : std::uint8_t {
  version,     ///< a change does not have the version after the one before it
  never_given, ///< a device is told grants that the server does not have
  goes_back,   ///< a device takes grants that are no newer than those that it has
  not_taken,   ///< a device does not take grants that a reply told it
  not_purged,  ///< a device keeps a scope that it does not hold any more
  purged,      ///< a device purges a scope that it holds, or never had
};

struct grant_trouble {
  grant_flaw what = grant_flaw::version;
  std::uint32_t device = 0;
  std::uint32_t scope = 0;
  std::uint64_t version = 0;
  std::uint64_t expected = 0;
};

/// A device that has been connected for long is further behind in a scope than it may be.
struct lateness {
  std::uint32_t device = 0;
  std::uint32_t scope = 0;
  std::uint64_t s = 0; ///< that its cursor has not reached
  std::int64_t committed_at = 0;
  std::int64_t connected_since = 0;
};

struct facts {
  std::vector<lateness> stale;
  std::vector<fence_trouble> fences;
  std::vector<grant_trouble> grants;
  std::vector<difference> differences;
  std::vector<page_trouble> pages;
  std::vector<task_trouble> tasks;
  std::vector<flag_trouble> flags;
  intent_index body_complete = 0;   ///< all operations of this intent have been told
  std::uint32_t scope_expected = 0; ///< where it belongs, as its author's device shows things; 0: not known

  // intent_committed, backed_up, server_restored
  bool generation_right = true;
  // intent_carried
  bool offered_again = false; ///< for the first time since its commit was undone

  // intent_committed
  position committed = 0;
  outcome resolved;
  bool committed_again = false;
  bool commit_unknown = false; ///< nobody accepted such an intent
  std::uint64_t expected_s = 0;
  bool granted = true;
  bool stamp_judged = false;
  bool stamp_right = true;
  stamp stamp_expected;
  std::uint32_t tasks_closed = 0;
  std::uint32_t branches_left = 0; ///< the tasks that the intent resolves

  // branch_kept
  bool branch_judged = false;
  bool branch_conflicts = true; ///< the intent is in conflict, about what the branch says
  bool branch_placed = true;    ///< in the right task
  bool branch_again = false;
  std::uint32_t task_expected = 0;
  bool task_opened = false;

  // verdict_released
  bool verdict_judged = false;
  bool verdict_right = true;
  bool verdict_repeated = false;
  bool branch_missing = false; ///< it names a task, but no branch was kept
  outcome verdict_expected;
  intent_index listing_checked = 0; ///< a merged verdict whose list of fields is complete now
  bool listing_right = true;

  // fence_moved, fence_told, page_served
  bool fence_judged = false;
  std::uint32_t tombstones_forgotten = 0;
  bool below_fence = false; ///< the cursor that asked

  // cursor_moved, and whatever else shows a cursor
  std::uint64_t old_s = 0;
  std::uint64_t old_generation = 0;
  bool old_known = true;
  position old_at = 0;

  void clear();
  /// Something that an invariant must hear of whatever the entry's kind is.
  bool any() const {
    return !differences.empty() || !pages.empty() || !tasks.empty() || !flags.empty() || !fences.empty() ||
           !grants.empty() || !stale.empty() || body_complete != 0 || listing_checked != 0;
  }
};

/// How much was held against the model since the run began.
struct tally {
  std::array<std::uint64_t, places> compared{}; ///< rows and values, by where they were shown
  std::uint64_t pages = 0;                      ///< feed entries, rows of snapshots, whole snapshots
  std::uint64_t tasks = 0;                      ///< tasks, wherever they were shown
  std::uint64_t flagged = 0;                    ///< visible rows with flags that had to be there
  std::uint64_t fences = 0;                     ///< moved, told or exported
  std::uint64_t grants = 0;                     ///< told, heeded, purged
  std::uint64_t tombstones = 0;                 ///< that an export showed or had to show
  std::uint64_t undone_commits = 0;             ///< when the server was restored from a backup ...
  std::uint64_t undone_verdicts = 0;            ///< ... without an effect
  std::uint64_t undone_tasks = 0;
};

} // namespace squall::invariants
