// Pulling: of each scope in turn pages of the feed until there is no more, then again after the poll interval; and a snapshot
// where the server says that the feed cannot lead from here to there. Who holds no scope asks for none, to hear of grants.
#pragma once

#include "engine/client/channel.hpp"
#include "engine/client/credentials.hpp"
#include "engine/client/page_check.hpp"
#include "engine/client/request_size.hpp"
#include "engine/client/snapshot.hpp"

#include <map>

namespace squall::client {

inline constexpr io::timer_id pull_timer = 2;

class pull_session {
public:
  pull_session(core& c, credentials& who)
      : core_(c), who_(who), line_(c, {pull_timer, purpose::pull}), snapshot_(c),
        size_(c.config.sync.page_limit, c.counts), scope_(first()) {}

  /// Asks if a pull is due and nothing stands in the way. The first one is due at once.
  void kick();
  void on_page(std::uint64_t correlation, const wire::PullResponse& reply);
  void on_snapshot_page(std::uint64_t correlation, const wire::SnapshotResponse& reply);
  void on_timer(std::uint64_t generation);
  /// The network is back: a wait ends early.
  void hurry(duration_ns delay);
  /// The server says that the feed has grown so far. Of what it says nothing is believed: a pull comes sooner, that is all.
  void on_invalidation(scope_id scope, const io::cursor& head);
  /// The feed's generation changed, as somebody heard: a pull is due now.
  void expect_news();

  bool resyncing() const noexcept { return snapshot_.running(); }
  /// Waits for its next poll, or for the backoff after a failure.
  bool resting() const noexcept { return !snapshot_.running() && line_.now() == channel::phase::waiting; }
  /// A pull was answered, and nothing went wrong since.
  bool up_to_date() const noexcept { return fresh_; }

private:
  void ask();
  /// True if the reply is good; else it was dealt with.
  bool succeeded(std::uint32_t status);
  void on_resync(const wire::PullResponse& reply);
  void on_fault(page_fault fault, const wire::PullResponse& page);
  void take_page(const wire::PullResponse& page);
  void begin_snapshot(telemetry::cursor_cause cause);
  held_scope* at() { return core_.scopes.find(scope_); }
  scope_id first() const { return core_.scopes.after({}); }
  bool has_next() const;
  void next_scope();
  template <class Reply>
  void hear_grants(const Reply& reply);
  bool went_elsewhere(std::uint32_t status);
  void fail();
  void rest_until_poll();

  core& core_;
  credentials& who_;
  channel line_;
  snapshot snapshot_;
  request_size size_; ///< entries in one page
  scope_id scope_;    ///< whose turn it is; 0: the device holds none
  bool due_ = true;
  bool fresh_ = false;
  bool hurries_ = false;                ///< the next pull comes sooner, because of a hint
  std::map<scope_id, io::cursor> told_; ///< by hints that came while a request was under way
  std::uint32_t hints_ = 0;
  std::uint32_t misfits_ = 0;      ///< pages in a row that did not fit
  std::uint32_t token_serial_ = 0; ///< that the request went out with
};

} // namespace squall::client
