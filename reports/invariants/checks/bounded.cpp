// What is kept for others has an end: where all devices of a scope are at rest at the end of a run, the server has forgotten the
// tombstones and verdicts that it may, a device what it was told to, and its queue holds nothing that is acknowledged.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"
#include "reports/invariants/model/lifetime_reader.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

/// So many verdicts that a device has, and the server need not wait for its next intent to forget them.
constexpr std::uint64_t worth_a_pull = 16;
/// When a device was heard of is kept so exactly: to one part of the time after which it expires.
constexpr std::int64_t hearing_parts = 8;

class bounded final : public invariant {
public:
  bounded()
      : invariant("bounded", {entry_kind::queue_read, entry_kind::queue_row, entry_kind::verdicts_read,
                              entry_kind::export_began, entry_kind::page_served, entry_kind::restarted}) {}

  void step(const entry& e, const world& w) override {
    switch (e.kind) {
      case entry_kind::queue_read:
        at_end_ = e.code == 0;
        if (at_end_)
          queues_.push_back({e.actor, {}});
        break;
      case entry_kind::queue_row:
        if (at_end_ && e.code == 0 && !queues_.empty())
          queues_.back().answered.push_back(e.intent);
        break;
      case entry_kind::verdicts_read: verdicts_.push_back(e); break;
      case entry_kind::page_served: pulled(e.scope, w); break;
      case entry_kind::restarted: server_up_since_ = e.actor == 0 ? e.at_ns : server_up_since_; break;
      default: began(e); break;
    }
  }

  // Only what the last export of each shows counts.
  void conclude(const world& w) override {
    for (const auto& d : w.seen.differences)
      if (d.why == flaw::unforgotten)
        kept_.push_back({d.device, scope_, d.record, say(w, d)});
    for (const auto& t : w.seen.fences)
      if (t.what == fence_flaw::not_kept)
        kept_.push_back({t.device, scope_, 0, say(w, t)});
  }

  void finish(const world& w) override {
    rests_.assign(w.lifetimes.scopes(), true);
    for (std::uint32_t scope = 1; scope < rests_.size(); ++scope)
      for (const auto number : w.lifetimes.find_scope(scope).members) {
        const auto& device = w.devices[number];
        const auto& replica = device.find(scope);
        if (w.is_granted(device.user, scope) || replica.held)
          rests_[scope] = rests_[scope] && replica.held && replica.exported && replica.settled;
      }
    checked(w.done.tombstones);
    tombstones(w);
    verdicts(w);
    queues(w);
    for (const auto& one : kept_)
      if (rests(one.scope))
        violate(w, one.record == 0 ? "fence not kept" : "tombstone kept", {one.device, one.record, 0},
                [&] { return one.sentence; });
  }

private:
  struct queue {
    std::uint32_t device = 0;
    std::vector<intent_index> answered;
  };
  struct leftover {
    std::uint32_t device = 0;
    std::uint32_t scope = 0;
    record_index record = 0;
    std::string sentence;
  };

  bool rests(std::uint32_t scope) const { return scope < rests_.size() && rests_[scope]; }
  /// All of the device's scopes do.
  bool rests(const device_fact& device) const {
    return std::all_of(device.replicas.begin(), device.replicas.end(),
                       [&](const replica_fact& one) { return !one.held || rests(one.scope); });
  }

  void began(const entry& e) {
    scope_ = e.scope;
    if (static_cast<history::view_code>(e.code) != history::view_code::visible)
      std::erase_if(kept_, [&](const leftover& one) { return one.device == e.actor && one.scope == e.scope; });
  }

  // What the pull before this one could have made the server forget is forgotten now. What devices have told is kept in
  // memory as long as nothing depends on it: after a restart they have to tell it again.
  void pulled(std::uint32_t number, const world& w) {
    const auto& scope = w.lifetimes.find_scope(number);
    // Who was heard of again after it had expired may have been taken for living then.
    if (scope.before.at_ns < server_up_since_ || scope.before.at_ns <= scope.grants_changed_at ||
        scope.last.before.expired || !all_have_told(number, w))
      return;
    kept_too_long(number, w);
  }

