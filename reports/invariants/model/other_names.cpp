#include "reports/invariants/model/other_names.hpp"

#include <algorithm>

namespace squall::invariants {

namespace {

class comparison {
public:
  comparison(const world& w, intent_index renamed)
      : w_(w), now_(w.intents.get(renamed)), was_(w.intents.get(w.intents.past(renamed).relabels)) {}

  std::string difference() const {
    if (now_.plan_id != was_.plan_id)
      return "it is another intention";
    if (now_.scope != was_.scope)
      return "it names another scope";
    const auto now = w_.intents.operations(now_);
    const auto was = w_.intents.operations(was_);
    if (!std::ranges::equal(now, was, [&](const operation& a, const operation& b) { return same(a, b); }))
      return "its operations are others";
    const auto guards = w_.intents.guards(now_);
    const auto guards_before = w_.intents.guards(was_);
    if (!std::ranges::equal(guards, guards_before, [&](const guard& a, const guard& b) {
          return same(a.record, b.record) && a.collection == b.collection && a.field == b.field &&
                 a.compare == b.compare && same(a.tag, a.number, b.tag, b.number);
        }))
      return "its guards are others";
    return {};
  }

private:
  /// How a record of that name is called from now on.
  history::record_name renamed(history::record_name name) const {
    const auto creator = w_.names->find(name.creator);
    const auto other = creator == 0 ? 0 : w_.intents.past(creator).relabelled;
    const auto& fact = w_.intents.get(other);
    // What other devices call otherwise, or what was called so at another time, stays.
    if (other != 0 && fact.device == now_.device && fact.incarnation == now_.incarnation)
      name.creator = w_.names->intent(other);
    return name;
  }

  bool same(record_index now, record_index was) const {
    return now == 0 || was == 0 ? now == was : w_.names->record(now) == renamed(w_.names->record(was));
  }

  bool same(value_tag tag, std::int64_t number, value_tag tag_before, std::int64_t number_before) const {
    if (tag != tag_before)
      return false;
    const auto referred = tag == value_tag::reference ? w_.server.record_of(number_before) : record_index{0};
    return number == (referred == 0 ? number_before : history::digest_of(renamed(w_.names->record(referred))));
  }

  bool same(const operation& now, const operation& was) const {
    return same(now.record, was.record) && now.code == was.code && now.collection == was.collection &&
           now.task == was.task && now.to == was.to &&
           std::ranges::equal(w_.intents.branches(now), w_.intents.branches(was)) &&
           std::ranges::equal(w_.intents.writes(now), w_.intents.writes(was), [&](const write& a, const write& b) {
             return a.field == b.field && a.code == b.code && same(a.tag, a.number, b.tag, b.number) &&
                    same(a.before_tag, a.before, b.before_tag, b.before);
           });
  }

  const world& w_;
  const intent_fact& now_;
  const intent_fact& was_;
};

} // namespace

std::string changed_with_name(const world& w, intent_index renamed) { return comparison(w, renamed).difference(); }

} // namespace squall::invariants
