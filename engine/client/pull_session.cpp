#include "engine/client/pull_session.hpp"

#include "engine/client/forgetting.hpp"
#include "engine/client/offline_rule.hpp"
#include "engine/client/page_apply.hpp"
#include "engine/client/status_codes.hpp"
#include "engine/client/task_book.hpp"

#include <utility>

namespace squall::client {

using telemetry::cursor_cause;
using telemetry::probe;
using telemetry::sabotage;

namespace {

/// Pages that do not fit may be an accident of the way; as many in a row are not.
constexpr std::uint32_t misfits_max = 3;

probe probe_of(wire::ResyncReason reason) {
  switch (reason) {
    case wire::RESYNC_BELOW_FLOOR: return probe::resync_below_floor;
    case wire::RESYNC_FROM_FUTURE: return probe::resync_from_future;
    case wire::RESYNC_SCOPE_CHANGED: return probe::resync_scope_changed;
    case wire::RESYNC_COMPACT: return probe::resync_compact;
    case wire::RESYNC_BELOW_FENCE: return probe::resync_below_fence;
    default: return probe::resync_other_generation;
  }
}

} // namespace

// -- asking ------------------------------------------------------------------------------------------------------------

void pull_session::kick() {
  if (due_ && who_.usable() && line_.ready_to_ask())
    ask();
}

void pull_session::ask() {
  told_.reset();
  hurries_ = false;
  token_serial_ = who_.serial();
  const auto address = [&](auto& request) {
    request.set_token(who_.token());
    request.set_device(core_.config.device);
    request.set_incarnation(core_.state.incarnation);
    request.set_scope(core_.config.scope.value);
  };
  if (snapshot_.running()) {
    wire::SnapshotRequest request;
    address(request);
    snapshot_.ask(request);
    line_.send({core_.config.server, io::message_class::snapshot, wire::message_kind::snapshot_request}, request);
    return;
  }
  wire::PullRequest request;
  address(request);
  to_wire(core_.state.at, *request.mutable_cursor());
  request.set_limit(size_.now());
  const std::uint32_t far = core_.config.sync.compact_above;
  if (far > 0 && core_.known_head > core_.state.at.sequence && core_.known_head - core_.state.at.sequence > far) {
    core_.hit(probe::compact_asked);
    request.set_compact(true);
  }
  request.set_verdicts_through(core_.queue.verdicts_through(core_.state.incarnation, core_.state.next_seq));
  request.set_tasks_through(tasks_through(core_));
  line_.send({core_.config.server, io::message_class::pull, wire::message_kind::pull_request}, request);
}

void pull_session::on_timer(std::uint64_t generation) {
  const bool timed_out = line_.in_flight();
  if (!line_.fired(generation))
    return;
  due_ = true;
  if (timed_out) {
    core_.hit(probe::client_request_timed_out);
    if (!snapshot_.running()) // the server alone cuts a snapshot's pages
      size_.timed_out(size_.now());
    return fail();
  }
  kick();
}

void pull_session::hurry(duration_ns delay) {
  if (line_.now() == channel::phase::waiting)
    line_.wait(delay);
}

void pull_session::expect_news() {
  if (line_.in_flight())
    return;
  due_ = true;
  line_.rest();
  kick();
}

void pull_session::fail() {
  fresh_ = false;
  due_ = true;
  line_.back_off(core_.state.at.sequence, core_.held_back());
}

void pull_session::rest_until_poll() {
  due_ = false;
  fresh_ = true;
  const bool no_poll = hints_ > 0 && core_.sabotaged(sabotage::hints_replace_polls);
  line_.wait(no_poll ? 365 * 24 * hour_ns : core_.config.sync.poll_every);
  if (const auto told = std::exchange(told_, std::nullopt))
    on_invalidation(*told);
}

// -- hints -------------------------------------------------------------------------------------------------------------

void pull_session::on_invalidation(const io::cursor& head) {
  const io::cursor& at = core_.state.at;
  if (head.generation == at.generation && head.sequence <= at.sequence)
    return core_.hit(probe::invalidation_of_old);
  if (head.generation == at.generation && core_.sabotaged(sabotage::hint_moves_cursor))
    core_.state.at.sequence = head.sequence;
  if (line_.in_flight()) {
    // The page on its way may have been made before.
    told_ = head;
  } else if (fresh_ && resting() && !hurries_) {
    core_.hit(probe::invalidation_followed);
    hurries_ = true;
    const std::uint64_t bits = drawn(core_.config.entropy, {purpose::invalidation, head.sequence, hints_++});
    line_.wait(static_cast<duration_ns>(bits % static_cast<std::uint64_t>(second_ns + 1)));
  }
}

// -- replies -----------------------------------------------------------------------------------------------------------

bool pull_session::succeeded(std::uint32_t status) {
  if (status == status_unauthorized) {
    core_.hit(probe::pull_unauthorized);
    fresh_ = false;
    line_.rest();
    who_.refused(token_serial_);
    kick(); // with the newer token, if the refused one was not the newest
    return false;
  }
  who_.worked(token_serial_);
  if (status == status_ok)
    return true;
  if (status >= status_internal)
    core_.gate.timed_out(core_.now.mono);
  if (status == status_gone && snapshot_.running()) {
    core_.hit(probe::snapshot_restarted);
    snapshot_.begin(cursor_cause::snapshot);
  } else {
    core_.hit(probe::pull_refused_for_now);
  }
  fail();
  return false;
}

void pull_session::on_page(std::uint64_t correlation, const wire::PullResponse& reply) {
  if (!line_.takes(correlation) || !succeeded(reply.status()))
    return;
  take_offline_rule(core_, reply.offline());
  if (reply.resync() != wire::RESYNC_NONE)
    return on_resync(reply);
  const page_fault fault = check_page(reply, core_.state, *core_.config.model);
  if (fault != page_fault::none)
    return on_fault(fault, reply);
  misfits_ = 0;
  line_.succeeded();
  size_.answered(static_cast<std::uint32_t>(reply.entries_size()));
  take_page(reply);
  core_.note_head(core_.state.at.generation, reply.head());
  if (!reply.more())
    return rest_until_poll();
  due_ = true;
  kick();
}

void pull_session::take_page(const wire::PullResponse& page) {
  // A poll that brings nothing writes nothing.
  const bool news = page.entries_size() > 0 || from_wire(page.next()) != core_.state.at || brings_tasks(core_, page) ||
                    brings_fence(core_, page.next().generation(), page.fence());
  if (news || core_.prunable(core_.state.at.generation, page.backed_up_through()))
    apply_page(core_, page);
}

void pull_session::on_fault(page_fault fault, const wire::PullResponse& page) {
  core_.hit(fault == page_fault::another_cursor ? probe::page_of_another_cursor
            : fault == page_fault::broken_chain ? probe::page_chain_broken
                                                : probe::page_unreadable);
  if (fault != page_fault::another_cursor && core_.sabotaged(sabotage::cursor_past_refused_page))
    skip_page(core_, page);
  if (fault == page_fault::broken_chain && ++misfits_ >= misfits_max) {
    core_.hit(probe::page_chain_given_up);
    return begin_snapshot(cursor_cause::snapshot);
  }
  fail();
}

void pull_session::on_resync(const wire::PullResponse& reply) {
  const wire::ResyncReason reason = reply.resync();
  if (reason == wire::RESYNC_BELOW_FENCE && core_.sabotaged(sabotage::fence_ahead_of_page)) {
    core_.store->begin();
    take_fence(core_, reply.fence());
    forget_behind_fence(core_);
    core_.store->commit();
  }
  core_.hit(probe_of(reason));
  line_.succeeded();
  begin_snapshot(reason == wire::RESYNC_SCOPE_CHANGED ? cursor_cause::rescope : cursor_cause::snapshot);
}

void pull_session::begin_snapshot(cursor_cause cause) {
  misfits_ = 0;
  fresh_ = false;
  due_ = true;
  snapshot_.begin(cause);
  kick();
}

void pull_session::on_snapshot_page(std::uint64_t correlation, const wire::SnapshotResponse& reply) {
  if (!line_.takes(correlation) || !succeeded(reply.status()))
    return;
  switch (snapshot_.on_page(reply)) {
    case snapshot::answer::misfit:
      core_.hit(probe::snapshot_restarted);
      snapshot_.begin(cursor_cause::snapshot);
      return fail();
    case snapshot::answer::more: break;
    case snapshot::answer::done:
      core_.may_shrink = true;
      core_.note_head(core_.state.at.generation, reply.head());
      break;
  }
  line_.succeeded();
  due_ = true;
  kick(); // the next page, or what the feed brought meanwhile
}

} // namespace squall::client
