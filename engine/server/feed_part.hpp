// What a page of changes carries of the feed: the stored bytes of its entries as they are, and the facts about them. An entry is
// stored as it travels, so a page is put together without encoding anything anew; it is decoded for the facts alone, and
// those of late entries are remembered, since all devices of a scope ask for the same.
#pragma once

#include "engine/telemetry/fact.hpp"
#include "engine/wire/sync.pb.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace squall::server {

class feed_part {
public:
  /// `stored`: the encoded entry, `about`: its facts.
  void add(std::string_view stored, std::span<const telemetry::fact> about);
  void drop_last();

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  /// Encoded. Precondition: not empty.
  std::string_view last() const noexcept;
  /// The entries as fields of a PullResponse.
  const std::string& bytes() const noexcept { return bytes_; }
  const std::vector<telemetry::fact>& facts() const noexcept { return facts_; }

private:
  struct place {
    std::size_t field = 0; ///< where the entry's field begins in `bytes_` ...
    std::size_t body = 0;  ///< ... and the entry itself
    std::size_t facts = 0; ///< where its facts begin
  };
  std::string bytes_;
  std::vector<telemetry::fact> facts_;
  std::vector<place> entries_;
};

/// The facts about entries that were committed or looked at lately, by their commit sequence.
class entry_memory {
public:
  void note(scope_id scope, std::uint64_t sequence, const wire::ChangeEntry& entry);
  /// Of the scope's entry of that sequence. Empty if `stored` is no entry. Valid until the next call.
  std::span<const telemetry::fact> facts_of(scope_id scope, std::uint64_t sequence, std::string_view stored);
  void clear();

private:
  static constexpr std::size_t entries_max = 256;
  struct slot {
    std::uint64_t sequence = 0; ///< 0: none
    scope_id scope;             ///< a move has an entry in two
    std::vector<telemetry::fact> facts;
  };
  slot& slot_of(std::uint64_t sequence);
  std::vector<slot> slots_;
};

/// Appends the facts about one entry, and about one row of a page or a snapshot.
void report_entry(std::vector<telemetry::fact>& out, const wire::ChangeEntry& entry);
void report_row(std::vector<telemetry::fact>& out, const wire::RowState& row);

} // namespace squall::server
