// Where the policy is a lattice, the order of commits must not matter: what the server ends with, in records of `crdt` and
// `lww_clock` collections, is what the same operations make in another admissible order (one that keeps what each author had
// seen). Folded here by the laws alone, apart from the resolver: sums, greatest stamps, extremes and marks.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <tuple>

namespace squall::invariants {

namespace {

// Longer histories of one cell are left to the resolver: orders are found in quadratic time.
constexpr std::size_t writes_max = 256;

class algebra final : public invariant {
public:
  algebra()
      : invariant("algebra", {entry_kind::export_began, entry_kind::export_row, entry_kind::export_field,
                              entry_kind::export_ended}) {}

  void step(const entry& e, const world& w) override {
    if (e.kind == entry_kind::export_began)
      open_ = static_cast<history::view_code>(e.code) == history::view_code::server ? &ends_[e.scope] : nullptr;
    if (open_ == nullptr)
      return;
    if (e.kind == entry_kind::export_began)
      *open_ = {w.server.head(), {}, {}};
    else if (e.kind == entry_kind::export_row)
      open_->live[e.record] = static_cast<history::presence_code>(e.code) == history::presence_code::live;
    else if (e.kind == entry_kind::export_field)
      open_->cells[{e.record, e.field}].push_back({e.tag, e.value});
    else
      open_ = nullptr;
  }

  void finish(const world& w) override {
    gather(w);
    for (const auto& [record, changes] : changes_) {
      const auto end = ends_.find(w.server.scope_of(record));
      if (end == ends_.end() || end->second.at != w.server.head())
        continue; // the server went on after it was exported
      const auto& rules = *w.rules.collection(w.server.collection_of(record));
      if (rules.is_register())
        judge_register(w, record, rules, changes, end->second);
      else
        judge_cells(w, record, rules, changes, end->second);
    }
  }

private:
  struct change {
    intent_index intent = 0;
    const operation* op = nullptr;
  };
  struct cell_change {
    intent_index intent = 0;
    write what;
  };
  struct ending {
    position at = 0;
    std::map<record_index, bool> live;
    std::map<std::pair<record_index, std::uint16_t>, std::vector<cell_value>> cells;
  };

  void gather(const world& w) {
    for (position at = 1; at <= w.server.made(); ++at) {
      const auto intent = w.server.commit(at).intent;
      if (intent == 0 || w.intents.get(intent).committed != at)
        continue;
      for (const auto& op : w.intents.operations(w.intents.get(intent))) {
        if (op.code == operation_code::move)
          continue; // changes nothing that has an order
        const auto* rules = w.rules.collection(op.collection);
        if (rules != nullptr && (rules->is_register() || rules->policy == policy_kind::crdt) &&
            w.server.known(op.record) && !lost_whole(w, intent, op))
          changes_[op.record].push_back({intent, &op});
      }
    }
  }

  static bool lost_write_of(const world& w, intent_index intent, record_index record, std::uint16_t field) {
    const auto lost = w.intents.lost(w.intents.get(intent));
    return std::any_of(lost.begin(), lost.end(), [&](const lost_write& one) {
      return one.record == record && one.field == field && one.rule != rule_code::add_wins &&
             one.rule != rule_code::remove_wins;
    });
  }

  // An update that was superseded as a whole is listed for each of its writes.
  static bool lost_whole(const world& w, intent_index intent, const operation& op) {
    if (op.code != operation_code::update)
      return lost_write_of(w, intent, op.record, effect::row);
    const auto writes = w.intents.writes(op);
    return w.rules.collection(op.collection)->is_register() && !writes.empty() &&
           lost_write_of(w, intent, op.record, writes.front().field);
  }

  static bool sees(const world& w, intent_index later, intent_index earlier) {
    return w.resolve.seen(w.intents.get(later), later, earlier, w.intents.get(earlier).committed);
  }

  static auto stamp_of(const world& w, intent_index intent) {
    const auto& fact = w.intents.get(intent);
    return std::tuple(fact.counted, fact.device, fact.incarnation, fact.seq);
  }

  // -- registers -----------------------------------------------------------------------------------------------------------

  // Whoever holds the greatest stamp decides: whether the record is live, and the fields that it wrote.
  void judge_register(const world& w, record_index record, const collection_rules& rules,
                      const std::vector<change>& changes, const ending& end) {
    const auto* row = w.server.presence(record, w.server.head());
    const auto operates = [&](const change& one) { return one.intent == row->writer; };
    if (row == nullptr || std::none_of(changes.begin(), changes.end(), operates))
      return; // it went with another record
    const auto holder = std::max_element(changes.begin(), changes.end(), [&](const change& a, const change& b) {
      return stamp_of(w, a.intent) < stamp_of(w, b.intent);
    });
    bool live = true;
    for (const auto& one : changes)
      if (one.intent == holder->intent)
        live = one.op->code != operation_code::remove;
    checked();
    const auto shown = end.live.find(record);
    if ((shown != end.live.end() && shown->second) != live)
      return violate(w, "presence depends on the order", {0, record, holder->intent}, [&] {
        return fmt::format("the server ends with {} {}; {} has the greatest stamp and left it {}",
                           say_cell(w, record, w.server.collection_of(record), effect::row), live ? "deleted" : "live",
                           w.name(holder->intent), live ? "live" : "deleted");
      });
    std::map<std::uint16_t, cell_value> last;
    for (const auto& one : changes)
      if (one.intent == holder->intent)
        for (const auto& item : w.intents.writes(*one.op))
          last[item.field] = {item.tag, item.number};
    for (const auto& [field, value] : last)
      if (live && !rules.fields[field].is_set())
        expect(w, record, field, {value}, end);
  }

