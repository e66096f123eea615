#include "scenarios/planner/record_pool.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"
#include "engine/base/time.hpp"

#include <algorithm>
#include <tuple>

namespace squall::scenarios {

namespace {

constexpr std::uint64_t heat_salt = 1;
constexpr std::uint64_t mortal_salt = 2;
/// One record in so many is mortal: only those are deleted, so that edits need not know of deletes.
constexpr std::uint64_t mortal_every = 6;
/// A user may act on its own record when the local change is surely done.
constexpr std::int64_t own_lead_ns = 2 * second_ns;

} // namespace

void record_pool::sort() {
  std::sort(records_.begin(), records_.end(), [](const pooled_record& a, const pooled_record& b) {
    return std::tie(a.collection, a.record) < std::tie(b.collection, b.record);
  });
}

std::uint64_t record_pool::heat(symbolic_record record) const { return mix(mix(options_.seed, heat_salt), record); }

bool record_pool::qualifies(const pooled_record& r, const wish& w) const {
  const std::int64_t age = w.due_ns - r.created_ns;
  if (age < (r.device == w.device ? std::min(own_lead_ns, options_.lead_ns) : options_.lead_ns))
    return false;
  const bool mortal = mix(mix(options_.seed, mortal_salt), r.record) % mortal_every == 0;
  if (w.to_delete)
    return mortal && age >= options_.life_ns / 2 && age <= 2 * options_.life_ns;
  return !mortal || age < options_.life_ns;
}

std::optional<symbolic_record> record_pool::pick(const wish& w) const {
  const auto [first, last] =
      std::equal_range(records_.begin(), records_.end(), pooled_record{.collection = w.collection},
                       [](const pooled_record& a, const pooled_record& b) { return a.collection < b.collection; });
  struct best {
    std::uint64_t weight = 0;
    symbolic_record record = 0;
    void offer(std::uint64_t w, symbolic_record r) {
      if (record == 0 || w < weight)
        *this = {w, r};
    }
  } any, hot, cold, hottest;
  for (auto it = first; it != last; ++it) {
    if (!qualifies(*it, w))
      continue;
    const std::uint64_t weight = mix(w.draw, it->record);
    any.offer(weight, it->record);
    if (!w.hot)
      continue;
    const std::uint64_t h = heat(it->record);
    // A small team may have no hot record by chance; then its hottest one is.
    hottest.offer(h, it->record);
    (happens(h, w.hot->records_ppm()) ? hot : cold).offer(weight, it->record);
  }
  if (any.record == 0)
    return std::nullopt;
  if (!w.hot)
    return any.record;
  if (happens(w.hot_draw, w.hot->receive_ppm()))
    return hot.record != 0 ? hot.record : hottest.record;
  return cold.record != 0 ? cold.record : any.record;
}

} // namespace squall::scenarios
