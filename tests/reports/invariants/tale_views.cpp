#include "tests/reports/invariants/tale.hpp"

#include <algorithm>

namespace squall::told {

// -- looking ------------------------------------------------------------------------------------------------------------------

tale::rows tale::visible(std::uint32_t device) const {
  const auto& d = devices_[device];
  auto sees = confirmed(device);
  for (const auto intent : d.pending)
    for (const auto& item : bodies_.at(intent).ops)
      if (const auto known = sees.find(item.record);
          d.holds.contains(bodies_.at(intent).scope) &&
          (item.code == operation_code::create ||
           (known != sees.end() && known->second.scope == bodies_.at(intent).scope)))
        apply(sees, intent, 0, item, {});
  return sees;
}

std::int64_t tale::derived(const rows& in, record_index record) const {
  std::int64_t sum = 0;
  const auto digest = digest_of(names.record(record));
  const auto lines = collection("lines");
  for (const auto& [child, row] : in) {
    if (row.collection != lines || !row.live || !row.cells.contains(0) || row.cells.at(0).is.number != digest)
      continue;
    const auto quantity = row.cells.contains(1) ? row.cells.at(1).is.number : 0;
    sum += quantity * (row.cells.contains(2) ? row.cells.at(2).is.number : 0);
  }
  return sum;
}

void tale::tell_row(const rows& in, record_index record, entry_kind row_kind, entry_kind field_kind, entry with) {
  const auto found = in.find(record);
  const bool live = found != in.end() && found->second.live;
  with.kind = row_kind;
  with.record = record;
  with.collection = found == in.end() ? std::uint16_t{0} : found->second.collection;
  with.code = static_cast<std::uint8_t>(live                ? presence_code::live
                                        : found == in.end() ? presence_code::absent
                                                            : presence_code::deleted);
  if (const auto warned = flags_.find({with.actor, record}); shows_flags_ && warned != flags_.end())
    with.flags = warned->second;
  tell(with);
  if (!live)
    return;
  with.kind = field_kind;
  with.code = 0;
  with.flags = 0;
  tell_cells(found->second, with, false, false);
  if (enterprise_)
    return;
  if (found->second.collection == collection("orders")) {
    with.field = field("orders", "total");
    with.tag = value_tag::integer;
    with.value = derived(in, record);
    with.intent = 0;
    tell(with);
  }
}

void tale::status(std::uint32_t device) {
  const auto& d = devices_[device];
  const bool synced = d.pending.empty() && d.waiting.empty();
  for (const auto& [scope, holding] : d.holds)
    tell({.kind = entry_kind::status_shown,
          .code = static_cast<std::uint8_t>(synced ? 1 : 0),
          .actor = device,
          .scope = scope,
          .s = holding.cursor,
          .aux = holding.generation});
}

void tale::export_all() {
  tick();
  const auto one = [&](const rows& in, entry with, view_code code, std::uint64_t s, std::size_t depth) {
    auto begin = with;
    begin.ref = with.actor == 0 ? fences_[with.scope] : devices_[with.actor].holds[with.scope].fence;
    begin.kind = entry_kind::export_began;
    begin.code = static_cast<std::uint8_t>(code);
    begin.s = s;
    begin.aux = with.actor == 0 ? generation_ : devices_[with.actor].generation(with.scope);
    begin.value = static_cast<std::int64_t>(depth);
    tell(begin);
    for (const auto& [record, row] : in)
      if (row.scope == with.scope && (row.live || (code != view_code::visible && is_shown(row, begin.ref))))
        tell_row(in, record, entry_kind::export_row, entry_kind::export_field, with);
    if (code != view_code::visible)
      tell_tasks(with.actor == 0 ? tasks_ : devices_[with.actor].holds[with.scope].known, with);
    with.kind = entry_kind::export_ended;
    with.code = static_cast<std::uint8_t>(code);
    tell(with);
  };
  for (const auto scope : scopes())
    one(states_.back(), {.scope = scope}, view_code::server, states_.size() - 1, 0);
  for (std::uint32_t i = 1; i < devices_.size(); ++i) {
    const auto& d = devices_[i];
    for (const auto& [scope, holding] : d.holds) {
      one(confirmed(i), {.actor = i, .scope = scope}, view_code::confirmed, holding.cursor, d.waiting.size());
      shows_flags_ = true;
      one(visible(i), {.actor = i, .scope = scope}, view_code::visible, holding.cursor, d.waiting.size());
      shows_flags_ = false;
    }
  }
}

void tale::tell_queue(std::uint32_t device, std::uint8_t at_crash) {
  const auto& d = devices_[device];
  std::vector<intent_index> kept;
  for (const auto intent : d.acknowledged)
    if ((bodies_.at(intent).is.s > backed_up_ || bodies_.at(intent).is.code == verdict_code::none) &&
        std::find(d.waiting.begin(), d.waiting.end(), intent) == d.waiting.end())
      kept.push_back(intent);
  tell({.kind = entry_kind::queue_read,
        .code = at_crash,
        .actor = device,
        .value = static_cast<std::int64_t>(d.waiting.size() + kept.size())});
  for (const auto intent : d.waiting)
    tell({.kind = entry_kind::queue_row, .code = 1, .actor = device, .intent = intent});
  for (const auto intent : kept)
    tell({.kind = entry_kind::queue_row, .code = 0, .actor = device, .intent = intent});
}

void tale::crash(std::uint32_t device) {
  tick();
  tell({.kind = entry_kind::crashed, .actor = device});
  tell_queue(device, 1);
  tick();
  tell({.kind = entry_kind::restarted, .actor = device});
}

void tale::rest() {
  tick();
  tell({.kind = entry_kind::healed});
  for (std::uint32_t i = 1; i < devices_.size(); ++i) {
    status(i);
    tell_queue(i, 0);
  }
  export_all();
  tell({.kind = entry_kind::run_ended});
}

} // namespace squall::told
