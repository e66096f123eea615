#include "engine/client/core.hpp"

#include <algorithm>
#include <limits>

namespace squall::client {

core::core(options o, std::unique_ptr<client_store> opened)
    : config(std::move(o)), counts(config.sabotages), store(std::move(opened)), state(store->load_state()),
      queue(*store), shown(*config.model, scopes, counts), flags(*config.model, counts),
      // What the feed brings was bounded by the server.
      clock({.future_bound = std::numeric_limits<duration_ns>::max(), .last = state.stamp}),
      surfaced(store->count_surfaced()), gate(config.sync, counts) {
  queue.load();
  load_scopes();
  newest_generation = state.grant_generation;
  for (const held_scope& h : scopes.all())
    newest_generation = std::max(newest_generation, h.at.generation);
  for (const queued_intent& q : queue.entries())
    newest_generation = std::max(newest_generation, q.generation);
}

bool core::note_generation(std::uint64_t generation) {
  if (generation < newest_generation) {
    hit(telemetry::probe::reply_of_old_generation);
    return sabotaged(telemetry::sabotage::old_generation_believed);
  }
  newest_generation = generation;
  return true;
}

/// Until the server has told of a change, the device holds what it was set up with.
void core::load_scopes() {
  const bool told = state.grant_generation != 0;
  const bool one = !told && config.more_scopes.empty(); // then there is nothing to be found
  const auto stored = one ? std::vector<durable_scope>{} : store->load_scopes();
  std::vector<held_scope> held;
  if (!told) {
    held.push_back({{.scope = config.scope, .role = config.role}});
    for (const scope_grant& g : config.more_scopes)
      held.push_back({{.scope = g.scope, .role = g.role}});
    std::sort(held.begin(), held.end(), [](const auto& a, const auto& b) { return a.scope < b.scope; });
  } else {
    for (const durable_scope& s : stored)
      held.push_back({{.scope = s.scope, .role = s.role}});
  }
  for (held_scope& h : held) {
    const auto at = std::find_if(stored.begin(), stored.end(), [&](const auto& s) { return s.scope == h.scope; });
    const std::uint8_t role = h.role;
    if (is_home(h))
      static_cast<durable_scope&>(h) = store->load_home();
    else if (at != stored.end())
      static_cast<durable_scope&>(h) = *at;
    h.role = role;
    h.known_head = h.at.sequence;
  }
  scopes.assign(std::move(held));
}

bool core::covers(const queue_row& q) const noexcept {
  const held_scope* in = scopes.find(q.scope);
  return in != nullptr && q.sequence != 0 && q.generation == in->at.generation && q.sequence <= in->at.sequence;
}

std::uint64_t core::generation() const noexcept {
  if (scopes.all().empty())
    return state.grant_generation;
  std::uint64_t newest = 0;
  for (const held_scope& h : scopes.all())
    newest = std::max(newest, h.at.generation);
  return newest;
}

void core::note_head(scope_id scope, std::uint64_t generation, std::uint64_t head) {
  if (held_scope* in = scopes.find(scope); in != nullptr && generation == in->at.generation)
    in->known_head = std::max(in->known_head, head);
}

void core::save_state() {
  const held_scope* home = scopes.find(config.scope);
  store->save_state(state, home != nullptr ? static_cast<const durable_scope&>(*home) : durable_scope{});
}

void core::save_state(const held_scope& in) {
  save_state();
  if (!is_home(in))
    store->save_scope(in);
}

void core::save_tasks(const held_scope& in) { is_home(in) ? store->save_home_tasks(in.told) : store->save_scope(in); }

void core::save_fence(const held_scope& in) { is_home(in) ? store->save_home_fence(in.fence) : store->save_scope(in); }

void core::observe(const hlc_stamp& counted) {
  if (sabotaged(telemetry::sabotage::seen_stamps_ignored))
    return;
  clock.observe(counted, now.wall);
  state.stamp = clock.last();
}

void core::unfold(queued_intent& q, std::vector<record_id>& changed) {
  if (!q.folded)
    return;
  if (const intent* content = queue.content(q))
    append_records(*content, changed);
  q.folded = false;
  const held_scope* in = scopes.find(q.scope);
  report(
      {.kind = telemetry::fact_kind::overlay_dropped, .intent = q.id, .sequence = in != nullptr ? in->at.sequence : 0});
}

/// One that a cursor of the generation before still covers is folded in again when its scope goes over.
bool core::may_go(const queued_intent& q, std::uint64_t generation, std::uint64_t backed_up_through) const {
  return q.kept() && !q.folded && q.generation == generation && q.sequence <= backed_up_through && covers(q);
}

bool core::prunable(std::uint64_t generation, std::uint64_t backed_up_through) const {
  return queue.kept() > 0 && std::any_of(queue.entries().begin(), queue.entries().end(), [&](const queued_intent& q) {
           return may_go(q, generation, backed_up_through);
         });
}

bool core::prune(std::uint64_t generation, std::uint64_t backed_up_through) {
  if (!prunable(generation, backed_up_through))
    return false;
  queue.erase_if([&](const queued_intent& q) { return may_go(q, generation, backed_up_through); });
  return true;
}

} // namespace squall::client
