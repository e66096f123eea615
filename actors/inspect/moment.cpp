#include "actors/inspect/moment.hpp"

#include "actors/checkpoint.hpp"
#include "actors/host.hpp"
#include "actors/world.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace squall::actors {

namespace {

history::intent_name name_of(const intent_id& id) { return {id.device, id.incarnation, id.seq}; }

history::record_name name_of(const record_id& id) {
  return {{id.device, id.incarnation, id.seq_ordinal >> 8}, static_cast<std::uint8_t>(id.seq_ordinal & 0xff)};
}

std::string in_words(const value& v) {
  if (const auto* number = std::get_if<std::int64_t>(&v))
    return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&v))
    return fmt::format("'{}'", *text);
  if (const auto* reference = std::get_if<record_id>(&v))
    return "-> " + to_string(name_of(*reference));
  return "nothing";
}

std::string in_words(const stored_intent& intent) {
  if (intent.verdict == verdict_kind::none)
    return "no verdict";
  static constexpr const char* words[] = {"no verdict", "applied", "merged", "superseded", "conflicted", "rejected"};
  const auto kind = static_cast<std::size_t>(intent.verdict);
  const std::string word = kind < std::size(words) ? words[kind] : "answered";
  return intent.sequence ? fmt::format("{} at {}", word, intent.sequence) : word;
}

row_state in_words(const io::row_view& row, const merge::schema& schema) {
  const auto& of = schema.collections[row.collection];
  row_state out{of.name, to_string(name_of(row.id)), row.deleted, {}};
  for (const auto& field : row.fields)
    out.fields.push_back({field.field < of.fields.size() ? of.fields[field.field].name : "?", in_words(field.current),
                          field.writer.null() ? "" : to_string(name_of(field.writer))});
  return out;
}

} // namespace

time_ns moment::at() const { return world_.now(); }
time_ns moment::wall() const { return world_.clocks[0].read(world_.now()).wall; }
std::uint64_t moment::entries() const { return world_.log.entries(); }
std::uint64_t moment::digest() const { return world_.log.digest(); }
std::uint32_t moment::devices() const { return world_.devices(); }
std::uint32_t moment::scope_of(std::uint32_t actor) const { return world_.scope_of(actor); }

participant_state moment::look_at(std::uint32_t actor) const {
  participant_state out;
  const bool device = actor >= 1 && actor <= world_.devices();
  out.actor = actor;
  out.name = actor == 0 ? "server" : device ? fmt::format("d{}", actor) : "issuer";
  auto* host = world_.hosts[actor];
  if (!host)
    return out;
  out.up = host->up();
  out.busy = host->busy();
  out.scope = world_.scope_of(actor);
  out.offline = device && world_.links.offline({actor});
  out.clock_ahead = world_.clocks[actor].read(world_.now()).wall - world_.clocks[0].read(world_.now()).wall;
  if (out.up) {
    world_.disks.set_current(actor, root_lineage(cause_kind::host, actor));
    const auto status = host->system().status();
    out.generation = status.at.generation;
    out.cursor = status.at.sequence;
    out.known_head = status.known_head;
    out.waiting = status.queue_depth;
    out.kept = status.kept;
    out.surfaced = status.surfaced;
    out.shown_as_synced = status.shown_as_synced;
    out.pending = status.pending == io::pending_reason::none ? "" : io::to_string(status.pending);
    std::replace(out.pending.begin(), out.pending.end(), '_', ' ');
  }
  if (!device || !world_.can.durable)
    return out;
  const disk_copy copy(world_, actor);
  if (const auto reading = world_.system.read_client(copy.place()); reading) {
    out.incarnation = reading->incarnation;
    if (!out.up && !reading->at.empty())
      out.generation = reading->at.front().second.generation, out.cursor = reading->at.front().second.sequence;
    for (const auto& intent : reading->queue)
      out.queue.push_back({name_of(intent.id), in_words(intent)});
  }
  return out;
}

std::optional<std::vector<row_state>> moment::rows(std::uint32_t actor, std::uint32_t scope, view which) const {
  auto* host = world_.hosts[actor];
  if (!host || !host->up())
    return std::nullopt;
  world_.disks.set_current(actor, root_lineage(cause_kind::host, actor));
  std::vector<row_state> out;
  const auto kind = which == view::visible ? io::view_kind::visible : io::view_kind::confirmed;
  const auto done = host->system().export_rows(
      {scope}, kind, [&](const io::row_view& row) { out.push_back(in_words(row, *world_.names.schema())); });
  return done ? std::optional(std::move(out)) : std::nullopt;
}

std::vector<message_in_flight> moment::in_flight() const {
  std::vector<message_in_flight> out;
  world_.kern.each_pending([&](const kernel_event& event) {
    if (kind_of(event) == event_kind::message && event.receiver < world_.actors())
      out.push_back({static_cast<std::uint32_t>(event.a), event.receiver,
                     io::to_string(static_cast<io::message_class>(event.d)), event.b, event.at_ns});
  });
  std::sort(out.begin(), out.end(), [](const auto& x, const auto& y) {
    return std::tuple(x.arrives_at, x.to, x.message) < std::tuple(y.arrives_at, y.to, y.message);
  });
  return out;
}

} // namespace squall::actors
