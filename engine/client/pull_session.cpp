#include "engine/client/pull_session.hpp"

#include "engine/client/forgetting.hpp"
#include "engine/client/grants.hpp"
#include "engine/client/offline_rule.hpp"
#include "engine/client/page_apply.hpp"
#include "engine/client/status_codes.hpp"
#include "engine/client/task_book.hpp"

#include <algorithm>
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
  if (at() == nullptr)
    scope_ = first(); // it went while nothing was under way
  told_.erase(scope_);
  hurries_ = false;
  token_serial_ = who_.serial();
  const auto address = [&](auto& request) {
    request.set_token(who_.token());
    request.set_device(core_.config.device);
    request.set_incarnation(core_.state.incarnation);
    request.set_scope(scope_.value);
    request.set_grant_changes(core_.state.grant_changes);
    request.set_grant_generation(core_.state.grant_generation);
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
  request.set_limit(size_.now());
  request.set_verdicts_through(core_.queue.verdicts_through(core_.state.incarnation, core_.state.next_seq));
  if (const held_scope* in = at()) {
    to_wire(in->at, *request.mutable_cursor());
    const std::uint32_t far = core_.config.sync.compact_above;
    if (far > 0 && in->known_head > in->at.sequence && in->known_head - in->at.sequence > far) {
      core_.hit(probe::compact_asked);
      request.set_compact(true);
    }
    request.set_tasks_through(tasks_through(*in));
  }
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
  const held_scope* in = at();
  line_.back_off(in ? in->at.sequence : 0, core_.held_back());
}

void pull_session::rest_until_poll() {
  scope_ = first();
  due_ = false;
  fresh_ = true;
  const bool no_poll = hints_ > 0 && core_.sabotaged(sabotage::hints_replace_polls);
  line_.wait(no_poll ? 365 * 24 * hour_ns : core_.config.sync.poll_every);
  for (const auto& [scope, head] : std::exchange(told_, {}))
    on_invalidation(scope, head);
}

// -- hints -------------------------------------------------------------------------------------------------------------

void pull_session::on_invalidation(scope_id scope, const io::cursor& head) {
  held_scope* in = core_.scopes.find(scope);
  if (in == nullptr)
    return; // it was, when the hint came
  io::cursor& at = in->at;
  if (head.generation == at.generation && head.sequence <= at.sequence)
    return core_.hit(probe::invalidation_of_old);
  if (head.generation == at.generation && core_.sabotaged(sabotage::hint_moves_cursor))
    at.sequence = head.sequence;
  if (line_.in_flight()) {
    // The page on its way may have been made before.
    told_[scope] = head;
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
    snapshot_.begin(scope_, cursor_cause::snapshot);
  } else {
    core_.hit(probe::pull_refused_for_now);
  }
  fail();
  return false;
}

void pull_session::on_page(std::uint64_t correlation, const wire::PullResponse& reply) {
  hear_grants(reply);
  if (!line_.takes(correlation))
    return;
  if (reply.status() == status_ok)
    take_offline_rule(core_, reply.offline());
  if (went_elsewhere(reply.status()) || !succeeded(reply.status()))
    return;
  if (scope_.value == 0) {
    line_.succeeded();
    return rest_until_poll();
  }
  if (reply.resync() != wire::RESYNC_NONE)
    return on_resync(reply);
  if (!core_.note_generation(reply.next().generation()))
    return fail();
  const page_fault fault = check_page(reply, *at(), *core_.config.model);
  if (fault != page_fault::none)
    return on_fault(fault, reply);
  misfits_ = 0;
  line_.succeeded();
  size_.answered(static_cast<std::uint32_t>(reply.entries_size()));
  take_page(reply);
  core_.note_head(scope_, at()->at.generation, reply.head());
  if (!reply.more())
    return next_scope();
  due_ = true;
  kick();
}

bool pull_session::has_next() const {
  const auto& held = core_.scopes.all();
  return std::any_of(held.begin(), held.end(),
                     [&](const held_scope& h) { return h.scope > scope_ || h.at == io::cursor{}; });
}

/// Ascending; what was gained on the way comes last.
void pull_session::next_scope() {
  misfits_ = 0;
  if (!has_next())
    return rest_until_poll();
  scope_ = core_.scopes.after(scope_);
  if (scope_.value == 0) {
    const auto& held = core_.scopes.all();
    scope_ = std::find_if(held.begin(), held.end(), [](const held_scope& h) { return h.at == io::cursor{}; })->scope;
  }
  due_ = true;
  kick();
}

/// Late and repeated replies count too: the newest grants are the newest, whatever was asked.
template <class Reply>
void pull_session::hear_grants(const Reply& reply) {
  const bool tells = reply.status() == status_ok || reply.status() == status_forbidden;
  if (tells && take_grants(core_, {reply.grant_generation(), reply.grant_changes()}, reply.grants()) && at() == nullptr)
    snapshot_.stop();
}

/// True if the scope asked for is not the device's any more, or it asked for none and has one now.
bool pull_session::went_elsewhere(std::uint32_t status) {
  if (status != status_ok && status != status_forbidden)
    return false;
  if (scope_.value != 0 ? at() != nullptr : core_.scopes.all().empty())
    return false;
  who_.worked(token_serial_);
  line_.succeeded();
  snapshot_.stop();
  next_scope();
  return true;
}

void pull_session::take_page(const wire::PullResponse& page) {
  // A poll that brings nothing writes nothing.
  held_scope& in = *at();
  const bool news = page.entries_size() > 0 || from_wire(page.next()) != in.at || brings_tasks(in, page) ||
                    brings_fence(in, page.next().generation(), page.fence());
  if (news || core_.prunable(in.at.generation, page.backed_up_through()))
    apply_page(core_, in, page);
}

void pull_session::on_fault(page_fault fault, const wire::PullResponse& page) {
  core_.hit(fault == page_fault::another_cursor ? probe::page_of_another_cursor
            : fault == page_fault::broken_chain ? probe::page_chain_broken
                                                : probe::page_unreadable);
  if (fault != page_fault::another_cursor && core_.sabotaged(sabotage::cursor_past_refused_page))
    skip_page(core_, *at(), page);
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
    take_fence(core_, *at(), reply.fence());
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
  snapshot_.begin(scope_, cause);
  kick();
}

void pull_session::on_snapshot_page(std::uint64_t correlation, const wire::SnapshotResponse& reply) {
  hear_grants(reply);
  if (!line_.takes(correlation) || went_elsewhere(reply.status()) || !succeeded(reply.status()))
    return;
  if (!snapshot_.running()) { // its scope went, and came back since
    line_.succeeded();
    return kick();
  }
  switch (snapshot_.on_page(reply)) {
    case snapshot::answer::misfit:
      core_.hit(probe::snapshot_restarted);
      snapshot_.begin(scope_, cursor_cause::snapshot);
      return fail();
    case snapshot::answer::more: break;
    case snapshot::answer::done:
      core_.may_shrink = true;
      core_.note_head(scope_, at()->at.generation, reply.head());
      break;
  }
  line_.succeeded();
  due_ = true;
  kick(); // the next page, or what the feed brought meanwhile
}

} // namespace squall::client
