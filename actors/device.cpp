#include "actors/device.hpp"

#include <algorithm>

namespace squall::actors {

namespace {

using history::entry_kind;
using history::skip_reason;

/// How long a user who misses a record waits before looking again: an eighth of the time waited so far, within these.
constexpr duration_ns look_again_low_ns = 5 * second_ns;
constexpr duration_ns look_again_high_ns = 10 * minute_ns;

lineage lineage_of_look(std::uint64_t intention, std::uint64_t looks) {
  const lineage root = root_lineage(cause_kind::intention, intention);
  return looks == 0 ? root : child_lineage(root, {cause_kind::look_again, 0, static_cast<std::uint32_t>(looks)});
}

/// A record that the change itself makes is known by its place until the change is accepted.
record_id resolved(const record_id& id, const io::change_result& made) {
  for (std::size_t k = 0; k < made.created.size(); ++k)
    if (id == io::record_in_change(static_cast<std::uint8_t>(k)))
      return made.created[k];
  return id;
}

} // namespace

device::device(caf::actor_config& config, node_seat seat, world& shared, std::uint32_t id)
    : host(config, seat, shared, id) {
  begin_empty();
}

void device::plan_intentions(std::vector<std::size_t> indices) {
  due_ = std::move(indices);
  schedule_next();
}

void device::schedule_next() {
  if (next_due_ == due_.size())
    return;
  const auto index = due_[next_due_++];
  world_.schedule_intention(index, world_.intention(index).due_ns(), 0);
}

client_config config_of_client(const world& w, std::uint32_t id, std::uint64_t entropy, const store_place& store) {
  const auto& self = w.who.members[id - 1];
  client_config config;
  config.self = {id};
  config.entropy = entropy;
  config.model = w.names.schema();
  config.knobs = w.who.knobs;
  config.store = store;
  config.sabotages = w.who.sabotages;
  config.user = self.user;
  config.role = self.role;
  config.scope = self.scope;
  config.more_scopes = self.more_scopes;
  config.server = {0};
  config.issuer = {w.issuer_actor()};
  config.enrolment_code = self.enrolment_code;
  return config;
}

result<std::unique_ptr<participant>> device::make(std::uint64_t entropy, const store_place& store) {
  return world_.system.start_client(config_of_client(world_, actor(), entropy, store));
}

void device::dispatch(kernel_event& event) {
  if (kind_of(event) == event_kind::intention)
    act(event);
  else
    host::dispatch(event);
}

void device::lose(kernel_event& event) {
  if (kind_of(event) == event_kind::intention)
    first_look(event), look_again(event, {skip_reason::device_down, true});
  else
    host::lose(event);
}

/// One at a time is scheduled, so that a long plan costs no memory ahead of its time.
void device::first_look(const kernel_event& event) {
  if (event.b == 0 && world_.planned(event.a) && world_.intention(event.a).after() == 0)
    schedule_next();
}

// -- users -------------------------------------------------------------------------------------------------------------

sight device::eyes() {
  return {[this](const record_id& id) { return system().read(id); },
          [this](const record_id& id) -> result<std::vector<io::task_view>> {
            std::vector<io::task_view> about;
            const auto done = each_task([&](const io::task_view& task) {
              if (task.record == id)
                about.push_back(task);
            });
            return done ? result<std::vector<io::task_view>>(std::move(about))
                        : result<std::vector<io::task_view>>(done.err());
          }};
}

result<void> device::each_task(const std::function<void(const io::task_view&)>& sink) {
  for (const auto scope : world_.scopes_of(actor()))
    if (auto done = system().export_tasks({scope}, sink); !done)
      return done;
  return {};
}

void device::act(kernel_event& event) {
  first_look(event);
  const auto& intention = world_.intention(event.a);
  auto outcome = lower(intention, world_.names, world_.known, eyes());
  if (!outcome) {
    world_.log.add({.kind = entry_kind::intention_failed,
                    .code = static_cast<std::uint8_t>(outcome.err().code),
                    .actor = actor(),
                    .ref = intention.id()});
    ++world_.counts.failed[static_cast<std::size_t>(outcome.err().code)];
    world_.end_intention(intention.id(), ending::failed);
  } else if (const auto* held = std::get_if<held_back>(&*outcome)) {
    look_again(event, *held);
    return;
  } else {
    try_change(intention, std::move(std::get<lowered>(*outcome)), lineage_of(event));
  }
}

bool device::ready(const kernel_event& event) {
  if (!up() || busy())
    return false;
  const auto& intention = world_.intention(event.a);
  world_.disks.set_current(actor(), lineage_of_look(intention.id(), event.b));
  const auto outcome = lower(intention, world_.names, world_.known, eyes());
  const auto* held = outcome ? std::get_if<held_back>(&*outcome) : nullptr;
  return !held || !held->may_change;
}

void device::look_again(const kernel_event& event, held_back why) {
  const auto& intention = world_.intention(event.a);
  const time_ns first = event.b == 0 ? event.at_ns : static_cast<time_ns>(event.d);
  const time_ns limit = first + intention.wait_limit_ns();
  if (why.may_change && world_.now() < limit) {
    const auto pause = std::clamp((world_.now() - first) / 8, look_again_low_ns, look_again_high_ns);
    const time_ns at = std::min(limit, world_.now() + pause);
    auto [handle, again] = world_.schedule({.at = at,
                                            .receiver = actor(),
                                            .kind = event_kind::intention,
                                            .cause = lineage_of_look(intention.id(), event.b + 1)});
    again.a = event.a;
    again.b = event.b + 1;
    again.d = static_cast<std::uint64_t>(first);
  } else {
    world_.skip_intention(intention, why.reason);
  }
}

void device::try_change(const scenarios::Intention& intention, lowered what, lineage cause) {
  world_.log.add({.kind = entry_kind::intention_invoked, .actor = actor(), .ref = intention.id()});
  for (const auto& row : what.reads) {
    const auto presence = row.deleted ? history::presence_code::deleted : history::presence_code::live;
    world_.log.add({.kind = entry_kind::row_read,
                    .code = static_cast<std::uint8_t>(presence),
                    .actor = actor(),
                    .record = world_.log.index(row.id),
                    .collection = row.collection,
                    .flags = row.flags});
    world_.log.add_fields(actor(), row, entry_kind::value_read);
  }
  const auto clocks = clocks_for(nullptr);
  world_.log.add({.kind = entry_kind::clock_read, .actor = actor(), .value = clocks.wall});
  attempt_ = attempt{&intention, std::move(what)};
  handle(attempt_->what.change, clocks, cause);
  attempt_.reset();
}

void device::died_handling() {
  if (attempt_)
    world_.log.add({.kind = entry_kind::intention_in_doubt, .actor = actor(), .ref = attempt_->intention->id()});
}

void device::record(const io::effects& fx) {
  for (const auto& fact : fx.facts) {
    if (names_a_message(fact.kind))
      continue;
    if (attempt_ && fact.kind == telemetry::fact_kind::intent_accepted && fx.change && fx.change->ok())
      accepted(fact, **fx.change);
    else if (fact.kind == telemetry::fact_kind::intent_accepted && !fact.other.null())
      renamed_.push_back(fact);
    else
      report(fact);
  }
  if (generation_changed_ || !renamed_.empty())
    look_into_store();
  if (attempt_)
    settle_attempt(fx);
  if (std::any_of(fx.facts.begin(), fx.facts.end(),
                  [](const auto& f) { return f.kind == telemetry::fact_kind::grants_told; }))
    held_ = system().scopes().value_or(held_);
  look_at_tasks();
}

void device::report(const telemetry::fact& fact) {
  note(fact);
  world_.log.add_fact(actor(), fact, 0);
  see(fact);
}

void device::accepted(const telemetry::fact& fact, const io::change_result& made) {
  note(fact);
  world_.log.add_accepted(actor(), fact, attempt_->intention->id());
  record_operations(fact.intent, attempt_->what.change.operations, made);
  record_guards(fact.intent, attempt_->what.change.guards, made);
}

void device::settle_attempt(const io::effects& fx) {
  const auto id = attempt_->intention->id();
  if (!fx.change || !fx.change->ok()) {
    const auto code = fx.change ? fx.change->err().code : errc::unsupported;
    world_.log.add(
        {.kind = entry_kind::intention_failed, .code = static_cast<std::uint8_t>(code), .actor = actor(), .ref = id});
    ++world_.counts.failed[static_cast<std::size_t>(code)];
    world_.end_intention(id, ending::failed);
    if (code == errc::queue_full || code == errc::offline_forbidden)
      react_to({.device = actor(), .at_ns = world_.now(), .refused = attempt_->intention});
    return;
  }
  end_accepted(**fx.change);
}

void device::end_accepted(const io::change_result& made) {
  const auto id = attempt_->intention->id();
  for (std::size_t k = 0; k < made.created.size(); ++k)
    if (!made.created[k].null())
      world_.known.bind(symbol_of(id, attempt_->what.acts[k]), made.created[k]);
  world_.known.accepted_as(made.id, id);
  world_.end_intention(id, ending::accepted);
}

void device::record_operations(const intent_id& id, const std::vector<operation>& operations,
                               const io::change_result& made) {
  const auto intent = world_.log.index(id);
  for (std::size_t k = 0; k < operations.size(); ++k) {
    const auto& op = operations[k];
    const bool creates = op.kind == operation_kind::create && k < made.created.size();
    const auto record = world_.log.index(creates ? made.created[k] : resolved(op.record, made));
    world_.log.add({.kind = entry_kind::intent_operation,
                    .code = static_cast<std::uint8_t>(op.kind),
                    .actor = actor(),
                    .intent = intent,
                    .record = record,
                    .collection = op.collection,
                    .scope = op.to_scope.value,
                    .aux = op.task});
    for (const auto& branch : op.branches_seen)
      world_.log.add(
          {.kind = entry_kind::intent_branch, .actor = actor(), .intent = intent, .ref = world_.log.index(branch)});
    for (const auto& write : op.writes) {
      history::entry e{.kind = entry_kind::intent_write,
                       .code = static_cast<std::uint8_t>(write.kind),
                       .actor = actor(),
                       .intent = intent,
                       .record = record,
                       .collection = op.collection,
                       .field = write.field};
      const auto* reference = std::get_if<record_id>(&write.to);
      world_.log.put(e, reference ? value{resolved(*reference, made)} : write.to);
      const auto before = digest_of(write.before);
      e.aux = static_cast<std::uint64_t>(before.number);
      e.flags = static_cast<std::uint32_t>(before.kind);
      world_.log.add(e);
    }
  }
}

void device::record_guards(const intent_id& id, const std::vector<guard>& guards, const io::change_result& made) {
  for (const auto& guard : guards) {
    history::entry e{.kind = entry_kind::intent_guard,
                     .code = static_cast<std::uint8_t>(guard.kind),
                     .actor = actor(),
                     .intent = world_.log.index(id),
                     .record = world_.log.index(resolved(guard.record, made)),
                     .collection = guard.collection,
                     .field = guard.field};
    world_.log.put(e, guard.operand);
    world_.log.add(e);
  }
}

} // namespace squall::actors
