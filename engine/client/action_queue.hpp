// The action queue: every accepted intent until its fate is durable here, in order of acceptance. In memory what is needed
// at every event; in the store everything. Transitions happen inside a transaction of the store.
//
// An intent leaves the send queue only with a terminal verdict of its own. A committed one is kept until the server has a
// backup of it and the visible state does without it.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/client/client_store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace squall::client {

struct queued_intent : queue_row {
  std::unique_ptr<intent> content; ///< null until asked for
  std::string body;                ///< original bytes; empty until asked for

  bool awaiting() const noexcept { return kind == verdict_kind::none && !quarantined; }
  bool kept() const noexcept { return kind != verdict_kind::none; }
};

class action_queue {
public:
  explicit action_queue(client_store& store) : store_(store) {}

  /// Rebuilds the memory from the store.
  void load();

  std::vector<queued_intent>& entries() noexcept { return entries_; }
  const std::vector<queued_intent>& entries() const noexcept { return entries_; }
  queued_intent* find(const intent_id& id);
  /// The first that awaits a verdict; null if none does.
  queued_intent* first_awaiting();

  std::uint32_t awaiting() const noexcept { return awaiting_; }
  std::uint32_t kept() const noexcept { return kept_; }
  std::uint32_t quarantined() const noexcept { return quarantined_; }
  /// Intents folded into the visible state.
  std::uint32_t folded() const noexcept { return folded_; }

  /// The highest seq of `incarnation` up to which every verdict is durable; `next_seq` is the incarnation's next.
  std::uint64_t verdicts_through(std::uint32_t incarnation, std::uint64_t next_seq) const;

  /// The decoded intent; null only after a failure of the store.
  const intent* content(queued_intent& q);
  /// The original bytes; empty only after a failure of the store.
  const std::string& body(queued_intent& q);

  // -- transitions --
  /// Takes a new intent in. With `in_memory_only` it is not stored.
  void accept(intent content, std::string body, bool in_memory_only = false);
  /// Writes what changed in `q`.
  void update(const queued_intent& q);
  /// Another id for `q`: `content` is what it becomes, `body` its encoding.
  void relabel(queued_intent& q, intent content, std::string body);
  /// Forgets `q` altogether. Invalidates references to later entries.
  void erase(std::int64_t n);
  void erase_if(const std::function<bool(const queued_intent&)>& gone);

  /// Recounts after changes to entries.
  void recount();
  /// Gives back what the store can bring back.
  void release_memory();

private:
  client_store& store_;
  std::vector<queued_intent> entries_;
  std::int64_t next_n_ = 1;
  std::uint32_t awaiting_ = 0, kept_ = 0, quarantined_ = 0, folded_ = 0;
};

/// The records that an intent's operations work on are appended to `out`.
void append_records(const intent& in, std::vector<record_id>& out);

} // namespace squall::client
