// What a user meant is what happens, or a later write of the same field explains why not. Two halves: what the device made of
// the intention says what the plan's intention says; and what the server ends with holds, for each field, the write that the
// resolver orders last.
#include "reports/history/names.hpp"
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace squall::invariants {

namespace {

using scenarios::Act;

class intention final : public invariant {
public:
  explicit intention(const scenarios::Plan& plan) : invariant("intention", {}), plan_(plan) {
    if (copies(plan)) // else reads do not matter
      listen({entry_kind::intention_invoked, entry_kind::value_read});
  }

  void step(const entry& e, const world&) override {
    if (e.actor >= reads_.size())
      reads_.resize(e.actor + 1);
    auto& of = reads_[e.actor];
    if (e.kind == entry_kind::intention_invoked) {
      of.before = std::exchange(of.now, {e.ref, {}});
    } else {
      of.now.values.push_back({e.record, e.field, {e.tag, e.value}});
    }
  }

  void conclude(const world& w) override {
    if (w.seen.body_complete != 0)
      complete(w.seen.body_complete, w);
    for (const auto& d : w.seen.differences)
      if (d.where == place::server && d.field != effect::row && !d.counter &&
          (d.why == flaw::stale || d.why == flaw::unfounded))
        violate(w, "unexplained loss", {w.intents.get(d.expected_writer).device, d.record, d.expected_writer}, [&] {
          return fmt::format("{} set {} to {}; the server ends with {} and no later write explains it",
                             w.name(d.expected_writer), say_cell(w, d.record, d.collection, d.field),
                             say(w, d.expected), say(w, d.shown));
        });
  }

private:
  struct read_value {
    record_index record = 0;
    std::uint16_t field = 0;
    cell_value is;
  };

  struct occasion {
    std::uint64_t plan_id = 0;
    std::vector<read_value> values;
  };
  /// An intent is looked at when the next entry comes, which may be that its user acts again.
  struct reading_user {
    occasion before, now;
    const std::vector<read_value>& of(std::uint64_t plan_id) const {
      return before.plan_id == plan_id ? before.values : now.values;
    }
  };

  /// Somebody means to write what they read.
  static bool copies(const scenarios::Plan& plan) {
    for (const auto& i : plan.intentions())
      for (const auto& act : i.acts())
        for (const auto& assignment : act.fields())
          if (assignment.has_seen())
            return true;
    return false;
  }

  const scenarios::Intention* find(std::uint64_t id) const {
    const auto& all = plan_.intentions();
    const auto found =
        std::lower_bound(all.begin(), all.end(), id,
                         [](const scenarios::Intention& i, std::uint64_t wanted) { return i.id() < wanted; });
    return found == all.end() || found->id() != id ? nullptr : &*found;
  }

  void complete(intent_index intent, const world& w) {
    const auto& fact = w.intents.get(intent);
    if (const auto scope = w.seen.scope_expected; scope != 0 && scope != fact.scope)
      violate(w, "intent in the wrong scope", {fact.device, 0, intent}, [&] {
        return fmt::format("{} names scope {}; what it is about belongs to {}", w.name(intent), fact.scope, scope);
      });
    const auto* meant = find(fact.plan_id);
    if (meant == nullptr)
      return;
    checked();
    intents_of_[fact.plan_id] = intent;
    // It was held against the plan when it had its first name; the plan's names may stand for other records by now.
    if (w.intents.past(fact).relabels != 0)
      return; // see intention_renamed
    const bool as_many = w.intents.guards(fact).size() == static_cast<std::size_t>(meant->guards_size());
    if (!as_many)
      wrong(w, intent, 0, "it carries other guards than its user set");
    for (int i = 0; i < meant->acts_size(); ++i)
      act(w, intent, *meant, i);
    only_meant(w, intent, *meant);
  }

  // The record that an act is about: 0 if the plan's name stands for nothing that the history shows.
  record_index record_of(const world& w, std::uint64_t symbolic) const {
    const auto found = intents_of_.find(symbolic >> 8);
    const auto* creator = find(symbolic >> 8);
    if (found == intents_of_.end() || creator == nullptr)
      return 0;
    return created(w, found->second, *creator, static_cast<int>(symbolic & 0xFF));
  }

  static record_index created(const world& w, intent_index intent, const scenarios::Intention& meant, int act) {
    int ordinal = -1;
    for (int i = 0; i <= act && i < meant.acts_size(); ++i)
      ordinal += meant.acts(i).kind() == Act::CREATE ? 1 : 0;
    for (const auto& op : w.intents.operations(w.intents.get(intent)))
      if (op.code == operation_code::create && ordinal-- == 0)
        return op.record;
    return 0;
  }

  static operation_code operation_of(Act::Kind kind) {
    switch (kind) {
      case Act::CREATE: return operation_code::create;
      case Act::DELETE: return operation_code::remove;
      case Act::RESTORE: return operation_code::restore;
      case Act::MOVE: return operation_code::move;
      default: return operation_code::update;
    }
  }

  void act(const world& w, intent_index intent, const scenarios::Intention& meant, int number) {
    const auto& act = meant.acts(number);
    if (act.kind() == Act::SETTLE)
      return settled(w, intent, act);
    const bool creates = act.kind() == Act::CREATE;
    const auto record = creates ? created(w, intent, meant, number) : record_of(w, act.record());
    if (record == 0 && !creates)
      return;
    const auto operations = w.intents.operations(w.intents.get(intent));
    // Who finds the record in that team already takes it to the other one that is named.
    const bool back = act.or_team() != 0 && act.to_team() == w.intents.get(intent).scope;
    const auto to = back ? act.or_team() : act.to_team();
    const bool there = std::any_of(operations.begin(), operations.end(), [&](const operation& op) {
      return op.record == record && op.code == operation_of(act.kind()) && op.to == to;
    });
    if (record == 0 || !there) {
      wrong(w, intent, record, fmt::format("it lacks the {} that its user meant", Act::Kind_Name(act.kind())));
      return;
    }
    const int collection = w.rules.find(act.collection());
    if (collection < 0)
      return;
    for (const auto& assignment : act.fields()) {
      const int field = w.rules.find(static_cast<std::uint16_t>(collection), assignment.field());
      if (field >= 0 && assignment.has_seen())
        copied(w, intent, record, static_cast<std::uint16_t>(collection), static_cast<std::uint16_t>(field), act,
               assignment.seen());
      else if (field >= 0 && !meant_again(meant, number, assignment.field()))
        assigned(w, intent, record, static_cast<std::uint16_t>(collection), static_cast<std::uint16_t>(field),
                 act.kind(), assignment);
    }
  }

  // What resolves a task writes what is visible there, or what one of the branches wrote.
  void settled(const world& w, intent_index intent, const Act& act) {
    const auto record = record_of(w, act.record());
    if (record == 0)
      return;
    const operation* first = nullptr;
    for (const auto& op : w.intents.operations(w.intents.get(intent)))
      if (op.record == record && op.task != 0 && first == nullptr)
        first = &op;
    if (first == nullptr)
      return wrong(w, intent, record, "it resolves no task of the record");
    for (const auto& op : w.intents.operations(w.intents.get(intent))) {
      for (const auto& item : w.intents.writes(op)) {
        const bool as_read = item.code == write_code::set && item.tag == item.before_tag && item.number == item.before;
        if (op.record == record && !as_read && !(act.settle().take() && of_branch(w, *first, item)))
          wrong(w, intent, record,
                fmt::format("{} becomes neither what is visible nor what a branch wrote, as was meant",
                            say_cell(w, record, op.collection, item.field)));
      }
    }
  }

  static bool of_branch(const world& w, const operation& settles, const write& item) {
    for (const auto branch : w.intents.branches(settles))
      for (const auto& op : w.intents.operations(w.intents.get(branch)))
        for (const auto& other : w.intents.writes(op))
          if (op.record == settles.record && other.field == item.field && other.code == item.code &&
              other.tag == item.tag && other.number == item.number)
            return true;
    return false;
  }

  static bool meant_again(const scenarios::Intention& meant, int number, const std::string& field) {
    for (int i = number + 1; i < meant.acts_size(); ++i)
      if (meant.acts(i).record() == meant.acts(number).record() && meant.acts(i).kind() != Act::CREATE)
        for (const auto& later : meant.acts(i).fields())
          if (later.field() == field && meant.acts(i).kind() != Act::INSERT && meant.acts(i).kind() != Act::ERASE)
            return true;
    return false;
  }

  void assigned(const world& w, intent_index intent, record_index record, std::uint16_t collection, std::uint16_t field,
                Act::Kind kind, const scenarios::Assignment& assignment) {
    if (kind == Act::INSERT || kind == Act::ERASE ||
        (kind == Act::CREATE && w.rules.field(collection, field)->is_set()))
      return changed_set(w, intent, record, collection, field, kind, assignment);
    const auto* item = w.intents.find_write(intent, record, field);
    const auto& rule = *w.rules.field(collection, field);
    const bool sums = w.rules.collection(collection)->sums(rule);
    write expected;
    expected.code = sums ? write_code::add : write_code::set;
    expected.tag = value_tag::integer;
    expected.number = assignment.integer();
    if (assignment.has_text()) {
      expected.tag = value_tag::text;
      expected.number = history::digest_of(assignment.text());
    } else if (assignment.has_record()) {
      const auto target = record_of(w, assignment.record());
      if (target == 0)
        return;
      expected.tag = value_tag::reference;
      expected.number = history::digest_of(w.names->record(target));
    } else if (kind == Act::ADD && !sums && item != nullptr) {
      expected.number = wrapping_add(item->before, assignment.integer());
    }
    if (item != nullptr && item->code == expected.code && item->tag == expected.tag && item->number == expected.number)
      return;
    wrong(w, intent, record,
          fmt::format("{} should become {}", say_cell(w, record, collection, field),
                      say(w, cell_value{expected.tag, expected.number})));
  }

  // "order.content" becomes what the user had just read there, of the record that the same act gives `order`.
  void copied(const world& w, intent_index intent, record_index record, std::uint16_t collection, std::uint16_t field,
              const Act& act, const std::string& from) {
    const auto dot = from.find('.');
    std::uint64_t symbol = 0;
    for (const auto& other : act.fields())
      if (other.has_record() && other.field() == from.substr(0, dot))
        symbol = other.record();
    const auto* creator = find(symbol >> 8);
    const auto source = record_of(w, symbol);
    const auto device = w.intents.get(intent).device;
    if (source == 0 || creator == nullptr || dot == std::string::npos || device >= reads_.size())
      return;
    const int in = w.rules.find(creator->acts(static_cast<int>(symbol & 0xFF)).collection());
    const int number = in < 0 ? -1 : w.rules.find(static_cast<std::uint16_t>(in), from.substr(dot + 1));
    const auto* item = w.intents.find_write(intent, record, field);
    for (const auto& read : reads_[device].of(w.intents.get(intent).plan_id))
      if (item != nullptr && read.record == source && read.field == number && read.is.tag == item->tag &&
          read.is.number == item->number)
        return;
    wrong(w, intent, record,
          fmt::format("{} is not what its user read in {}", say_cell(w, record, collection, field), from));
  }

  void changed_set(const world& w, intent_index intent, record_index record, std::uint16_t collection,
                   std::uint16_t field, Act::Kind kind, const scenarios::Assignment& assignment) {
    const auto code = kind == Act::ERASE ? write_code::set_erase : write_code::set_insert;
    const auto member = history::digest_of(assignment.text());
    for (const auto& op : w.intents.operations(w.intents.get(intent)))
      for (const auto& item : w.intents.writes(op))
        if (op.record == record && item.field == field && item.code == code && item.number == member)
          return;
    wrong(w, intent, record,
          fmt::format("'{}' should {} {}", assignment.text(), kind == Act::ERASE ? "leave" : "enter",
                      say_cell(w, record, collection, field)));
  }

  // Whole-record writes carry the other fields as they were read; field by field, nothing else is carried at all.
  void only_meant(const world& w, intent_index intent, const scenarios::Intention& meant) {
    for (const auto& op : w.intents.operations(w.intents.get(intent))) {
      const auto* collection = w.rules.collection(op.collection);
      if (op.code != operation_code::update || collection == nullptr)
        continue;
      for (const auto& item : w.intents.writes(op)) {
        const auto* field = w.rules.field(op.collection, item.field);
        const bool as_read = collection->whole_record() && item.tag == item.before_tag && item.number == item.before;
        if (field != nullptr && !as_read && !is_meant(meant, field->name))
          wrong(w, intent, op.record,
                fmt::format("it changes {}, which its user did not mean",
                            say_cell(w, op.record, op.collection, item.field)));
      }
    }
  }

  static bool is_meant(const scenarios::Intention& meant, const std::string& field) {
    for (const auto& act : meant.acts())
      if (act.kind() == Act::SETTLE)
        return true;
    for (const auto& act : meant.acts())
      for (const auto& assignment : act.fields())
        if (assignment.field() == field)
          return true;
    return false;
  }

  void wrong(const world& w, intent_index intent, record_index record, const std::string& what) {
    const auto& fact = w.intents.get(intent);
    violate(w, "intent is not what was meant", {fact.device, record, intent}, [&] {
      return fmt::format("{} is not what the user of d{} meant (intention {}): {}", w.name(intent), fact.device,
                         fact.plan_id, what);
    });
  }

  const scenarios::Plan& plan_;
  std::vector<reading_user> reads_;                                ///< by device
  tsl::robin_map<std::uint64_t, intent_index, spread> intents_of_; ///< by the plan's id; looked up only
};

} // namespace

std::unique_ptr<invariant> make_intention(const scenarios::Plan& plan) { return std::make_unique<intention>(plan); }

} // namespace squall::invariants
