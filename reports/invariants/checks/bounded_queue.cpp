// A device refuses a change for its queue's sake when as many intents await a verdict as the scenario allows, and never before.
// What a restored server has undone comes on top: it awaits a verdict again, wherever that leads the queue.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

class bounded_queue final : public invariant {
public:
  explicit bounded_queue(std::uint32_t queue_max)
      : invariant("bounded",
                  {entry_kind::intent_accepted, entry_kind::intention_failed, entry_kind::intention_invoked}),
        queue_max_(queue_max) {}

  void step(const entry& e, const world& w) override {
    auto& refused = of(e.actor);
    if (e.kind == entry_kind::intention_invoked)
      refused = 0;
    else if (e.kind == entry_kind::intent_accepted)
      accepted(e, w, refused);
    else if (static_cast<history::failure_code>(e.code) == history::failure_code::queue_full)
      failed(e, w, refused);
  }

  bool applies(const world&) const override { return queue_max_ > 0 || said(); }

private:
  // The last intention that was refused and not tried again since, by device.
  std::uint64_t& of(std::uint32_t device) {
    if (device >= refused_.size())
      refused_.resize(device + 1);
    return refused_[device];
  }

  void accepted(const entry& e, const world& w, std::uint64_t refused) {
    // What was undone awaits a verdict once more, however many came in meanwhile; a new name makes no change of it.
    if (w.intents.past(e.intent).relabels != 0)
      return;
    if (refused != 0 && refused == e.ref)
      violate(w, "refused and kept", {e.actor, 0, e.intent}, [&] {
        return fmt::format("d{} keeps {}, though it had refused that change since too many await a verdict", e.actor,
                           w.name(e.intent));
      });
    if (queue_max_ == 0)
      return;
    checked();
    const auto waiting = w.devices[e.actor].unverdicted.size();
    if (waiting > queue_max_)
      violate(w, "queue too long", {e.actor, 0, e.intent}, [&] {
        return fmt::format("d{} accepts {} as the {}th that awaits a verdict; {} may", e.actor, w.name(e.intent),
                           waiting, queue_max_);
      });
  }

  // When a device has what was undone await a verdict again is known only within bounds.
  static std::size_t waiting_at_most(const device_fact& device, const world& w) {
    const auto again = std::count_if(device.acknowledged.begin(), device.acknowledged.end(), [&](intent_index intent) {
      const auto& fact = w.intents.get(intent);
      return fact.committed == 0 && !fact.orphaned && fact.received.code != verdict_code::none;
    });
    return device.unverdicted.size() + static_cast<std::size_t>(again);
  }

  void failed(const entry& e, const world& w, std::uint64_t& refused) {
    checked();
    refused = e.ref;
    const auto waiting = e.actor < w.devices.size() ? waiting_at_most(w.devices[e.actor], w) : 0;
    if (queue_max_ == 0 || waiting < queue_max_)
      violate(w, "refused below its bound", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} refuses a change since too many await a verdict; {} do, and {} may", e.actor, waiting,
                           queue_max_ == 0 ? std::string("any number") : std::to_string(queue_max_));
      });
  }

  std::uint32_t queue_max_;
  std::vector<std::uint64_t> refused_;
};

} // namespace

std::unique_ptr<invariant> make_bounded_queue(std::uint32_t queue_max) {
  return std::make_unique<bounded_queue>(queue_max);
}

} // namespace squall::invariants
