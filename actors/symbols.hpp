// What a plan's symbols have become in this run: symbolic records -> records, intentions -> how they ended and as which
// intent.
#pragma once

#include "engine/base/ids.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace squall::actors {

/// (id of the creating intention) << 8 | index of the create among its acts.
using symbol = std::uint64_t;
constexpr symbol symbol_of(std::uint64_t intention, std::size_t act) noexcept { return intention << 8 | act; }
constexpr std::uint64_t creating_intention(symbol s) noexcept { return s >> 8; }

enum class ending : std::uint8_t { open, accepted, skipped, failed, in_doubt };

class symbols {
public:
  void bind(symbol s, const record_id& record) {
    records_[s] = record;
    symbols_[record] = s;
  }
  std::optional<record_id> find(symbol s) const {
    const auto found = records_.find(s);
    return found == records_.end() ? std::nullopt : std::optional{found->second};
  }

  /// Nothing if no intention made the record.
  std::optional<symbol> symbol_of(const record_id& record) const {
    const auto found = symbols_.find(record);
    return found == symbols_.end() ? std::nullopt : std::optional{found->second};
  }

  void end(std::uint64_t intention, ending how) { endings_[intention] = how; }
  ending ended(std::uint64_t intention) const {
    const auto found = endings_.find(intention);
    return found == endings_.end() ? ending::open : found->second;
  }

  void accepted_as(const intent_id& id, std::uint64_t intention) { intentions_[id] = intention; }
  /// 0 if the intent came from no intention.
  std::uint64_t intention_of(const intent_id& id) const {
    const auto found = intentions_.find(id);
    return found == intentions_.end() ? 0 : found->second;
  }

private:
  struct hash {
    std::size_t operator()(const intent_id& id) const noexcept {
      return (std::uint64_t{id.device} << 32 | id.incarnation) * 0x9E3779B97F4A7C15ull ^ id.seq * 0xD1B54A32D192ED03ull;
    }
    std::size_t operator()(const record_id& id) const noexcept {
      return operator()(intent_id{id.device, id.incarnation, id.seq_ordinal});
    }
  };
  // Looked up only, never walked: their order reaches nothing.
  std::unordered_map<symbol, record_id> records_;
  std::unordered_map<record_id, symbol, hash> symbols_;
  std::unordered_map<std::uint64_t, ending> endings_;
  std::unordered_map<intent_id, std::uint64_t, hash> intentions_;
};

} // namespace squall::actors
