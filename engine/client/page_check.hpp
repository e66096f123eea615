// Does a page fit what is here? A page is applied whole or not at all.
#pragma once

#include "engine/client/client_store.hpp"
#include "engine/merge/schema.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>

namespace squall::client {

enum class page_fault : std::uint8_t {
  none = 0,
  another_cursor, ///< it does not answer the cursor asked
  broken_chain,   ///< an entry is missing, repeated or out of order, or the page's end is before its entries
  unreadable,     ///< a row that the schema does not know
};

io::cursor from_wire(const wire::Cursor& from);
void to_wire(const io::cursor& from, wire::Cursor& to);

/// True if the row is one of a collection and fields that `model` has.
bool readable(const wire::RowState& row, const merge::schema& model);

/// Compares with where `state` stands. An entry's `previous` must be the last one applied; where that is not known, after
/// a snapshot, it must be covered by the cursor.
page_fault check_page(const wire::PullResponse& page, const durable_scope& state, const merge::schema& model);

} // namespace squall::client
