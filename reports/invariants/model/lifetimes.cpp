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

guest& lifetime_book::of(std::uint32_t device) {
  if (device >= guests_.size())
    guests_.resize(device + 1);
  return guests_[device];
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

void lifetime_book::pushed(guest& by, bool surely) {
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
    by.reborn |= reborn;
    by.under_way = false;
    by.backed_up_last = 0;
    by.backed_up_before = 0;
    by.through_asked = 0;
    by.through_last = 0;
    by.through_before = 0;
  }
}

std::uint64_t lifetime_book::expiries() const {
  std::uint64_t all = 0;
  for (const auto& one : guests_)
    all += one.expiries + (one.pulled && !one.expired && has_expired(one, time_.low) ? 1U : 0U);
  return all;
}

} // namespace squall::invariants
