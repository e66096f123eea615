// Invalidations are few: one for each pull of a scope that the server has answered since it started, only to whose user holds the
// scope, and only where another device's change gives a reason.
#include "reports/invariants/checks/all.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

using history::message_code;

class bounded_hints final : public invariant {
public:
  explicit bounded_hints(std::int64_t invalidate_for_ns)
      : invariant("bounded", {entry_kind::message_sent, entry_kind::page_served, entry_kind::server_restored,
                              entry_kind::restarted}),
        invalidate_for_ns_(invalidate_for_ns) {}

  void step(const entry& e, const world& w) override {
    if (e.kind == entry_kind::server_restored)
      authors_.clear(); // some of their commits are undone
    else if (e.kind == entry_kind::restarted) {
      if (e.actor == 0)
        listeners_.clear(); // it knows of no pulls any more
    } else if (e.kind == entry_kind::page_served)
      of(e.peer, e.scope) = {.pulled = true, .hinted = false, .at = w.server.at_sequence(e.s)};
    else if (e.actor == 0 && static_cast<message_code>(e.code) == message_code::invalidation)
      hinted(e, w);
  }

  bool applies(const world&) const override { return said(); }

private:
  struct listener {
    bool pulled = false;
    bool hinted = false;
    position at = 0; ///< where the last page led
  };
  /// Of a scope, for each of its commits: whose it is, and the last before it of anybody else.
  struct authors {
    std::vector<std::uint32_t> of;
    std::vector<position> other;
  };

  listener& of(std::uint32_t device, std::uint32_t scope) { return listeners_[std::uint64_t{device} << 32 | scope]; }

  const authors& known(std::uint32_t number, const world& w) {
    auto& scope = authors_[number];
    const auto commits = w.server.scope_commits(number);
    for (auto i = scope.of.size(); i < commits.size(); ++i) {
      const auto author = w.intents.get(w.server.commit(commits[i]).intent).device;
      const bool same = i > 0 && scope.of.back() == author;
      scope.other.push_back(i == 0 ? 0 : same ? scope.other.back() : commits[i - 1]);
      scope.of.push_back(author);
    }
    return scope;
  }

  // Somebody else has changed the scope since the device's last page.
  bool has_reason(std::uint32_t device, const entry& e, position since, const world& w) {
    const auto& scope = known(e.scope, w);
    const auto count = w.server.scope_count(e.scope, w.server.at_sequence(e.s));
    if (count == 0)
      return false;
    const bool own = scope.of[count - 1] == device;
    const auto newest = own ? scope.other[count - 1] : w.server.scope_commits(e.scope)[count - 1];
    return newest != 0 && !w.server.covers(since, newest);
  }

  // Its user held the scope at some time since that was committed: a hint leaves when the server's disk is done.
  static bool may_know(const entry& e, const world& w) {
    const auto all = w.grants.in_force(w.devices[e.peer].user, w.server.at_sequence(e.s), w.server.head(), 0);
    return std::any_of(all.begin(), all.end(), [&](const grant_set* held) { return held->holds(e.scope); });
  }

  void hinted(const entry& e, const world& w) {
    checked();
    auto& to = of(e.peer, e.scope);
    const auto wrong = [&](const char* shape, const char* why) {
      violate(w, shape, {e.peer, 0, 0}, [&] {
        return fmt::format("the server tells d{} that scope {} is at {}, {}", e.peer, e.scope, e.s, why);
      });
    };
    if (invalidate_for_ns_ == 0)
      wrong("invalidation unasked", "though the scenario has no invalidations");
    else if (e.aux != w.generation || e.s > w.server.sequence(w.server.head()))
      wrong("invalidation of what is not", "which is none of its states");
    else if (!may_know(e, w))
      wrong("invalidation without a grant", "for which its user has no grant");
    else if (!to.pulled)
      wrong("invalidation without a pull", "which it has not pulled since the server started");
    else if (to.hinted)
      wrong("second invalidation", "and had told it so since its last pull");
    else if (!has_reason(e.peer, e, to.at, w))
      wrong("invalidation to the author", "where nobody else has changed anything since its last pull");
    to.hinted = true;
  }

  std::int64_t invalidate_for_ns_;
  tsl::robin_map<std::uint64_t, listener, spread> listeners_; ///< by device and scope; looked up only
  tsl::robin_map<std::uint64_t, authors, spread> authors_;    ///< by scope; looked up only
};

} // namespace

std::unique_ptr<invariant> make_bounded_hints(std::int64_t invalidate_for_ns) {
  return std::make_unique<bounded_hints>(invalidate_for_ns);
}

} // namespace squall::invariants
