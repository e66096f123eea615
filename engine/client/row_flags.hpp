// What is wrong with a visible row that only its user can mend: another record has its key, or what it refers to is gone.
#pragma once

#include "engine/client/client_store.hpp"
#include "engine/merge/schema.hpp"
#include "engine/telemetry/counters.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace squall::client {

class row_flags {
public:
  row_flags(const merge::schema& model, telemetry::counters& counts);

  /// False if nothing can be wrong with a row of the collection.
  bool concern(collection_number collection) const { return concerned_[collection]; }
  bool concern_any() const { return std::find(concerned_.begin(), concerned_.end(), true) != concerned_.end(); }
  /// io::row_flag bits of a visible row of the store.
  std::uint8_t of(client_store& store, const record_id& id) const;

private:
  const merge::schema& model_;
  telemetry::counters& counts_;
  std::vector<bool> concerned_; ///< by collection
};

} // namespace squall::client
