#include "campaigns/shrink/essence.hpp"

#include "campaigns/run_plan.hpp"
#include "campaigns/shrink/surgery.hpp"
#include "engine/base/time.hpp"
#include "reports/first_violation.hpp"
#include "reports/history/sink.hpp"
#include "reports/story/cast.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace squall::campaigns {

namespace {

using history::entry_kind;
using history::intent_index;
using scenarios::Plan;

/// More changes than this are no essence.
constexpr std::size_t changes_max = 40;
/// Ids of the faults made here: above those that a plan gives or freezing makes.
constexpr std::uint64_t essence_ids = (1ull << 62) + (1ull << 33);
/// Between two steps of the story told evenly: whoever is online has sent and seen everything by then.
constexpr std::int64_t step_ns = 5 * minute_ns;
constexpr std::int64_t meeting_step_ns = 200 * millisecond_ns;
constexpr std::int64_t a_while_ns = 20 * second_ns;

/// Of a history, what tells who did what and had seen what; a cast can be made of it.
class notes final : public history::sink {
public:
  void append(std::span<const history::entry> entries, const history::name_table&) override {
    for (const auto& e : entries)
      switch (e.kind) {
        case entry_kind::intent_accepted:
        case entry_kind::intent_operation:
        case entry_kind::intent_write:
        case entry_kind::intent_committed:
        case entry_kind::branch_kept:
        case entry_kind::cursor_moved:
        case entry_kind::verdict_released:
        case entry_kind::queue_read:
        case entry_kind::queue_row: kept_.push_back(e); break;
        default: break;
      }
  }

  const std::vector<history::entry>& kept() const { return kept_; }

private:
  std::vector<history::entry> kept_;
};

/// What became of one change.
struct deed {
  std::uint64_t intention = 0;
  std::uint32_t device = 0;
  std::int64_t made_ns = 0;
  std::int64_t judged_ns = -1;    ///< by the server; -1: not before the violation
  std::uint64_t s = 0;            ///< the newest commit then
  std::int64_t behind_since = -1; ///< when the first was made, or judged late, that its author had not seen; -1: none
};

using deeds = std::vector<deed>;

class chronicle {
public:
  chronicle(const notes& heard, std::int64_t until) {
    for (const auto& e : heard.kept())
      if (e.at_ns <= until)
        hear(e);
  }

  const std::map<std::uint64_t, deed>& all() const { return all_; }
  std::uint64_t intention_of(intent_index intent) const {
    const auto it = intention_.find(intent);
    return it == intention_.end() ? 0 : it->second;
  }
  /// Those that change `record`, or, where that is none, a record that one of `intentions` changes; themselves among them.
  std::set<std::uint64_t> about(history::record_index record, const std::set<std::uint64_t>& intentions) const {
    const auto changed_by = [&](const std::set<std::uint64_t>& those) {
      return std::any_of(intentions.begin(), intentions.end(), [&](std::uint64_t id) { return those.count(id) > 0; });
    };
    auto out = intentions;
    for (const auto& [changed, those] : about_)
      if (record != 0 ? changed == record : changed_by(those))
        out.insert(those.begin(), those.end());
    return out;
  }
  bool had_seen(const deed& by, const deed& what) const {
    const auto moves = moves_.find(by.device);
    return moves != moves_.end() && std::any_of(moves->second.begin(), moves->second.end(), [&](const move& m) {
             return m.at_ns <= by.made_ns && m.at_ns > what.judged_ns && m.s >= what.s;
           });
  }

private:
  struct move {
    std::int64_t at_ns = 0;
    std::uint64_t s = 0;
  };

  void hear(const history::entry& e) {
    switch (e.kind) {
      case entry_kind::intent_accepted:
        intention_[e.intent] = e.ref;
        all_[e.ref] = {.intention = e.ref, .device = e.actor, .made_ns = e.at_ns};
        break;
      case entry_kind::intent_operation: about_[e.record].insert(intention_of(e.intent)); break;
      case entry_kind::intent_committed:
      case entry_kind::branch_kept:
        if (const auto it = all_.find(intention_of(e.intent)); it != all_.end() && it->second.judged_ns < 0) {
          it->second.judged_ns = e.at_ns;
          it->second.s = e.s;
        }
        break;
      case entry_kind::cursor_moved: moves_[e.actor].push_back({e.at_ns, e.s}); break;
      default: break;
    }
  }

