#include "tests/interleavings/team.hpp"

#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"
#include "engine/client/pull_session.hpp"
#include "tests/interleavings/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace squall::interleavings {

namespace {

constexpr time_ns now_ns = second_ns;
constexpr time_ns wall_ns = 1'750'000'000 * second_ns;
constexpr std::uint32_t issuer_actor = devices + 1;
constexpr scope_id scope{1};

std::string text_of(const value& v) {
  const auto digest = digest_of(v);
  return fmt::format("{}:{}", static_cast<int>(digest.kind), digest.number);
}

std::string text_of(const io::row_view& row) {
  std::string out = fmt::format("{}/{}{}", to_string(row.id), row.collection, row.deleted ? " deleted" : "");
  for (const auto& f : row.fields)
    out += fmt::format(" {}={} by {}", f.field, text_of(f.current), to_string(f.writer));
  return out + "\n";
}

std::string text_of(const intent_id& id, const verdict& v) {
  return fmt::format("{} {} {} s{} by {}", to_string(id), to_string(v.kind), to_string(v.rule), v.sequence,
                     to_string(v.winner));
}

} // namespace

std::string to_string(const choice& c) {
  static constexpr const char* names[] = {"act", "push", "ack", "pull"};
  return fmt::format("{} {}", names[static_cast<std::size_t>(c.what)], c.device);
}

// -- before the story ---------------------------------------------------------------------------------------------------

team::team(const script& s) : script_(s) {
  for (const auto& [device, act] : s.acts)
    members_[static_cast<std::size_t>(device)].acts.push_back(&act);
  start_all();
  flush();
  io::local_change change;
  change.operations.push_back(names_.translate(s.create));
  change.operations.front().record = {};
  handle(1, change);
  flush();
  names_.learn(s.create.record, record_);
  for (std::uint32_t d = 1; d <= devices; ++d)
    pull(d);
  CHECK(violation_.empty() && judged_.size() == 1 && choices().size() > 0);
  telling_ = true;
}

team::~team() {
  for (auto& m : members_)
    m.replica.reset();
  server_.reset();
  issuer_.reset();
}

void team::start_all() {
  actors::server_config config;
  config.model = conformance::engine_model();
  config.knobs.poll_every_ns = hour_ns;
  config.issuer_key_seed = 7;
  for (std::uint32_t d = 1; d <= devices; ++d)
    config.members.push_back({.device = d, .user = d, .scope = scope, .enrolment_code = fmt::format("code {}", d)});
  const auto place = [&](std::uint32_t actor) {
    disks_.add(actor);
    return actors::store_place{faults::disk_vfs_name, faults::disk_set::path(actor)};
  };
  config.store = place(0);
  server_ = std::move(*system_.start_server(config));
  actors::issuer_config issuer = config;
  issuer.self = {issuer_actor};
  issuer.store = place(issuer_actor);
  issuer_ = std::move(*system_.start_issuer(issuer));
  handle(0, io::started{});
  handle(issuer_actor, io::started{});
  for (std::uint32_t d = 1; d <= devices; ++d) {
    actors::client_config client;
    static_cast<actors::participant_config&>(client) = config;
    client.self = {d};
    client.entropy = d;
    client.store = place(d);
    client.user = d;
    client.scope = scope;
    client.server = {0};
    client.issuer = {issuer_actor};
    client.enrolment_code = config.members[d - 1].enrolment_code;
    members_[d].replica = std::move(*system_.start_client(client));
    handle(d, io::started{});
  }
}

// -- steps ----------------------------------------------------------------------------------------------------------------

std::vector<choice> team::choices() {
  using enum choice::kind;
  std::vector<choice> out;
  const auto head = server_->head(scope)->sequence;
  for (std::uint32_t d = 1; d <= devices; ++d) {
    const auto& m = members_[d];
    if (m.acted < m.acts.size())
      out.push_back({act, d});
    if (m.push)
      out.push_back({push, d});
    if (m.ack)
      out.push_back({ack, d});
    if (m.replica->status().at.sequence < head)
      out.push_back({pull, d});
  }
  return out;
}

void team::step(const choice& c) {
  auto& m = members_[c.device];
  switch (c.what) {
    case choice::kind::act: {
      io::local_change change;
      change.operations.push_back(names_.translate(*m.acts[m.acted++]));
      return handle(c.device, change);
    }
    case choice::kind::push: {
      const auto bytes = std::move(*m.push);
      m.push.reset();
      handle(0, io::received{{c.device}, bytes});
      return run_server_jobs();
    }
    case choice::kind::ack: {
      const auto bytes = std::move(*m.ack);
      m.ack.reset();
      return handle(c.device, io::received{{0}, bytes});
    }
    case choice::kind::pull: return pull(c.device);
  }
}

