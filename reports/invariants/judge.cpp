#include "reports/invariants/judge.hpp"

#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/metrics.hpp"
#include "reports/invariants/model/model.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace squall::invariants {

namespace {

constexpr std::array<invariant_info, 24> infos{{
    {"convergence", "at rest, with the same scope and cursor, every replica holds the rows that the resolver projects"},
    {"liveness", "some time after healing, queues are terminal and cursors at the head"},
    {"no_lost_write", "every accepted intent has one terminal verdict that the resolver agrees with"},
    {"exactly_once",
     "one effect for applied and merged intents, none for refused ones; counters are the sum of their deltas"},
    {"ack_honest", "the queue holds each intent until a verdict of exactly that intent is durable"},
    {"feed_complete", "a reader with a fold of its own has the server's projection at each page's end"},
    {"read_your_writes", "a user's own value disappears only with a recorded cause"},
    {"monotonic_reads", "a confirmed cursor never goes back, and goes only where a page led"},
    {"causality",
     "the order extends program order, real time and what authors had seen; a cursor shows all that is up to it"},
    {"atomicity", "a group is seen whole"},
    {"policy", "the server's state and verdicts are what the reference resolver makes of the committed intents"},
    {"intention", "what a user meant is what happens, or a later write of the same field explains why not"},
    {"no_resurrection", "a deleted record is back only by restore, or by a revival that its policy declares"},
    {"replay_safe", "at most one effect, and one answer, for each intent, however often it is sent"},
    {"authorization",
     "pages, rows and effects only by grants; out of contact, only the changes that the server allows then"},
    {"clock_sane", "stamps strictly increase, follow what they had seen and are not ahead of the clock's bound"},
    {"honest_status", "'synced', shown to a user, means that nothing waits and the replica equals the server's view"},
    {"referential", "confirmed rows refer to what is there and share no key; a visible row that does not is flagged"},
    {"algebra", "records that merge by stamps or as crdt end as another admissible order of their commits would end"},
    {"bounded",
     "nobody keeps at rest what may be forgotten, queues have their bound, and a server in need is left alone"},
    {"staleness", "a device that has been connected for a while is only so far behind"},
    {"quiet", "where nothing is left to exchange, data messages cease"},
    {"audit", "one record for each judged intent says what was decided, and the records lead to the server's state"},
    {"identity", "effects only under a token that has not expired, and tokens only for devices that may have one"},
}};

using member = std::unique_ptr<invariant>;

std::vector<member> make_all(const scenarios::Plan& plan) {
  std::vector<member> all;
  all.push_back(make_convergence());
  all.push_back(make_liveness(plan.settle_within_ns()));
  all.push_back(make_no_lost_write());
  all.push_back(make_exactly_once());
  all.push_back(make_ack_honest());
  all.push_back(make_feed_complete());
  all.push_back(make_read_your_writes());
  all.push_back(make_monotonic_reads());
  all.push_back(make_causality());
  all.push_back(make_atomicity());
  all.push_back(make_policy());
  all.push_back(make_intention(plan));
  all.push_back(make_intention_renamed());
  all.push_back(make_no_resurrection());
  all.push_back(make_replay_safe());
  all.push_back(make_authorization());
  all.push_back(make_authorization_offline(plan));
  all.push_back(make_clock_sane());
  all.push_back(make_honest_status());
  const rule_book rules(plan.model());
  if (rules.has_constraints())
    all.push_back(make_referential());
  const auto is_lattice = [](const collection_rules& c) { return c.is_register() || c.policy == policy_kind::crdt; };
  if (std::any_of(rules.collections().begin(), rules.collections().end(), is_lattice))
    all.push_back(make_algebra());
  if (plan.knobs().tombstones_for_ns() > 0)
    all.push_back(make_bounded());
  all.push_back(make_bounded_queue(plan.knobs().queue_max()));
  all.push_back(make_bounded_calls());
  all.push_back(make_bounded_hints(plan.knobs().invalidate_for_ns()));
  all.push_back(make_staleness());
  all.push_back(make_quiet());
  all.push_back(make_audit(plan.knobs().first_sequence()));
  all.push_back(make_identity(plan.knobs().token_leeway_ns()));
  return all;
}

lifetime_settings lifetimes_of(const scenarios::Knobs& knobs) {
  return {knobs.tombstones_for_ns(), knobs.device_expires_after_ns()};
}

// Unless the plan says otherwise.
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t poll_default_ns = 60 * second;
constexpr std::int64_t request_timeout_default_ns = 10 * second;
constexpr std::int64_t breaker_default_ns = 30 * second;

std::int64_t breaker_of(const scenarios::Knobs& knobs) {
  return knobs.breaker_for_ns() > 0 ? knobs.breaker_for_ns() : breaker_default_ns;
}

std::int64_t backoff_max_of(const scenarios::Knobs& knobs) {
  return knobs.backoff_cap_ns() > 0 ? knobs.backoff_cap_ns() : 60 * second;
}

std::int64_t poll_of(const scenarios::Knobs& knobs) {
  return knobs.poll_every_ns() > 0 ? knobs.poll_every_ns() : poll_default_ns;
}

caller_settings callers_of(const scenarios::Plan& plan) {
  const auto& knobs = plan.knobs();
  caller_settings out;
  for (const auto& device : plan.topology().devices()) {
    out.drift_ppb.resize(std::max<std::size_t>(out.drift_ppb.size(), device.id() + std::size_t{1}));
    out.drift_ppb[device.id()] = device.clock().drift_ppb();
  }
  out.request_timeout_ns = knobs.request_timeout_ns() > 0 ? knobs.request_timeout_ns() : request_timeout_default_ns;
  out.breaker_after = knobs.breaker_after();
  out.breaker_for_ns = breaker_of(knobs);
  out.contact_within_ns = knobs.contact_within_ns() > 0 ? knobs.contact_within_ns() : 2 * poll_of(knobs);
  out.disk_ns = 16 * knobs.disk_sync_ns() + 256 * knobs.disk_write_ns();
  return out;
}

connection_settings connections_of(const scenarios::Plan& plan) {
  const auto& knobs = plan.knobs();
  connection_settings out;
  for (const auto& fault : plan.faults())
    if (fault.for_ns() > 0)
      out.lasting.insert(fault.id());
  out.breaker_ns = knobs.breaker_after() > 0 ? breaker_of(knobs) : 0;
  const auto asked = plan.expect().staleness_within_ns();
  out.stale_after_ns = asked > 0 ? asked : 4 * poll_of(knobs) + 60 * second + backoff_max_of(knobs);
  return out;
}

} // namespace

