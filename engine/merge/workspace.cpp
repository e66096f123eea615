#include "engine/merge/workspace.hpp"

#include "engine/base/check.hpp"

namespace squall::merge {

workspace::entry* workspace::working(const record_id& id) {
  for (entry& e : entries_)
    if (e.now.id == id)
      return &e;
  return nullptr;
}

const row* workspace::find(const record_id& id) {
  if (const entry* e = working(id))
    return &e->now;
  return rows_.find(id);
}

row& workspace::create(const record_id& id, collection_number collection) {
  entry& e = entries_.emplace_back();
  e.now.id = id;
  e.now.collection = collection;
  e.now.fields.resize(model_.collections[collection].fields.size());
  return e.now;
}

row& workspace::touch(const record_id& id) {
  if (entry* e = working(id))
    return e->now;
  row* original = rows_.find(id);
  CHECK(original != nullptr);
  return entries_.emplace_back(entry{*original, original}).now;
}

std::vector<record_id> workspace::put_back() {
  std::vector<record_id> touched;
  touched.reserve(entries_.size());
  for (entry& e : entries_) {
    touched.push_back(e.now.id);
    if (e.original != nullptr) {
      *e.original = std::move(e.now);
      continue;
    }
    row& place = rows_.create(e.now.id, e.now.collection);
    e.now.scope = place.scope;
    place = std::move(e.now);
  }
  return touched;
}

} // namespace squall::merge
