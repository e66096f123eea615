// A device that gives another name to what it has queued changes nothing else: what the intent does, asks for and was shown is
// what it was, but that the records which renamed intents create go by their new names.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

class intention_renamed final : public invariant {
public:
  intention_renamed() : invariant("intention", {}) {}

  void conclude(const world& w) override {
    const auto intent = w.seen.body_complete;
    const auto old = intent == 0 ? 0 : w.intents.past(intent).relabels;
    if (old == 0)
      return;
    checked();
    const auto& is = w.intents.get(intent);
    const auto& was = w.intents.get(old);
    if (is.plan_id != was.plan_id || is.scope != was.scope || !same_operations(is, was, w) || !same_guards(is, was, w))
      violate(w, "intent changes with the name", {is.device, 0, intent}, [&] {
        return fmt::format("{} is another name of {}; it is not the same in all else", w.name(intent), w.name(old));
      });
  }

  bool applies(const world&) const override { return said(); }

private:
  // The record goes by the name that the newest name of its creator gives it.
  static bool same_record(record_index is, record_index was, const world& w) {
    if (is == 0 || was == 0)
      return is == was;
    auto expected = w.names->record(was);
    if (const auto creator = w.intents.past(w.names->find(expected.creator)).relabelled; creator != 0)
      expected.creator = w.names->intent(creator);
    return w.names->record(is) == expected;
  }

  static bool same_value(value_tag tag, std::int64_t is, std::int64_t was, const world& w) {
    if (is == was || tag != value_tag::reference)
      return is == was;
    return w.server.record_of(was) != 0 && same_record(w.server.record_of(is), w.server.record_of(was), w);
  }

  static bool same_operations(const intent_fact& is, const intent_fact& was, const world& w) {
    const auto a = w.intents.operations(is);
    const auto b = w.intents.operations(was);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const operation& x, const operation& y) {
      return x.code == y.code && x.collection == y.collection && x.task == y.task && x.to == y.to &&
             same_record(x.record, y.record, w) && same_writes(x, y, w);
    });
  }

  static bool same_writes(const operation& is, const operation& was, const world& w) {
    const auto a = w.intents.writes(is);
    const auto b = w.intents.writes(was);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const write& x, const write& y) {
      return x.field == y.field && x.code == y.code && x.tag == y.tag && x.before_tag == y.before_tag &&
             same_value(x.tag, x.number, y.number, w) && same_value(x.before_tag, x.before, y.before, w);
    });
  }

  static bool same_guards(const intent_fact& is, const intent_fact& was, const world& w) {
    const auto a = w.intents.guards(is);
    const auto b = w.intents.guards(was);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const guard& x, const guard& y) {
      return x.collection == y.collection && x.field == y.field && x.compare == y.compare && x.tag == y.tag &&
             same_record(x.record, y.record, w) && same_value(x.tag, x.number, y.number, w);
    });
  }
};

} // namespace

std::unique_ptr<invariant> make_intention_renamed() { return std::make_unique<intention_renamed>(); }

} // namespace squall::invariants
