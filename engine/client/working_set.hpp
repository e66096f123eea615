// The rows that one transaction works on, in both layers: what the server confirmed, and what the user sees. Loaded on
// demand, changed in memory, written back once by `flush`. Pointers stay valid while the set lives.
//
// As `merge::row_access` it is the visible layer: what `decide` changes is what the user sees. A visible row that equals its
// confirmed one is stored once.
#pragma once

#include "engine/client/client_store.hpp"
#include "engine/merge/decide.hpp"
#include "engine/merge/schema.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace squall::client {

enum class layer : std::uint8_t { confirmed, visible };

class working_set final : public merge::row_access {
public:
  /// `linked`: the store has the links of the rows that it has; false only where they are being made anew.
  working_set(const merge::schema& model, client_store& store, bool linked = true)
      : model_(model), store_(store), linked_(linked) {}

  // -- the visible layer, to be changed by `merge::decide` --
  merge::row* find(const record_id& id) override;
  merge::row& create(const record_id& id, collection_number collection) override;
  /// Never: whether it is gone or was rejected makes no difference to what is visible.
  bool create_was_rejected(const intent_id&) override { return false; }

  /// The row as it stands in a layer; null if it is not known there. Not to be changed through.
  const merge::row* look(layer in, const record_id& id);
  /// The row to change in a layer; null if it is not known there. It will be written.
  merge::row* edit(layer in, const record_id& id);
  /// A new live row, confirmed. Precondition: not known in the confirmed layer, `collection` is in the schema.
  merge::row& create_confirmed(const record_id& id, collection_number collection);
  /// The server does not show the record any more.
  void drop_confirmed(const record_id& id);
  /// The visible row becomes the confirmed one. True if it was another.
  bool reset_visible(const record_id& id);
  /// What `decide` changed in the visible row is to be written.
  void mark(const record_id& id);

  /// Children that name `parent`, or did.
  std::vector<record_id> children_of(const record_id& parent) { return store_.children_of(parent); }
  /// From now on children_of(parent) has `child`.
  void link(const record_id& parent, const record_id& child);

  /// Writes what was changed. Inside a transaction of the store.
  void flush();

private:
  struct entry {
    record_id id;
    std::int64_t n = 0; ///< 0: not stored
    std::unique_ptr<merge::row> confirmed;
    std::unique_ptr<merge::row> visible; ///< null: as confirmed
    std::vector<record_id> linked;       ///< parents that this child is known to be linked to
    bool changed = false;
  };
  struct id_hash {
    std::size_t operator()(const record_id& id) const noexcept;
  };
  entry& load(const record_id& id);
  std::unique_ptr<merge::row> decode(const stored_row& from, std::string_view bytes);
  void note_links(entry& e, const merge::row* row);
  void write(entry& e);

  const merge::schema& model_;
  client_store& store_;
  bool linked_;
  std::unordered_map<record_id, std::unique_ptr<entry>, id_hash> index_;
  std::vector<entry*> order_; ///< of first touch: what is written, is written in this order
  std::string confirmed_bytes_, visible_bytes_;
};

} // namespace squall::client
