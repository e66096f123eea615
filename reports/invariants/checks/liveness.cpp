// Some time after healing, every queue is terminal, every device knows its user's grants, and every cursor is at the head of its
// scope. What the participants say of themselves (`pending`) only excuses who is broken for good: a device that is down, or one
// that was revoked (it is listed, with what it could not send); a device whose user holds nothing has nothing to catch up with.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <array>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

using history::end_code;
using history::pending_code;

std::string_view reason_of(pending_code code) {
  static constexpr std::array<std::string_view, 8> reasons{
      "no reason given",           "not enrolled",           "its queue is locked",           "its token is not valid",
      "a resync is still running", "its queue is not empty", "its cursor is behind the head", "it is down"};
  return static_cast<std::size_t>(code) < reasons.size() ? reasons[static_cast<std::size_t>(code)]
                                                         : "an unknown reason";
}

constexpr std::size_t waiting_listed_max = 10; ///< intents of one device

const char* shape_of(pending_code code) {
  switch (code) {
    case pending_code::not_enrolled: return "not enrolled";
    case pending_code::queue_locked: return "queue locked";
    case pending_code::token_invalid: return "token invalid";
    case pending_code::resync_running: return "resync never ends";
    case pending_code::queue_not_empty: return "queue never empties";
    case pending_code::cursor_behind: return "cursor never reaches the head";
    default: return "does not settle";
  }
}

class liveness final : public invariant {
public:
  explicit liveness(std::int64_t settle_within_ns)
      : invariant("liveness", {entry_kind::pending, entry_kind::run_ended}), settle_within_ns_(settle_within_ns) {}

  void step(const entry& e, const world& w) override {
    if (e.kind == entry_kind::run_ended)
      return ended(e, w);
    if (e.actor >= told_.size())
      told_.resize(e.actor + 1);
    told_[e.actor] = true;
    const auto code = static_cast<pending_code>(e.code);
    if (code == pending_code::none || code == pending_code::down || revoked(e.actor, w) ||
        (holds_nothing(e.actor, w) && code != pending_code::queue_not_empty))
      return;
    checked();
    violate(w, shape_of(code), {e.actor, 0, waiting(e.actor, w)}, [&] {
      return fmt::format("{} has not settled when it should have: {}", name_of_device(e.actor), reason_of(code));
    });
  }

  void finish(const world& w) override {
    if (!ended_) {
      remark("the history does not say how the run ended");
      return;
    }
    list_revoked(w);
    for (std::uint32_t i = 1; i < w.devices.size(); ++i) {
      const auto& d = w.devices[i];
      if (!d.known || d.scope == 0 || d.down || d.revoked || (i < told_.size() && told_[i]))
        continue;
      checked();
      if (!d.unverdicted.empty())
        violate(w, "queue never empties", {i, 0, d.unverdicted.front()}, [&] {
          return fmt::format("d{} still waits for the verdict of {} at the end; its queue should be empty", i,
                             w.name(d.unverdicted.front()));
        });
      if (d.grant_step != w.grants.step(d.user) && !d.in_doubt())
        violate(w, "never learns of its grants", {i, 0, 0}, [&] {
          return fmt::format("d{} ends with grants of version {}; its user's are of version {}", i, d.grants,
                             w.grants.version(d.user));
        });
      else
        at_the_heads(i, w);
    }
    if (settled_after_ns_ > 0) // last: what did not settle says more
      violate(w, "settled too late", {}, [&] {
        return fmt::format("everything settled {} s after healing; {} s were allowed",
                           settled_after_ns_ / 1'000'000'000, settle_within_ns_ / 1'000'000'000);
      });
  }

private:
  static bool revoked(std::uint32_t actor, const world& w) {
    return actor < w.devices.size() && w.devices[actor].revoked;
  }

  static bool holds_nothing(std::uint32_t actor, const world& w) {
    return actor != 0 && actor < w.devices.size() && w.devices[actor].scope != 0 &&
           w.grants.now(w.devices[actor].user).all().empty();
  }

  void at_the_heads(std::uint32_t i, const world& w) {
    for (const auto& one : w.devices[i].replicas) {
      const auto commits = w.server.scope_commits(one.scope);
      const bool behind = w.server.ever_restored() && one.generation != 0 && one.generation != w.generation;
      if (one.held && !one.in_doubt && behind)
        violate(w, "never learns of the restore", {i, 0, 0}, [&] {
          return fmt::format("d{} ends in generation {} of the feed of scope {}; the server is in {}", i,
                             one.generation, one.scope, w.generation);
        });
      else if (one.held && !one.in_doubt && !commits.empty() && !w.server.covers(one.at, commits.back()))
        violate(w, "cursor never reaches the head", {i, 0, 0}, [&] {
          return fmt::format("d{} ends at cursor {} in scope {}; the head of that is {}", i, one.cursor, one.scope,
                             w.server.sequence(commits.back()));
        });
    }
  }

  void list_revoked(const world& w) {
    std::string list;
    for (std::uint32_t i = 1; i < w.devices.size(); ++i) {
      const auto& d = w.devices[i];
      if (!d.revoked)
        continue;
      list +=
          fmt::format("{}d{} could not send {}", list.empty() ? "" : "; ", i, d.unverdicted.empty() ? "nothing" : "");
      for (std::size_t k = 0; k < d.unverdicted.size() && k < waiting_listed_max; ++k)
        list += fmt::format("{}{}", k == 0 ? "" : ", ", w.name(d.unverdicted[k]));
      if (d.unverdicted.size() > waiting_listed_max)
        list += fmt::format(" and {} more", d.unverdicted.size() - waiting_listed_max);
    }
    if (!list.empty())
      remark("revoked: " + list);
  }

  /// What the device has waited for the longest; 0 if for nothing.
  static intent_index waiting(std::uint32_t actor, const world& w) {
    return actor < w.devices.size() && !w.devices[actor].unverdicted.empty() ? w.devices[actor].unverdicted.front() : 0;
  }

  void ended(const entry& e, const world& w) {
    ended_ = true;
    checked();
    const auto code = static_cast<end_code>(e.code);
    if (code == end_code::livelock_instant || code == end_code::event_budget)
      violate(w, "livelock", {}, [&] {
        return code == end_code::livelock_instant
                   ? "time stands still: events follow each other without end in one instant"
                   : "the run did more than its budget of events allows; it should have settled";
      });
    else if (code == end_code::engine_failed)
      violate(w, "engine failed", {}, [] { return "the system under test stopped with a failure of its own"; });
    if (code == end_code::settled && w.healed_at >= 0 && settle_within_ns_ > 0 &&
        e.at_ns > w.healed_at + settle_within_ns_)
      settled_after_ns_ = e.at_ns - w.healed_at;
  }

  std::int64_t settle_within_ns_;
  std::int64_t settled_after_ns_ = 0; ///< if that was too late
  std::vector<bool> told_;
  bool ended_ = false;
};

} // namespace

std::unique_ptr<invariant> make_liveness(std::int64_t settle_within_ns) {
  return std::make_unique<liveness>(settle_within_ns);
}

} // namespace squall::invariants
