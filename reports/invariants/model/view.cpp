#include "reports/invariants/model/view.hpp"

#include <algorithm>

namespace squall::invariants {

view::spot view::find(record_index record) const {
  if (scopes_ == nullptr)
    return {base_.row(record, at_), at_, forgotten_};
  if (!base_.known(record))
    return {};
  if (base_.has_moved(record))
    return find_moved(record);
  for (const auto& one : *scopes_)
    if (one.scope == base_.scope_of(record) && !one.purged)
      return {base_.row(record, one.at), one.at, one.forgotten};
  return {};
}

// The newest coming or going that any of the scopes has reached decides: who has seen it go has it where it went, if that scope
// has reached that, and else nowhere, be it that it was there before.
view::spot view::find_moved(record_index record) const {
  spot best;
  bool here = false;
  for (const auto& one : *scopes_) {
    const auto* row = base_.row_in(record, one.scope, one.at);
    for (const auto& stay : unseen_)
      if (row != nullptr && stay.record == record && stay.scope == one.scope && stay.left == row->at)
        row = base_.row_in(record, one.scope, stay.known);
    const bool comes = row != nullptr && row->scope == one.scope && !one.purged;
    if (row == nullptr || (best.row != nullptr && (row->at < best.row->at || (row->at == best.row->at && !comes))))
      continue;
    best = {row, one.at, one.forgotten};
    here = comes;
  }
  return here ? best : spot{};
}

cell_view view::cell(record_index record, std::uint16_t field) const {
  for (auto i = size(); i-- > 0;)
    if (const auto& one = overlay_[i]; one.record == record && one.field == field && one.what == effect::kind::put)
      return {true, one.value, one.writer, never};
  const auto* found = base_.cell(record, field, find(record).at);
  return found == nullptr ? cell_view{} : cell_view{true, found->value(), found->writer, found->at};
}

row_view view::row(record_index record) const {
  for (auto i = size(); i-- > 0;)
    if (const auto& one = overlay_[i]; one.record == record && one.field == effect::row)
      return {true, one.live, one.writer, never, one.collection, one.scope};
  const auto [found, at, forgotten] = find(record);
  if (found == nullptr || (!found->live && found->at <= forgotten && !is_kept(kept_, record)))
    return {};
  return {true, found->live, found->writer, found->at, base_.collection_of(record), found->scope};
}

std::int64_t view::derived(record_index record, std::uint16_t field, const history::name_table& names) const {
  const auto own = row(record);
  const auto* rule = base_.rules().field(own.collection, field);
  const bool changed =
      std::any_of(overlay_.begin(), overlay_.begin() + static_cast<std::ptrdiff_t>(size()), [&](const effect& one) {
        return one.collection == rule->child || (one.record == record && one.field == effect::row);
      });
  if (!changed && (scopes_ == nullptr || !base_.any_moved()))
    return base_.known(record) ? base_.derived(record, field, find(record).at, names) : 0;
  const cell_value reference{value_tag::reference, history::digest_of(names.record(record))};
  auto children = referrers(reference.number);
  std::sort(children.begin(), children.end());
  children.erase(std::unique(children.begin(), children.end()), children.end());
  std::int64_t sum = 0;
  for (const auto child : children) {
    const auto there = row(child);
    if (!there.live || there.scope != own.scope || there.collection != rule->child ||
        cell(child, rule->child_reference).value != reference)
      continue;
    std::vector<cell_value> values;
    for (const auto factor : rule->factors)
      values.push_back(cell(child, factor).value);
    std::int64_t part = 1;
    for (const auto& value : values)
      part = wrapping_multiply(part, value.number);
    if (rule->hashes)
      part = hash_of_child(history::digest_of(names.record(child)), values);
    sum = wrapping_add(sum, part);
  }
  return sum;
}

std::vector<mark> view::marks(record_index record, std::uint16_t field, std::int64_t member) const {
  auto all = base_.marks_at(record, field, member, find(record).at);
  for (std::size_t i = 0; i < size(); ++i) {
    const auto& one = overlay_[i];
    if (one.record != record || one.field != field || one.what == effect::kind::put || one.value.number != member)
      continue;
    const bool erase = one.what == effect::kind::mark_erase || one.what == effect::kind::drop_erase;
    if (one.what == effect::kind::mark_insert || one.what == effect::kind::mark_erase)
      all.push_back({one.writer, never, never, erase});
    else
      std::erase_if(all, [&](const mark& other) { return other.intent == one.of && other.erase == erase; });
  }
  return all;
}

std::vector<std::int64_t> view::members(record_index record, std::uint16_t field, bool remove_wins) const {
  const auto told = base_.marks().members(record, field);
  std::vector<std::int64_t> all(told.begin(), told.end());
  for (std::size_t i = 0; i < size(); ++i) {
    const auto& one = overlay_[i];
    if (one.record == record && one.field == field && one.what == effect::kind::mark_insert &&
        std::find(all.begin(), all.end(), one.value.number) == all.end())
      all.push_back(one.value.number);
  }
  std::erase_if(all, [&](std::int64_t member) { return !is_member(marks(record, field, member), remove_wins); });
  return all;
}

std::vector<cell_value> view::key(record_index record, const std::vector<std::uint16_t>& fields) const {
  std::vector<cell_value> values;
  for (const auto field : fields) {
    const auto found = cell(record, field);
    if (!found.present || found.value.tag == value_tag::none)
      return {};
    values.push_back(found.value);
  }
  return values;
}

std::vector<record_index> view::referrers(std::int64_t digest) const {
  const auto known = base_.referrers(digest);
  std::vector<record_index> all(known.begin(), known.end());
  for (std::size_t i = 0; i < size(); ++i)
    if (overlay_[i].value == cell_value{value_tag::reference, digest})
      all.push_back(overlay_[i].record);
  return all;
}

std::vector<record_index> view::had_key(std::uint32_t scope, std::uint16_t collection, std::size_t key,
                                        std::span<const cell_value> values) const {
  const auto known = base_.had_key(key_hash(scope, collection, key, values));
  std::vector<record_index> all(known.begin(), known.end());
  for (std::size_t i = 0; i < size(); ++i)
    if (overlay_[i].collection == collection)
      all.push_back(overlay_[i].record);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

} // namespace squall::invariants
