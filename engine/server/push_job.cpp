#include "engine/server/push_job.hpp"

#include "engine/server/fence.hpp"
#include "engine/wire/codec.hpp"

#include <algorithm>

namespace squall::server {

push_job::push_job(return_address from, const caller& who, wire::PushRequest request)
    : from_(from), who_(who), request_(std::move(request)), scope_(who.home) {
  reply_.set_status(status_ok);
}

void push_job::stop_at_expiry(server_store& store, std::uint64_t seq) {
  ended_ = true;
  if (next_ == 0) {
    reply_.set_status(status_unauthorized);
    return;
  }
  store.counts.hit(telemetry::probe::token_expired_in_batch);
  reply_.set_auth_expired_from(seq);
}

namespace {

void report_kept(const intent_id& id, const kept_branch& kept, io::effects& out) {
  telemetry::fact& f = out.facts.emplace_back();
  f.kind = telemetry::fact_kind::branch_kept;
  f.intent = id;
  f.aux = kept.task;
  f.record = kept.subject.record;
  f.collection = kept.subject.collection;
  f.field = kept.subject.field;
  f.sequence = kept.number;
}

} // namespace

/// Of a commit in the scope, whoever listens there.
void push_job::tell_others(server_store& store, scope_id scope, std::uint64_t sequence, io::effects& out) const {
  for (const listeners::listener& one : store.told.to_tell({scope, request_.device()}, store.mono)) {
    if (!store.grants.holds(one.user, scope))
      continue;
    store.counts.hit(telemetry::probe::invalidation_sent);
    wire::Invalidation hint;
    hint.set_scope(scope.value);
    hint.set_generation(store.log.generation());
    hint.set_head(sequence);
    send(out, one.at, hint);
  }
}

void push_job::take(const arrival& a, judgement j, server_store& store, io::effects& out) {
  if (j.scope.value != 0)
    scope_ = j.scope;
  ended_ = j.ends_batch;
  gap_ = gap_ || j.outcome.kind == verdict_kind::gap;
  if (j.committed) {
    telemetry::fact& f = out.facts.emplace_back();
    f.kind = telemetry::fact_kind::intent_committed;
    f.intent = a.id;
    f.sequence = j.outcome.sequence;
    f.aux = store.log.generation();
    f.wall = j.stamp.wall;
    f.logical = j.stamp.logical;
    tell_others(store, j.scope, j.outcome.sequence, out);
    if (j.moved_to.value != 0)
      tell_others(store, j.moved_to, j.outcome.sequence, out);
  }
  if (j.kept)
    report_kept(a.id, *j.kept, out);
  if (j.outcome.kind == verdict_kind::none)
    return;
  wire::IntentVerdict& v = *reply_.add_verdicts();
  v.set_seq(a.id.seq);
  wire::to_wire(j.outcome, *v.mutable_verdict());
}

result<bool> push_job::step(server_store& store, time_ns wall, io::effects& out) {
  // What is to be offered again in this generation, and in which order, the device knows only when it is here.
  if (std::max<std::uint64_t>(request_.generation(), 1) != store.log.generation()) {
    store.counts.hit(telemetry::probe::push_of_other_generation);
    return finish(store, out);
  }
  if (!ended_ && next_ < request_.intents_size()) {
    const wire::FramedIntent& framed = request_.intents(next_);
    if (store.tokens.expired(who_, wall)) {
      stop_at_expiry(store, framed.seq());
      return finish(store, out);
    }
    const arrival a{{request_.device(), request_.incarnation(), framed.seq()},
                    framed.hash(),
                    framed.body(),
                    who_.user,
                    request_.verdicts_through()};
    if (!ahead_.sequence && !ahead_.known && !ahead_.rows) {
      auto taken = take_head_start(store, a, ahead_);
      if (!taken)
        return taken;
      if (*taken)
        return false;
    }
    auto judged = judge_intent(store, a, ahead_, wall);
    if (!judged)
      return judged.err();
    ahead_ = {};
    ++next_;
    take(a, std::move(*judged), store, out);
  }
  if (ended_ || next_ == request_.intents_size())
    return close(store, wall, out);
  if (next_ == 1) // it is heard of from here on, however long the rest takes
    if (auto noted = note_push(store, request_.device(), wall); !noted)
      return noted.err();
  return false;
}

/// Of a push that was judged. Who sends an intent does not hold its verdict, whatever it says.
result<bool> push_job::close(server_store& store, time_ns wall, io::effects& out) {
  const std::uint64_t before = request_.intents_size() > 0 ? request_.intents(0).seq() - 1 : ~std::uint64_t{0};
  const std::uint64_t through = std::min<std::uint64_t>(request_.verdicts_through(), before);
  if (auto pruned = store.dedupe.prune({request_.device(), request_.incarnation(), through}); !pruned)
    return pruned.err();
  if (auto noted = note_push(store, request_.device(), wall); !noted)
    return noted.err();
  return finish(store, out);
}

result<bool> push_job::finish(server_store& store, io::effects& out) {
  auto high_water = store.dedupe.high_water(request_.device(), request_.incarnation());
  if (!high_water)
    return high_water.err();
  auto position = store.log.position(scope_);
  if (!position)
    return position.err();
  reply_.set_high_water(*high_water);
  if (gap_ && store.log.generation() > 1)
    if (auto told = tell_marks(store); !told)
      return told.err();
  reply_.set_generation(store.log.generation());
  reply_.set_grant_changes(store.grants.changes(who_.user));
  if (reply_.status() == status_ok)
    reply_.set_offline(static_cast<std::uint32_t>(store.ruling));
  if (store.grants.holds(who_.user, scope_)) {
    if (scope_ != who_.home)
      reply_.set_head_scope(scope_.value);
    reply_.set_head(position->head);
    reply_.set_backed_up_through(store.backed_up(*position));
  }
  send(out, from_, reply_, request_.device(), request_.incarnation());
  return true;
}

result<void> push_job::tell_marks(server_store& store) {
  auto marks = store.dedupe.high_waters(request_.device());
  if (!marks)
    return marks.err();
  for (const auto& known : *marks) {
    wire::IncarnationMark& told = *reply_.add_marks();
    told.set_incarnation(known.incarnation);
    told.set_high_water(known.high_water);
  }
  return {};
}

void push_job::refuse(std::uint32_t status, duration_ns retry_after, io::effects& out) {
  send(out, from_, refusal<wire::PushResponse>(status, retry_after), request_.device(), request_.incarnation());
}

} // namespace squall::server
