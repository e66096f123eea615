#include "engine/server/pull_job.hpp"

#include "engine/server/fence.hpp"
#include "engine/wire/message_room.hpp"
#include "engine/wire/serialize.hpp"

#include <algorithm>

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

namespace {

void put(wire::Cursor& to, const io::cursor& from) {
  to.set_generation(from.generation);
  to.set_sequence(from.sequence);
  to.set_scope_version(from.scope_version);
}

/// Where sabotage points do to a full page what real servers did. Result: the sequence that the page leads to.
result<std::uint64_t> spoil_full_page(server_store& store, scope_id scope, feed_part& feed, std::uint64_t through) {
  if (feed.size() > 1 && store.counts.sabotaged(sabotage::full_page_drops_last))
    feed.drop_last();
  wire::ChangeEntry last;
  if (wire::parse(feed.last(), last) && last.rows_size() > 1 && store.counts.sabotaged(sabotage::half_group_in_page)) {
    last.mutable_rows()->DeleteSubrange(1, last.rows_size() - 1);
    feed.drop_last();
    std::vector<telemetry::fact> about;
    report_entry(about, last);
    feed.add(wire::serialize(last), about);
  }
  if (store.counts.sabotaged(sabotage::page_edge_tie))
    return store.log.last_of_second(scope, through);
  return through;
}

/// A client that has nothing: it asks from the beginning, whatever the generation.
constexpr io::cursor beginning{};

} // namespace

pull_job::pull_job(return_address from, const caller& who, const wire::PullRequest& request)
    : from_(from), who_(who), scope_{request.scope()},
      incarnation_(request.incarnation()), cursor_{request.cursor().generation(), request.cursor().sequence(),
                                                   request.cursor().scope_version()},
      limit_(request.limit()), tasks_through_(request.tasks_through()), verdicts_through_(request.verdicts_through()),
      grant_generation_(request.grant_generation()), grant_changes_(request.grant_changes()),
      compact_(request.compact()) {}

/// Versions count within a generation; the grants of the start are the same in all.
bool pull_job::lacks_grants(const server_store& store) const {
  const std::uint64_t now = store.grants.changes(who_.user);
  const bool of_this_feed = grant_generation_ == 0 || grant_generation_ == store.log.generation();
  return of_this_feed ? grant_changes_ < now : grant_changes_ > 0 || now > 0;
}

wire::ResyncReason pull_job::judge_cursor(server_store& store, const feed_position& at) const {
  auto& counts = store.counts;
  if (cursor_ != beginning && cursor_.generation != store.log.generation() &&
      !counts.sabotaged(sabotage::other_generation_taken)) {
    counts.hit(probe::cursor_of_other_generation);
    return wire::RESYNC_OTHER_GENERATION;
  }
  if (cursor_ != beginning && cursor_.scope_version != at.version) {
    counts.hit(probe::cursor_of_other_scope_version);
    return wire::RESYNC_SCOPE_CHANGED;
  }
  if (cursor_.sequence > at.head && !counts.sabotaged(sabotage::cursor_from_future_taken)) {
    counts.hit(probe::cursor_from_future);
    return wire::RESYNC_FROM_FUTURE;
  }
  if (cursor_.sequence < at.fence && !counts.sabotaged(sabotage::tail_below_fence)) {
    counts.hit(probe::cursor_below_fence);
    return wire::RESYNC_BELOW_FENCE;
  }
  if (cursor_.sequence < at.floor && !counts.sabotaged(sabotage::tail_below_floor)) {
    counts.hit(probe::cursor_below_floor);
    return wire::RESYNC_BELOW_FLOOR;
  }
  if (compact_ && cursor_.sequence < at.head)
    return wire::RESYNC_COMPACT;
  return wire::RESYNC_NONE;
}

result<void> pull_job::fill(server_store& store, const feed_position& at, wire::PullResponse& page,
                            feed_part& feed) const {
  const std::uint32_t most = store.settings.page_limit_max;
  const std::uint32_t limit = limit_ == 0 ? most : std::min(limit_, most);
  std::uint64_t through = cursor_.sequence;
  bool readable = true;
  // Below the floor there is nothing to read; a cursor there got its answer before.
  const std::uint64_t after = std::max(cursor_.sequence, at.floor);
  if (after < at.head) { // most polls bring nothing
    auto read = store.log.read(scope_, after, limit, [&](std::uint64_t s, std::string_view entry) {
      const auto about = store.entries.facts_of(scope_, s, entry);
      readable = readable && !about.empty();
      feed.add(entry, about);
      through = s;
    });
    if (!read)
      return read;
  }
  if (!readable)
    return error{errc::corrupt, "a stored feed entry cannot be read"};
  if (through < at.head) {
    store.counts.hit(probe::page_full);
    auto edge = spoil_full_page(store, scope_, feed, through);
    if (!edge)
      return edge.err();
    through = *edge;
  }
  page.set_more(through < at.head);
  put(*page.mutable_next(), {store.log.generation(), through, at.version});
  return add_tasks(store, page);
}

