// A device's queue holds each intent until a terminal verdict of exactly that intent is durable there: by what the device says
// (verdict_received, queue_exit, surfaced) and by what the host reads in the queue's table itself. Where there are backups, it also
// holds each that took effect until a backup has it.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

/// A queue's table need not say why or to whom an intent lost: what was read back from the disk of a device that is down may
/// leave that out. What it says must be so.
bool agrees(const verdict& told, const verdict& given, bool read_back) {
  const bool rule = told.rule == given.rule || (read_back && told.rule == rule_code::none);
  const bool winner = told.winner == given.winner || (read_back && told.winner == 0);
  return told.code == given.code && told.s == given.s && rule && winner;
}

class ack_honest final : public invariant {
public:
  ack_honest()
      : invariant("ack_honest", {entry_kind::verdict_received, entry_kind::queue_exit, entry_kind::surfaced,
                                 entry_kind::queue_read, entry_kind::queue_row}) {}

  void step(const entry& e, const world& w) override {
    switch (e.kind) {
      case entry_kind::verdict_received: return received(e, w);
      case entry_kind::queue_exit:
      case entry_kind::surfaced: return left(e, w);
      case entry_kind::queue_read:
        device_ = e.actor;
        rows_left_ = static_cast<std::uint64_t>(e.value);
        rows_.clear();
        break;
      case entry_kind::queue_row:
        if (rows_left_ > 0)
          --rows_left_;
        row(e, w);
        break;
      default: break;
    }
    if (rows_left_ == 0 && device_ != 0)
      table_read(w);
  }

  void finish(const world& w) override {
    // Who never tells of a queue has none to be judged.
    for (intent_index i = 1; any_exit_ && i < w.intents.size(); ++i) {
      const auto& fact = w.intents.get(i);
      const auto& device = w.devices[fact.device];
      if (fact.received.code == verdict_code::none || fact.exited || fact.orphaned || device.down || device.in_doubt())
        continue;
      violate(w, "has a verdict and stays in the queue", {fact.device, 0, i}, [&] {
        return fmt::format("d{} has the verdict of {} ({}), but never drops it from its queue", fact.device, w.name(i),
                           say(w, fact.received));
      });
    }
  }

private:
  void received(const entry& e, const world& w) {
    const verdict told{static_cast<verdict_code>(e.code), static_cast<rule_code>(e.rule),
                       static_cast<intent_index>(e.ref), e.s};
    if (!terminal(told.code))
      return;
    checked();
    const auto& fact = w.intents.get(e.intent);
    const subject about{e.actor, 0, e.intent};
    // One that was under way while the server was restored is not the server's word any more, but it was.
    const auto& past = w.intents.past(fact);
    const bool read_back = w.devices[e.actor].down;
    const bool given = agrees(told, fact.released, read_back) ||
                       (past.released.code != verdict_code::none && agrees(told, past.released, read_back));
    if (fact.device != e.actor || !given)
      violate(w, "verdict that was not given", about, [&] {
        return fmt::format("d{} keeps '{}' (s {}) as the verdict of {}; what the server gave is '{}' (s {})", e.actor,
                           say(w, told), told.s, w.name(e.intent), say(w, fact.released), fact.released.s);
      });
  }

  void left(const entry& e, const world& w) {
    checked();
    const auto& fact = w.intents.get(e.intent);
    const auto code = static_cast<verdict_code>(e.code);
    const bool surfaced = e.kind == entry_kind::surfaced;
    any_exit_ |= !surfaced;
    if (fact.received.code == code && terminal(code))
      return;
    violate(w, surfaced ? "surfaced another outcome" : "left the queue without a verdict", {e.actor, 0, e.intent}, [&] {
      return fmt::format("d{} {} {} as {}; the verdict that it has of it is: {}", e.actor,
                         surfaced ? "shows its user" : "drops from its queue", w.name(e.intent), name_of(code),
                         say(w, fact.received));
    });
  }

  void row(const entry& e, const world& w) {
    rows_.push_back(e.intent);
    const auto& fact = w.intents.get(e.intent);
    if (e.code == 0 && fact.accepted && fact.released.code == verdict_code::none &&
        w.intents.past(fact).released.code == verdict_code::none)
      violate(w, "verdict that was not given", {e.actor, 0, e.intent}, [&] {
        return fmt::format("the queue of d{} has a verdict for {}; the server has not given one", e.actor,
                           w.name(e.intent));
      });
  }

  void table_read(const world& w) {
    std::sort(rows_.begin(), rows_.end());
    for (const auto intent : w.devices[device_].unverdicted) {
      checked();
      if (std::binary_search(rows_.begin(), rows_.end(), intent))
        continue;
      violate(w, "queue lost an intent", {device_, 0, intent}, [&] {
        return fmt::format(
            "the queue of d{} does not hold {}, which has no verdict yet; it should stay until it has one", device_,
            w.name(intent));
      });
    }
    for (const auto intent : w.devices[device_].acknowledged)
      kept(intent, w);
    if (w.devices[device_].unverdicted.empty())
      checked();
    device_ = 0;
  }

  void kept(intent_index intent, const world& w) {
    const auto& fact = w.intents.get(intent);
    const auto& past = w.intents.past(fact);
    const bool needed = fact.committed != 0 ? w.server.sequence(fact.committed) > w.backed_up_through
                                            : past.was_kept && takes_effect(fact.received.code);
    if (!needed || fact.orphaned)
      return;
    checked();
    if (!std::binary_search(rows_.begin(), rows_.end(), intent))
      violate(w, "queue lost what no backup has", {device_, 0, intent}, [&] {
        return fmt::format("the queue of d{} does not hold {}, committed at {}; the newest backup goes up to {}",
                           device_, w.name(intent),
                           fact.committed != 0 ? w.server.sequence(fact.committed) : past.undone_s,
                           w.backed_up_through);
      });
  }

  bool any_exit_ = false;
  std::uint32_t device_ = 0; ///< whose table is being read, 0: nobody's
  std::uint64_t rows_left_ = 0;
  std::vector<intent_index> rows_;
};

} // namespace

std::unique_ptr<invariant> make_ack_honest() { return std::make_unique<ack_honest>(); }

} // namespace squall::invariants