  bool all_have_told(std::uint32_t number, const world& w) const {
    const auto& scope = w.lifetimes.find_scope(number);
    return std::all_of(scope.members.begin(), scope.members.end(), [&](std::uint32_t device) {
      const auto& by = w.lifetimes.find(device, number);
      const bool told = by.served_at > server_up_since_ || w.lifetimes.has_expired(by, scope.before.time);
      return !w.is_granted(w.devices[device].user, number) || (!by.expired && told);
    });
  }

  void kept_too_long(std::uint32_t number, const world& w) {
    const auto& scope = w.lifetimes.find_scope(number);
    checked();
    const auto may = forgettable(w, {.scope = number,
                                     .time = scope.before.time,
                                     .at_ns = scope.before.at_ns,
                                     .device = scope.last.device,
                                     .instead = &scope.last.before,
                                     .hearing_ns = w.lifetimes.settings().device_expires_after_ns / hearing_parts});
    if (may > scope.through)
      violate(w, "tombstone kept", {0, first_kept(w, scope), 0}, [&] {
        return fmt::format("the server remembers deletions of scope {} from {} on; all up to {} may be forgotten since "
                           "the last pull but one, at {:.3f} s",
                           number, scope.fence, w.server.sequence(may), static_cast<double>(scope.before.at_ns) / 1e9);
      });
  }

  // As of the last pull but one: the last may have come before all that it could know was known.
  void tombstones(const world& w) {
    for (std::uint32_t number = 1; number < rests_.size(); ++number)
      if (const auto& scope = w.lifetimes.find_scope(number);
          rests_[number] && scope.before.at_ns >= 0 && scope.before.at_ns > scope.grants_changed_at)
        kept_too_long(number, w);
  }

  static record_index first_kept(const world& w, const scope_life& scope) {
    for (auto i = scope.passed; i < scope.deaths.size(); ++i)
      if (w.is_tombstone(scope.deaths[i]))
        return scope.deaths[i].record;
    return 0;
  }

  // Of each number one at most is stored: more than there are behind the mark must be some before it.
  void verdicts(const world& w) {
    for (const auto& e : verdicts_) {
      if (e.peer >= w.devices.size() || e.aux != w.devices[e.peer].incarnation || !rests(w.devices[e.peer]))
        continue;
      checked();
      const auto through = w.lifetimes.find(e.peer).through_before;
      const auto behind = e.s > through ? e.s - through : 0;
      if (static_cast<std::uint64_t>(e.value) >= behind + worth_a_pull)
        violate(w, "verdict kept", {e.peer, 0, 0}, [&] {
          return fmt::format(
              "the server stores {} verdicts of d{} up to number {}; before its last pull but one d{} had "
              "told that it has all up to {}",
              e.value, e.peer, e.s, e.peer, through);
        });
    }
  }

  void queues(const world& w) {
    for (const auto& queue : queues_) {
      if (queue.device >= w.devices.size() || !rests(w.devices[queue.device]))
        continue;
      checked();
      for (const auto intent : queue.answered)
        if (!may_be_undone(w, intent))
          violate(w, "acknowledged intent kept", {queue.device, 0, intent}, [&] {
            return fmt::format("d{} is at rest and its queue still holds {}, which is {}", queue.device, w.name(intent),
                               say(w, w.intents.get(intent).received));
          });
    }
  }

  /// It is in no backup, as far as its device has been told: who has it keeps it.
  static bool may_be_undone(const world& w, intent_index intent) {
    const auto& fact = w.intents.get(intent);
    return w.keeps_copies && takes_effect(fact.received.code) &&
           (fact.committed == 0 || w.server.sequence(fact.committed) > w.lifetimes.find(fact.device).backed_up_before);
  }

  bool at_end_ = false;
  std::int64_t server_up_since_ = 0;
  std::uint32_t scope_ = 0; ///< of the open export
  std::vector<queue> queues_;
  std::vector<entry> verdicts_;
  std::vector<leftover> kept_;
  std::vector<bool> rests_; ///< by scope: all of its devices
};

} // namespace

std::unique_ptr<invariant> make_bounded() { return std::make_unique<bounded>(); }

} // namespace squall::invariants