void team::pull(std::uint32_t device) {
  const auto timer = members_[device].timers.find(client::pull_timer);
  CHECK(timer != members_[device].timers.end());
  handle(device, io::timer_fired{client::pull_timer, timer->second});
  flush();
}

void team::handle(std::uint32_t actor, const io::event& event) {
  io::effects fx;
  disks_.set_current(actor, ++handled_);
  auto& who = actor == 0 ? *server_ : actor == issuer_actor ? *issuer_ : *members_[actor].replica;
  who.handle(event, {now_ns, wall_ns}, fx);
  CHECK(!fx.failed);
  if (fx.change) {
    CHECK(fx.change->ok());
    if (const auto& created = (*fx.change)->created; !telling_ && !created.empty())
      record_ = created.front();
  }
  for (const auto& fact : fx.facts)
    note(actor, fact);
  for (const auto& out : fx.sends)
    route(actor, out);
  jobs_.insert(jobs_.end(), fx.runnable.begin(), fx.runnable.end());
  if (actor == 0 || actor == issuer_actor)
    return;
  for (const auto& t : fx.timers) {
    if (t.delay == io::timer_request::cancel)
      members_[actor].timers.erase(t.id);
    else
      members_[actor].timers[t.id] = t.generation;
  }
}

void team::route(std::uint32_t from, const io::outgoing& out) {
  if (telling_ && out.cls == io::message_class::push) {
    CHECK(!members_[from].push && !members_[from].ack); // one at a time
    members_[from].push = out.bytes;
  } else if (telling_ && out.cls == io::message_class::push_reply) {
    members_[out.to.value].ack = out.bytes;
  } else {
    messages_.emplace_back(from, out);
  }
}

void team::run_server_jobs() {
  while (!jobs_.empty()) {
    const auto job = jobs_.front();
    jobs_.pop_front();
    handle(0, io::resume{job});
  }
}

void team::flush() {
  while (!messages_.empty()) {
    const auto [from, out] = std::move(messages_.front());
    messages_.pop_front();
    handle(out.to.value, io::received{{from}, out.bytes});
    run_server_jobs();
  }
}

// -- what is seen of it ------------------------------------------------------------------------------------------------------

void team::fail(const std::string& what) {
  if (violation_.empty())
    violation_ = what;
}

void team::note(std::uint32_t actor, const telemetry::fact& fact) {
  using enum telemetry::fact_kind;
  if (fact.kind == verdict_released)
    return note_released(fact);
  if (actor == 0 || actor == issuer_actor)
    return;
  auto& m = members_[actor];
  if (fact.kind == intent_accepted) {
    m.contexts[fact.intent] = fact.sequence;
  } else if (fact.kind == intent_carried) {
    m.carried.push_back(fact.intent);
  } else if (fact.kind == verdict_received) {
    note_received(m, fact);
  }
}

void team::note_released(const telemetry::fact& fact) {
  verdict v;
  v.kind = fact.verdict;
  v.rule = fact.rule;
  v.sequence = fact.sequence;
  v.winner = fact.other;
  if (std::any_of(judged_.begin(), judged_.end(), [&](const judged& j) { return j.id == fact.intent; }))
    fail("a second verdict: " + text_of(fact.intent, v));
  judged_.push_back({fact.intent, v});
}

void team::note_received(member& m, const telemetry::fact& fact) {
  verdict v;
  v.kind = fact.verdict;
  v.rule = fact.rule;
  v.sequence = fact.sequence;
  v.winner = fact.other;
  const auto given = std::find_if(judged_.begin(), judged_.end(), [&](const judged& j) { return j.id == fact.intent; });
  if (given == judged_.end() || text_of(fact.intent, v) != text_of(fact.intent, given->outcome))
    fail("a verdict that was not given: " + text_of(fact.intent, v));
  if (!m.received.emplace(fact.intent, v).second)
    fail("a verdict received again: " + text_of(fact.intent, v));
}

std::string team::rows_of(std::uint32_t actor, io::view_kind view) {
  auto& who = actor == 0 ? *server_ : *members_[actor].replica;
  std::string out;
  disks_.set_current(actor, ++handled_);
  CHECK(who.export_rows(scope, view, [&](const io::row_view& row) { out += text_of(row); }));
  return out;
}

