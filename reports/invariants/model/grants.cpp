#include "reports/invariants/model/grants.hpp"

#include <algorithm>

namespace squall::invariants {

void grant_set::give(std::uint32_t scope, std::uint32_t role) {
  take(scope);
  const std::pair<std::uint32_t, std::uint32_t> one{scope, role};
  roles_.insert(std::upper_bound(roles_.begin(), roles_.end(), one), one);
}

void grant_set::take(std::uint32_t scope) {
  std::erase_if(roles_, [&](const auto& one) { return one.first == scope; });
}

void grant_book::begin(std::uint64_t user) {
  if (users_[user].standing.empty())
    open(user, {1, 0, {}});
}

void grant_book::open(std::uint64_t user, one_step next) {
  users_[user].standing.push_back(static_cast<std::uint32_t>(steps_.size()));
  steps_.push_back(std::move(next));
  order_.push_back(user);
}

void grant_book::change(std::uint64_t user, std::uint64_t version, position head, std::uint32_t scope, bool given,
                        std::uint32_t role) {
  if (const auto newest = step(user); newest == 0 || version_of(newest) != version)
    open(user, {version, head, of(newest)});
  auto& grants = steps_[step(user)].grants;
  if (given)
    grants.give(scope, role);
  else
    grants.take(scope);
}

const grant_book::history* grant_book::of_user(std::uint64_t user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : &found->second;
}

std::uint32_t grant_book::step(std::uint64_t user) const {
  const auto* of = of_user(user);
  return of == nullptr || of->standing.empty() ? 0 : of->standing.back();
}

std::uint32_t grant_book::find(std::uint64_t user, std::uint64_t version) const {
  const auto* of = of_user(user);
  if (of == nullptr)
    return 0;
  for (const auto* among : {&of->standing, &of->undone})
    for (auto it = among->rbegin(); it != among->rend(); ++it)
      if (steps_[*it].version == version)
        return *it;
  return 0;
}

std::size_t grant_book::changes(std::uint64_t user) const {
  const auto* of = of_user(user);
  return of == nullptr || of->standing.empty() ? 0 : of->standing.size() - 1;
}

std::vector<const grant_set*> grant_book::in_force(std::uint64_t user, position from, position to,
                                                   std::size_t seen) const {
  const auto* of = of_user(user);
  if (of == nullptr || of->standing.empty())
    return {&steps_[0].grants};
  const auto& steps = of->standing;
  // The first step is that of the start. Each is in force from its head on, up to the next one's.
  std::size_t first = 0;
  while (first + 1 < steps.size() && (steps_[steps[first + 1]].head < from || first < seen))
    ++first;
  std::vector<const grant_set*> all{&steps_[steps[first]].grants};
  for (auto next = first + 1; next < steps.size() && steps_[steps[next]].head <= to; ++next)
    all.push_back(&steps_[steps[next]].grants);
  return all;
}

void grant_book::restore(std::size_t n) {
  for (; order_.size() > n; order_.pop_back()) {
    auto& of = users_[order_.back()];
    of.undone.push_back(of.standing.back());
    of.standing.pop_back();
  }
}

} // namespace squall::invariants
