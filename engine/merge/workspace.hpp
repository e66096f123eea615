// The rows that one intent works on, as they become while it is judged: copies, put in place only if it commits. Pointers
// stay valid for the workspace's life.
#pragma once

#include "engine/merge/decide.hpp"

#include <deque>

namespace squall::merge {

class workspace {
public:
  workspace(const schema& model, row_access& rows) : model_(model), rows_(rows) {}

  /// The row as earlier operations left it; null if it is not known.
  const row* find(const record_id& id);
  /// A new live row with empty cells. Precondition: find(id) is null.
  row& create(const record_id& id, collection_number collection);
  /// The row to write to. Precondition: find(id) is not null. From here on it counts as touched.
  row& touch(const record_id& id);

  struct entry {
    row now;
    row* original = nullptr; ///< as it was before; null: created here
  };
  /// Touched rows only, in order of first touch. They stay where they are when more are touched.
  const std::deque<entry>& touched() const noexcept { return entries_; }

  /// Puts every touched row in place. Returns them in order of first touch.
  std::vector<record_id> put_back();

private:
  entry* working(const record_id& id);

  const schema& model_;
  row_access& rows_;
  std::deque<entry> entries_;
};

} // namespace squall::merge
