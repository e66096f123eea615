#include "actors/kernel/kernel.hpp"

#include "actors/kernel/envelope.hpp"
#include "engine/base/check.hpp"
#include "engine/base/hash.hpp"

#include <caf/logger.hpp>
#include <caf/scheduled_actor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace squall::actors {

namespace {

/// Receiver of the events that are CAF's timers.
constexpr node_index clock_receiver = std::numeric_limits<node_index>::max();
/// Turns before the end of a budget over which participants are counted.
constexpr std::uint64_t watch_window = 4096;

/// CAF remembers its last system in a thread-local, which would keep that system's logger alive, and cost a look at it in
/// each turn.
void forget_system() { caf::logger::set_current_actor_system(nullptr); }

void end(caf::actor& actor, caf::execution_unit* unit) {
  // Not by an exit message: an actor that awaits an answer would not look at it.
  auto* scheduled = dynamic_cast<caf::scheduled_actor*>(caf::actor_cast<caf::abstract_actor*>(actor));
  if (scheduled == nullptr) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    return;
  }
  scheduled->context(unit);
  scheduled->quit(caf::exit_reason::kill);
  scheduled->finalize();
}

} // namespace

kernel::kernel(const kernel_options& options)
    : options_(options), pending_(slab_, bucket_log2_for(options.nodes_expected)), config_(*this),
      system_(std::make_unique<caf::actor_system>(config_)), coordinator_(&coordinator::of(*system_)) {
  system_->await_actors_before_shutdown(false);
  forget_system();
  nodes_.reserve(options.nodes_expected);
  owned_.reserve(options.nodes_expected);
  begin_instant(now_ns_);
}

kernel::~kernel() {
  CHECK(!running_);
  end_all();
  CHECK(system_->registry().running() == 0);
  forget_system();
  system_.reset();
}

void kernel::end_all() {
  coordinator_->clock().cancel_all();
  for (caf::actor& actor : owned_)
    end(actor, coordinator_->unit());
  while (!coordinator_->quiet())
    coordinator_->resume_one();
  nodes_.clear();
  owned_.clear();
}

void kernel::admit(node& made, caf::actor actor) {
  nodes_.push_back(&made);
  owned_.push_back(std::move(actor));
  forget_system();
}

void kernel::adopt(caf::actor actor) { owned_.push_back(std::move(actor)); }

kernel::scheduled kernel::schedule(const event_place& place) {
  CHECK(place.receiver < nodes_.size() || place.receiver == clock_receiver);
  const event_handle handle = slab_.acquire();
  kernel_event& event = slab_[handle.slot];
  event.at_ns = std::max(place.at_ns, now_ns_);
  event.order = place.order;
  event.kind = place.kind;
  event.receiver = place.receiver;
  pending_.push(event.at_ns, event.order, handle.slot);
  ++counts_.scheduled;
  return {handle, event};
}

bool kernel::cancel(event_handle handle) {
  if (!slab_.live(handle))
    return false;
  std::string().swap(slab_[handle.slot].bytes);
  slab_.retire(handle.slot);
  pending_.cancelled();
  ++counts_.cancelled;
  return true;
}

event_handle kernel::set_timer(time_ns at_ns, clock_timer timer) {
  const time_ns due = std::max(at_ns, now_ns_);
  const std::uint64_t order = mix(mix(options_.seed, static_cast<std::uint64_t>(due)), mix(timer.owner, timer.serial));
  auto [handle, event] = schedule({.at_ns = due, .order = order, .receiver = clock_receiver});
  event.a = timer.owner;
  event.b = timer.serial;
  return handle;
}

template <bool Once>
run_outcome kernel::deliver_all(time_ns until_ns) {
  CHECK(!running_);
  running_ = true;
  stop_ = false;
  run_outcome outcome;
  const std::uint64_t before = counts_.delivered;
  const auto fetch_receiver = [this](std::uint32_t slot) {
    if (const node_index receiver = slab_[slot].receiver; receiver < nodes_.size())
      nodes_[receiver]->prefetch();
  };
  for (bool within_budget = drain_mailboxes();; within_budget = coordinator_->quiet() || drain_mailboxes()) {
    if (!within_budget) [[unlikely]] {
      outcome = finding();
      break;
    }
    if (stop_ || (Once && counts_.delivered != before)) {
      outcome.end = run_end::stopped;
      break;
    }
    const std::uint32_t slot = pending_.pop(until_ns, fetch_receiver);
    if (slot == pending_set<event_slab>::none) {
      outcome.end = pending_.size() == 0 ? run_end::idle : run_end::reached_time;
      break;
    }
    if (!deliver(slot)) [[unlikely]] {
      outcome = finding();
      break;
    }
  }
  if (outcome.end == run_end::reached_time)
    begin_instant(until_ns);
  outcome.delivered = counts_.delivered - before;
  running_ = false;
  return outcome;
}

template run_outcome kernel::deliver_all<false>(time_ns);
template run_outcome kernel::deliver_all<true>(time_ns);

run_outcome kernel::deliver_out_of_turn(event_handle handle, time_ns at_ns) {
  CHECK(!running_ && slab_.live(handle));
  running_ = true;
  stop_ = false;
  // The pending set still knows the event's slot: the event moves to one that it does not know.
  kernel_event moved = std::move(slab_[handle.slot]);
  cancel(handle);
  --counts_.cancelled;
  const std::uint32_t slot = slab_.acquire().slot;
  slab_[slot] = std::move(moved);
  slab_[slot].at_ns = std::max({slab_[slot].at_ns, at_ns, now_ns_});
  run_outcome outcome{.end = run_end::stopped};
  const std::uint64_t before = counts_.delivered;
  if (!drain_mailboxes() || !deliver(slot) || !drain_mailboxes())
    outcome = finding();
  outcome.delivered = counts_.delivered - before;
  running_ = false;
  return outcome;
}

