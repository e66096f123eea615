// Stamps of an incarnation strictly increase, are later than those of the writes that their author had seen (unless that
// author's clock could not know), and are not further ahead of the device's clock than the hybrid clock's bound.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

// A hybrid clock follows stamps that it is shown; further ahead than this it must refuse to.
constexpr std::int64_t ahead_ns_max = 600LL * 1'000'000'000;

class clock_sane final : public invariant {
public:
  clock_sane() : invariant("clock_sane", {entry_kind::intent_accepted, entry_kind::clock_read}) {}

  void step(const entry& e, const world& w) override {
    if (e.actor >= clocks_.size())
      clocks_.resize(e.actor + 1);
    auto& mine = clocks_[e.actor];
    if (e.kind == entry_kind::clock_read) {
      mine.reading = e.value;
      mine.read_at = e.at_ns;
      if (mine.waiting != 0)
        against_clock(mine, mine.waiting, w);
      mine.waiting = 0;
      return;
    }
    checked();
    const auto& fact = w.intents.get(e.intent);
    if (mine.incarnation == fact.incarnation &&
        std::pair(fact.stamp_wall, fact.stamp_logical) <= std::pair(mine.wall, mine.logical))
      violate(w, "stamp does not increase", {fact.device, 0, e.intent}, [&] {
        return fmt::format("{} is stamped {}+{}, not later than {}+{} of the intent before it", w.name(e.intent),
                           fact.stamp_wall, fact.stamp_logical, mine.wall, mine.logical);
      });
    mine.incarnation = fact.incarnation;
    mine.wall = fact.stamp_wall;
    mine.logical = fact.stamp_logical;
    // The reading that belongs to it comes just before it or after it.
    mine.waiting = e.intent;
    if (mine.read_at == e.at_ns)
      against_clock(mine, e.intent, w);
  }

private:
  struct clock {
    std::int64_t wall = 0; ///< stamp of its newest intent
    std::uint32_t logical = 0;
    std::uint32_t incarnation = 0;
    intent_index waiting = 0; ///< not yet held against a reading
    std::int64_t reading = 0;
    std::int64_t read_at = -1;
  };

  void against_clock(clock& mine, intent_index intent, const world& w) {
    checked();
    mine.waiting = 0;
    const auto& fact = w.intents.get(intent);
    const subject about{fact.device, 0, intent};
    // A clock may have been set back since it was followed: what it once showed may be stamped for ever.
    const auto shown = std::max(w.devices[fact.device].clock, mine.reading);
    if (fact.stamp_wall > shown + ahead_ns_max)
      violate(w, "stamp ahead of the clock", about, [&] {
        return fmt::format("{} is stamped {} s ahead of any time that the clock of d{} has shown", w.name(intent),
                           (fact.stamp_wall - shown) / 1'000'000'000, fact.device);
      });
    const auto commits = w.server.scope_count(fact.scope, fact.context);
    if (commits == 0 || mine.read_at != fact.accepted_at)
      return;
    const auto& last = w.server.commit(w.server.scope_commits(fact.scope)[commits - 1]);
    // Stamps beyond its own clock it may have refused to follow.
    if (last.stamp_wall <= mine.reading &&
        std::pair(fact.stamp_wall, fact.stamp_logical) <= std::pair(last.stamp_wall, last.stamp_logical))
      violate(w, "stamp before its causes", about, [&] {
        return fmt::format("{} is stamped {}, though its author had seen a write stamped {} and its clock showed {}",
                           w.name(intent), fact.stamp_wall, last.stamp_wall, mine.reading);
      });
  }

  std::vector<clock> clocks_;
};

} // namespace

std::unique_ptr<invariant> make_clock_sane() { return std::make_unique<clock_sane>(); }

} // namespace squall::invariants
