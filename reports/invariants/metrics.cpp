#include "reports/invariants/metrics.hpp"

#include "reports/invariants/business.hpp"

#include <algorithm>
#include <array>

namespace squall::invariants {

enum metrics::counter : std::size_t {
  intentions,
  intents,
  applied,
  merged,
  superseded,
  conflicted,
  rejected,
  rejected_guard,
  rejected_gone,
  rejected_dependency,
  rejected_denied,
  rejected_malformed,
  commits,
  concurrent_edits,
  concurrent_intents,
  contended_intents,
  duplicates,
  skips,
  failed_writes,
  in_doubt_writes,
  reads,
  pages,
  snapshots,
  resyncs,
  messages,
  lost_messages,
  lost_acks,
  corrupted,
  duplicated,
  crashes,
  server_crashes,
  restarts,
  token_refreshes,
  token_refusals,
  refused_requests,
  queue_locks,
  faults,
  fault_effects,
  offline_spells,
  max_queue_depth,
  tasks_open,
  deletes,
  restores,
  counter_adds,
  guards,
  synced_shown,
  exports,
  devices_unsettled,
  tasks_opened,
  tasks_resolved,
  branches_kept,
  branches_left,
  second_resolutions,
  clamped_stamps,
  unique_conflicts,
  reference_conflicts,
  cascaded_removes,
  restricted,
  bound_rejections,
  state_rejections,
  set_inserts,
  set_erases,
  wins_by_stamp,
  wins_by_role,
  wins_by_extreme,
  flagged_rows,
  business_rules_broken,
  tombstones_forgotten,
  fences_moved,
  fence_resyncs,
  gone_rejections,
  devices_expired,
  grants_changed,
  scopes_purged,
  records_moved,
  offered_again,
  relabelled,
  backups,
  server_restores,
  devices_revoked,
  tokens_reused,
  counters
};

namespace {

constexpr std::array<invariant_info, 81> metric_infos{{
    {"intentions", "users' intentions invoked"},
    {"intents", "intents accepted by their devices"},
    {"applied", "first verdicts: every operation took effect as written"},
    {"merged", "first verdicts: committed, some writes overridden"},
    {"superseded", "first verdicts: no visible effect"},
    {"conflicted", "first verdicts: kept in a task for a person"},
    {"rejected", "first verdicts: refused"},
    {"rejected_guard", "rejected because a guard did not hold"},
    {"rejected_gone", "rejected because the record is not there any more"},
    {"rejected_dependency", "rejected because what they build on was refused"},
    {"rejected_denied", "rejected because their user lacks the grant"},
    {"rejected_malformed", "rejected because they make no sense"},
    {"commits", "intents that the server committed"},
    {"concurrent_edits", "intents that write a field concurrently with another committed write of it"},
    {"concurrent_intents",
     "intents that change a record whose newest create, delete or restore their author had not seen, or "
     "a field of it as in concurrent_edits"},
    {"contended_intents",
     "intents that change a record which another changes, neither author having seen the other's change"},
    {"duplicates", "verdicts released again"},
    {"skips", "intentions that were skipped"},
    {"failed_writes", "intentions whose local change failed"},
    {"in_doubt_writes", "intentions whose local change crashed"},
    {"reads", "rows and values read by users"},
    {"pages", "pages of changes served"},
    {"snapshots", "pages of snapshots served"},
    {"resyncs", "devices that took a snapshot over"},
    {"messages", "messages sent"},
    {"lost_messages", "messages lost"},
    {"lost_acks", "messages lost that carried verdicts"},
    {"corrupted", "messages corrupted"},
    {"duplicated", "messages duplicated"},
    {"crashes", "crashes of devices"},
    {"server_crashes", "crashes of the server"},
    {"restarts", "restarts of any participant"},
    {"token_refreshes", "tokens issued by refresh"},
    {"token_refusals", "refreshes that the issuer refused"},
    {"refused_requests", "requests that the server refused"},
    {"queue_locks", "queues locked"},
    {"faults", "faults that began"},
    {"fault_effects", "effects that faults had"},
    {"offline_spells", "times that a device went offline by a fault"},
    {"max_queue_depth", "most intents without a verdict on one device"},
    {"tasks_open", "tasks left to people"},
    {"deletes", "commits that deleted a record"},
    {"restores", "commits that restored a record"},
    {"counter_adds", "changes of counters committed"},
    {"guards", "accepted intents with a guard"},
    {"synced_shown", "times that a user was told that all is synced"},
    {"exports", "exports held against the model"},
    {"devices_unsettled", "devices whose last export was not of a device at rest"},
    {"tasks_opened", "tasks that conflicts opened"},
    {"tasks_resolved", "tasks that a resolution closed"},
    {"branches_kept", "intents kept as branches of tasks"},
    {"branches_left", "branches that a resolution took out of their task"},
    {"second_resolutions", "first verdicts: resolutions of a task that another had closed"},
    {"clamped_stamps", "commits whose stamp the server did not count as it was given"},
    {"unique_conflicts", "first verdicts: in conflict with who has the key"},
    {"reference_conflicts", "first verdicts: in conflict about a reference"},
    {"cascaded_removes", "records removed because they referred to one that was"},
    {"restricted", "rejected because of a reference"},
    {"bound_rejections", "rejected because a value would be out of bounds"},
    {"state_rejections", "rejected because a state would not follow the one before it"},
    {"set_inserts", "inserts into sets committed"},
    {"set_erases", "erases from sets committed"},
    {"wins_by_stamp", "writes decided by their stamps, either way"},
    {"wins_by_role", "writes decided by their authors' roles, either way"},
    {"wins_by_extreme", "writes decided by which is greater or smaller, either way"},
    {"flagged_rows", "visible rows, when shown, that a user had to be warned of"},
    {"business_rules_broken", "live records that break one of the scenario's rules in the end, once for each rule"},
    {"tombstones_forgotten", "deleted records that the server has forgotten"},
    {"fences_moved", "times that the server forgot deleted records of a scope"},
    {"fence_resyncs", "devices told to resync since their cursor missed what is forgotten"},
    {"gone_rejections", "rejected because the server has forgotten the record"},
    {"devices_expired", "times that a device was away so long that deleted records were not kept for it any more"},
    {"grants_changed", "grants that the server gave, withdrew or changed"},
    {"scopes_purged", "times that a device dropped all of a scope that its user does not hold any more"},
    {"records_moved", "records that went to another scope, with others or by themselves"},
    {"offered_again", "intents whose commit was undone, and that their devices sent again"},
    {"relabelled", "intents that got another name in a new incarnation of their device"},
    {"backups", "backups of the server"},
    {"server_restores", "times that the server was restored from a backup"},
    {"devices_revoked", "times that a device was revoked"},
    {"tokens_reused", "refreshes refused since an old refresh token was shown again"},
}};

} // namespace

std::vector<invariant_info> metric_names() {
  std::vector<invariant_info> all(metric_infos.begin(), metric_infos.end());
  all.insert(all.end(), load_metrics::names().begin(), load_metrics::names().end());
  return all;
}

metrics::metrics(const scenarios::Plan& plan) : counts_(counters) {
  static_assert(metric_infos.size() == counters);
  *rules_.mutable_rules() = plan.rules();
  for (const auto& fault : plan.faults())
    if (fault.name() == "offline")
      offline_.insert(fault.id());
}

void metrics::step(const entry& e, const world& w) {
  load_.step(e);
  switch (e.kind) {
    case entry_kind::intention_invoked: ++counts_[intentions]; break;
    case entry_kind::intention_skipped: ++counts_[skips]; break;
    case entry_kind::intention_failed: ++counts_[failed_writes]; break;
    case entry_kind::intention_in_doubt: ++counts_[in_doubt_writes]; break;
    case entry_kind::intent_accepted:
      ++counts_[intents];
      counts_[relabelled] += w.intents.past(e.intent).relabels != 0 ? 1 : 0;
      counts_[max_queue_depth] =
          std::max<std::uint64_t>(counts_[max_queue_depth], w.devices[e.actor].unverdicted.size());
      break;
    case entry_kind::intent_guard: ++counts_[guards]; break;
    case entry_kind::row_read:
    case entry_kind::value_read: ++counts_[reads]; break;
    case entry_kind::cursor_moved:
      counts_[resyncs] += static_cast<history::cursor_code>(e.code) == history::cursor_code::snapshot ? 1 : 0;
      break;
    case entry_kind::queue_locked: counts_[queue_locks] += e.code == 1 ? 1 : 0; break;
    case entry_kind::status_shown: counts_[synced_shown] += e.code == 1 ? 1 : 0; break;
    case entry_kind::intent_committed: count_commit(e, w); break;
    case entry_kind::branch_kept:
      counts_[branches_kept] += w.seen.branch_judged ? 1 : 0;
      counts_[tasks_opened] += w.seen.branch_judged && w.seen.task_opened ? 1 : 0;
      break;
    case entry_kind::verdict_released: count_verdict(e, w); break;
    case entry_kind::page_served: count_page(e, w); break;
    case entry_kind::fence_moved:
      ++counts_[fences_moved];
      counts_[tombstones_forgotten] += w.seen.tombstones_forgotten;
      break;
    case entry_kind::grant:
    case entry_kind::revoke: counts_[grants_changed] += e.aux > 1 ? 1 : 0; break;
    case entry_kind::scope_purged: ++counts_[scopes_purged]; break;
    case entry_kind::request_refused: ++counts_[refused_requests]; break;
    case entry_kind::token_issued: counts_[token_refreshes] += e.code == 1 ? 1 : 0; break;
    case entry_kind::token_refused:
      ++counts_[token_refusals];
      counts_[tokens_reused] += e.flags & 1U;
      break;
    case entry_kind::device_revoked: counts_[devices_revoked] += e.code == 1 ? 1 : 0; break;
    case entry_kind::backed_up: ++counts_[backups]; break;
    case entry_kind::server_restored: ++counts_[server_restores]; break;
    case entry_kind::intent_carried: counts_[offered_again] += w.seen.offered_again ? 1 : 0; break;
    case entry_kind::message_sent: ++counts_[messages]; break;
    case entry_kind::message_delivered: acks_.erase(e.message); break;
    case entry_kind::message_lost:
      ++counts_[lost_messages];
      counts_[lost_acks] += acks_.erase(e.message);
      break;
    case entry_kind::message_duplicated: ++counts_[duplicated]; break;
    case entry_kind::message_corrupted: ++counts_[corrupted]; break;
    case entry_kind::fault_began:
      ++counts_[faults];
      counts_[offline_spells] += offline_.contains(e.ref) ? 1 : 0;
      break;
    case entry_kind::fault_effect: ++counts_[fault_effects]; break;
    case entry_kind::crashed: ++counts_[e.actor == 0 ? server_crashes : crashes]; break;
    case entry_kind::restarted: ++counts_[restarts]; break;
    case entry_kind::export_ended: ++counts_[exports]; break;
    default: break;
  }
}

void metrics::count_commit(const entry& e, const world& w) {
  if (w.seen.committed == 0)
    return;
  ++counts_[commits];
  met_.judged(w, e.intent, w.seen.committed);
  counts_[concurrent_edits] += w.seen.resolved.concurrent_cell ? 1 : 0;
  counts_[concurrent_intents] += w.seen.resolved.concurrent_cell || w.seen.resolved.concurrent_record ? 1 : 0;
  for (const auto& op : w.intents.operations(w.intents.get(e.intent))) {
    counts_[deletes] += op.code == operation_code::remove ? 1 : 0;
    counts_[restores] += op.code == operation_code::restore ? 1 : 0;
    for (const auto& item : w.intents.writes(op)) {
      counts_[counter_adds] += item.code == write_code::add ? 1 : 0;
      counts_[set_inserts] += item.code == write_code::set_insert ? 1 : 0;
      counts_[set_erases] += item.code == write_code::set_erase ? 1 : 0;
    }
  }
  const auto& fact = w.intents.get(e.intent);
  const auto& resolved = w.seen.resolved;
  counts_[clamped_stamps] += fact.counted != fact.given ? 1 : 0;
  counts_[cascaded_removes] += resolved.cascaded;
  counts_[records_moved] += resolved.moved;
  counts_[tasks_resolved] += w.seen.tasks_closed;
  counts_[branches_left] += w.seen.branches_left;
  counts_[wins_by_stamp] += resolved.won_by_stamp;
  counts_[wins_by_role] += resolved.won_by_role;
  counts_[wins_by_extreme] += resolved.won_by_extreme;
  for (const auto& one : w.intents.lost(fact))
    count_win(one.rule);
}

void metrics::count_win(rule_code rule) {
  counts_[wins_by_stamp] += rule == rule_code::later_stamp ? 1 : 0;
  counts_[wins_by_role] += rule == rule_code::role ? 1 : 0;
  counts_[wins_by_extreme] += rule == rule_code::extreme ? 1 : 0;
}

void metrics::count_refusal(verdict_code code, rule_code rule) {
  if (code == verdict_code::superseded)
    count_win(rule);
  counts_[second_resolutions] += rule == rule_code::resolution ? 1 : 0;
  counts_[unique_conflicts] += rule == rule_code::unique ? 1 : 0;
  counts_[reference_conflicts] += code == verdict_code::conflicted && rule == rule_code::reference ? 1 : 0;
  if (code != verdict_code::rejected)
    return;
  switch (rule) {
    case rule_code::guard: ++counts_[rejected_guard]; break;
    case rule_code::gone: ++counts_[rejected_gone]; break;
    case rule_code::dependency: ++counts_[rejected_dependency]; break;
    case rule_code::denied: ++counts_[rejected_denied]; break;
    case rule_code::malformed: ++counts_[rejected_malformed]; break;
    case rule_code::reference: ++counts_[restricted]; break;
    case rule_code::bound: ++counts_[bound_rejections]; break;
    case rule_code::state: ++counts_[state_rejections]; break;
    default: break;
  }
}

void metrics::count_verdict(const entry& e, const world& w) {
  if (e.message != 0)
    acks_.insert(e.message);
  const auto code = static_cast<verdict_code>(e.code);
  if (code == verdict_code::duplicate || w.seen.verdict_repeated)
    ++counts_[duplicates];
  if (!terminal(code) || w.seen.verdict_repeated)
    return;
  if (!takes_effect(code) && w.seen.verdict_judged) {
    met_.judged(w, e.intent, 0);
    counts_[concurrent_edits] += w.seen.verdict_expected.concurrent_cell ? 1 : 0;
    counts_[concurrent_intents] +=
        w.seen.verdict_expected.concurrent_cell || w.seen.verdict_expected.concurrent_record ? 1 : 0;
  }
  switch (code) {
    case verdict_code::applied: ++counts_[applied]; break;
    case verdict_code::merged: ++counts_[merged]; break;
    case verdict_code::superseded: ++counts_[superseded]; break;
    case verdict_code::conflicted:
      ++counts_[conflicted];
      ++counts_[tasks_open];
      break;
    default: ++counts_[rejected]; break;
  }
  if (!takes_effect(code))
    count_refusal(code, static_cast<rule_code>(e.rule));
  const bool gone = code == verdict_code::rejected && static_cast<rule_code>(e.rule) == rule_code::gone;
  counts_[gone_rejections] += gone && w.lifetimes.forgets() && is_about_forgotten(e.intent, w) ? 1 : 0;
}

// It operates on such a record, or refers to one.
bool metrics::is_about_forgotten(intent_index intent, const world& w) {
  for (const auto& op : w.intents.operations(w.intents.get(intent))) {
    if (w.is_forgotten(op.record))
      return true;
    for (const auto& item : w.intents.writes(op))
      if (item.tag == value_tag::reference && w.is_forgotten(w.server.record_of(item.number)))
        return true;
  }
  return false;
}

void metrics::count_page(const entry& e, const world& w) {
  const auto code = static_cast<history::page_code>(e.code);
  if (code == history::page_code::changes)
    ++counts_[pages];
  else if (code != history::page_code::resync)
    ++counts_[snapshots];
  else
    counts_[fence_resyncs] += w.seen.below_fence ? 1 : 0;
}

std::map<std::string, std::uint64_t> metrics::finish(const world& w) const {
  std::map<std::string, std::uint64_t> all;
  for (std::size_t i = 0; i < counters; ++i)
    all.emplace(metric_infos[i].name, counts_[i]);
  for (const auto& device : w.devices)
    all["devices_unsettled"] += device.exported() && !device.settled() ? 1 : 0;
  load_.finish(w, all);
  all["contended_intents"] = met_.contended();
  all["flagged_rows"] = w.done.flagged;
  for (const auto& [name, broken] : broken_rules(rules_, w)) {
    all["business_rules_broken"] += broken;
    all["broken." + name] = broken;
  }
  all["devices_expired"] = w.lifetimes.expiries();
  if (counts_[tasks_opened] != 0)
    all["tasks_open"] = w.tasks.open();
  return all;
}

} // namespace squall::invariants
