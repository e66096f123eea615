#include "engine/client/derived_fields.hpp"

#include "engine/base/check.hpp"

#include <algorithm>

namespace squall::client {

namespace {

void add_once(std::vector<field_number>& fields, field_number f) {
  if (std::find(fields.begin(), fields.end(), f) == fields.end())
    fields.push_back(f);
}

} // namespace

derived_fields::derived_fields(const merge::schema& model)
    : model_(model), references_(model.collections.size()), linked_(model.collections.size()),
      removes_others_(model.collections.size()), has_derived_(model.collections.size()) {
  for (std::size_t c = 0; c < model.collections.size(); ++c)
    for (std::size_t f = 0; f < model.collections[c].fields.size(); ++f) {
      const merge::field_schema& field = model.collections[c].fields[f];
      if (field.type == merge::field_type::reference && field.on_delete == merge::on_delete::cascade) {
        links_nothing_ = false;
        CHECK(field.target < removes_others_.size());
        removes_others_[field.target] = true;
        add_once(linked_[c], static_cast<field_number>(f));
      }
      if (field.type != merge::field_type::derived)
        continue;
      none_ = links_nothing_ = false;
      has_derived_[c] = true;
      CHECK(field.derived.child < references_.size());
      add_once(references_[field.derived.child], field.derived.reference);
      add_once(linked_[field.derived.child], field.derived.reference);
    }
}

bool derived_fields::keeps_together(collection_number collection, field_number field) const {
  const auto& fields = model_.collections[collection].fields;
  const auto& followed = references_[collection];
  return field < fields.size() && (fields[field].on_delete != merge::on_delete::none ||
                                   std::find(followed.begin(), followed.end(), field) != followed.end());
}

void derived_fields::affected_by(const merge::row* row, std::vector<record_id>& out) const {
  if (row)
    affected_by_change(*row, true, out);
}

void derived_fields::affected_by_change(const merge::row& row, bool made, std::vector<record_id>& out) const {
  if (none_)
    return;
  if (made && has_derived_[row.collection])
    out.push_back(row.id);
  for (const field_number f : references_[row.collection])
    if (const auto* parent = std::get_if<record_id>(&row.fields[f].current))
      out.push_back(*parent);
}

void derived_fields::link(working_set& rows, const merge::row& row) const {
  for (const field_number f : linked_[row.collection])
    if (const auto* parent = std::get_if<record_id>(&row.fields[f].current))
      rows.link(*parent, row.id);
}

void derived_fields::recompute(layer in, working_set& rows, std::vector<record_id> parents) const {
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  std::vector<const merge::row*> counted;
  for (const record_id& id : parents) {
    const merge::row* parent = rows.look(in, id);
    if (!parent || !has_derived_[parent->collection])
      continue;
    const std::vector<record_id>& children = rows.children_of(id);
    const auto& fields = model_.collections[parent->collection].fields;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].type != merge::field_type::derived)
        continue;
      const merge::derivation& how = fields[f].derived;
      counted.clear();
      for (const record_id& child : children) {
        const merge::row* row = rows.look(in, child);
        if (row && row->collection == how.child && row->scope == parent->scope && !row->deleted &&
            row->fields[how.reference].current == value{id})
          counted.push_back(row);
      }
      const value total = merge::derive(how, counted);
      // `edit` may move the row from one layer to a copy of its own: look again.
      if (rows.look(in, id)->fields[f].current != total)
        rows.edit(in, id)->fields[f].current = total;
    }
  }
}

} // namespace squall::client
