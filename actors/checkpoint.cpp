#include "actors/checkpoint.hpp"

#include "actors/administration.hpp"
#include "actors/device.hpp"
#include "actors/host.hpp"
#include "actors/world.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::actors {

namespace {

using history::entry;
using history::entry_kind;
using history::pending_code;
using history::view_code;

struct export_of {
  std::uint32_t actor = 0;
  std::uint32_t scope = 0;
  view_code view{};
};

bool export_tasks(world& w, const export_of& what) {
  const auto done = w.hosts[what.actor]->system().export_tasks(
      {what.scope}, [&](const io::task_view& task) { w.log.add_task(what.actor, what.scope, task); });
  if (!done)
    w.give_up(fmt::format("participant {} does not export its tasks: {}", what.actor, done.err().message));
  return done.ok();
}

void export_rows(world& w, const export_of& what) {
  auto& system = w.hosts[what.actor]->system();
  const auto at = system.head({what.scope});
  if (!at)
    return w.give_up(fmt::format("participant {} does not tell its head: {}", what.actor, at.err().message));
  const auto fence = system.fence({what.scope});
  if (!fence)
    return w.give_up(fmt::format("participant {} does not tell its fence: {}", what.actor, fence.err().message));
  const auto depth = what.actor == 0 ? 0 : system.status().queue_depth;
  const auto code = static_cast<std::uint8_t>(what.view);
  w.log.add({.kind = entry_kind::export_began,
             .code = code,
             .actor = what.actor,
             .scope = what.scope,
             .s = at->sequence,
             .value = depth,
             .ref = *fence,
             .aux = at->generation});
  std::int64_t rows = 0;
  const auto view = what.view == view_code::visible ? io::view_kind::visible : io::view_kind::confirmed;
  const auto done = system.export_rows({what.scope}, view, [&](const io::row_view& row) {
    const auto presence = row.deleted ? history::presence_code::deleted : history::presence_code::live;
    w.log.add({.kind = entry_kind::export_row,
               .code = static_cast<std::uint8_t>(presence),
               .actor = what.actor,
               .record = w.log.index(row.id),
               .collection = row.collection,
               .scope = what.scope,
               .flags = row.flags});
    w.log.add_fields(what.actor, row, entry_kind::export_field);
    ++rows;
  });
  if (!done)
    return w.give_up(fmt::format("participant {} does not export its rows: {}", what.actor, done.err().message));
  if (what.view != view_code::visible && !export_tasks(w, what))
    return;
  w.log.add({.kind = entry_kind::export_ended, .code = code, .actor = what.actor, .scope = what.scope, .value = rows});
}

/// Those that the device holds, and whatever else it still shows anything of.
std::vector<std::uint32_t> shown_scopes(world& w, std::uint32_t actor) {
  auto shown = w.scopes_of(actor);
  if (!w.can.grants || !w.granted.changed())
    return shown;
  auto& system = w.hosts[actor]->system();
  for (const auto scope : w.scopes()) {
    if (std::find(shown.begin(), shown.end(), scope) != shown.end())
      continue;
    bool any = false;
    const auto see = [&](const auto&) { any = true; };
    for (const auto view : {io::view_kind::confirmed, io::view_kind::visible})
      if (!system.export_rows({scope}, view, see))
        return shown; // exporting in earnest will say why
    if (!system.export_tasks({scope}, see))
      return shown;
    if (any)
      shown.push_back(scope);
  }
  std::sort(shown.begin(), shown.end());
  return shown;
}

void read_clock(world& w, std::uint32_t actor) {
  w.log.add({.kind = entry_kind::clock_read, .actor = actor, .value = w.clocks[actor].read(w.now()).wall});
}

void show_status(world& w, std::uint32_t actor) {
  const auto status = w.hosts[actor]->system().status();
  for (const auto scope : w.scopes_of(actor)) {
    const auto at = w.hosts[actor]->system().head({scope});
    if (!at)
      return w.give_up(fmt::format("participant {} does not tell its cursor: {}", actor, at.err().message));
    w.log.add({.kind = entry_kind::status_shown,
               .code = static_cast<std::uint8_t>(status.shown_as_synced),
               .actor = actor,
               .scope = scope,
               .s = at->sequence,
               .aux = at->generation});
  }
}

void read_final_queue(world& w, std::uint32_t actor) {
  const disk_copy copy(w, actor);
  const auto reading = w.system.read_client(copy.place());
  if (!reading)
    return w.give_up(fmt::format("the store of device {} cannot be read: {}", actor, reading.err().message));
  record_queue(w, actor, queue_moment::end, *reading);
}

void read_verdicts(world& w) {
  const disk_copy copy(w, 0);
  const auto stored = w.system.read_verdicts(copy.place());
  if (!stored)
    return w.give_up("the server's verdicts cannot be read: " + stored.err().message);
  for (const auto& of : *stored)
    w.log.add({.kind = entry_kind::verdicts_read,
               .peer = of.device,
               .s = of.highest_seq,
               .value = static_cast<std::int64_t>(of.count),
               .aux = of.incarnation});
}

void read_audit(world& w) {
  const disk_copy copy(w, 0);
  const auto stored = w.system.read_audit(copy.place());
  if (!stored)
    return w.give_up("the server's audit cannot be read: " + stored.err().message);
  if (!*stored)
    return;
  w.log.add({.kind = entry_kind::audit_read, .value = static_cast<std::int64_t>((*stored)->size())});
  for (const auto& of : **stored) {
    w.log.add({.kind = entry_kind::audit_row,
               .code = static_cast<std::uint8_t>(of.decision.kind),
               .rule = static_cast<std::uint8_t>(of.decision.rule),
               .intent = w.log.index(of.id),
               .s = of.decision.sequence,
               .value = of.stamp.wall,
               .ref = w.log.index(of.decision.winner),
               .aux = of.decision.task});
    for (const auto& field : of.decision.fields)
      w.log.add({.kind = entry_kind::audit_field,
                 .rule = static_cast<std::uint8_t>(field.rule),
                 .intent = w.log.index(of.id),
                 .record = w.log.index(field.record),
                 .collection = field.collection,
                 .field = field.field,
                 .ref = w.log.index(field.winner)});
  }
}

void checkpoint_device(world& w, std::uint32_t actor) {
  read_clock(w, actor);
  if (w.can.durable)
    read_final_queue(w, actor);
  if (const auto why = pending_of(w, actor); why != pending_code::none)
    w.log.add({.kind = entry_kind::pending, .code = static_cast<std::uint8_t>(why), .actor = actor});
  if (!w.hosts[actor]->up())
    return;
  w.disks.set_current(actor, root_lineage(cause_kind::host, actor));
  show_status(w, actor);
  for (const auto scope : shown_scopes(w, actor)) {
    export_rows(w, {actor, scope, view_code::confirmed});
    export_rows(w, {actor, scope, view_code::visible});
  }
  // Thousands of open stores would be hot at once otherwise.
  w.hosts[actor]->system().release_memory();
}

/// What the device holds is what the administrator has given last.
bool knows_its_grants(world& w, std::uint32_t actor) {
  return !w.can.grants || w.granted.version(w.who.members[actor - 1].user) ==
                              static_cast<const device&>(*w.hosts[actor]).grants_version();
}

/// Apart from what an administrator did.
pending_code unsettled_by(world& w, std::uint32_t actor) {
  auto& device = *w.hosts[actor];
  if (!device.up())
    return pending_code::down;
  const auto status = device.system().status();
  if (status.pending != io::pending_reason::none)
    return static_cast<pending_code>(status.pending);
  if (status.queue_depth > 0)
    return pending_code::queue_not_empty;
  if (!w.hosts[0]->up())
    return pending_code::cursor_behind;
  if (!knows_its_grants(w, actor))
    return pending_code::cursor_behind;
  for (const auto scope : w.scopes_of(actor)) {
    const auto head = w.hosts[0]->system().head({scope});
    const auto at = device.system().head({scope});
    const bool there = head && at && head->sequence == at->sequence && head->generation == at->generation;
    const auto told = device.system().tasks_through({scope});
    const auto tasks = w.hosts[0]->system().tasks_through({scope});
    if (!there || !told || !tasks || *told != *tasks)
      return pending_code::cursor_behind;
  }
  return pending_code::none;
}

/// Who is revoked has nothing more to come to rest with.
bool device_settled(world& w, std::uint32_t actor) {
  const auto why = pending_of(w, actor);
  return why == pending_code::none || why == pending_code::revoked;
}

} // namespace

