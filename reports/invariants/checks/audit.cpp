// The audit has one record for each intent that was judged, and says of it what was decided; those that committed stand in their
// order. From the records alone a fresh server decides the same again and comes to the state that the server shows.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"
#include "reports/invariants/model/rebuild.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

class audit final : public invariant {
public:
  explicit audit(std::uint64_t first_sequence)
      : invariant("audit",
                  {entry_kind::audit_read, entry_kind::audit_row, entry_kind::audit_field, entry_kind::export_began,
                   entry_kind::export_row, entry_kind::export_field, entry_kind::export_ended}),
        first_sequence_(first_sequence) {}

  void step(const entry& e, const world& w) override {
    switch (e.kind) {
      case entry_kind::audit_read:
        read_ = true;
        promised_ = static_cast<std::uint64_t>(e.value);
        records_.clear();
        break;
      case entry_kind::audit_row: return row(e);
      case entry_kind::audit_field:
        if (!records_.empty() && records_.back().one.intent == e.intent)
          records_.back().lost.push_back(
              {e.record, e.field, static_cast<rule_code>(e.rule), static_cast<intent_index>(e.ref)});
        else
          stray_ = e.intent;
        break;
      default: shown(e, w); break;
    }
  }

  void finish(const world& w) override {
    if (!read_)
      return;
    if (records_.size() != promised_ || stray_ != 0)
      violate(w, "records that are not whole", {0, 0, stray_}, [&] {
        return fmt::format("the server's audit was read as {} records, of which {} were told", promised_,
                           records_.size());
      });
    compare_records(w);
    missing(w);
    rebuild(w);
  }

  // A system that keeps no audit has none to be read.
  bool applies(const world&) const override { return read_; }

private:
  struct row_shown {
    bool live = false;
    std::vector<entry> fields;
  };
  struct scope_shown {
    position at = 0;
    std::map<record_index, row_shown> rows;
  };
  struct audit_record {
    rebuilt_server::record_of one;
    std::vector<lost_write> lost;
  };

  void row(const entry& e) {
    audit_record one;
    one.one.intent = e.intent;
    one.one.is = {static_cast<verdict_code>(e.code), static_cast<rule_code>(e.rule), static_cast<intent_index>(e.ref),
                  e.s};
    one.one.task = static_cast<std::uint32_t>(e.aux);
    one.one.stamp_wall = e.value;
    records_.push_back(std::move(one));
  }

  // -- what the server shows in the end ------------------------------------------------------------------------------------

  void shown(const entry& e, const world& w) {
    if (e.kind == entry_kind::export_began) {
      const bool server = static_cast<history::view_code>(e.code) == history::view_code::server;
      open_ = server ? &ends_[e.scope] : nullptr;
      if (server)
        *open_ = {w.server.head(), {}};
    } else if (open_ == nullptr)
      return;
    else if (e.kind == entry_kind::export_row)
      open_->rows[e.record].live = static_cast<history::presence_code>(e.code) == history::presence_code::live;
    else if (e.kind == entry_kind::export_field)
      open_->rows[e.record].fields.push_back(e);
    else
      open_ = nullptr;
  }

  // -- the records against what was told -----------------------------------------------------------------------------------

  static bool was_judged(const intent_fact& fact) {
    return fact.committed != 0 || fact.task != 0 || terminal(fact.released.code);
  }

  static verdict decided(const world& w, const intent_fact& fact) {
    if (terminal(fact.released.code))
      return fact.released;
    if (fact.committed != 0)
      return {fact.expected, rule_code::none, 0, w.server.sequence(fact.committed)};
    return fact.kept;
  }

  void compare_records(const world& w) {
    seen_.assign(w.intents.size(), 0);
    auto expected_s = std::uint64_t{0};
    for (const auto& record : records_) {
      const auto& one = record.one;
      const auto& fact = w.intents.get(one.intent);
      checked();
      const bool again = one.intent >= seen_.size() || seen_[one.intent]++ != 0;
      // A refusal that was told after the copy was put away may be in the copy.
      const bool sent = fact.carried != never || w.intents.past(fact).released.code != verdict_code::none;
      if (again || (!was_judged(fact) && !sent))
        violate(w, again ? "two records of one intent" : "record of what was not judged", {0, 0, one.intent}, [&] {
          return fmt::format("the audit holds {}, which {}", w.name(one.intent),
                             again ? "it holds already" : "nobody has sent");
        });
      else if (was_judged(fact))
        compare_decision(record, fact, w);
      if (takes_effect(one.is.code) && one.is.s <= expected_s)
        violate(w, "commits out of order", {0, 0, one.intent}, [&] {
          return fmt::format("the audit holds {}, committed at {}, after what was committed at {}", w.name(one.intent),
                             one.is.s, expected_s);
        });
      if (takes_effect(one.is.code))
        expected_s = std::max(expected_s, one.is.s);
    }
  }

  void compare_decision(const audit_record& record, const intent_fact& fact, const world& w) {
    const auto told = decided(w, fact);
    const auto& one = record.one;
    const bool conflict = told.code == verdict_code::conflicted && fact.task != 0;
    if (one.is != told || (conflict && one.task != fact.task))
      violate(w, "another decision", {0, 0, one.intent}, [&] {
        return fmt::format("the audit says that {} was {}; it was {}", w.name(one.intent), say(w, one.is),
                           say(w, told));
      });
    else if (told.code == verdict_code::merged && !same(record.lost, w.intents.lost(fact)))
      violate(w, "other fields", {0, 0, one.intent}, [&] {
        return fmt::format("the audit lists {} fields of {} that did not take effect; those are {}, or others",
                           record.lost.size(), w.name(one.intent), w.intents.lost(fact).size());
      });
  }

