#include "engine/client/push_session.hpp"

#include "engine/base/hash.hpp"
#include "engine/client/forgetting.hpp"
#include "engine/client/incarnation.hpp"
#include "engine/client/offline_rule.hpp"
#include "engine/client/status_codes.hpp"
#include "engine/client/verdicts.hpp"

#include <algorithm>

namespace squall::client {

using telemetry::fact_kind;
using telemetry::probe;
using telemetry::sabotage;

void push_session::kick() {
  if (who_.usable() && core_.queue.awaiting() > 0 && line_.ready_to_ask())
    send();
}

// -- sending -----------------------------------------------------------------------------------------------------------

void push_session::send() {
  const queued_intent* first = core_.queue.first_awaiting();
  if (!first)
    return;
  const std::uint32_t incarnation = first->id.incarnation;
  wire::PushRequest request;
  request.set_token(who_.token());
  request.set_device(core_.config.device);
  request.set_incarnation(incarnation);
  if (const std::uint64_t generation = core_.generation(); generation > 1)
    request.set_generation(generation);
  const std::uint64_t next = incarnation == core_.state.incarnation ? core_.state.next_seq : ~std::uint64_t{0};
  request.set_verdicts_through(core_.queue.verdicts_through(incarnation, next));
  batch_.clear();
  for (queued_intent& q : core_.queue.entries()) {
    if (!q.awaiting())
      continue;
    // Later ones may build on those of another incarnation in between.
    if (q.id.incarnation != incarnation || batch_.size() == size_.now())
      break;
    const std::string& body = core_.queue.body(q);
    if (core_.failed())
      return;
    wire::FramedIntent& framed = *request.add_intents();
    framed.set_seq(q.id.seq);
    framed.set_hash(content_hash(body));
    framed.set_body(body);
    batch_.push_back(q.id);
  }
  token_serial_ = who_.serial();
  const std::size_t at =
      line_.send({core_.config.server, io::message_class::push, wire::message_kind::push_request}, request);
  for (const intent_id& id : batch_)
    core_.report({.kind = fact_kind::intent_carried, .intent = id, .aux = at});
  if (core_.sabotaged(sabotage::dequeue_on_send))
    for (const intent_id& id : batch_)
      core_.store->erase_queued(core_.queue.find(id)->n);
}

void push_session::on_timer(std::uint64_t generation) {
  const bool timed_out = line_.in_flight();
  if (!line_.fired(generation))
    return;
  if (timed_out) {
    core_.hit(probe::client_request_timed_out);
    size_.timed_out(static_cast<std::uint32_t>(batch_.size()));
    if (core_.sabotaged(sabotage::retry_as_new_intent))
      resend_as_new();
    return line_.back_off(subject());
  }
  kick();
}

void push_session::hurry(duration_ns delay) {
  if (line_.now() == channel::phase::waiting)
    line_.wait(delay);
}

// -- replies -----------------------------------------------------------------------------------------------------------

void push_session::on_reply(std::uint64_t correlation, const wire::PushResponse& reply) {
  if (!line_.takes(correlation))
    return;
  if (reply.status() == status_unauthorized)
    return on_unauthorized();
  who_.worked(token_serial_);
  unauthorized_ = 0;
  if (reply.status() == status_ok && reply.generation() != 0 && !core_.note_generation(reply.generation()))
    return line_.back_off(subject());
  if (reply.status() == status_ok)
    return on_verdicts(reply);
  on_refusal(reply.status());
}

void push_session::on_unauthorized() {
  core_.hit(probe::push_unauthorized);
  line_.rest();
  who_.refused(token_serial_);
  if (core_.sabotaged(sabotage::unauthorized_exhausts_retries) && ++unauthorized_ >= 3)
    core_.queue.erase_if([](const queued_intent& q) { return q.awaiting(); });
  kick(); // with the newer token, if the refused one was not the newest
}

void push_session::on_refusal(std::uint32_t status) {
  core_.hit(probe::push_refused_for_now);
  if (status >= status_internal)
    core_.gate.timed_out(core_.now.mono);
  if (status >= status_internal && core_.sabotaged(sabotage::push_not_retried_after_5xx))
    return line_.wait(365 * 24 * hour_ns);
  line_.back_off(subject(), core_.held_back());
}

void push_session::settle_one(const intent_id& id, const verdict& v, std::uint64_t generation, exceptions& e,
                              std::vector<record_id>& changed) {
  if (v.rule == verdict_rule::denied && core_.sabotaged(sabotage::denial_retried))
    return;
  if (is_terminal(v.kind))
    return settle(core_, id, v, generation, changed);
  const queued_intent* q = core_.queue.find(id);
  switch (v.kind) {
    case verdict_kind::gap:
      e.gap = true;
      e.high_water = v.sequence;
      return;
    case verdict_kind::fork:
      e.fork = true;
      e.forked.push_back(id);
      return;
    case verdict_kind::duplicate:
      // The server knows the intent and has forgotten its verdict. Where the feed or an earlier verdict told us, that holds;
      // else somebody with our name told the server to forget it.
      if (q && q->sequence != 0)
        settle(core_, id, {.kind = verdict_kind::applied, .sequence = q->sequence, .was_duplicate = true}, generation,
               changed);
      else
        e.fork = true;
      return;
    default: core_.hit(probe::verdict_unknown);
  }
}

push_session::exceptions push_session::settle_batch(const wire::PushResponse& reply, std::vector<record_id>& changed) {
  exceptions out;
  out.high_water = reply.high_water();
  for (const wire::IncarnationMark& m : reply.marks())
    out.marks[m.incarnation()] = m.high_water();
  for (const wire::IntentVerdict& one : reply.verdicts()) {
    const auto at =
        std::find_if(batch_.begin(), batch_.end(), [&](const intent_id& id) { return id.seq == one.seq(); });
    if (at == batch_.end())
      core_.hit(probe::verdict_unknown);
    else
      settle_one(*at, wire::from_wire(one.verdict()), reply.generation(), out, changed);
  }
  return out;
}

void push_session::on_verdicts(const wire::PushResponse& reply) {
  size_.answered(static_cast<std::uint32_t>(batch_.size()));
  const scope_id told{reply.head_scope() != 0 ? reply.head_scope() : core_.config.scope.value};
  core_.note_head(told, reply.generation(), reply.head());
  take_offline_rule(core_, reply.offline());
  const std::uint32_t before = core_.queue.awaiting();
  const std::uint32_t incarnation = core_.state.incarnation;
  std::vector<record_id> changed;
  core_.store->begin();
  if (core_.sabotaged(sabotage::batch_taken_as_acked))
    take_for_acked(reply, changed);
  const exceptions e = settle_batch(reply, changed);
  if (e.fork && !core_.sabotaged(sabotage::fork_ignored))
    on_fork(e, changed);
  else if (e.gap)
    on_gap(e, changed);
  const bool keeps = !core_.sabotaged(sabotage::acknowledged_not_kept);
  core_.prune(reply.generation(), keeps ? reply.backed_up_through() : ~std::uint64_t{0});
  if (!changed.empty()) {
    working_set rows(*core_.config.model, *core_.store, &core_.known_rows);
    core_.shown.refold(core_.queue, rows, std::move(changed));
    rows.flush();
    forget_behind_fence(core_);
  }
  core_.store->commit();
  core_.may_shrink = true;
  const bool progress = core_.queue.awaiting() < before || core_.state.incarnation != incarnation;
  if (reply.auth_expired_from() != 0) {
    core_.hit(probe::push_auth_expired);
    who_.refused(token_serial_);
  } else if (!progress) {
    core_.hit(probe::push_without_progress);
    return line_.back_off(subject());
  }
  line_.succeeded();
  line_.rest();
  kick();
}

void push_session::take_for_acked(const wire::PushResponse& reply, std::vector<record_id>& changed) {
  for (const intent_id& id : batch_)
    settle(core_, id, {.kind = verdict_kind::applied, .sequence = std::max<std::uint64_t>(reply.head(), 1)},
           reply.generation(), changed);
}

// -- forks and gaps ----------------------------------------------------------------------------------------------------

void push_session::on_fork(const exceptions& e, std::vector<record_id>& changed) {
  core_.hit(probe::fork_seen);
  if (batch_.front().incarnation != core_.state.incarnation) {
    // Left over from an incarnation that ended before: nothing can be proven of it any more.
    const std::vector<intent_id> batch = batch_;
    for (const intent_id& id : batch)
      quarantine(core_, id, changed);
    return;
  }
  // The server has judged nothing of this incarnation beyond its high-water mark. Up to there it judged ids of ours or of
  // the other copy: which of them, only verdicts can tell.
  begin_new_incarnation(
      core_,
      [&](const queued_intent& q) {
        if (q.id.incarnation != core_.state.incarnation)
          return fate::stays;
        const bool proven =
            q.id.seq > e.high_water || std::find(e.forked.begin(), e.forked.end(), q.id) != e.forked.end();
        return proven ? fate::renamed : fate::unknown;
      },
      changed);
}

void push_session::on_gap(const exceptions& e, std::vector<record_id>& changed) {
  const std::uint32_t incarnation = batch_.front().incarnation;
  // Acknowledged, and yet the server does not know them: it lost them.
  std::uint64_t expected = e.high_water + 1;
  bool fillable = true;
  for (queued_intent& q : core_.queue.entries()) {
    if (q.id.incarnation != incarnation || q.id.seq <= e.high_water)
      continue;
    fillable = fillable && q.id.seq == expected && !q.quarantined;
    ++expected;
    if (q.kept())
      offer_again(core_, q);
  }
  core_.queue.recount();
  core_.hit(fillable ? probe::gap_resent : probe::gap_unfillable);
  if (fillable)
    return;
  // What was judged, the server repeats under its old name; of the rest it is certain that it has no effect.
  begin_new_incarnation(
      core_,
      [&](const queued_intent& q) {
        if (q.id.incarnation == incarnation)
          return q.id.seq > e.high_water ? fate::renamed : fate::stays;
        if (e.marks.empty())
          return fate::stays;
        const auto mark = e.marks.find(q.id.incarnation);
        return mark == e.marks.end() || q.id.seq > mark->second ? fate::renamed : fate::stays;
      },
      changed);
}

void push_session::resend_as_new() {
  const std::uint32_t was = core_.state.incarnation;
  std::vector<record_id> changed;
  core_.store->begin();
  begin_new_incarnation(
      core_, [&](const queued_intent& q) { return q.id.incarnation == was ? fate::renamed : fate::stays; }, changed);
  working_set rows(*core_.config.model, *core_.store, &core_.known_rows);
  core_.shown.refold(core_.queue, rows, std::move(changed));
  rows.flush();
  forget_behind_fence(core_);
  core_.store->commit();
}

} // namespace squall::client