  std::map<std::uint64_t, deed> all_; ///< by intention
  std::map<intent_index, std::uint64_t> intention_;
  std::map<history::record_index, std::set<std::uint64_t>> about_;
  std::map<std::uint32_t, std::vector<move>> moves_; ///< by device
};

/// Something else of the story happened before the server had it, or much time went by.
bool late(const deeds& all, const deed& of) {
  return of.judged_ns < 0 || of.judged_ns > of.made_ns + a_while_ns ||
         std::any_of(all.begin(), all.end(), [&](const deed& other) {
           const auto between = [&](std::int64_t t) { return t > of.made_ns && t < of.judged_ns; };
           return other.intention != of.intention && (between(other.made_ns) || between(other.judged_ns));
         });
}

/// The deeds of these intentions, as they were made; nothing where one was not.
deeds deeds_of(const chronicle& seen, const std::set<std::uint64_t>& intentions) {
  deeds out;
  for (const auto id : intentions) {
    const auto it = seen.all().find(id);
    if (it == seen.all().end())
      return {};
    out.push_back(it->second);
  }
  for (auto& mine : out)
    for (const auto& other : out)
      if (other.device != mine.device && other.judged_ns >= 0 && other.judged_ns < mine.made_ns &&
          !seen.had_seen(mine, other)) {
        const auto since = late(out, other) ? other.judged_ns : other.made_ns;
        mine.behind_since = mine.behind_since < 0 ? since : std::min(mine.behind_since, since);
      }
  std::sort(out.begin(), out.end(), [](const deed& a, const deed& b) {
    return std::pair(a.made_ns, a.intention) < std::pair(b.made_ns, b.intention);
  });
  return out;
}

/// Only these changes: nobody waits for others, no fault, no chance.
Plan only(const Plan& plan, const std::set<std::uint64_t>& kept) {
  Plan out = plan;
  out.clear_faults();
  out.clear_intentions();
  out.clear_reactions();
  for (const auto& intention : plan.intentions())
    if (kept.count(intention.id()) > 0)
      *out.add_intentions() = intention;
  for (auto& intention : *out.mutable_intentions())
    intention.clear_after();
  auto& network = *out.mutable_network();
  network.clear_loss_ppm();
  network.clear_duplicate_ppm();
  network.clear_reorder_ppm();
  network.clear_reorder_by_ns();
  network.clear_corrupt_ppm();
  network.clear_jitter_ns();
  network.mutable_latency()->set_constant_ns(40 * millisecond_ns);
  for (auto& device : *out.mutable_topology()->mutable_devices())
    device.clear_clock();
  return out;
}

void go_offline(Plan& plan, std::uint32_t device, std::int64_t from, std::int64_t until) {
  auto& fault = *plan.add_faults();
  fault.set_id(essence_ids + static_cast<std::uint64_t>(plan.faults_size()));
  fault.set_name("offline");
  fault.set_at_ns(std::max<std::int64_t>(0, from));
  fault.set_for_ns(std::max(second_ns, until - fault.at_ns()));
  fault.add_devices(device);
}

/// When each moment of the story is, once it is told: as it was, or in even steps.
class times {
public:
  times(const deeds& all, bool evenly) : evenly_(evenly) {
    for (const auto& d : all) {
      moments_.insert(d.made_ns);
      if (d.judged_ns >= 0 && late(all, d))
        moments_.insert(d.judged_ns);
    }
  }

