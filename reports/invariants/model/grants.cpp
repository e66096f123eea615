#include "reports/invariants/model/grants.hpp"

#include <algorithm>

namespace squall::invariants {

namespace {

const grant_set nothing;

} // namespace

void grant_set::give(std::uint32_t scope, std::uint32_t role) {
  take(scope);
  const std::pair<std::uint32_t, std::uint32_t> one{scope, role};
  roles_.insert(std::upper_bound(roles_.begin(), roles_.end(), one), one);
}

void grant_set::take(std::uint32_t scope) {
  std::erase_if(roles_, [&](const auto& one) { return one.first == scope; });
}

void grant_book::change(std::uint64_t user, std::uint64_t version, position head, std::uint32_t scope, bool given,
                        std::uint32_t role) {
  auto& steps = users_[user];
  if (steps.empty() || steps.back().version != version)
    steps.push_back({version, head, steps.empty() ? grant_set() : steps.back().grants});
  if (given)
    steps.back().grants.give(scope, role);
  else
    steps.back().grants.take(scope);
}

const std::vector<grant_book::step>* grant_book::find(std::uint64_t user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : &found->second;
}

const grant_set& grant_book::now(std::uint64_t user) const {
  const auto* steps = find(user);
  return steps == nullptr ? nothing : steps->back().grants;
}

const grant_set& grant_book::at(std::uint64_t user, std::uint64_t version) const {
  const auto* steps = find(user);
  if (steps == nullptr)
    return nothing;
  for (auto it = steps->rbegin(); it != steps->rend(); ++it)
    if (it->version <= version)
      return it->grants;
  return nothing;
}

std::uint64_t grant_book::version(std::uint64_t user) const {
  const auto* steps = find(user);
  return steps == nullptr ? 0 : steps->back().version;
}

std::size_t grant_book::changes(std::uint64_t user) const {
  const auto* steps = find(user);
  return steps == nullptr ? 0 : steps->size() - 1;
}

std::vector<const grant_set*> grant_book::in_force(std::uint64_t user, position from, position to,
                                                   std::size_t seen) const {
  const auto* steps = find(user);
  if (steps == nullptr)
    return {&nothing};
  // The first step is that of the start. Each is in force from its head on, up to the next one's.
  std::size_t first = 0;
  while (first + 1 < steps->size() && ((*steps)[first + 1].head < from || first < seen))
    ++first;
  std::vector<const grant_set*> all{&(*steps)[first].grants};
  for (auto next = first + 1; next < steps->size() && (*steps)[next].head <= to; ++next)
    all.push_back(&(*steps)[next].grants);
  return all;
}

} // namespace squall::invariants