disk_copy::disk_copy(world& w, std::uint32_t actor) : disk_copy(w, actor, w.disks.at(actor)) {}

disk_copy::disk_copy(world& w, std::uint32_t actor, const faults::disk& image)
    : place_{.vfs = faults::disk_vfs_name, .path = faults::disk_set::path(w.actors()), .exchanged = true} {
  w.disks.show(w.actors(), image);
  w.disks.set_current(actor, root_lineage(cause_kind::host, actor));
}

void record_queue(world& w, std::uint32_t actor, queue_moment moment, const client_reading& reading) {
  w.log.add({.kind = entry_kind::queue_read,
             .code = static_cast<std::uint8_t>(moment),
             .actor = actor,
             .value = static_cast<std::int64_t>(reading.queue.size())});
  for (const auto& row : reading.queue)
    w.log.add({.kind = entry_kind::queue_row,
               .code = static_cast<std::uint8_t>(row.verdict == verdict_kind::none),
               .actor = actor,
               .intent = w.log.index(row.id)});
}

void export_visible(world& w) {
  for (std::uint32_t actor = 1; actor <= w.devices(); ++actor)
    if (w.hosts[actor]->up()) {
      w.disks.set_current(actor, root_lineage(cause_kind::host, actor));
      for (const auto scope : shown_scopes(w, actor))
        export_rows(w, {actor, scope, view_code::visible});
    }
}

void final_checkpoint(world& w) {
  w.log.set_now(w.now());
  read_clock(w, 0);
  if (w.can.durable)
    read_verdicts(w), read_audit(w);
  if (w.hosts[0]->up()) {
    w.disks.set_current(0, root_lineage(cause_kind::host, 0));
    for (const auto scope : w.scopes())
      export_rows(w, {0, scope, view_code::server});
  } else {
    w.log.add({.kind = entry_kind::pending, .code = static_cast<std::uint8_t>(pending_code::down)});
  }
  for (std::uint32_t actor = 1; actor <= w.devices(); ++actor)
    checkpoint_device(w, actor);
}

pending_code pending_of(world& w, std::uint32_t actor) {
  const auto why = unsettled_by(w, actor);
  const bool excused = why != pending_code::none && w.administrators->revoked(actor);
  return excused ? pending_code::revoked : why;
}

bool settle_watch::settled(world& w) {
  if (w.open_intentions > 0 || !w.hosts[0]->up())
    return false;
  w.disks.set_current(0, root_lineage(cause_kind::host, 0));
  if (!device_settled(w, last_unsettled_))
    return false;
  for (std::uint32_t actor = 1; actor <= w.devices(); ++actor)
    if (!device_settled(w, actor)) {
      last_unsettled_ = actor;
      return false;
    }
  return true;
}

} // namespace squall::actors
