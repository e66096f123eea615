#include "reports/invariants/model/verdicts.hpp"

#include <algorithm>

namespace squall::invariants {

namespace {

// A witness that skips more than this is not followed: what it claims cannot be a run that somebody waited for.
constexpr std::uint64_t skipped_sequences_max = 1'000'000;

} // namespace

void verdict_judge::committed(const entry& e) {
  auto& seen = w_.seen;
  auto& fact = w_.intents.at(e.intent, *w_.names);
  const auto& device = w_.device(fact.device);
  if (w_.generation != 0 && e.aux != w_.generation)
    w_.generation_changed = true;
  w_.generation = e.aux;
  seen.expected_s = w_.server.next_sequence() == 0 ? e.s : w_.server.next_sequence();
  seen.committed_again = fact.committed != 0;
  seen.commit_unknown = !fact.accepted;
  if (e.s < seen.expected_s)
    return; // its place is taken
  if (e.s - seen.expected_s > skipped_sequences_max)
    throw bad_history("a commit skips more sequences than any run has");
  for (auto s = seen.expected_s; s < e.s; ++s)
    w_.server.begin_commit(0, 0, s);
  seen.granted = w_.is_granted(device);
  scratch_.clear();
  const view now(w_.server, w_.server.head(), scratch_);
  if (fact.accepted)
    seen.resolved = w_.resolve.judge({e.intent, seen.granted, w_.names}, now);
  else
    seen.resolved = {};
  place(e, fact, fact.accepted ? fact.scope : device.scope);
}

void verdict_judge::place(const entry& e, intent_fact& fact, std::uint32_t scope) {
  auto& out = w_.seen.resolved;
  const auto at = w_.server.begin_commit(e.intent, scope, e.s);
  w_.seen.committed = at;
  // The server says that it committed what it had to refuse. To judge what follows, take it by its word.
  if (!takes_effect(out.code) && out.code != verdict_code::superseded && fact.accepted)
    force(fact);
  for (const auto& item : scratch_) {
    if (item.field == effect::row)
      w_.server.put_row(item.record, item.collection, item.live);
    else if (w_.server.known(item.record))
      w_.server.put_cell(item.record, item.field, item.value);
  }
  auto& commit = w_.server.commit(at);
  if (std::pair(fact.stamp_wall, fact.stamp_logical) > std::pair(commit.stamp_wall, commit.stamp_logical)) {
    commit.stamp_wall = fact.stamp_wall;
    commit.stamp_logical = fact.stamp_logical;
  }
  if (fact.committed != 0) {
    fact.recommitted = true;
    return;
  }
  fact.committed = at;
  fact.expected = out.code;
  if (!out.lost.empty())
    w_.intents.set_lost(fact, out.lost);
}

void verdict_judge::force(const intent_fact& fact) {
  const view now(w_.server, w_.server.head(), scratch_);
  for (const auto& op : w_.intents.operations(fact)) {
    const auto row = now.row(op.record);
    if (w_.rules.collection(op.collection) == nullptr || (op.code != operation_code::create && !row.known))
      continue;
    if (op.code != operation_code::update)
      scratch_.push_back({op.record, 0, effect::row, op.collection, op.code != operation_code::remove, {}});
    for (const auto& item : w_.intents.writes(op)) {
      if (w_.rules.field(op.collection, item.field) == nullptr)
        continue;
      cell_value value{item.tag, item.number};
      if (item.code == write_code::add)
        value.number = wrapping_add(now.cell(op.record, item.field).value.number, item.number);
      scratch_.push_back({op.record, 0, item.field, op.collection, true, value});
    }
  }
}

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
    else
      judge_refusal(e.intent, given);
  }
  fact.released = given;
}

bool verdict_judge::matches(const outcome& expected, const verdict& given) const {
  if (expected.gone_or_conflicted && given.code == verdict_code::rejected)
    return given.rule == rule_code::gone;
  return expected.code == given.code && expected.rule == given.rule && expected.winner == given.winner;
}

void verdict_judge::judge_refusal(intent_index intent, const verdict& given) {
  auto& seen = w_.seen;
  const auto& fact = w_.intents.get(intent);
  const auto& device = w_.device(fact.device);
  const position since = fact.arrived != never ? fact.arrived : fact.carried != never ? fact.carried : 0;
  const bool granted = w_.is_granted(device);
  const bool grant_moved = w_.grants_changed_at >= fact.accepted_at;
  seen.verdict_right = false;
  const auto try_at = [&](position at) {
    scratch_.clear();
    const view then(w_.server, at, scratch_);
    seen.verdict_expected = w_.resolve.judge({intent, granted, w_.names}, then);
    if (matches(seen.verdict_expected, given))
      return true;
    if (!grant_moved)
      return false;
    scratch_.clear();
    return matches(w_.resolve.judge({intent, !granted, w_.names}, then), given);
  };
  // A refusal has no s; and what claims to have one must be in the order.
  if (takes_effect(given.code) || given.s != 0) {
    static_cast<void>(try_at(w_.server.head()));
    return;
  }
  seen.verdict_right = try_at(w_.server.head());
  const auto commits = w_.server.scope_commits(fact.scope);
  for (auto i = commits.size(); i > 0 && commits[i - 1] > since && !seen.verdict_right; --i)
    seen.verdict_right = try_at(commits[i - 1] - 1);
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