bool kernel::deliver(std::uint32_t slot) {
  kernel_event& event = slab_[slot];
  if (event.at_ns > now_ns_) // it is late where another was delivered out of turn
    begin_instant(event.at_ns);
  if (turns_ >= fuse_) [[unlikely]] {
    if (exhausted()) {
      pending_.push(event.at_ns, event.order, slot);
      return false;
    }
    watch_event(event);
  }
  ++turns_;
  slab_.retire(slot);
  if (event.receiver == clock_receiver) [[unlikely]] {
    coordinator_->clock().fire({event.a, event.b});
    slab_.release(slot);
    return true;
  }
  node& receiver = *nodes_[event.receiver];
  envelope_ = {&event, false};
  const auto result = hand_over(receiver);
  if (envelope_.taken) [[likely]]
    ++counts_.delivered;
  else if (result == caf::scheduled_actor::activation_result::skipped)
    set_aside(receiver, event);
  else
    ++counts_.undeliverable;
  slab_.release(slot);
  return true;
}

caf::scheduled_actor::activation_result kernel::hand_over(node& receiver) {
  // CAF initialises an actor when it first activates it; later activations only cost time.
  if (!receiver.getf(caf::abstract_actor::is_initialized_flag)) [[unlikely]]
    return receiver.activate(coordinator_->unit(), delivery_);
  if (receiver.getf(caf::abstract_actor::is_cleaned_up_flag)) [[unlikely]]
    return caf::scheduled_actor::activation_result::terminated;
  return receiver.reactivate(delivery_);
}

void kernel::set_aside(node& receiver, kernel_event& event) {
  ++counts_.delivered;
  receiver.eq_impl(caf::make_message_id(), nullptr, coordinator_->unit(),
                   deferred_event{std::make_shared<kernel_event>(std::move(event))});
}

bool kernel::drain_mailboxes() {
  while (!coordinator_->quiet()) {
    if (turns_ >= fuse_) [[unlikely]] {
      if (exhausted())
        return false;
      watch_mailbox();
    }
    ++turns_;
    ++counts_.resumed;
    coordinator_->resume_one();
  }
  return true;
}

void kernel::begin_instant(time_ns at_ns) noexcept {
  now_ns_ = at_ns;
  instant_turns_ = turns_;
  const std::uint64_t left = std::min(options_.events_per_instant_max, options_.events_per_run_max - turns_);
  fuse_ = turns_ + (left > watch_window ? left - watch_window : 0);
}

void kernel::watch_event(const kernel_event& event) {
  if (event.receiver == clock_receiver)
    watch({.index = 0, .role = "clock", .kind = event.kind});
  else
    watch({.index = event.receiver, .role = std::string(nodes_[event.receiver]->role()), .kind = event.kind});
}

void kernel::watch_mailbox() {
  const caf::resumable& next = coordinator_->next();
  if (const auto* actor = dynamic_cast<const node*>(&next))
    watch({.index = actor->index(), .role = std::string(actor->role()), .kind = loop_member::mailbox_kind});
  else if (const auto* other = dynamic_cast<const caf::local_actor*>(&next))
    watch({.index = static_cast<node_index>(other->id()), .role = other->name(), .kind = loop_member::mailbox_kind});
}

void kernel::watch(loop_member member) {
  // Turns that were not watched lie between: what was counted belongs to another instant.
  if (watched_turn_ + 1 != turns_)
    watched_.clear();
  watched_turn_ = turns_;
  const auto same = [&member](const loop_member& m) {
    return m.index == member.index && m.kind == member.kind && m.role == member.role;
  };
  auto found = std::find_if(watched_.begin(), watched_.end(), same);
  if (found == watched_.end())
    found = watched_.insert(found, std::move(member));
  ++found->deliveries;
}

run_outcome kernel::finding() {
  run_outcome outcome;
  outcome.end = turns_ >= options_.events_per_run_max ? run_end::run_budget : run_end::instant_budget;
  outcome.loop = std::exchange(watched_, {});
  std::stable_sort(outcome.loop.begin(), outcome.loop.end(),
                   [](const loop_member& x, const loop_member& y) { return x.deliveries > y.deliveries; });
  return outcome;
}

std::string describe(const run_outcome& outcome, time_ns at_ns) {
  if (outcome.end != run_end::instant_budget && outcome.end != run_end::run_budget)
    return {};
  std::uint64_t total = 0;
  for (const loop_member& m : outcome.loop)
    total += m.deliveries;
  std::string text = fmt::format(
      "{} used up at {}.{:09} s:", outcome.end == run_end::run_budget ? "events of the run" : "events of one instant",
      at_ns / second_ns, at_ns % second_ns);
  constexpr std::size_t shown = 8;
  for (std::size_t i = 0; i < std::min(shown, outcome.loop.size()); ++i) {
    const loop_member& m = outcome.loop[i];
    const std::string what = m.kind == loop_member::mailbox_kind ? "messages" : fmt::format("kind {}", m.kind);
    text += fmt::format("{} {} {} {} ({} %)", i == 0 ? "" : ",", m.role, m.index, what, m.deliveries * 100 / total);
  }
  if (outcome.loop.size() > shown)
    text += fmt::format(", and {} more", outcome.loop.size() - shown);
  return text;
}

} // namespace squall::actors
