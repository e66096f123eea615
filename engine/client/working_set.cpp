#include "engine/client/working_set.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/client/row_codec.hpp"
#include "engine/client/task_book.hpp"
#include "engine/merge/constraints.hpp"

#include <algorithm>

namespace squall::client {

namespace {

/// Up to so many entries are found by a scan.
constexpr std::size_t scanned_max = 16;

} // namespace

std::size_t record_hash::operator()(const record_id& id) const noexcept {
  return mix(static_cast<std::uint64_t>(id.device) << 32 | id.incarnation, id.seq_ordinal);
}

// -- row_memory --------------------------------------------------------------------------------------------------------

std::unique_ptr<working_row> row_memory::take(const record_id& id) {
  const auto at = rows_.find(id);
  return at == rows_.end() ? nullptr : std::move(at->second); // the empty place awaits its row
}

void row_memory::put(std::unique_ptr<working_row> row) {
  if (rows_.size() >= rows_max && !rows_.contains(row->id))
    rows_.clear(); // all at once: no order to keep, and the rows in use are soon back
  const record_id id = row->id;
  rows_[id] = std::move(row);
}

bool row_memory::has(const record_id& id) const {
  const auto at = rows_.find(id);
  return at != rows_.end() && at->second;
}

void row_memory::clear() { decltype(rows_)().swap(rows_); }

// -- working_set -------------------------------------------------------------------------------------------------------

std::unique_ptr<merge::row> working_set::decode(const stored_row& from, std::string_view bytes) {
  if (bytes.empty())
    return nullptr;
  auto out = std::make_unique<merge::row>();
  out->id = from.id;
  out->collection = from.collection;
  out->scope = from.scope;
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
  if (row && memory_)
    for (const merge::cell& c : row->fields)
      if (const auto* parent = std::get_if<record_id>(&c.current))
        e.linked.push_back(*parent);
}

working_set::entry* working_set::loaded(const record_id& id) {
  if (!index_.empty()) {
    const auto at = index_.find(id);
    return at == index_.end() ? nullptr : at->second;
  }
  for (const auto& e : entries_)
    if (e->id == id)
      return e.get();
  return nullptr;
}

void working_set::index_newest() {
  if (index_.empty())
    for (const auto& e : entries_)
      index_.emplace(e->id, e.get());
  index_.emplace(entries_.back()->id, entries_.back().get());
}

working_set::entry& working_set::load(const record_id& id) {
  if (entry* known = loaded(id))
    return *known;
  auto taken = memory_ ? memory_->take(id) : nullptr;
  const bool fresh = taken == nullptr;
  entry& e = *entries_.emplace_back(fresh ? std::make_unique<entry>() : std::move(taken));
  e.id = id;
  if (entries_.size() > scanned_max)
    index_newest();
  if (!fresh)
    return e;
  store_.find_row(id, [&](const stored_row& found) {
    e.n = found.n;
    e.confirmed = decode(found, found.confirmed);
    e.visible = decode(found, found.visible);
    if (e.visible && found.shown_in.value != 0)
      e.visible->scope = found.shown_in;
    e.stored = {e.confirmed && e.confirmed->deleted, found.scope, found.shown_in};
    note_links(e, e.confirmed.get());
    note_links(e, e.visible.get());
  });
  if (memory_) // else the keys of stored rows are being made anew
    if (auto keys = keys_of(e); !keys.empty())
      e.keyed.need() = std::move(keys);
  return e;
}

/// Of the row as a user sees it.
std::vector<std::uint64_t> working_set::keys_of(const entry& e) const {
  const merge::row* row = e.visible ? e.visible.get() : e.confirmed.get();
  if (!row || model_.collections[row->collection].unique.empty())
    return {};
  return merge::key_numbers(model_, *row);
}

void working_set::index_keys(entry& e) {
  const auto keys = keys_of(e);
  if (keys.empty() && !e.keyed)
    return;
  auto& stored = e.keyed.need();
  if (keys == stored)
    return;
  for (const std::uint64_t number : stored)
    store_.erase_key(number, e.id);
  for (const std::uint64_t number : keys)
    store_.put_key(number, e.id);
  stored = keys;
}

const merge::task* working_set::find_task(std::uint64_t number) {
  auto known = tasks_.find(number);
  if (known == tasks_.end())
    known = tasks_.emplace(number, client::find_task(store_, number, scope_)).first;
  return known->second ? &*known->second : nullptr;
}

merge::row* working_set::find(const record_id& id) { return foreign(id) ? nullptr : own_visible(id); }

bool working_set::foreign(const record_id& id) {
  const merge::row* row = look(layer::visible, id);
  return row != nullptr && scope_.value != 0 && row->scope != scope_;
}

merge::row* working_set::own_visible(const record_id& id) {
  entry& e = load(id);
  if (!e.visible && e.confirmed) {
    e.visible = std::make_unique<merge::row>(*e.confirmed);
    e.copied = true;
  }
  return e.visible.get();
}

merge::row& working_set::create(const record_id& id, collection_number collection) {
  entry& e = load(id);
  CHECK(!e.visible && !e.confirmed);
  CHECK(collection < model_.collections.size());
  e.visible = std::make_unique<merge::row>();
  e.visible->id = id;
  e.visible->collection = collection;
  e.visible->scope = scope_;
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
  return in == layer::visible ? own_visible(id) : e.confirmed.get();
}

merge::row& working_set::create_confirmed(const record_id& id, collection_number collection, scope_id scope) {
  entry& e = load(id);
  CHECK(!e.confirmed);
  CHECK(collection < model_.collections.size());
  e.confirmed = std::make_unique<merge::row>();
  e.confirmed->id = id;
  e.confirmed->collection = collection;
  e.confirmed->scope = scope;
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

const std::vector<record_id>& working_set::children_of(const record_id& parent) {
  entry& e = load(parent);
  if (!e.children)
    e.children = store_.children_of(parent);
  return *e.children;
}

void working_set::link(const record_id& parent, const record_id& child) {
  entry& e = load(child);
  if (std::find(e.linked.begin(), e.linked.end(), parent) != e.linked.end())
    return;
  e.linked.push_back(parent);
  store_.link_child(parent, child);
  // A row that is only remembered must stay as the store has it, should this transaction not happen.
  if (!loaded(parent) && !(memory_ && memory_->has(parent)))
    return;
  entry& known = load(parent);
  if (!known.children)
    return;
  const auto at = std::lower_bound(known.children->begin(), known.children->end(), child);
  if (at == known.children->end() || *at != child)
    known.children->insert(at, child);
}

void working_set::write(entry& e) {
  if (e.visible && e.confirmed && *e.visible == *e.confirmed)
    e.visible.reset();
  if (!e.confirmed && !e.visible) {
    if (e.n != 0)
      store_.erase_row(e.n);
    return;
  }
  const merge::row& known = e.confirmed ? *e.confirmed : *e.visible;
  stored_row row{.n = e.n, .id = e.id, .collection = known.collection, .scope = known.scope};
  if (e.visible && e.visible->scope != known.scope)
    row.shown_in = e.visible->scope;
  if (e.confirmed) {
    encode_row(*e.confirmed, confirmed_bytes_);
    row.confirmed = confirmed_bytes_;
    row.buried = e.confirmed->deleted ? e.confirmed->presence_sequence : 0;
  }
  if (e.visible) {
    encode_row(*e.visible, visible_bytes_);
    row.visible = visible_bytes_;
  }
  const row_place place{row.buried != 0, row.scope, row.shown_in};
  row.in_place = !place.buried && place == e.stored;
  e.n = store_.put_row(row);
  e.stored = place;
}

void working_set::flush() {
  for (const auto& e : entries_) {
    if (e->changed)
      write(*e);
    if (e->changed || !memory_)
      index_keys(*e);
  }
  if (!memory_ || store_.failure())
    return;
  for (auto& e : entries_) {
    const bool stored = e->n != 0 && (e->confirmed || e->visible); // what is not there is not worth remembering
    if (!stored || (e->copied && !e->changed))
      continue;
    e->changed = e->copied = false;
    memory_->put(std::move(e));
  }
  entries_.clear();
  index_.clear();
}

} // namespace squall::client
