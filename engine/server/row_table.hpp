// The materialized view: every record's newest state, deleted ones included, with the scope that it belongs to.
//
// Stored are two wire::RowState: what travels, and apart from it the derived fields, which never do. Rows that were worked on
// lately are remembered: after a failed transaction call `forget`.
#pragma once

#include "engine/io/io.hpp"
#include "engine/merge/decide.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace squall::server {

class row_table {
public:
  row_table(store::connection& db, const merge::schema& model) : db_(db), model_(model) {}

  struct stored {
    std::uint64_t number = 0; ///< names the row in the table
    scope_id scope;
    merge::row state;
  };
  /// Errors: `storage`, `corrupt`.
  result<std::optional<stored>> find(const record_id& id);

  void forget() { known_.clear(); }

  /// Inside a transaction. Precondition of `insert`: the record is new.
  result<void> insert(scope_id scope, const merge::row& state);
  result<void> update(std::uint64_t number, const merge::row& state);
  /// To another scope.
  result<void> move(const record_id& id, scope_id to);

  /// The record is not known any more, nor who waited for it or what it waited for. Inside a transaction.
  result<void> erase(const record_id& id);

  /// Every row of the scope, ascending by id.
  result<void> read(scope_id scope, const std::function<void(const merge::row&)>& sink);
  /// The same, as stored wire::RowState bytes. An error from the sink ends it and is returned.
  result<void> read_encoded(scope_id scope, const std::function<result<void>(std::string_view)>& sink);

  /// A child that names a parent that is not there (yet); `orphans_of` lists them, ascending.
  result<void> add_orphan(const record_id& parent, const record_id& child);
  result<std::vector<record_id>> orphans_of(const record_id& parent);

private:
  result<merge::row> decode(const record_id& id, std::string_view state, std::string_view derived) const;

  struct record_hash {
    std::size_t operator()(const record_id& id) const noexcept;
  };
  static constexpr std::size_t known_max = 256; ///< then it begins anew

  result<std::optional<stored>> read(const record_id& id);
  void remember(stored row);

  store::connection& db_;
  const merge::schema& model_;
  std::unordered_map<record_id, stored, record_hash> known_; ///< looked up only, never walked
};

/// The row as a user sees it: live fields that were ever written, and derived ones.
io::row_view view_of(const merge::row& row, const merge::schema& model);

} // namespace squall::server