std::uint64_t team::state_hash() {
  std::string all = rows_of(0, io::view_kind::confirmed);
  for (const auto& j : judged_)
    all += text_of(j.id, j.outcome) + "\n";
  for (std::uint32_t d = 1; d <= devices; ++d) {
    const auto& m = members_[d];
    const auto status = m.replica->status();
    all +=
        fmt::format("d{} at {} acted {} push {} ack {} queue {} kept {} surfaced {}\n", d, status.at.sequence, m.acted,
                    m.push.has_value(), m.ack.has_value(), status.queue_depth, status.kept, status.surfaced);
    for (const auto& [id, context] : m.contexts)
      all += fmt::format("{} saw {}\n", to_string(id), context);
    for (const auto& id : m.carried)
      all += "carried " + to_string(id) + "\n";
    for (const auto& [id, v] : m.received)
      all += text_of(id, v) + "\n";
    all += rows_of(d, io::view_kind::confirmed) + rows_of(d, io::view_kind::visible);
  }
  return content_hash(all);
}

// -- the end ---------------------------------------------------------------------------------------------------------------

void team::check_end() {
  const auto at_server = rows_of(0, io::view_kind::confirmed);
  for (std::uint32_t d = 1; d <= devices; ++d) {
    const auto& m = members_[d];
    if (const auto pending = m.replica->status().pending; pending != io::pending_reason::none)
      fail(fmt::format("d{} does not settle: {}", d, io::to_string(pending)));
    for (const auto view : {io::view_kind::confirmed, io::view_kind::visible})
      if (const auto rows = rows_of(d, view); rows != at_server)
        fail(fmt::format("d{} has\n{}the server\n{}", d, rows, at_server));
    for (const auto& [id, context] : m.contexts)
      if (!m.received.contains(id))
        fail(to_string(id) + " has no verdict");
  }
  if (judged_.size() != 1 + script_.acts.size())
    fail(fmt::format("{} verdicts for {} intents", judged_.size(), 1 + script_.acts.size()));
  if (violation_.empty())
    check_reference();
}

int team::step_number(const intent_id& id) const {
  for (std::size_t k = 0; k < judged_.size(); ++k)
    if (judged_[k].id == id)
      return static_cast<int>(k) + 1;
  return 0;
}

/// What happened, as rows of the conformance table are written.
std::vector<conformance::step> team::as_judged() const {
  std::vector<conformance::step> steps;
  std::vector<std::uint64_t> heads;
  for (const auto& j : judged_) {
    const auto& m = members_[j.id.device];
    const auto context = m.contexts.at(j.id);
    conformance::step s;
    s.device = static_cast<int>(j.id.device);
    s.saw = static_cast<int>(std::count_if(heads.begin(), heads.end(), [&](auto head) { return head <= context; }));
    const bool creates = j.id.device == 1 && j.id.seq == 1;
    const auto ordinal = j.id.seq - (j.id.device == 1 ? 2 : 1);
    s.operations.push_back(creates ? script_.create : *m.acts[ordinal]);
    steps.push_back(std::move(s));
    heads.push_back(std::max(heads.empty() ? 0 : heads.back(), j.outcome.sequence));
  }
  return steps;
}

void team::check_reference() {
  const auto want = judge_steps(as_judged(), script_.create.collection, script_.create.record);
  for (std::size_t k = 0; k < judged_.size(); ++k) {
    const auto& got = judged_[k].outcome;
    const auto& expected = want.outcomes[k];
    // A merged verdict names its rules by field.
    const bool same_rule = got.kind == verdict_kind::merged || static_cast<int>(got.rule) == expected.rule;
    if (static_cast<int>(got.kind) != expected.code || !same_rule || step_number(got.winner) != expected.winner)
      fail(fmt::format("{}; by the reference: {} {} by step {}", text_of(judged_[k].id, got),
                       to_string(static_cast<verdict_kind>(expected.code)),
                       to_string(static_cast<verdict_rule>(expected.rule)), expected.winner));
  }
  check_rows(want);
}

void team::check_rows(const reference& want) {
  std::size_t rows = 0;
  CHECK(server_->export_rows(scope, io::view_kind::confirmed, [&](const io::row_view& row) {
    ++rows;
    if (row.deleted == want.live)
      fail("the record is " + std::string(want.live ? "live" : "deleted") + " by the reference");
    if (row.deleted)
      return;
    std::vector<reference_value> got(want.fields.size());
    for (const auto& f : row.fields)
      if (!f.writer.null())
        got[f.field] = {static_cast<int>(digest_of(f.current).kind), digest_of(f.current).number};
    if (got != want.fields)
      fail("the record's fields are not those of the reference:\n" + text_of(row));
  }));
  if (rows != 1)
    fail(fmt::format("{} records", rows));
}

} // namespace squall::interleavings
