// Stamps of an incarnation strictly increase, are later than those of the writes that their author had seen, and are not further
// ahead of what the device's clock showed and of what it had seen than the hybrid clock's bound. The server counts each as it
// was given, or as its own time and the bound allow, and later than the incarnation's one before.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

namespace {

// A hybrid clock follows stamps that it is shown; further ahead than this it must refuse to.
constexpr std::int64_t ahead_ns_max = 600LL * 1'000'000'000;

class clock_sane final : public invariant {
public:
  clock_sane()
      : invariant("clock_sane", {entry_kind::intent_accepted, entry_kind::clock_read, entry_kind::intent_committed}) {}

  void step(const entry& e, const world& w) override {
    if (e.kind == entry_kind::intent_committed)
      return counted(e, w);
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
    if (mine.incarnation == fact.incarnation && fact.given <= mine.newest)
      violate(w, "stamp does not increase", {fact.device, 0, e.intent}, [&] {
        return fmt::format("{} is stamped {}, not later than {} of the intent before it", w.name(e.intent),
                           say(fact.given), say(mine.newest));
      });
    mine.incarnation = fact.incarnation;
    mine.newest = fact.given;
    if (w.intents.past(fact).relabels != 0) {
      same_stamp(fact, e, w);
      return;
    }
    // The reading that belongs to it comes just before it or after it.
    mine.waiting = e.intent;
    if (mine.read_at == e.at_ns)
      against_clock(mine, e.intent, w);
  }

private:
  struct clock {
    stamp newest; ///< of its newest intent
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
    const auto& device = w.devices[fact.device];
    auto ever = device.seen_before; // that it may have followed: what it has lost since, too
    for (const auto& one : device.replicas)
      ever = std::max(ever, w.server.latest(one.scope, one.held ? one.at : w.server.head()));
    // A clock may have been set back since it was followed: what it once showed may be stamped for ever.
    const auto shown = std::max({device.clock, mine.reading, ever.wall});
    if (fact.given.wall > shown + ahead_ns_max)
      violate(w, "stamp ahead of the clock", about, [&] {
        return fmt::format("{} is stamped {} s ahead of any time that the clock of d{} has shown", w.name(intent),
                           (fact.given.wall - shown) / 1'000'000'000, fact.device);
      });
    const auto followed = surely_followed(mine, device, w);
    if (mine.read_at == fact.accepted_at && followed.told() && fact.given <= followed)
      violate(w, "stamp before its causes", about, [&] {
        return fmt::format("{} is stamped {}, though its author had seen a write stamped {} and its clock showed {}",
                           w.name(intent), say(fact.given), say(followed), say(stamp{mine.reading, 0}));
      });
  }

  // Where stamps decide, its author followed them all, but for what a snapshot had left out; else it may have refused to follow
  // those that are beyond its own clock.
  static stamp surely_followed(const clock& mine, const device_fact& device, const world& w) {
    stamp newest;
    for (const auto& one : device.replicas) {
      const auto latest = w.server.latest(one.scope, one.at);
      const bool knows =
          w.rules.has_stamps() ? latest > w.server.latest(one.scope, one.snapshot_at) : latest.wall <= mine.reading;
      if (one.held && knows)
        newest = std::max(newest, latest);
    }
    return newest;
  }

  // A new name changes nothing else.
  void same_stamp(const intent_fact& fact, const entry& e, const world& w) {
    const auto other = w.intents.past(fact).relabels;
    const auto& old = w.intents.get(other);
    if (fact.given != old.given)
      violate(w, "stamp changes with the name", {fact.device, 0, e.intent}, [&] {
        return fmt::format("{} is stamped {}; it is another name of {}, which is stamped {}", w.name(e.intent),
                           say(fact.given), w.name(other), say(old.given));
      });
  }

  void counted(const entry& e, const world& w) {
    if (!w.seen.stamp_judged)
      return;
    checked();
    const auto& fact = w.intents.get(e.intent);
    if (!w.seen.stamp_right)
      violate(w, "stamp counted wrongly", {fact.device, 0, e.intent}, [&] {
        return fmt::format("the server counts the stamp of {}, {}, as {}; it should be {}", w.name(e.intent),
                           say(fact.given), fact.counted == fact.given ? "it is" : say(fact.counted),
                           say(w.seen.stamp_expected));
      });
  }

  std::vector<clock> clocks_;
};

} // namespace

std::unique_ptr<invariant> make_clock_sane() { return std::make_unique<clock_sane>(); }

} // namespace squall::invariants
