// The fingerprint of a history: two runs did the same iff their digests are equal. Streaming, so that a run that keeps
// nothing still knows what it did. Deterministic over platforms of little endian byte order; not thread safe.
#pragma once

#include "reports/history/sink.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace squall::history {

/// Rolling XXH3-64 over the entries' bytes and over the names that their indices stand for. How the entries were batched
/// does not matter.
class digest final : public sink {
public:
  digest();
  digest(digest&&) noexcept;
  digest& operator=(digest&&) noexcept;
  ~digest() override;

  void append(std::span<const entry> entries, const name_table& names) override;

  /// Of the entries alone, so far. May be asked at any time, as a checkpoint; the entries may go on.
  std::uint64_t of_entries() const;
  /// Of the entries and of the names known when the last batch came. Ask at the end.
  std::uint64_t value() const;
  std::uint64_t entries() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// 16 hexadecimal digits.
std::string to_hex(std::uint64_t digest);

} // namespace squall::history
