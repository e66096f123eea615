#include "engine/client/working_set.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/client/row_codec.hpp"

#include <algorithm>

namespace squall::client {

std::size_t working_set::id_hash::operator()(const record_id& id) const noexcept {
  return mix(static_cast<std::uint64_t>(id.device) << 32 | id.incarnation, id.seq_ordinal);
}

std::unique_ptr<merge::row> working_set::decode(const stored_row& from, std::string_view bytes) {
  if (bytes.empty())
    return nullptr;
  auto out = std::make_unique<merge::row>();
  out->id = from.id;
  out->collection = from.collection;
  if (auto done = decode_row(bytes, *out); !done)
    store_.fail(done.err());
  else if (from.collection >= model_.collections.size())
    store_.fail({errc::unsupported, "a stored row of a collection that the schema lacks"});
  else // fields that the schema gained since are empty
    out->fields.resize(model_.collections[from.collection].fields.size());
  return store_.failure() ? nullptr : std::move(out);
}

/// A stored row's references were linked when it was stored.
void working_set::note_links(entry& e, const merge::row* row) {
  if (row && linked_)
    for (const merge::cell& c : row->fields)
      if (const auto* parent = std::get_if<record_id>(&c.current))
        e.linked.push_back(*parent);
}

working_set::entry& working_set::load(const record_id& id) {
  auto& slot = index_[id];
  if (slot)
    return *slot;
  slot = std::make_unique<entry>();
  entry& e = *slot;
  e.id = id;
  order_.push_back(&e);
  store_.find_row(id, [&](const stored_row& found) {
    e.n = found.n;
    e.confirmed = decode(found, found.confirmed);
    e.visible = decode(found, found.visible);
    note_links(e, e.confirmed.get());
    note_links(e, e.visible.get());
  });
  return e;
}

merge::row* working_set::find(const record_id& id) {
  entry& e = load(id);
  if (!e.visible && e.confirmed)
    e.visible = std::make_unique<merge::row>(*e.confirmed);
  return e.visible.get();
}

merge::row& working_set::create(const record_id& id, collection_number collection) {
  entry& e = load(id);
  CHECK(!e.visible && !e.confirmed);
  CHECK(collection < model_.collections.size());
  e.visible = std::make_unique<merge::row>();
  e.visible->id = id;
  e.visible->collection = collection;
  e.visible->fields.resize(model_.collections[collection].fields.size());
  e.changed = true;
  return *e.visible;
}

const merge::row* working_set::look(layer in, const record_id& id) {
  entry& e = load(id);
  return in == layer::visible && e.visible ? e.visible.get() : e.confirmed.get();
}

merge::row* working_set::edit(layer in, const record_id& id) {
  entry& e = load(id);
  e.changed = true;
  return in == layer::visible ? find(id) : e.confirmed.get();
}

merge::row& working_set::create_confirmed(const record_id& id, collection_number collection) {
  entry& e = load(id);
  CHECK(!e.confirmed);
  CHECK(collection < model_.collections.size());
  e.confirmed = std::make_unique<merge::row>();
  e.confirmed->id = id;
  e.confirmed->collection = collection;
  e.confirmed->fields.resize(model_.collections[collection].fields.size());
  e.changed = true;
  return *e.confirmed;
}

void working_set::drop_confirmed(const record_id& id) {
  entry& e = load(id);
  e.confirmed.reset();
  e.changed = true;
}

bool working_set::reset_visible(const record_id& id) {
  entry& e = load(id);
  if (!e.visible)
    return false;
  e.visible.reset();
  e.changed = true;
  return true;
}

void working_set::mark(const record_id& id) { load(id).changed = true; }

void working_set::link(const record_id& parent, const record_id& child) {
  entry& e = load(child);
  if (std::find(e.linked.begin(), e.linked.end(), parent) != e.linked.end())
    return;
  e.linked.push_back(parent);
  store_.link_child(parent, child);
}

void working_set::write(entry& e) {
  if (e.visible && e.confirmed && *e.visible == *e.confirmed)
    e.visible.reset();
  if (!e.confirmed && !e.visible) {
    if (e.n != 0)
      store_.erase_row(e.n);
    return;
  }
  stored_row row{.n = e.n, .id = e.id, .collection = (e.confirmed ? e.confirmed : e.visible)->collection};
  if (e.confirmed) {
    encode_row(*e.confirmed, confirmed_bytes_);
    row.confirmed = confirmed_bytes_;
  }
  if (e.visible) {
    encode_row(*e.visible, visible_bytes_);
    row.visible = visible_bytes_;
  }
  store_.put_row(row);
}

void working_set::flush() {
  for (entry* e : order_)
    if (e->changed)
      write(*e);
}

} // namespace squall::client
