#include "reports/invariants/model/generations.hpp"

#include <algorithm>

namespace squall::invariants {

std::size_t generations::branch_of(position at) const {
  auto k = branches_.size() - 1;
  while (k > 0 && branches_[k].begin > at)
    --k;
  return k;
}

bool generations::on_path(position to, position at) const {
  for (auto k = branch_of(to); at <= to; k = branch_of(to)) {
    if (at >= branches_[k].begin || k == 0)
      return true;
    to = branches_[k].parent;
  }
  return false;
}

position generations::before(position at) const {
  const auto& of = branches_[branch_of(at)];
  return at == of.begin && branches_.size() > 1 ? of.parent : at - 1;
}

std::uint64_t generations::sequence(position at) const {
  if (at == 0)
    return 0;
  const auto& of = branches_[branch_of(at)];
  return of.first + at - of.begin;
}

std::uint64_t generations::next_sequence(position size) const {
  const auto& newest = branches_.back();
  return newest.first == 0 ? 0 : newest.first + (size + 1 - newest.begin);
}

position generations::at_sequence(std::uint64_t s, std::uint64_t generation, position size) const {
  const auto named = std::find_if(branches_.rbegin(), branches_.rend(),
                                  [&](const branch& one) { return one.generation == generation; });
  auto k = named == branches_.rend() ? branches_.size() - 1 : static_cast<std::size_t>(branches_.rend() - named) - 1;
  // What the generation does not have itself it has from the one that it goes on from.
  auto end = k + 1 < branches_.size() ? branches_[k + 1].begin - 1 : size;
  while (end < branches_[k].begin || s < branches_[k].first || branches_[k].first == 0) {
    if (k == 0)
      return 0;
    end = branches_[k].parent;
    k = branch_of(end);
  }
  return static_cast<position>(std::min<std::uint64_t>(branches_[k].begin + (s - branches_[k].first), end));
}

void generations::restore(std::uint64_t generation, position parent, position size) {
  branches_.push_back({generation, size + 1, parent, parent == 0 ? branches_.front().first : sequence(parent) + 1});
}

} // namespace squall::invariants