result<void> pull_job::add_tasks(server_store& store, wire::PullResponse& page) const {
  page.set_tasks_from(tasks_through_);
  page.set_tasks_through(tasks_through_);
  auto newest = store.tasks.version(scope_);
  if (!newest)
    return newest.err();
  if (*newest <= tasks_through_) // most polls bring nothing
    return {};
  auto read =
      store.tasks.read_changed({scope_, tasks_through_, store.settings.page_tasks_max}, [&](wire::TaskState&& task) {
        page.set_tasks_through(task.version());
        *page.add_tasks() = std::move(task);
      });
  if (!read)
    return read;
  if (page.tasks_through() < *newest) {
    store.counts.hit(probe::tasks_page_full);
    if (store.counts.sabotaged(sabotage::tasks_cut_at_page))
      page.set_tasks_through(*newest);
    else
      page.set_more(true);
  }
  return {};
}

result<void> pull_job::take_note(server_store& store, time_ns wall, io::effects& out) const {
  // Of what verdicts a device holds that were given in another generation, this one knows nothing.
  if (std::max<std::uint64_t>(cursor_.generation, 1) == store.log.generation())
    if (auto pruned = store.dedupe.prune({who_.device, incarnation_, verdicts_through_}); !pruned)
      return pruned;
  const bool of_this_feed = cursor_.generation == store.log.generation();
  return note_pull(store, {scope_, who_.device, incarnation_, of_this_feed ? cursor_.sequence : 0, who_.user}, wall,
                   out);
}

result<bool> pull_job::step(server_store& store, time_ns wall, io::effects& out) {
  if (store.tokens.expired(who_, wall)) {
    refuse(status_unauthorized, 0, out);
    return true;
  }
  if (!store.grants.holds(who_.user, scope_) && !store.counts.sabotaged(sabotage::grant_not_asked_at_page)) {
    tell_grants_alone(store, out);
    return true;
  }
  if (auto noted = take_note(store, wall, out); !noted)
    return noted.err();
  auto at = store.log.position(scope_);
  if (!at)
    return at.err();
  wire::message_room room;
  feed_part feed;
  auto& page = room.make<wire::PullResponse>();
  page.set_status(status_ok);
  put(*page.mutable_from(), cursor_);
  page.set_head(at->head);
  page.set_backed_up_through(store.backed_up(*at));
  page.set_fence(at->fence);
  page.set_offline(static_cast<std::uint32_t>(store.ruling));
  page.set_resync(judge_cursor(store, *at));
  if (cursor_ == beginning)
    tell_generations(store, *page.mutable_generations());
  if (lacks_grants(store))
    put_grants(store.grants, who_.user, store.log.generation(), page);
  if (page.resync() != wire::RESYNC_NONE)
    put(*page.mutable_next(), cursor_);
  else if (auto filled = fill(store, *at, page, feed); !filled)
    return filled.err();
  send(out, from_, page, scope_, feed);
  store.told.answered(scope_, {from_.to, who_.device, who_.user}, store.mono);
  return true;
}

/// Who holds no scope at all asks for none, to hear when that changes.
void pull_job::tell_grants_alone(server_store& store, io::effects& out) const {
  auto reply = refusal<wire::PullResponse>(scope_.value == 0 ? status_ok : status_forbidden);
  put(*reply.mutable_from(), cursor_);
  put(*reply.mutable_next(), cursor_);
  if (scope_.value != 0)
    store.counts.hit(probe::page_denied);
  if (scope_.value != 0 || lacks_grants(store))
    put_grants(store.grants, who_.user, store.log.generation(), reply);
  send(out, from_, reply, scope_);
}

void pull_job::refuse(std::uint32_t status, duration_ns retry_after, io::effects& out) {
  send(out, from_, refusal<wire::PullResponse>(status, retry_after), scope_);
}

} // namespace squall::server
