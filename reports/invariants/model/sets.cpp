#include "reports/invariants/model/sets.hpp"

namespace squall::invariants {

bool is_member(std::span<const mark> alive, bool remove_wins) {
  bool inserted = false;
  for (const auto& one : alive) {
    if (one.erase && remove_wins)
      return false;
    inserted |= !one.erase;
  }
  return inserted;
}

const mark_store::set_entry* mark_store::find(record_index record, std::uint16_t field) const {
  const auto found = numbers_.find(key(record, field));
  return found == numbers_.end() ? nullptr : &sets_[found->second];
}

std::span<const mark> mark_store::of(record_index record, std::uint16_t field, std::int64_t member) const {
  const auto* set = find(record, field);
  if (set == nullptr)
    return {};
  const auto found = set->marks.find(member);
  return found == set->marks.end() ? std::span<const mark>() : std::span<const mark>(found->second);
}

std::span<const std::int64_t> mark_store::members(record_index record, std::uint16_t field) const {
  const auto* set = find(record, field);
  return set == nullptr ? std::span<const std::int64_t>() : std::span<const std::int64_t>(set->members);
}

void mark_store::add(record_index record, std::uint16_t field, std::int64_t member, const mark& made) {
  const auto [at, is_new] = numbers_.try_emplace(key(record, field), static_cast<std::uint32_t>(sets_.size()));
  if (is_new)
    sets_.emplace_back();
  auto& set = sets_[at->second];
  auto& marks = set.marks[member];
  if (marks.empty())
    set.members.push_back(member);
  marks.push_back(made);
}

void mark_store::drop(record_index record, std::uint16_t field, std::int64_t member, intent_index of, bool erase,
                      position at) {
  const auto found = numbers_.find(key(record, field));
  if (found == numbers_.end())
    return;
  auto& marks = sets_[found->second].marks[member];
  bool again = false;
  for (auto& one : marks) {
    if (one.intent != of || one.erase != erase || one.made == never)
      continue;
    again |= one.gone != never;
    one.gone = std::min(one.gone, at);
  }
  if (again)
    marks.push_back({of, never, at, erase});
}

} // namespace squall::invariants