std::vector<invariant_info> invariant_names() { return {infos.begin(), infos.end()}; }

struct judge::impl {
  explicit impl(const scenarios::Plan& plan)
      : run(plan.model(), plan.knobs().first_sequence(), plan.knobs().stamp_bound_ns(), lifetimes_of(plan.knobs()),
            plan.topology().teams(), connections_of(plan), callers_of(plan)),
        members(make_all(plan)), thrown(members.size()), reached(plan) {
    if (plan.knobs().backup_every_ns() > 0)
      run.keep_copies();
    for (std::size_t i = 0; i < members.size(); ++i)
      for (std::size_t kind = 0; kind < by_kind.size(); ++kind)
        if (members[i]->kinds().test(kind))
          by_kind[kind].push_back(i);
  }

  // An invariant that throws has no say any more; the others go on.
  template <class What>
  void guarded(std::size_t i, What what) {
    if (!thrown[i].empty())
      return;
    try {
      what(*members[i]);
    } catch (const std::exception& failure) {
      thrown[i] = failure.what();
    }
  }

  void step(const entry& e, const history::name_table& names) {
    run.step(e, names);
    heard_at = e.at_ns;
    const auto& w = run.get();
    for (const auto i : by_kind[static_cast<std::size_t>(e.kind) & 127U])
      guarded(i, [&](invariant& member) { member.step(e, w); });
    if (w.seen.any())
      for (std::size_t i = 0; i < members.size(); ++i)
        guarded(i, [&](invariant& member) { member.conclude(w); });
    reached.step(e, w);
  }

  bool knows_first_violation() const {
    return std::any_of(members.begin(), members.end(), [&](const member& m) {
      const auto& found = std::as_const(*m).result().violations();
      return !found.empty() && found.Get(0).at_ns() < heard_at;
    });
  }

  void finish(const history::name_table& names) {
    if (!broken.empty())
      return;
    run.finish(names);
    for (std::size_t i = 0; i < members.size(); ++i)
      guarded(i, [&](invariant& member) {
        if (run.get().seen.any())
          member.conclude(run.get());
        member.finish(run.get());
      });
  }

  // What the members of one name found, put into the first of them that has a say. In report order.
  std::vector<std::size_t> speakers() {
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!applies(i))
        continue;
      const auto& name = members[i]->result().name();
      const auto same =
          std::find_if(first.begin(), first.end(), [&](std::size_t k) { return members[k]->result().name() == name; });
      if (same == first.end()) {
        first.push_back(i);
        continue;
      }
      members[*same]->take_over(members[i]->result());
      if (thrown[*same].empty())
        thrown[*same] = thrown[i];
    }
    return first;
  }

  // A history that cannot be judged says nothing of what applies.
  bool applies(std::size_t i) const { return !broken.empty() || !thrown[i].empty() || members[i]->applies(run.get()); }

  reports::InvariantResult conclude(std::size_t i) {
    auto result = members[i]->result();
    const auto unknown = [&](const std::string& why) {
      result.set_verdict(reports::UNKNOWN);
      result.set_reason(why);
    };
    if (result.violation_count() > 0)
      result.set_verdict(reports::FAIL);
    else if (!broken.empty())
      unknown("the history cannot be judged: " + broken);
    else if (!thrown[i].empty())
      unknown("the invariant itself failed: " + thrown[i]);
    else if (result.checked() == 0)
      unknown(result.reason().empty() ? "nothing to check happened in this run" : result.reason());
    else
      result.set_verdict(reports::PASS);
    return result;
  }

  model run;
  std::vector<member> members;
  std::vector<std::string> thrown; ///< by invariant: why it gave up
  std::array<std::vector<std::size_t>, 128> by_kind;
  metrics reached;
  std::int64_t heard_at = 0; ///< of the last entry
  std::string broken;        ///< why the history makes no sense
};

judge::judge(const scenarios::Plan& plan) : impl_(std::make_unique<impl>(plan)) {}
judge::~judge() = default;

void judge::append(std::span<const history::entry> entries, const history::name_table& names) {
  if (!impl_->broken.empty())
    return;
  try {
    for (const auto& e : entries)
      impl_->step(e, names);
  } catch (const std::exception& failure) {
    impl_->broken = failure.what();
  }
}

bool judge::knows_first_violation() const { return impl_->knows_first_violation(); }

judgement judge::finish(const history::name_table& names) {
  try {
    impl_->finish(names);
  } catch (const std::exception& failure) {
    impl_->broken = failure.what();
  }
  judgement all;
  for (const auto i : impl_->speakers())
    all.invariants.push_back(impl_->conclude(i));
  all.metrics = impl_->reached.finish(impl_->run.get());
  return all;
}

} // namespace squall::invariants
