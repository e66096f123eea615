// The append-only log of committed intents, in commit order over the whole server, and each scope's feed in it. A feed is
// the scope's entries above its floor; what retention trims loses its entry but keeps its original bytes, so that the
// state can be rebuilt from the log.
//
// Heads and floors are kept in memory, loaded on first use, and so are the last entries as they were written, since all devices
// of a scope ask for the same: after a failed transaction call `forget`.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/intent.hpp"
#include "engine/base/time.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace squall::server {

struct feed_position {
  std::uint64_t head = 0;    ///< newest sequence; 0: nothing yet
  std::uint64_t floor = 0;   ///< newest sequence that was trimmed; a cursor below it has missed something
  std::uint64_t entries = 0; ///< above the floor
  std::uint32_t version = 1; ///< of the scope
  std::uint64_t fence = 0;   ///< what was deleted at or below it is forgotten
};

struct log_entry {
  std::uint64_t sequence = 0;
  scope_id scope;
  std::uint64_t incarnation = 0; ///< incarnation_key
  std::uint64_t seq = 0;
  std::uint64_t hash = 0;
  time_ns wall = 0;       ///< the server's clock at commit; nothing is decided by it
  hlc_stamp stamp;        ///< the intent's, as counted
  std::string_view entry; ///< wire::ChangeEntry
  std::string_view body;  ///< the intent's original bytes
  std::string_view audit; ///< what the audit keeps beside it
};

class change_log {
public:
  /// `first_sequence` is the first of an empty log.
  change_log(store::connection& db, std::uint64_t first_sequence) : db_(db), first_sequence_(first_sequence) {}

  std::uint64_t generation() const noexcept { return generation_; }
  /// What each later generation began with: feed positions up to there are the same in it and in the one before.
  struct beginning {
    std::uint64_t generation = 0;
    std::uint64_t sequence = 0; ///< the newest then
  };
  const std::vector<beginning>& beginnings() const noexcept { return beginnings_; }
  /// The store is a copy put back: what follows is another history. Inside a transaction. Precondition: greater than the present one.
  result<void> begin_generation(std::uint64_t generation);

  /// The newest commit that a copy of the store holds.
  std::uint64_t backed_up_through() const noexcept { return backed_up_through_; }
  /// A copy is about to be taken. Inside a transaction.
  result<void> note_backup();

  /// The newest sequence of any scope; 0: nothing yet.
  std::uint64_t newest() const noexcept { return next_ == first_sequence_ ? 0 : next_ - 1; }
  /// The sequence that the next commit gets.
  std::uint64_t next() const noexcept { return next_; }
  /// Takes `next()` out of the sequence, for good.
  std::uint64_t reserve() noexcept { return next_++; }

  result<feed_position> position(scope_id scope);
  /// The greatest stamp of the scope's entries, trimmed ones too. Looked for at the first call, kept from then on.
  result<hlc_stamp> greatest_stamp(scope_id scope);
  /// The scope's newest sequence below `sequence`; 0: none.
  result<std::uint64_t> before(scope_id scope, std::uint64_t sequence);

  /// Inside a transaction.
  result<void> append(const log_entry& e);
  /// The second entry of an intent that moved something, in the scope that it came to. Inside a transaction.
  result<void> append_arrival(const log_entry& e);
  /// Trims the scope's feed towards `keep` entries, a few at a time; true if it did. Inside a transaction.
  result<bool> trim(scope_id scope, std::uint64_t keep);

  /// Inside a transaction. Precondition: above the scope's fence.
  result<void> move_fence(scope_id scope, std::uint64_t to);

  /// Hands `sink` the encoded entries after `cursor`, ascending, at most `limit`.
  using entry_sink = std::function<void(std::uint64_t sequence, std::string_view entry)>;
  result<void> read(scope_id scope, std::uint64_t cursor, std::uint32_t limit, const entry_sink& sink);
  /// The scope's newest sequence that committed in the same second as `sequence`.
  result<std::uint64_t> last_of_second(scope_id scope, std::uint64_t sequence);

  /// Reads from the store what is kept in memory.
  result<void> load();
  /// After a transaction that did not happen.
  result<void> forget() { return load(); }

private:
  struct kept : feed_position {
    std::optional<hlc_stamp> greatest; ///< nothing until somebody asked
    bool arrivals = false;             ///< moves brought something to the scope
  };
  /// An entry of any scope that this process wrote, at its sequence modulo `late_max`.
  struct late_entry {
    std::uint64_t sequence = 0; ///< 0: none
    scope_id scope;
    std::string bytes;
    scope_id came_to; ///< of a move, with its second entry; 0: there is none
    std::string arrival;
  };
  static constexpr std::size_t late_max = 256;

  result<kept*> slot(scope_id scope);
  static void count_in(kept& p, const log_entry& e);
  /// What asks the log alone, which finds by index, unless moves brought something to the scope.
  static const char* of(const kept& p, const char* log, const char* feed) { return p.arrivals ? feed : log; }
  result<void> put(scope_id scope, const feed_position& at);
  void remember(const log_entry& e);
  /// True if every sequence after `cursor` is remembered, of whichever scope.
  bool remembers_after(std::uint64_t cursor) const noexcept;

  store::connection& db_;
  std::uint64_t first_sequence_;
  std::uint64_t next_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t backed_up_through_ = 0;
  std::vector<beginning> beginnings_;
  std::unordered_map<std::uint32_t, kept> positions_;
  std::vector<late_entry> late_;
};

} // namespace squall::server
