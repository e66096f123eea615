#include "reports/history/digest.hpp"

#include <array>
#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace squall::history {

struct digest::state {
  XXH3_state_t entries;
  // Names have streams of their own: a batch may come with names that only later entries use.
  XXH3_state_t intents;
  XXH3_state_t records;
  std::size_t intents_done = 0;
  std::size_t records_done = 0;
  std::uint64_t count = 0;
};

namespace {

std::array<std::uint64_t, 2> words_of(const intent_name& name) {
  return {std::uint64_t{name.device} << 32 | name.incarnation, name.seq};
}

} // namespace

digest::digest() : state_(std::make_unique<state>()) {
  XXH3_64bits_reset(&state_->entries);
  XXH3_64bits_reset(&state_->intents);
  XXH3_64bits_reset(&state_->records);
}

digest::digest(digest&&) noexcept = default;
digest& digest::operator=(digest&&) noexcept = default;
digest::~digest() = default;

void digest::append(std::span<const entry> entries, const name_table& names) {
  XXH3_64bits_update(&state_->entries, entries.data(), entries.size_bytes());
  state_->count += entries.size();
  while (state_->intents_done < names.intents()) {
    const auto words = words_of(names.intent(static_cast<intent_index>(++state_->intents_done)));
    XXH3_64bits_update(&state_->intents, words.data(), sizeof words);
  }
  while (state_->records_done < names.records()) {
    const auto& name = names.record(static_cast<record_index>(++state_->records_done));
    const auto creator = words_of(name.creator);
    const std::array<std::uint64_t, 3> words{creator[0], creator[1], name.ordinal};
    XXH3_64bits_update(&state_->records, words.data(), sizeof words);
  }
}

std::uint64_t digest::of_entries() const { return XXH3_64bits_digest(&state_->entries); }

std::uint64_t digest::value() const {
  const std::array<std::uint64_t, 3> parts{of_entries(), XXH3_64bits_digest(&state_->intents),
                                           XXH3_64bits_digest(&state_->records)};
  return XXH3_64bits(parts.data(), sizeof parts);
}

std::uint64_t digest::entries() const { return state_->count; }

std::string to_hex(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

} // namespace squall::history