  static bool same(const std::vector<lost_write>& a, std::span<const lost_write> b) {
    return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
  }

  void missing(const world& w) {
    for (intent_index i = 1; i < w.intents.size(); ++i)
      if (const auto& fact = w.intents.get(i); was_judged(fact) && seen_[i] == 0)
        violate(w, "record missing", {0, 0, i}, [&] {
          return fmt::format("{} was {}, and the audit does not hold it", w.name(i), say(w, decided(w, fact)));
        });
  }

  // -- a server made of them -------------------------------------------------------------------------------------------------

  void rebuild(const world& w) {
    rebuilt_server fresh(w, first_sequence_);
    for (const auto& record : records_) {
      const auto& one = record.one;
      if (one.is.code == verdict_code::none || !follows(one, fresh.rows()))
        return incomplete(w, one);
      const auto found = fresh.next(one);
      checked(found.known ? 1 : 0);
      if (!found.stamp_right)
        violate(w, "stamp that cannot be", {0, 0, one.intent}, [&] {
          return fmt::format("the audit counts the stamp of {} at {}, which is not what the rules make of it",
                             w.name(one.intent), one.stamp_wall);
        });
      if (found.known && !found.agrees)
        return violate(w, "records lead elsewhere", {0, 0, one.intent}, [&] {
          return fmt::format(
              "by the records before it {} would be {}; its own record says that it was {}", w.name(one.intent),
              say(w, {found.expected.code, found.expected.rule, found.expected.winner, 0}), say(w, one.is));
        });
    }
    for (const auto& [scope, end] : ends_)
      if (end.at == w.server.head()) // else the server went on after it was exported
        compare_rows(end, fresh.rows(), scope, w);
  }

  static bool follows(const rebuilt_server::record_of& one, const state& rows) {
    return !takes_effect(one.is.code) || rows.next_sequence() == 0 || one.is.s == rows.next_sequence();
  }

  // Whoever cannot have the state before a commit cannot go on from there; what is missing has been told of.
  void incomplete(const world& w, const rebuilt_server::record_of& one) {
    if (result().violations().empty())
      violate(w, "gap in the records", {0, 0, one.intent}, [&] {
        return fmt::format("the audit goes on with {}, {}: what was committed before it is not there",
                           w.name(one.intent), say(w, one.is));
      });
  }

  void compare_rows(const scope_shown& end, const state& rows, std::uint32_t scope, const world& w) {
    std::vector<effect> none;
    const view sees(rows, rows.head(), none);
    for (const auto record : rows.records_of(scope)) {
      if (rows.scope_of(record, rows.head()) != scope)
        continue; // it has left, or never came
      checked();
      const auto found = end.rows.find(record);
      const bool live = found != end.rows.end() && found->second.live;
      if (live != sees.is_live(record) || (live && !equal(found->second, record, sees, w)))
        differs(record, rows.collection_of(record), w);
    }
    for (const auto& [record, shown] : end.rows)
      if (shown.live && rows.scope_of(record, rows.head()) != scope)
        differs(record, rows.known(record) ? rows.collection_of(record) : std::uint16_t{0}, w);
  }

  void differs(record_index record, std::uint16_t collection, const world& w) {
    violate(w, "another state", {0, record, 0}, [&] {
      return fmt::format("by the audit {} would not be as the server shows it",
                         say_cell(w, record, collection, effect::row));
    });
  }

  static bool equal(const row_shown& shown, record_index record, const view& sees, const world& w) {
    const auto* rules = w.rules.collection(sees.row(record).collection);
    std::size_t cells = 0;
    std::size_t members = 0;
    for (const auto& e : shown.fields) {
      if (e.field >= rules->fields.size())
        return false;
      const auto& field = rules->fields[e.field];
      if (field.is_derived()) {
        if (e.value != sees.derived(record, e.field, *w.names))
          return false;
        continue;
      }
      if (e.tag == value_tag::none)
        continue;
      const auto cell = sees.cell(record, e.field);
      if (field.is_set())
        ++members;
      else if (!cell.present || cell.value != cell_value{e.tag, e.value} || cell.writer != e.intent)
        return false;
      cells += field.is_set() ? 0 : 1;
      if (field.is_set() && !sees.base().has_member(record, e.field, e.value, sees.base().head()))
        return false;
    }
    std::size_t all = 0;
    for (const auto field : rules->sets)
      all += sees.members(record, field, rules->fields[field].rule == field_rule::remove_wins).size();
    return members == all && cells == sees.base().fields_with_value(record, sees.base().head());
  }

  std::uint64_t first_sequence_;
  bool read_ = false;
  std::uint64_t promised_ = 0;
  intent_index stray_ = 0;
  std::vector<audit_record> records_;
  std::vector<std::uint32_t> seen_; ///< by intent: how many records
  std::map<std::uint32_t, scope_shown> ends_;
  scope_shown* open_ = nullptr;
};

} // namespace

std::unique_ptr<invariant> make_audit(std::uint64_t first_sequence) { return std::make_unique<audit>(first_sequence); }

} // namespace squall::invariants
