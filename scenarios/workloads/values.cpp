#include "scenarios/workloads/values.hpp"

#include "engine/base/check.hpp"
#include "scenarios/planner/causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace squall::scenarios {

namespace {

std::string unique_text(const occasion& o, std::string_view field, int index) {
  return index == 0 ? fmt::format("{} {}", field, o.label) : fmt::format("{} {}/{}", field, o.label, index);
}

/// Device and slot paired (Cantor), so that small runs have small numbers; then the workload, the act and the field.
std::int64_t unique_integer(const occasion& o, int index, int field) {
  constexpr std::uint64_t one = 1;
  const std::uint64_t slot = o.id & ((one << slot_bits) - 1);
  const std::uint64_t name = (o.id >> slot_bits) & ((one << name_bits) - 1);
  const std::uint64_t device = o.id >> (slot_bits + name_bits);
  const std::uint64_t pair = (device + slot) * (device + slot + 1) / 2 + slot;
  CHECK(index < 16 && field < 8);
  return static_cast<std::int64_t>(pair << (name_bits + 7) | name << 7 | static_cast<std::uint64_t>(index) << 3 |
                                   static_cast<std::uint64_t>(field));
}

/// States that can be reached, but for the value that beats all, which is for those who mean it (cancel).
const std::string& draw_state(occasion& o, const Field& field) {
  std::vector<const std::string*> reached;
  for (const State& s : field.states()) {
    const bool follows = std::any_of(field.states().begin(), field.states().end(), [&](const State& before) {
      return std::find(before.next().begin(), before.next().end(), s.name()) != before.next().end();
    });
    if (follows && (field.precedence().empty() || field.precedence(0) != s.name()))
      reached.push_back(&s.name());
  }
  if (reached.empty())
    return field.states(0).name();
  return *reached[o.draws.below(reached.size())];
}

bool bounded(const Field& field) { return field.has_at_least() || field.has_at_most(); }

/// Within the field's bounds, or by an eighth beyond them where `beyond` says so; 180 wide where there is one bound.
std::int64_t draw_within(occasion& o, const Field& field, bool beyond) {
  constexpr std::int64_t width = 180;
  const std::int64_t low = field.has_at_least() ? field.at_least() : field.at_most() - width;
  const std::int64_t high = field.has_at_most() ? field.at_most() : field.at_least() + width;
  const std::int64_t more = beyond ? (high - low) / 8 : 0;
  return low - more + static_cast<std::int64_t>(o.draws.below(static_cast<std::uint64_t>(high - low + 2 * more) + 1));
}

/// A few texts that everybody puts into sets, so that one inserts what another erases.
constexpr std::string_view common_texts[] = {"urgent", "checked", "fragile", "late"};

} // namespace

Act::Kind draw_edit_kind(occasion& o, const Field& field) {
  if (field.type() == "set")
    return o.draws.below(3) == 0 ? Act::ERASE : Act::INSERT;
  return field.type() == "counter" ? Act::ADD : Act::SET;
}

void assign_edit(occasion& o, const Field& field, int index, Act& act) {
  Assignment& a = *act.add_fields();
  a.set_field(field.name());
  if (field.type() == "counter") {
    const std::int64_t by = 1 + static_cast<std::int64_t>(o.draws.below(9));
    a.set_integer(o.draws.below(3) == 0 ? -by : by);
  } else if (field.type() == "set") {
    const std::uint64_t word = o.draws.below(std::size(common_texts));
    const std::uint32_t share = o.workload.common_ppm() == 0 ? 700'000 : o.workload.common_ppm();
    const bool common = o.draws.happens(share) || act.kind() == Act::ERASE;
    a.set_text(common && act.kind() != Act::CREATE ? std::string(common_texts[word])
                                                   : unique_text(o, field.name(), index));
  } else if (field.states_size() > 0) {
    a.set_text(draw_state(o, field));
  } else if (field.type() == "integer" && bounded(field)) {
    a.set_integer(draw_within(o, field, act.kind() != Act::CREATE));
  } else if (field.precedence_size() > 0 && field.rule() != "role_precedence") {
    // The value that beats all is for those who mean it (cancel), where there is a choice.
    const int from = field.precedence_size() > 2 ? 1 : 0;
    const auto choices = static_cast<std::uint64_t>(field.precedence_size() - from);
    a.set_text(field.precedence(from + static_cast<int>(o.draws.below(choices))));
  } else if (field.type() == "integer") {
    a.set_integer(unique_integer(o, index, act.fields_size()));
  } else {
    a.set_text(unique_text(o, field.name(), index));
  }
}

void assign_create(occasion& o, const Collection& collection, int index, const std::optional<parent_record>& parent,
                   Act& act) {
  act.set_kind(Act::CREATE);
  act.set_collection(collection.name());
  act.set_record(o.id << 8 | static_cast<std::uint64_t>(index));
  for (const Field& field : collection.fields()) {
    if (field.type() == "derived")
      continue;
    if (field.type() == "reference") {
      std::optional<symbolic_record> target;
      if (parent && parent->collection == field.target())
        target = parent->record;
      else
        target = o.records.pick(
            {.collection = field.target(), .device = o.device, .due_ns = o.due_ns, .draw = o.draws.next()});
      if (!target)
        continue;
      Assignment& a = *act.add_fields();
      a.set_field(field.name());
      a.set_record(*target);
      continue;
    }
    const bool ranked = field.precedence_size() > 0 && field.rule() != "role_precedence";
    if (field.type() == "counter" || ranked || field.states_size() > 0) {
      Assignment& a = *act.add_fields();
      a.set_field(field.name());
      if (field.states_size() > 0)
        a.set_text(field.states(0).name());
      else if (field.type() == "counter" && bounded(field))
        a.set_integer(draw_within(o, field, false));
      else if (field.type() == "counter")
        a.set_integer(20 + static_cast<std::int64_t>(o.draws.below(181)));
      else
        a.set_text(field.precedence(field.precedence_size() - 1));
      continue;
    }
    assign_edit(o, field, index, act);
  }
}

std::optional<symbolic_record> pick_record(occasion& o, bool to_delete) {
  const std::uint64_t draw = o.draws.next();
  const std::uint64_t hot_draw = o.draws.next();
  return o.records.pick({.collection = o.workload.collection(),
                         .device = o.device,
                         .due_ns = o.due_ns,
                         .hot = o.workload.has_hot() ? &o.workload.hot() : nullptr,
                         .to_delete = to_delete,
                         .draw = draw,
                         .hot_draw = hot_draw});
}

} // namespace squall::scenarios
