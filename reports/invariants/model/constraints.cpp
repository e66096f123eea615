#include "reports/invariants/model/work.hpp"

#include <algorithm>
#include <tuple>

namespace squall::invariants {

bool earlier_id(const history::name_table& names, record_index a, record_index b) {
  const auto& x = names.record(a);
  const auto& y = names.record(b);
  return std::tie(x.creator.device, x.creator.incarnation, x.creator.seq, x.ordinal) <
         std::tie(y.creator.device, y.creator.incarnation, y.creator.seq, y.ordinal);
}

void resolver::constrain(work& w) const {
  const view before = w.on.first(w.before);
  check_values(w, before);
  if (w.decided() && !takes_effect(w.out.code))
    return;
  if ((!rules_.has_constraints() && w.out.moved == 0) || w.asked.names == nullptr)
    return;
  std::vector<record_index> touched; // in the order in which the operations did
  for (std::size_t i = w.before; i < w.on.overlay().size(); ++i)
    if (std::find(touched.begin(), touched.end(), w.on.overlay()[i].record) == touched.end())
      touched.push_back(w.on.overlay()[i].record);
  const auto refused = [&] { return !takes_effect(w.out.code); };
  for (const auto record : touched)
    if (!refused() && before.is_live(record) && !w.on.is_live(record))
      check_removed(w, record);
  if (w.asked.on_device)
    return;
  for (const auto record : touched)
    if (!refused())
      check_moved(w, before, record);
  for (const auto record : touched)
    if (!refused() && w.on.is_live(record))
      check_references(w, before, record);
  for (const auto record : touched)
    if (!refused() && w.on.is_live(record))
      check_keys(w, before, record);
}

// -- bounds and states -----------------------------------------------------------------------------------------------------

void resolver::check_values(work& w, const view& before) const {
  bool state_broken = false;
  for (std::size_t i = w.before; i < w.on.overlay().size(); ++i) {
    const auto& change = w.on.overlay()[i];
    const auto* field = rules_.field(change.collection, change.field);
    if (field == nullptr || (!field->at_least && !field->at_most && field->states.empty()))
      continue;
    const auto was = before.cell(change.record, change.field);
    const auto is = w.on.cell(change.record, change.field);
    if (was.present && was.value == is.value)
      continue;
    if (is.value.tag == value_tag::integer && !field->within(is.value.number))
      return w.reject(rule_code::bound);
    state_broken |= !field->states.empty() && !field->may_become(was.value, is.value.number);
  }
  if (state_broken)
    w.reject(rule_code::state);
}

// -- references -------------------------------------------------------------------------------------------------------------

// All that may refer to it, in the order of their ids.
std::vector<record_index> resolver::referrers_of(const work& w, record_index record) const {
  const auto& names = *w.asked.names;
  auto referrers = w.on.referrers(history::digest_of(names.record(record)));
  std::sort(referrers.begin(), referrers.end(), [&](auto a, auto b) { return earlier_id(names, a, b); });
  referrers.erase(std::unique(referrers.begin(), referrers.end()), referrers.end());
  return referrers;
}

// A record is not live any more: its referrers go with it, or stand against it.
void resolver::check_removed(work& w, record_index removed) const {
  const auto digest = history::digest_of(w.asked.names->record(removed));
  for (const auto referrer : referrers_of(w, removed))
    if (takes_effect(w.out.code) && w.on.is_live(referrer))
      check_referrer(w, referrer, removed, digest);
}

void resolver::check_referrer(work& w, record_index referrer, record_index removed, std::int64_t digest) const {
  const auto row = w.on.row(referrer);
  const auto& rules = *rules_.collection(row.collection);
  const auto refers = [&](std::uint16_t field) {
    return w.on.cell(referrer, field).value == cell_value{value_tag::reference, digest};
  };
  const auto field = std::find_if(rules.references.begin(), rules.references.end(), refers);
  if (field == rules.references.end())
    return;
  switch (rules.fields[*field].when_deleted) {
    case on_delete::cascade: {
      push_row(w, referrer, row.collection, false, row.scope);
      ++w.out.cascaded;
      // It keeps the greater stamp of its own and the intent's.
      intent_index holder = 0;
      if (rules.is_register())
        static_cast<void>(competes(w, referrer, holder));
      return check_removed(w, referrer);
    }
    case on_delete::restrict:
      if (!w.asked.on_device)
        w.reject(rule_code::reference);
      return;
    case on_delete::task:
      if (!w.asked.on_device)
        w.conflict(row.writer, rule_code::reference, {removed});
      return;
    case on_delete::nothing: return;
  }
}

// A live record that the intent made live, or gave a new reference, must refer to what is live.
void resolver::check_references(work& w, const view& before, record_index record) const {
  const auto own = w.on.row(record);
  const auto& rules = *rules_.collection(own.collection);
  const bool made_live = !before.is_live(record);
  for (const auto number : rules.references) {
    const auto cell = w.on.cell(record, number);
    if (!cell.present || cell.value.tag != value_tag::reference)
      continue;
    if (!made_live && before.cell(record, number).value == cell.value)
      continue;
    const auto target = base_.record_of(cell.value.number);
    const auto row = w.on.row(target);
    if (row.known && row.scope != own.scope)
      return w.reject(rule_code::denied);
    if (row.known && row.live)
      continue;
    if (!row.known)
      return w.reject(refused_create(w, target) ? rule_code::dependency : rule_code::gone);
    switch (rules.fields[number].when_deleted) {
      case on_delete::restrict: return w.reject(rule_code::reference);
      case on_delete::cascade: return w.decide(verdict_code::superseded, rule_code::reference, row.writer);
      default: return w.conflict(row.writer, rule_code::reference, {target});
    }
  }
}

// -- unique keys ------------------------------------------------------------------------------------------------------------

void resolver::check_keys(work& w, const view& before, record_index record) const {
  const auto collection = w.on.row(record).collection;
  const auto& keys = rules_.collection(collection)->keys;
  for (std::size_t k = 0; k < keys.size() && takes_effect(w.out.code); ++k) {
    const auto values = w.on.key(record, keys[k]);
    const bool had = before.is_live(record) && before.row(record).scope == w.on.row(record).scope;
    if (values.empty() || (had && before.key(record, keys[k]) == values))
      continue;
    check_key(w, record, collection, k, values);
  }
}

void resolver::check_key(work& w, record_index record, std::uint16_t collection, std::size_t number,
                         const std::vector<cell_value>& values) const {
  const auto& fields = rules_.collection(collection)->keys[number];
  const auto scope = w.on.row(record).scope;
  record_index other = 0;
  for (const auto candidate : w.on.had_key(scope, collection, number, values)) {
    const auto row = w.on.row(candidate);
    if (candidate == record || !row.live || row.scope != scope || w.on.key(candidate, fields) != values)
      continue;
    if (other == 0 || earlier_id(*w.asked.names, candidate, other))
      other = candidate;
  }
  if (other == 0)
    return;
  cell_view newest;
  for (const auto field : fields) {
    const auto cell = w.on.cell(other, field);
    if (!newest.present || cell.at > newest.at)
      newest = cell;
  }
  w.conflict(newest.writer, rule_code::unique, {other, static_cast<std::uint16_t>(65534 - number)});
}

} // namespace squall::invariants
