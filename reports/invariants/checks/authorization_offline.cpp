// What the server allows a device that is out of contact is what the device takes: by the flag that it was told, and by when an
// answer reached it last, on its own clock. As of the moment in which the user acts.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

using history::offline_code;

class authorization_offline final : public invariant {
public:
  explicit authorization_offline(const scenarios::Plan& plan)
      : invariant("authorization", {entry_kind::intention_invoked, entry_kind::intention_failed,
                                    entry_kind::intent_accepted, entry_kind::flag_told, entry_kind::incarnation_begun}),
        plan_(plan) {
    for (const auto& collection : plan.model().collections())
      always_.push_back(collection.offline());
  }

  void step(const entry& e, const world& w) override {
    auto& device = of(e.actor);
    switch (e.kind) {
      case entry_kind::flag_told:
        device.flag = static_cast<offline_code>(e.code);
        device.known = true;
        told_ = true;
        break;
      case entry_kind::incarnation_begun: device.known = device.known && (e.code == 1 || e.aux <= 1); break;
      case entry_kind::intention_invoked:
        device.intention = e.ref;
        device.when_invoked = device.known ? device.flag : offline_code::full;
        device.contact_when_invoked = w.callers.contact_of(e.actor, e.at_ns);
        break;
      case entry_kind::intention_failed:
        if (static_cast<history::failure_code>(e.code) == history::failure_code::offline_forbidden)
          refused(e, w, device);
        break;
      default:
        if (e.ref == device.intention)
          device.accepted = e.intent;
        break;
    }
  }

  void conclude(const world& w) override {
    const auto intent = w.seen.body_complete;
    if (intent == 0)
      return;
    const auto number = w.intents.get(intent).device;
    auto& device = of(number);
    if (device.accepted != intent || device.when_invoked == offline_code::full)
      return;
    checked();
    if (device.contact_when_invoked == contact::lost && !allowed(intent, device.when_invoked, w))
      violate(w, "changed out of contact", {number, 0, intent}, [&] {
        return fmt::format("d{} accepts {} while no answer of the server reaches it, though it was told to take {}",
                           number, w.name(intent),
                           device.when_invoked == offline_code::stopped ? "no such change" : "only some such changes");
      });
  }

  // Where nobody was told anything and nobody was refused it says nothing of the run.
  bool applies(const world&) const override { return told_ || said(); }

private:
  struct standing {
    offline_code flag = offline_code::full;
    bool known = true; ///< a new incarnation may remember it or not
    std::uint64_t intention = 0;
    offline_code when_invoked = offline_code::full;
    contact contact_when_invoked = contact::unclear;
    intent_index accepted = 0;
  };

  standing& of(std::uint32_t device) {
    if (device >= devices_.size())
      devices_.resize(device + 1);
    return devices_[device];
  }

  bool always(std::uint16_t collection) const { return collection < always_.size() && always_[collection]; }

  bool allowed(intent_index intent, offline_code flag, const world& w) const {
    const auto operations = w.intents.operations(w.intents.get(intent));
    return flag == offline_code::limited && std::all_of(operations.begin(), operations.end(),
                                                        [&](const operation& op) { return always(op.collection); });
  }

  // All that the intention is about may be changed out of contact. An intention that the plan does not name is not known.
  bool meant_for_it(std::uint64_t intention) const {
    const auto& all = plan_.intentions();
    const auto found =
        std::lower_bound(all.begin(), all.end(), intention,
                         [](const scenarios::Intention& one, std::uint64_t id) { return one.id() < id; });
    if (found == all.end() || found->id() != intention || found->acts().empty())
      return false;
    return std::all_of(found->acts().begin(), found->acts().end(), [&](const scenarios::Act& act) {
      for (int i = 0; i < plan_.model().collections_size(); ++i)
        if (plan_.model().collections(i).name() == act.collection())
          return always(static_cast<std::uint16_t>(i));
      return false;
    });
  }

  void refused(const entry& e, const world& w, const standing& device) {
    checked();
    const auto wrong = [&](const char* shape, const char* why) {
      violate(w, shape, {e.actor, 0, 0},
              [&] { return fmt::format("d{} refuses a change as forbidden out of contact, {}", e.actor, why); });
    };
    if (!device.known)
      return;
    if (device.flag == offline_code::full)
      wrong("refused unasked", "though it was told of no such rule");
    else if (device.intention == e.ref && device.contact_when_invoked == contact::had)
      wrong("refused in contact", "though the server has just answered it");
    else if (device.flag == offline_code::limited && meant_for_it(e.ref))
      wrong("refused though allowed", "though the change is one of those that it may take then");
  }

  const scenarios::Plan& plan_;
  std::vector<bool> always_; ///< by collection: may be changed out of contact where that is limited
  std::vector<standing> devices_;
  bool told_ = false;
};

} // namespace

std::unique_ptr<invariant> make_authorization_offline(const scenarios::Plan& plan) {
  return std::make_unique<authorization_offline>(plan);
}

} // namespace squall::invariants
