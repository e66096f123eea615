// What happened to a cast, beat by beat, and what became of each message that mattered. One pass over a history. Notices, in
// general terms, where a life of an intent takes a turn that no life should take: a second commit, an answer that changes, a
// queue that forgets, a cursor that passes over something.
#pragma once

#include "reports/story/cast.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace squall::story {

enum class beat_kind : std::uint8_t {
  accepted, ///< a user's change is in the device's queue
  in_doubt, ///< the device died while it took the change
  carried,  ///< a message left with it
  committed,
  answered,   ///< a verdict left the server
  branched,   ///< the server keeps it as a branch of a task
  task_shown, ///< a watched device's user can see a task about the record, open or closed
  learned,    ///< the device has the verdict durably
  left_queue, ///< ... and takes it off its send queue, where that is told apart
  surfaced,   ///< the user is told
  overlay_dropped,
  served,   ///< a page with its commit left for a watched device
  left_out, ///< a page for a watched device passes over its commit
  applied,
  passed,    ///< a watched device's cursor passes its commit, which it never took in
  overtaken, ///< it commits where a watched device's cursor had already been
  snapshot,  ///< a watched device takes over a snapshot
  missing,   ///< the device's disk is read, and it is not in its queue
  waiting,   ///< the story ends, and the device still has no verdict of it
  crashed,
  restarted,
  fault,    ///< a fault begins at one of the watched
  refused,  ///< a watched device is turned away by a status
  no_token, ///< ... and is refused a new token
  locked,   ///< a watched device's queue waits for a token
  unlocked,
};

struct beat {
  std::int64_t at_ns = 0;
  beat_kind kind{};
  std::uint32_t actor = 0;
  std::uint32_t peer = 0;
  std::vector<history::intent_index> intents;
  std::uint64_t message = 0; ///< a letter; 0: none
  std::uint64_t s = 0;       ///< commit sequence, or a cursor
  std::uint64_t from_s = 0;  ///< of cursors and pages: where it came from; of sending: the how manieth time
  std::uint8_t code = 0;     ///< verdict, status, fault number, message class
  std::uint8_t rule = 0;
  std::uint64_t ref = 0; ///< winner, plan id of an intention or fault
  std::int64_t value = 0;
  history::record_index record = 0; ///< of tasks
  std::uint16_t collection = 0;
  std::uint32_t repeats = 0; ///< further beats like this one that were left out
  bool turn = false;         ///< no life should go like this
};

/// A message that carried one of the cast, or a verdict or a page about one.
struct letter {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint8_t message_class = 0;
  std::int64_t sent_at = 0;
  std::vector<std::int64_t> arrived_at;
  bool lost = false;
  std::uint8_t loss = 0; ///< history::loss_code
  bool duplicated = false;
  bool corrupted = false;
  bool held_back = false;
  std::optional<std::uint64_t> cause; ///< plan id of the fault that did it; 0: the network's own noise
};

struct row_shown {
  std::uint32_t actor = 0;
  std::uint8_t view = 0; ///< history::view_code
  bool present = false;
  bool deleted = false;
  struct cell {
    std::uint16_t field = 0;
    history::value_tag tag{};
    std::int64_t value = 0;
    history::intent_index writer = 0;
  };
  std::vector<cell> cells;
};

/// An operation or a write of a player, for naming what it is.
struct deed {
  std::uint8_t operation = 0;
  history::record_index record = 0;
  std::uint16_t collection = 0;
  std::uint64_t task = 0; ///< that it resolves; 0: none
  std::vector<history::entry> writes;
};

class chronicle final : public history::sink {
public:
  chronicle(const cast& who, std::int64_t until_ns) : cast_(who), until_(until_ns) {}

  void append(std::span<const history::entry> entries, const history::name_table& names) override;
  /// Call once, after the last entry.
  void finish();

  const std::vector<beat>& beats() const { return beats_; }
  const letter* message(std::uint64_t id) const {
    const auto at = letters_.find(id);
    return at == letters_.end() ? nullptr : &at->second;
  }
  const std::map<history::intent_index, std::vector<deed>>& deeds() const { return deeds_; }
  /// Each participant's last export of the record before the end of the story, by (participant, view).
  const std::map<std::pair<std::uint32_t, std::uint8_t>, row_shown>& rows() const { return rows_; }

private:
  struct life {
    bool accepted = false;
    bool exited = false;
    bool has_verdict = false;
    std::uint32_t times_sent = 0;
    std::int64_t last_sent = 0;
    std::vector<std::uint64_t> commits;
    std::uint8_t answer = 0;
    std::set<std::uint32_t> applied_at;
    std::uint32_t scope = 0, to = 0; ///< that it names, and where it moves a record
  };
  struct page {
    std::uint32_t peer = 0, scope = 0;
    std::uint64_t from = 0, to = 0, message = 0;
    std::int64_t at_ns = 0;
    std::set<history::intent_index> holds;
    bool open = false;
  };

  void hear(const history::entry& e);
  void hear_user(const history::entry& e);
  void hear_device(const history::entry& e);
  void hear_server(const history::entry& e);
  void hear_network(const history::entry& e);
  void hear_fault(const history::entry& e);
  void hear_queue(const history::entry& e);
  void hear_export(const history::entry& e);
  void committed(const history::entry& e);
  void answered(const history::entry& e);
  void close_page();
  void task(const history::entry& e, beat_kind kind);
  void end_queue();
  void cursor(const history::entry& e);
  beat& tell(const history::entry& e, beat_kind kind);
  letter& open_letter(const history::entry& e);
  static void sent(letter& l, const history::entry& e);
  bool is_of(std::uint32_t scope, history::intent_index intent) const;

  const cast& cast_;
  std::int64_t until_;
  std::int64_t last_at_ = 0;
  const history::name_table* names_ = nullptr;
  std::vector<beat> beats_;
  std::map<std::uint64_t, letter> letters_;
  std::map<history::intent_index, life> lives_;
  std::map<history::intent_index, std::vector<deed>> deeds_;
  std::map<std::uint32_t, std::uint32_t> scopes_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> cursors_; ///< by device and scope
  std::map<std::pair<std::uint32_t, std::uint8_t>, row_shown> rows_;
  row_shown* export_ = nullptr;
  bool export_row_ = false;
  page page_;
  history::entry last_sent_;
  std::map<std::uint32_t, std::uint64_t> faults_; ///< the last one that began and has not ended, by participant
  std::optional<std::uint32_t> queue_of_;
  std::set<history::intent_index> queued_;
  std::int64_t queue_at_ = 0;
};

} // namespace squall::story
