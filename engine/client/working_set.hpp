// The rows that one transaction works on, in both layers: what the server confirmed, and what the user sees. Loaded on
// demand, changed in memory, written back once by `flush`. Pointers stay valid while the set lives.
//
// As `merge::row_access` it is the visible layer: what `decide` changes is what the user sees. A visible row that equals its
// confirmed one is stored once.
#pragma once

#include "engine/client/client_store.hpp"
#include "engine/client/scope_book.hpp"
#include "engine/merge/decide.hpp"
#include "engine/merge/schema.hpp"

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace squall::client {

enum class layer : std::uint8_t { confirmed, visible };

/// What the store is searched by.
struct row_place {
  bool buried = false; ///< deleted as confirmed
  scope_id scope;      ///< as in `stored_row`
  scope_id shown_in;
  bool operator==(const row_place&) const = default;
};

/// A row in both layers, as the store has it or will have it.
struct working_row {
  record_id id;
  std::int64_t n = 0; ///< 0: not stored
  std::unique_ptr<merge::row> confirmed;
  std::unique_ptr<merge::row> visible; ///< null: as confirmed
  std::vector<record_id> linked;       ///< parents that this child is known to be linked to
  /// The children that the store links to this parent, ascending; nothing until somebody asked.
  std::optional<std::vector<record_id>> children;
  merge::rarely<std::vector<std::uint64_t>> keyed; ///< numbers of unique keys under which the store finds it
  row_place stored;
  bool changed = false; ///< to be written
  bool copied = false;  ///< `visible` was made to be changed, and may not have been
};

struct record_hash {
  std::size_t operator()(const record_id& id) const noexcept;
};

/// Rows that are in the store exactly as they are here, so that the next transaction need not read them again. A working set
/// takes what it needs and gives back what it has written; what a failed or undone transaction took is not given back.
class row_memory {
public:
  /// Null if the row is not here.
  std::unique_ptr<working_row> take(const record_id& id);
  void put(std::unique_ptr<working_row> row);
  bool has(const record_id& id) const;
  void clear();

private:
  /// A device works on a few dozen records; ten thousand devices share a process.
  static constexpr std::size_t rows_max = 64;
  std::unordered_map<record_id, std::unique_ptr<working_row>, record_hash> rows_; ///< looked up only, never walked
};

class working_set final : public merge::row_access {
public:
  /// `memory`: where rows may be taken from and given back to; null where the links of stored rows are being made anew.
  working_set(const merge::schema& model, client_store& store, row_memory* memory)
      : model_(model), store_(store), memory_(memory) {}

  // -- the visible layer, to be changed by `merge::decide` --
  /// From now on `decide` works on an intent of this scope: records of others are not known to it.
  void work_in(scope_id scope, const scope_book& held) { scope_ = scope, held_ = &held; }
  merge::row* find(const record_id& id) override;
  const merge::row* find_anywhere(const record_id& id) override { return look(layer::visible, id); }
  bool foreign(const record_id& id) override;
  bool may_enter(scope_id scope) override { return held_ != nullptr && held_->holds(scope); }
  merge::row& create(const record_id& id, collection_number collection) override;
  /// Never: whether it is gone or was rejected makes no difference to what is visible.
  bool create_was_rejected(const intent_id&) override { return false; }

  const merge::task* find_task(std::uint64_t number) override;
  std::vector<record_id> referrers_of(const record_id& parent) override { return children_of(parent); }

  /// The row as it stands in a layer; null if it is not known there. Not to be changed through.
  const merge::row* look(layer in, const record_id& id);
  /// The row to change in a layer; null if it is not known there. It will be written.
  merge::row* edit(layer in, const record_id& id);
  /// A new live row, confirmed. Precondition: not known in the confirmed layer, `collection` is in the schema.
  merge::row& create_confirmed(const record_id& id, collection_number collection, scope_id scope = {});
  /// The server does not show the record any more.
  void drop_confirmed(const record_id& id);
  /// The visible row becomes the confirmed one. True if it was another.
  bool reset_visible(const record_id& id);
  /// What `decide` changed in the visible row is to be written.
  void mark(const record_id& id);

  /// Children that name `parent`, or did; valid until the next call.
  const std::vector<record_id>& children_of(const record_id& parent);
  /// From now on children_of(parent) has `child`.
  void link(const record_id& parent, const record_id& child);

  /// Writes what was changed, inside a transaction of the store, and gives the rows back: the set ends here.
  void flush();

private:
  using entry = working_row;
  entry& load(const record_id& id);
  merge::row* own_visible(const record_id& id);
  entry* loaded(const record_id& id);
  void index_newest();
  std::unique_ptr<merge::row> decode(const stored_row& from, std::string_view bytes);
  void note_links(entry& e, const merge::row* row);
  void write(entry& e);
  std::vector<std::uint64_t> keys_of(const entry& e) const;
  void index_keys(entry& e);

  const merge::schema& model_;
  client_store& store_;
  row_memory* memory_;
  scope_id scope_{}; ///< of the intent at hand; 0: there is none
  const scope_book* held_ = nullptr;
  /// In order of first touch, in which they are written. A transaction works on a handful: a scan finds them.
  std::vector<std::unique_ptr<entry>> entries_;
  std::unordered_map<record_id, entry*, record_hash> index_; ///< of `entries_`, once there are many
  std::string confirmed_bytes_, visible_bytes_;
  std::map<std::uint64_t, std::optional<merge::task>> tasks_;
};

} // namespace squall::client
