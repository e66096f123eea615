#include "reports/invariants/model/verdicts.hpp"

#include <algorithm>
#include <array>

namespace squall::invariants {

namespace {

// A witness that skips more than this is not followed: what it claims cannot be a run that somebody waited for.
constexpr std::uint64_t skipped_sequences_max = 1'000'000;

constexpr stamp told_stamp(const entry& e) { return {e.value, e.field + (std::uint32_t{e.collection} << 16)}; }

} // namespace

void put(state& to, const effect& item) {
  if (item.field == effect::row)
    return to.put_row(item.record, item.collection, item.live, item.scope);
  if (!to.known(item.record))
    return;
  switch (item.what) {
    case effect::kind::put: return to.put_cell(item.record, item.field, item.value);
    case effect::kind::mark_insert: return to.put_mark(item.record, item.field, item.value.number, false);
    case effect::kind::mark_erase: return to.put_mark(item.record, item.field, item.value.number, true);
    case effect::kind::drop_insert: return to.drop_mark(item.record, item.field, item.value.number, item.of, false);
    case effect::kind::drop_erase: return to.drop_mark(item.record, item.field, item.value.number, item.of, true);
  }
}

// -- commits ----------------------------------------------------------------------------------------------------------

void verdict_judge::committed(const entry& e) {
  auto& seen = w_.seen;
  auto& fact = w_.intents.at(e.intent, *w_.names);
  const auto& device = w_.device(fact.device);
  seen.generation_right = w_.generation == 0 || e.aux == w_.generation;
  w_.generation = w_.generation == 0 ? e.aux : w_.generation;
  seen.expected_s = w_.server.next_sequence() == 0 ? e.s : w_.server.next_sequence();
  seen.committed_again = fact.committed != 0;
  seen.commit_unknown = !fact.accepted;
  if (e.s < seen.expected_s)
    return; // its place is taken
  if (e.s - seen.expected_s > skipped_sequences_max)
    throw bad_history("a commit skips more sequences than any run has");
  for (auto s = seen.expected_s; s < e.s; ++s)
    w_.server.begin_commit(0, 0, s);
  const auto scope = fact.accepted ? fact.scope : device.scope;
  const auto& grants = w_.grants.now(device.user);
  seen.granted = grants.holds(scope);
  if (fact.committed == 0) {
    count_stamp(e, fact);
    fact.role = grants.role(scope);
  }
  scratch_.clear();
  const auto now = view(w_.server, w_.server.head(), scratch_).forgetting(w_.lifetimes.through(scope));
  if (fact.accepted)
    seen.resolved = w_.resolve.judge({e.intent, &grants, w_.names, fact.counted, &w_.tasks}, now);
  else
    seen.resolved = {};
  place(e, fact, scope);
}

void verdict_judge::place(const entry& e, intent_fact& fact, std::uint32_t scope) {
  auto& out = w_.seen.resolved;
  const auto at = w_.server.begin_commit(e.intent, scope, e.s, w_.intents.moves_to(fact));
  w_.seen.committed = at;
  // The server says that it committed what it had to refuse. To judge what follows, take it by its word.
  if (!takes_effect(out.code) && out.code != verdict_code::superseded && fact.accepted)
    force(fact);
  for (const auto& item : scratch_)
    put(w_.server, item);
  w_.server.end_commit(fact.counted);
  if (fact.committed != 0) {
    fact.recommitted = true;
    return;
  }
  fact.committed = at;
  fact.expected = out.code;
  if (!out.lost.empty())
    w_.intents.set_lost(fact, out.lost);
  resolve_tasks(e.intent);
}

void verdict_judge::force(const intent_fact& fact) {
  const view now(w_.server, w_.server.head(), scratch_);
  for (const auto& op : w_.intents.operations(fact)) {
    const auto row = now.row(op.record);
    const auto* rules = w_.rules.collection(op.collection);
    if (rules == nullptr || (op.code != operation_code::create && !row.known))
      continue;
    if (op.code != operation_code::update) {
      scratch_.push_back({op.record, 0, effect::row, op.collection, op.code != operation_code::remove, {}});
      scratch_.back().scope = op.code == operation_code::move ? op.to : row.known ? row.scope : fact.scope;
    }
    if (rules->is_register() && op.code != operation_code::move)
      scratch_.push_back({op.record, 0, stamp_cell, op.collection, true, {}});
    for (const auto& item : w_.intents.writes(op)) {
      const auto* field = w_.rules.field(op.collection, item.field);
      if (field == nullptr)
        continue;
      effect change{op.record, 0, item.field, op.collection, true, {item.tag, item.number}};
      if (item.code == write_code::add)
        change.value.number = wrapping_add(now.cell(op.record, item.field).value.number, item.number);
      if (field->is_set())
        change.what = item.code == write_code::set_insert ? effect::kind::mark_insert : effect::kind::mark_erase;
      scratch_.push_back(change);
    }
  }
}

// -- stamps -----------------------------------------------------------------------------------------------------------

stamp verdict_judge::stamp_before(const intent_fact& fact) {
  const auto& device = w_.device(fact.device);
  return device.counted_incarnation == fact.incarnation ? device.counted : stamp{};
}

// A history that does not tell how stamps were counted has them as they were given.
void verdict_judge::count_stamp(const entry& e, intent_fact& fact) {
  auto& device = w_.device(fact.device);
  auto& seen = w_.seen;
  const auto told = told_stamp(e);
  const auto before = stamp_before(fact);
  w_.clock.judge(e.at_ns);
  fact.counted = told.told() ? told : fact.given;
  if (told.told() && fact.accepted) {
    const auto time = w_.clock.time;
    const auto expected = invariants::count_stamp(fact.given, time, w_.stamp_bound, before);
    seen.stamp_judged = true;
    seen.stamp_expected = expected;
    // Intents of the incarnation that were refused in between may have been counted, too.
    const auto refused = fact.seq - (before.told() ? device.counted_seq : 0) - 1;
    const bool after_refused = expected != fact.given && told.wall == expected.wall &&
                               told.logical > expected.logical && told.logical - expected.logical <= refused;
    const bool later_clock = w_.clock.ran_back && told.wall >= expected.wall && told.wall <= fact.given.wall;
    const bool unread = !w_.clock.reads(e.at_ns) && told.wall <= fact.given.wall;
    seen.stamp_right = told > before && (told == expected || after_refused || later_clock || unread);
  }
  if (device.counted_incarnation != fact.incarnation || fact.counted > device.counted)
    device.counted = fact.counted;
  device.counted_incarnation = fact.incarnation;
  device.counted_seq = std::max(device.counted_seq, fact.seq);
}

// -- tasks ------------------------------------------------------------------------------------------------------------

void verdict_judge::resolve_tasks(intent_index intent) {
  for (const auto& op : w_.intents.operations(w_.intents.get(intent))) {
    const auto* task = w_.tasks.find(op.task);
    if (task == nullptr || !task->open())
      continue;
    const auto before = task->branches.size();
    w_.seen.tasks_closed += w_.tasks.resolve(op.task, w_.intents.branches(op), intent, w_.now) ? 1 : 0;
    w_.seen.branches_left += static_cast<std::uint32_t>(before - task->branches.size());
  }
}

void verdict_judge::branch_kept(const entry& e) {
  auto& seen = w_.seen;
  auto& fact = w_.intents.at(e.intent, *w_.names);
  const auto& device = w_.device(fact.device);
  seen.commit_unknown = !fact.accepted;
  seen.branch_again = fact.task != 0;
  if (!fact.accepted || seen.branch_again)
    return;
  seen.branch_judged = true;
  const auto& grants = w_.grants.now(device.user);
  fact.role = grants.role(fact.scope);
  const auto at = std::min(w_.server.at_sequence(e.s), w_.server.head());
  const task_subject told{e.record, e.field};
  const auto counted = invariants::count_stamp(fact.given, w_.clock.time, w_.stamp_bound, stamp_before(fact));
  seen.branch_conflicts = false;
  const position since = fact.arrived != never ? fact.arrived : fact.carried != never ? fact.carried : 0;
  for (const auto& with : {w_.clock.known ? counted : fact.given, fact.given}) {
    scratch_.clear();
    seen.resolved = w_.resolve.judge({e.intent, &grants, w_.names, with, &w_.tasks},
                                     view(w_.server, at, scratch_).forgetting(w_.lifetimes.through(fact.scope)));
    seen.branch_conflicts =
        at >= since && seen.resolved.code == verdict_code::conflicted && seen.resolved.about == told;
    if (seen.branch_conflicts)
      break;
  }
  const bool conflicts = seen.resolved.code == verdict_code::conflicted;
  const auto about = conflicts ? seen.resolved.about : told;
  seen.task_opened = w_.tasks.task_for(about) > w_.tasks.size();
  seen.task_expected = w_.tasks.keep(e.intent, scope_of(about, fact), about);
  seen.branch_placed = e.aux == seen.task_expected;
  fact.task = seen.task_expected;
  fact.kept = {verdict_code::conflicted, conflicts ? seen.resolved.rule : rule_code::none,
               conflicts ? seen.resolved.winner : 0, 0};
}

// -- verdicts ---------------------------------------------------------------------------------------------------------

void verdict_judge::released(const entry& e) {
  auto& seen = w_.seen;
  const verdict given{static_cast<verdict_code>(e.code), static_cast<rule_code>(e.rule),
                      static_cast<intent_index>(e.ref), e.s};
  if (!terminal(given.code))
    return;
  auto& fact = w_.intents.at(e.intent, *w_.names);
  seen.verdict_repeated = fact.released.code != verdict_code::none;
  if (given.code == verdict_code::merged) {
    listing_ = e.intent;
    listed_ = 0;
    listing_right_ = true;
  }
  if (seen.verdict_repeated)
    return;
  seen.commit_unknown = !fact.accepted && fact.committed == 0 && w_.device(fact.device).in_doubt_writes == 0;
  if (fact.accepted) {
    seen.verdict_judged = true;
    seen.verdict_expected = {};
    seen.verdict_expected.code = fact.expected;
    if (takes_effect(given.code) && fact.committed != 0)
      seen.verdict_right = given.s == w_.server.sequence(fact.committed) && given.code == fact.expected;
    else if (fact.committed != 0)
      seen.verdict_right = false;
    else if (!judge_branch(e, given))
      judge_refusal(e.intent, given);
  }
  fact.released = given;
  if (w_.keeps_copies)
    w_.intents.note_release(e.intent, w_.step);
}

// Of an intent that was kept as a branch, or that should have been: its task was named, but no branch was kept.
bool verdict_judge::judge_branch(const entry& e, const verdict& given) {
  auto& seen = w_.seen;
  const auto& fact = w_.intents.get(e.intent);
  seen.branch_missing = given.code == verdict_code::conflicted && fact.task == 0 && e.aux != 0;
  if (fact.task == 0)
    return false;
  seen.verdict_expected.code = fact.kept.code;
  seen.verdict_expected.rule = fact.kept.rule;
  seen.verdict_expected.winner = fact.kept.winner;
  seen.verdict_right = given == fact.kept && e.aux == fact.task;
  return true;
}

// A task is of the scope of its subject's record.
std::uint32_t verdict_judge::scope_of(const task_subject& about, const intent_fact& fact) const {
  return w_.server.known(about.record) ? w_.server.scope_of(about.record) : fact.scope;
}

bool verdict_judge::refusal_fits(intent_index intent, const verdict& given, const view& on, const grant_set& grants) {
  const auto& fact = w_.intents.get(intent);
  const auto counted = invariants::count_stamp(fact.given, w_.clock.time, w_.stamp_bound, stamp_before(fact));
  const bool moves = w_.intents.moves_to(fact) != 0;
  // What its stamp counted as is told of commits alone; and a task may have been closed since, or opened: one that has the number of
  // another, which was undone.
  const std::array<stamp, 2> stamps{w_.clock.known ? counted : fact.given, fact.given};
  const bool resolves = w_.intents.resolves(fact);
  const std::size_t readings = moves ? 2 : resolves && w_.server.ever_restored() ? 3 : resolves ? 2 : 1;
  const std::size_t counts = stamps[0] == stamps[1] ? 1 : 2;
  const std::size_t sights = fact.half_blind ? 2 : 1;
  for (std::size_t i = 0; i < sights * readings * counts; ++i) {
    const auto reading = i / counts % readings;
    scratch_.clear();
    auto expected = w_.resolve.judge({.intent = intent,
                                      .grants = &grants,
                                      .names = w_.names,
                                      .counted = stamps[i % counts],
                                      .tasks = reading != 1 || moves ? &w_.tasks : nullptr,
                                      .tasks_since_ns = reading == 0 ? INT64_MAX : fact.accepted_at,
                                      .sighted = i / counts / readings == 1,
                                      .tasks_known = reading == 2 ? fact.tasks : UINT32_MAX},
                                     on);
    const bool fits = expected.code == given.code && expected.rule == given.rule && expected.winner == given.winner;
    if (fits || i == 0)
      w_.seen.verdict_expected = std::move(expected);
    if (fits)
      return true;
  }
  return false;
}

// Where the scopes that its judgement looks at changed since then, ascending.
std::vector<position> verdict_judge::changes_of(const intent_fact& fact, position since) const {
  std::vector<std::uint32_t> scopes{fact.scope};
  if (const auto to = w_.intents.moves_to(fact); to != 0)
    scopes.push_back(to);
  for (const auto& item : w_.intents.guards(fact))
    if (w_.server.known(item.record))
      scopes.push_back(w_.server.scope_of(item.record));
  std::vector<position> all;
  for (const auto scope : scopes) {
    const auto commits = w_.server.scope_commits(scope);
    all.insert(all.end(), std::upper_bound(commits.begin(), commits.end(), since), commits.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void verdict_judge::judge_refusal(intent_index intent, const verdict& given) {
  auto& seen = w_.seen;
  const auto& fact = w_.intents.get(intent);
  const auto user = w_.device(fact.device).user;
  const position since = fact.arrived != never ? fact.arrived : fact.carried != never ? fact.carried : 0;
  // The scope's state was that one while the head went from `from` to `to`; what was granted and forgotten may have changed.
  const auto try_between = [&](position from, position to) {
    const view on(w_.server, to, scratch_);
    const auto grants = w_.grants.in_force(user, from, to, fact.grant_steps);
    const auto fences = w_.lifetimes.forgets() ? w_.lifetimes.in_force(fact.scope, from, to, fact.fence_steps)
                                               : std::vector<position>{0};
    return std::any_of(grants.rbegin(), grants.rend(), [&](const grant_set* held) {
      return std::any_of(fences.rbegin(), fences.rend(),
                         [&](position through) { return refusal_fits(intent, given, on.forgetting(through), *held); });
    });
  };
  const auto changes = changes_of(fact, since);
  const auto begins = [&](std::size_t n) { return n == 0 ? since : changes[n - 1]; };
  seen.verdict_right = try_between(begins(changes.size()), w_.server.head());
  // A refusal has no s; and what claims to have one must be in the order.
  if (takes_effect(given.code) || given.s != 0) {
    seen.verdict_right = false;
    return;
  }
  for (auto i = changes.size(); i > 0 && !seen.verdict_right; --i)
    seen.verdict_right = try_between(begins(i - 1), w_.server.before(changes[i - 1]));
  // A conflict leaves a branch; with none it was no conflict.
  seen.verdict_right = seen.verdict_right && !seen.branch_missing;
}

void verdict_judge::listed(const entry& e) {
  if (listing_ != e.intent)
    return;
  const lost_write item{e.record, e.field, static_cast<rule_code>(e.rule), static_cast<intent_index>(e.ref)};
  const auto lost = w_.intents.lost(w_.intents.get(listing_));
  listing_right_ &= std::find(lost.begin(), lost.end(), item) != lost.end();
  ++listed_;
}

void verdict_judge::close() {
  if (listing_ == 0)
    return;
  w_.seen.listing_checked = listing_;
  w_.seen.listing_right = listing_right_ && listed_ == w_.intents.get(listing_).lost;
  listing_ = 0;
}

} // namespace squall::invariants
