#include "reports/invariants/model/lifetimes.hpp"

namespace squall::invariants {

namespace {

// What clocks gain at most while nobody reads them, for one that runs back: a part in so many.
constexpr std::int64_t drift_part = 4;

} // namespace

// -- the server's time ----------------------------------------------------------------------------------------------------

void lifetime_book::read_clock(std::int64_t reading, std::int64_t at_ns) {
  if (read_at_ >= 0 && reading < reading_) {
    const auto unread = at_ns - read_at_;
    time_.high = std::max(time_.high, reading_ + unread + unread / drift_part);
  }
  reading_ = reading;
  time_.low = read_at_ < 0 ? reading : std::max(time_.low, reading);
  time_.high = std::max(time_.low, read_at_ < 0 ? reading : time_.high);
  read_at_ = at_ns;
}

void lifetime_book::date(position at, bool late) {
  if (at >= dates_.size())
    dates_.resize(at + 1);
  dates_[at] = {late ? at_restart_ : time_.low, time_.high};
}

// -- scopes and devices -----------------------------------------------------------------------------------------------------

scope_life& lifetime_book::scope(std::uint32_t number) {
  if (number >= scopes_.size())
    scopes_.resize(number + 1);
  return scopes_[number];
}

caller& lifetime_book::of(std::uint32_t device) {
  if (device >= callers_.size())
    callers_.resize(device + 1);
  return callers_[device];
}

guest& lifetime_book::of(std::uint32_t device, std::uint32_t number) {
  const auto [at, is_new] =
      numbers_.try_emplace(std::uint64_t{number} << 32 | device, static_cast<std::uint32_t>(guests_.size()));
  if (!is_new)
    return guests_[at->second];
  scope(number).members.push_back(device);
  if (device >= scopes_of_.size())
    scopes_of_.resize(device + 1);
  scopes_of_[device].push_back(number);
  return guests_.emplace_back();
}

const guest& lifetime_book::find(std::uint32_t device, std::uint32_t number) const {
  const auto found = numbers_.find(std::uint64_t{number} << 32 | device);
  return guests_[found == numbers_.end() ? 0 : found->second];
}

std::span<const std::uint32_t> lifetime_book::scopes_of(std::uint32_t device) const {
  return scopes_of_[device < scopes_of_.size() ? device : 0];
}

std::vector<position> lifetime_book::in_force(std::uint32_t number, position from, position to,
                                              std::size_t seen) const {
  const auto& steps = find_scope(number).steps;
  auto next = std::lower_bound(steps.begin(), steps.end(), from,
                               [](const fence_step& step, position head) { return step.head < head; });
  next = std::max(next, steps.begin() + static_cast<std::ptrdiff_t>(std::min(seen, steps.size())));
  std::vector<position> all{next == steps.begin() ? position{0} : std::prev(next)->through};
  for (; next != steps.end() && next->head <= to; ++next)
    all.push_back(next->through);
  return all;
}

void lifetime_book::pushed(std::uint32_t device, bool surely) {
  for (const auto number : scopes_of(device))
    heard(of(device, number), surely);
}

void lifetime_book::heard(guest& by, bool surely) {
  if (!by.pulled)
    return;
  if (has_expired(by, time_.low)) {
    by.expiries += by.expired ? 0 : 1;
    by.expired = true;
  }
  by.may_expire = may_have_expired(by);
  by.heard.high = time_.high;
  if (surely)
    by.heard.low = time_.low;
}

void lifetime_book::pulled(guest& by, std::uint64_t cursor) {
  by.expiries += by.pulled && !by.expired && has_expired(by, time_.low) ? 1 : 0;
  // The first pull of a new incarnation is known by what it does not know.
  const bool anew = by.reborn && cursor < by.told;
  by.told = anew ? cursor : std::max(by.told, cursor);
  by.reborn = by.reborn && !anew;
  by.pulled = true;
  by.may_expire = false;
  by.expired = false;
  by.heard = time_;
}

lifetime_copy lifetime_book::copy() const {
  lifetime_copy all;
  if (!forgets())
    return all;
  all.time = time_;
  for (const auto& one : scopes_)
    all.fences.push_back({one.fence, one.through, one.steps.size()});
  all.heard.assign(guests_.begin(), guests_.end());
  return all;
}

void lifetime_book::restore(const lifetime_copy& from, position at) {
  if (!forgets())
    return;
  time_ = from.time;
  for (std::size_t i = 0; i < scopes_.size(); ++i) {
    auto& scope = scopes_[i];
    const auto was = i < from.fences.size() ? from.fences[i] : lifetime_copy::fence{};
    scope.fence = was.at;
    scope.through = was.through;
    scope.steps.resize(was.steps);
    std::erase_if(scope.deaths, [&](const death& one) { return one.at > at; });
    scope.passed = 0;
    while (scope.passed < scope.deaths.size() && scope.deaths[scope.passed].at <= scope.through)
      ++scope.passed;
    scope.floor = 0;
    scope.last = {};
    scope.before = {};
  }
  for (std::size_t i = 0; i < guests_.size(); ++i) {
    auto& by = guests_[i];
    const bool reborn = by.reborn;
    static_cast<attendance&>(by) = i < from.heard.size() ? from.heard[i] : attendance{};
    by.told = 0;
    by.answered = 0;
    by.reborn |= reborn;
  }
  for (auto& by : callers_) {
    const auto newest = by.newest_seq;
    by = {};
    by.newest_seq = newest;
    by.through_asked = 0;
  }
}

std::uint64_t lifetime_book::expiries() const {
  std::uint64_t all = 0;
  for (std::uint32_t device = 1; device < scopes_of_.size(); ++device) {
    std::uint64_t most = 0; // it expires in all of its scopes at once
    for (const auto number : scopes_of_[device]) {
      const auto& one = find(device, number);
      most = std::max<std::uint64_t>(most, one.expiries + (one.pulled && !one.expired && has_expired(one, time_.low)));
    }
    all += most;
  }
  return all;
}

} // namespace squall::invariants
