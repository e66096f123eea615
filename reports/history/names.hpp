// What the indices in a history stand for.
#pragma once

#include "reports/history/entry.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squall::history {

struct intent_name {
  std::uint32_t device = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t seq = 0;
  bool operator==(const intent_name&) const = default;
};

/// A record is named by the intent that creates it and the create's ordinal within it.
struct record_name {
  intent_name creator;
  std::uint8_t ordinal = 0;
  bool operator==(const record_name&) const = default;
};

/// Dense, append only; index 0 stands for "none" in both. A copy is a table of its own. Not thread safe.
class name_table {
public:
  name_table();
  name_table(const name_table& other);
  name_table& operator=(const name_table& other);
  name_table(name_table&&) noexcept = default;
  name_table& operator=(name_table&&) noexcept = default;
  ~name_table() = default;

  intent_index intern(const intent_name& name);
  record_index intern(const record_name& name);
  /// 0 if the table does not have it.
  intent_index find(const intent_name& name) const;
  record_index find(const record_name& name) const;
  const intent_name& intent(intent_index i) const { return intents_[i]; }
  const record_name& record(record_index i) const { return records_[i]; }
  std::size_t intents() const { return intents_.size() - 1; }
  std::size_t records() const { return records_.size() - 1; }
  /// Texts whose digest appears in the history, where the host kept them (for reports only). Empty if not known.
  void remember_text(std::int64_t digest, const std::string& text);
  const std::string* text(std::int64_t digest) const;
  /// All texts kept, by digest.
  const std::map<std::int64_t, std::string>& texts() const { return texts_; }

private:
  struct lookup;
  std::vector<intent_name> intents_;
  std::vector<record_name> records_;
  std::map<std::int64_t, std::string> texts_;
  std::shared_ptr<lookup> lookup_; // never shared by two tables
};

/// A text's `value` in an entry: XXH3-64 of its bytes.
std::int64_t digest_of(std::string_view text);
/// A reference's `value` in an entry: XXH3-64 of device u32, incarnation u32, seq << 8 | ordinal u64, little endian.
std::int64_t digest_of(const record_name& name);

/// "d3:7" (incarnation 1) or "d3.2:7".
std::string to_string(const intent_name& name);
/// "d3:7/0".
std::string to_string(const record_name& name);

} // namespace squall::history