  // -- cells -----------------------------------------------------------------------------------------------------------------

  void judge_cells(const world& w, record_index record, const collection_rules& rules,
                   const std::vector<change>& changes, const ending& end) {
    const auto shown = end.live.find(record);
    if (shown == end.live.end() || !shown->second)
      return;
    for (std::uint16_t field = 0; field < rules.fields.size(); ++field) {
      std::vector<cell_change> writes;
      for (const auto& one : changes)
        for (const auto& item : w.intents.writes(*one.op))
          if (item.field == field && !lost_write_of(w, one.intent, record, field))
            writes.push_back({one.intent, item});
      if (writes.empty() || writes.size() > writes_max)
        continue;
      const auto& rule = rules.fields[field];
      if (rule.rule == field_rule::counter)
        expect(w, record, field, {sum(writes)}, end);
      else if (rule.is_set())
        expect(w, record, field, members(w, reordered(w, writes), rule.rule == field_rule::remove_wins), end);
      else if (is_lattice(w, writes, rule.rule))
        expect(w, record, field, {best(w, reordered(w, writes), rule.rule)}, end);
    }
  }

  static cell_value sum(const std::vector<cell_change>& writes) {
    std::int64_t total = 0;
    for (const auto& one : writes)
      total = wrapping_add(total, one.what.number);
    return {value_tag::integer, total};
  }

  // Each write is moved before those right before it that its author had not seen.
  static std::vector<cell_change> reordered(const world& w, std::vector<cell_change> writes) {
    for (std::size_t i = 1; i < writes.size(); ++i)
      for (std::size_t k = i; k > 0 && !sees(w, writes[k].intent, writes[k - 1].intent); --k)
        std::swap(writes[k], writes[k - 1]);
    return writes;
  }

  // An author who has seen the better value may still write a worse one: then there is no join.
  static bool is_lattice(const world& w, const std::vector<cell_change>& writes, field_rule rule) {
    for (std::size_t i = 0; i < writes.size(); ++i) {
      if (rule == field_rule::last_stamp &&
          w.intents.get(writes[i].intent).counted != w.intents.get(writes[i].intent).given)
        return false;
      for (std::size_t k = 0; k < i; ++k)
        if (sees(w, writes[i].intent, writes[k].intent) && better(w, writes[k], writes[i], rule))
          return false;
    }
    return true;
  }

  static bool better(const world& w, const cell_change& a, const cell_change& b, field_rule rule) {
    if (rule == field_rule::max)
      return a.what.number > b.what.number;
    if (rule == field_rule::min)
      return a.what.number < b.what.number;
    return stamp_of(w, a.intent) > stamp_of(w, b.intent);
  }

  static cell_value best(const world& w, const std::vector<cell_change>& writes, field_rule rule) {
    const auto* found = &writes.front();
    for (const auto& one : writes)
      if (one.intent == found->intent || sees(w, one.intent, found->intent) || better(w, one, *found, rule))
        found = &one;
    return {found->what.tag, found->what.number};
  }

  static std::vector<cell_value> members(const world& w, const std::vector<cell_change>& writes, bool remove_wins) {
    struct mark_of {
      intent_index intent = 0;
      bool erase = false;
    };
    std::map<std::int64_t, std::vector<mark_of>> marks;
    for (const auto& one : writes) {
      const bool erase = one.what.code == write_code::set_erase;
      auto& all = marks[one.what.number];
      std::erase_if(all, [&](const mark_of& other) {
        return other.erase != erase && (other.intent == one.intent || sees(w, one.intent, other.intent));
      });
      if (!erase || remove_wins)
        all.push_back({one.intent, erase});
    }
    std::vector<cell_value> inside;
    for (const auto& [member, all] : marks) {
      const bool blocked = std::any_of(all.begin(), all.end(), [](const mark_of& one) { return one.erase; });
      if (!all.empty() && !blocked)
        inside.push_back({value_tag::text, member});
    }
    return inside;
  }

  void expect(const world& w, record_index record, std::uint16_t field, std::vector<cell_value> values,
              const ending& end) {
    checked();
    const auto found = end.cells.find({record, field});
    auto shown = found == end.cells.end() ? std::vector<cell_value>() : found->second;
    std::erase_if(shown, [](const cell_value& one) { return one.tag == value_tag::none; });
    const auto by_number = [](const cell_value& a, const cell_value& b) { return a.number < b.number; };
    std::sort(shown.begin(), shown.end(), by_number);
    std::sort(values.begin(), values.end(), by_number);
    if (shown == values)
      return;
    violate(w, "value depends on the order", {0, record, 0}, [&] {
      return fmt::format("the server ends with {} values in {} that other orders of the same commits do not give; they "
                         "give {} (first: {})",
                         shown.size(), say_cell(w, record, w.server.collection_of(record), field), values.size(),
                         values.empty() ? std::string("none") : say(w, values.front()));
    });
  }

  std::map<std::uint32_t, ending> ends_; ///< by scope: the server's last export
  ending* open_ = nullptr;
  std::map<record_index, std::vector<change>> changes_;
};

} // namespace

std::unique_ptr<invariant> make_algebra() { return std::make_unique<algebra>(); }

} // namespace squall::invariants