  std::int64_t of(std::int64_t moment) const {
    return evenly_ ? step_ns * (1 + std::distance(moments_.begin(), moments_.lower_bound(moment))) : moment;
  }
  /// A device that is back tries again after a while, in its own time.
  std::int64_t judged(const deeds& all, const deed& d) const {
    return late(all, d) ? of(d.judged_ns) + (evenly_ ? step_ns / 2 : a_while_ns) : of(d.made_ns) + second_ns;
  }
  std::int64_t end() const { return moments_.empty() ? 0 : of(*moments_.rbegin()) + step_ns; }
  /// How long before a moment that a device must not hear of it goes offline.
  std::int64_t margin() const { return evenly_ ? step_ns / 2 : second_ns; }

private:
  bool evenly_;
  std::set<std::int64_t> moments_;
};

/// Nobody but `witness` hears of anything once what he did himself was judged: what the others would make of it is not told.
void leave(Plan& plan, const deeds& all, const times& when, std::uint32_t witness) {
  std::map<std::uint32_t, std::int64_t> last;
  for (const auto& d : all)
    last[d.device] = std::max(last[d.device], d.judged_ns < 0 ? when.end() : when.judged(all, d));
  for (const auto& [device, done] : last)
    if (device != witness && done + second_ns < when.end())
      go_offline(plan, device, done + second_ns, when.end());
}

Plan told(Plan out, const deeds& all, const times& when) {
  for (const auto& d : all) {
    for (auto& intention : *out.mutable_intentions())
      if (intention.id() == d.intention)
        intention.set_due_ns(when.of(d.made_ns));
    const bool was_late = late(all, d);
    if (d.behind_since < 0 && !was_late)
      continue;
    const auto from = (d.behind_since >= 0 ? when.of(d.behind_since) : when.of(d.made_ns)) - when.margin();
    const auto until = d.judged_ns < 0 ? when.end()
                       : was_late      ? when.of(d.judged_ns) - second_ns
                                       : when.of(d.made_ns) + second_ns;
    go_offline(out, d.device, from, until);
  }
  out.set_heal_at_ns(std::max(out.heal_at_ns(), when.end()));
  return out;
}

/// Who made the change that was judged last had not seen the one judged before it: they are made at one moment, that which
/// was judged first a little before. Nothing where he had.
std::optional<Plan> meeting(const Plan& bare, deeds all, const chronicle& seen) {
  std::sort(all.begin(), all.end(), [](const deed& a, const deed& b) { return a.judged_ns < b.judged_ns; });
  if (all.size() < 2)
    return std::nullopt;
  deed& first = all[all.size() - 2];
  deed& second = all.back();
  if (first.judged_ns < 0 || first.device == second.device || seen.had_seen(second, first))
    return std::nullopt;
  const auto together = std::max(first.made_ns, second.made_ns);
  for (deed* d : {&first, &second})
    *d = {.intention = d->intention, .device = d->device, .made_ns = together, .judged_ns = together, .s = d->s};
  Plan out = told(bare, all, times(all, true));
  for (auto& intention : *out.mutable_intentions())
    if (intention.id() == second.intention)
      intention.set_due_ns(intention.due_ns() + meeting_step_ns / 2);
  return out;
}

void add_forms(const Plan& plan, const std::set<std::uint64_t>& intentions, const chronicle& seen,
               std::uint32_t witness, std::vector<Plan>& out) {
  const auto all = deeds_of(seen, intentions);
  if (all.empty() || all.size() > changes_max)
    return;
  const Plan bare = only(plan, intentions);
  if (const auto met = meeting(bare, all, seen))
    for (const bool slowly : {false, true}) // they may have to meet within one step of the server
      for (const bool plain : {true, false}) {
        Plan form = *met;
        if (plain)
          form.clear_knobs();
        if (slowly) {
          form.mutable_knobs()->set_server_step_low_ns(meeting_step_ns);
          form.mutable_knobs()->set_server_step_high_ns(meeting_step_ns);
        }
        out.push_back(std::move(form));
      }
  for (const bool leaving : {false, true})
    for (const bool evenly : {true, false})
      for (const bool plain : {true, false}) {
        const times when(all, evenly);
        Plan form = told(bare, all, when);
        if (leaving)
          leave(form, all, when, witness);
        if (plain)
          form.clear_knobs();
        out.push_back(std::move(form));
      }
}

} // namespace

std::vector<Plan> essences_of(const Plan& plan) {
  if (!plan.reactions().empty())
    return {};
  notes heard;
  const auto run = run_plan(plan, {.sinks = {&heard}, .to_first_violation = true});
  const auto* about = run ? reports::first_violation_of(run->run).of : nullptr;
  if (about == nullptr)
    return {};
  const chronicle seen(heard, about->at_ns());
  const auto cast = story::cast_of(*about, plan, run->names, [&](history::sink& to, std::string&) {
    to.append(heard.kept(), run->names);
    return true;
  });
  std::vector<std::set<std::uint64_t>> ideas(2);
  for (const auto* list : {&cast.subjects, &cast.related})
    for (const auto intent : *list)
      if (const auto id = seen.intention_of(intent); id != 0)
        ideas[0].insert(id);
  ideas[1] = seen.about(cast.record, ideas[0]);
  const bool seen_by_one = about->has_device() && about->device() >= 1 &&
                           static_cast<int>(about->device()) <= plan.topology().devices_size();
  const auto witness = seen_by_one ? about->device() : 0;
  std::vector<Plan> out;
  for (const auto& idea : ideas)
    add_forms(plan, needed_by(plan, idea), seen, witness, out);
  for (auto& form : out) {
    auto kept = busy_devices(form);
    if (witness > 0)
      kept.insert(witness);
    form = with_devices(form, kept);
  }
  return out;
}

} // namespace squall::campaigns
