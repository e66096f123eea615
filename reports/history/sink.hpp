// Whoever wants a history as it happens: the digest, the judge, a recorder.
#pragma once

#include "reports/history/entry.hpp"
#include "reports/history/names.hpp"

#include <span>

namespace squall::history {

class sink {
public:
  virtual ~sink() = default;
  /// Entries in order, in batches of any size; each entry is handed over exactly once. `names` covers every index in them.
  virtual void append(std::span<const entry> entries, const name_table& names) = 0;
};

} // namespace squall::history
