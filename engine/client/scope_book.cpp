#include "engine/client/scope_book.hpp"

#include <algorithm>

namespace squall::client {

held_scope* scope_book::find(scope_id scope) {
  const auto at = std::find_if(held_.begin(), held_.end(), [&](const held_scope& h) { return h.scope == scope; });
  return at == held_.end() ? nullptr : &*at;
}

const held_scope* scope_book::find(scope_id scope) const {
  const auto at = std::find_if(held_.begin(), held_.end(), [&](const held_scope& h) { return h.scope == scope; });
  return at == held_.end() ? nullptr : &*at;
}

scope_id scope_book::after(scope_id scope) const {
  const auto at = std::find_if(held_.begin(), held_.end(), [&](const held_scope& h) { return h.scope > scope; });
  return at == held_.end() ? scope_id{} : at->scope;
}

} // namespace squall::client
