// The scopes that a device holds, and where it stands in each.
#pragma once

#include "engine/client/client_store.hpp"

#include <cstdint>
#include <vector>

namespace squall::client {

struct held_scope : durable_scope {
  std::uint64_t known_head = 0; ///< the newest position that the server spoke of, in the generation of the cursor
};

class scope_book {
public:
  /// Ascending by scope.
  const std::vector<held_scope>& all() const noexcept { return held_; }
  void assign(std::vector<held_scope> held) { held_ = std::move(held); }

  /// Null if it is not held. Valid until `assign`.
  held_scope* find(scope_id scope);
  const held_scope* find(scope_id scope) const;
  bool holds(scope_id scope) const { return find(scope) != nullptr; }
  /// True if that one is held, and nothing else.
  bool is_one(scope_id scope) const { return held_.size() == 1 && held_.front().scope == scope; }
  /// The first one after `scope`; 0: there is none.
  scope_id after(scope_id scope) const;

private:
  std::vector<held_scope> held_;
};

} // namespace squall::client
