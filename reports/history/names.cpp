#include "reports/history/names.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace squall::history {

static_assert(std::endian::native == std::endian::little, "digests are defined over little endian bytes");

namespace {

std::uint64_t hash_of(const intent_name& name) {
  const std::array<std::uint64_t, 2> words{std::uint64_t{name.device} << 32 | name.incarnation, name.seq};
  return XXH3_64bits(words.data(), sizeof words);
}

std::uint64_t hash_of(const record_name& name) { return hash_of(name.creator) + name.ordinal * 0x9E3779B97F4A7C15ULL; }

// Open addressing over indices alone: the names themselves are in the table's vectors. At a million intents a node-based
// map would cost ten times as much memory.
class index_set {
public:
  template <class Name>
  std::uint32_t find_or_add(std::vector<Name>& names, const Name& name) {
    if ((names.size() + 1) * 10 > slots_.size() * 7)
      grow(names);
    std::size_t at = hash_of(name) & (slots_.size() - 1);
    while (slots_[at] != 0) {
      if (names[slots_[at]] == name)
        return slots_[at];
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = static_cast<std::uint32_t>(names.size());
    names.push_back(name);
    return slots_[at];
  }

  template <class Name>
  std::uint32_t find(const std::vector<Name>& names, const Name& name) const {
    if (slots_.empty())
      return 0;
    std::size_t at = hash_of(name) & (slots_.size() - 1);
    while (slots_[at] != 0 && !(names[slots_[at]] == name))
      at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

private:
  template <class Name>
  void grow(const std::vector<Name>& names) {
    slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
    for (std::uint32_t i = 1; i < names.size(); ++i) {
      std::size_t at = hash_of(names[i]) & (slots_.size() - 1);
      while (slots_[at] != 0)
        at = (at + 1) & (slots_.size() - 1);
      slots_[at] = i;
    }
  }

  std::vector<std::uint32_t> slots_;
};

} // namespace

struct name_table::lookup {
  index_set intents;
  index_set records;
};

name_table::name_table() : intents_(1), records_(1), lookup_(std::make_shared<lookup>()) {}

name_table::name_table(const name_table& other)
    : intents_(other.intents_), records_(other.records_), texts_(other.texts_),
      lookup_(std::make_shared<lookup>(*other.lookup_)) {}

name_table& name_table::operator=(const name_table& other) {
  name_table copy(other);
  *this = std::move(copy);
  return *this;
}

intent_index name_table::intern(const intent_name& name) { return lookup_->intents.find_or_add(intents_, name); }

record_index name_table::intern(const record_name& name) { return lookup_->records.find_or_add(records_, name); }

intent_index name_table::find(const intent_name& name) const { return lookup_->intents.find(intents_, name); }

record_index name_table::find(const record_name& name) const { return lookup_->records.find(records_, name); }

void name_table::remember_text(std::int64_t digest, const std::string& text) { texts_.emplace(digest, text); }

const std::string* name_table::text(std::int64_t digest) const {
  const auto found = texts_.find(digest);
  return found == texts_.end() ? nullptr : &found->second;
}

std::int64_t digest_of(std::string_view text) {
  return static_cast<std::int64_t>(XXH3_64bits(text.data(), text.size()));
}

std::int64_t digest_of(const record_name& name) {
  std::array<unsigned char, 16> bytes{};
  const std::uint64_t tail = name.creator.seq << 8 | name.ordinal;
  std::memcpy(bytes.data(), &name.creator.device, 4);
  std::memcpy(bytes.data() + 4, &name.creator.incarnation, 4);
  std::memcpy(bytes.data() + 8, &tail, 8);
  return static_cast<std::int64_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

std::string to_string(const intent_name& name) {
  return name.incarnation == 1 ? fmt::format("d{}:{}", name.device, name.seq)
                               : fmt::format("d{}.{}:{}", name.device, name.incarnation, name.seq);
}

std::string to_string(const record_name& name) { return fmt::format("{}/{}", to_string(name.creator), name.ordinal); }

} // namespace squall::history
