#include "campaigns/exhaustive/experience.hpp"

#include "engine/base/hash.hpp"

#include <initializer_list>

namespace squall::campaigns {

namespace {

using history::entry;
using history::entry_kind;

bool lived(const entry& e) {
  using enum entry_kind;
  switch (e.kind) {
    case value_read:
    case row_read:
    case intent_accepted:
    case intent_operation:
    case intent_write:
    case verdict_received:
    case queue_exit:
    case overlay_dropped:
    case surfaced:
    case group_applied:
    case cursor_moved:
    case task_shown:
    case intent_committed:
    case branch_kept:
    case queue_read:
    case queue_row:
    case export_began:
    case export_row:
    case export_field:
    case export_task:
    case export_branch:
    case pending: return true;
    default: return false;
  }
}

/// A stamp is a time.
bool has_stamp(const entry& e) {
  return e.kind == entry_kind::intent_accepted || e.kind == entry_kind::intent_committed;
}

std::uint64_t hash_of(const entry& e, const history::name_table& names) {
  const auto& intent = names.intent(e.intent);
  const auto& record = names.record(e.record);
  const auto of = [](auto v) { return static_cast<std::uint64_t>(v); };
  std::uint64_t h = of(e.kind);
  for (const auto part : {of(e.code), of(e.tag), of(e.rule), of(intent.device), of(intent.incarnation), intent.seq,
                          of(record.creator.device), record.creator.seq, of(record.ordinal), of(e.flags), e.s, e.aux})
    h = mix(h, part);
  return has_stamp(e) ? h : mix(mix(mix(h, of(e.collection)), of(e.field)), of(e.value));
}

} // namespace

void experience::append(std::span<const entry> entries, const history::name_table& names) {
  for (const auto& e : entries)
    if (e.actor < by_actor_.size() && lived(e))
      by_actor_[e.actor] = mix(by_actor_[e.actor], hash_of(e, names));
}

} // namespace squall::campaigns
