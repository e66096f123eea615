#include "campaigns/shrink/shrink.hpp"

#include "campaigns/failure.hpp"
#include "campaigns/run_plan.hpp"
#include "campaigns/shrink/casting.hpp"
#include "campaigns/shrink/freeze.hpp"
#include "campaigns/shrink/laboratory.hpp"
#include "campaigns/shrink/reduction.hpp"
#include "campaigns/stopwatch.hpp"
#include "campaigns/workers.hpp"
#include "engine/base/hash.hpp"
#include "scenarios/writer/from_plan.hpp"
#include "scenarios/writer/yaml.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

namespace squall::campaigns {

namespace {

using scenarios::Plan;

/// A candidate may take so many times the events of the first run.
constexpr std::uint64_t events_allowed = 10;
constexpr std::uint64_t events_allowed_least = 200'000;
constexpr int rounds_max = 12;
constexpr std::size_t few_devices = 4;

bool same(const Plan& a, const Plan& b) { return a.SerializeAsString() == b.SerializeAsString(); }

class shrinker {
public:
  shrinker(const Plan& plan, const shrink_options& options)
      : options_(options), began_ns_(real_time_ns()), origin_(plan), plan_(plan), first_(first_run()),
        lab_(lab_options()) {
    entries_before_ = entries_of(plan).size();
    devices_before_ = static_cast<std::size_t>(plan.topology().devices_size());
    resume();
  }

  shrink_result run() {
    if (!minimal_) {
      if (!told_) {
        write_out_reactions();
        coarsely();
        freeze();
        to_fixpoint({plainer_settings(), plainer_faults(), plainer_entries()});
        tell();
      }
      minimal_ = to_the_end();
      if (!told_) { // what could not be frozen or told in a crowd may be now
        freeze();
        tell();
        if (told_)
          minimal_ = to_the_end();
      }
      keep();
    }
    return result();
  }

private:
  reports::Run first_run() const {
    if (options_.first != nullptr)
      return *options_.first;
    const auto work = [&](std::size_t) { return judged_by({.signature = options_.signature}, plan_); };
    return run_in_workers(1, work, [](std::size_t, reports::Run&) {}, {}).runs[0];
  }

  laboratory::options lab_options() const {
    laboratory::options o;
    o.wanted.signature = options_.signature;
    o.wanted.events_max = std::max(first_.events() * events_allowed, events_allowed_least);
    o.jobs = options_.jobs;
    o.stop = options_.stop;
    o.until_ns = began_ns_ + options_.real_time_ns_max;
    o.wanted.control = !plan_.sabotages().empty();
    return o;
  }

  /// Whoever fails without its sabotages, too, cannot be held against that.
  bool fails_without_sabotages() const {
    const auto work = [&](std::size_t) {
      Plan clean = plan_;
      clean.clear_sabotages();
      return judged_by({}, clean);
    };
    const auto run = run_in_workers(1, work, [](std::size_t, reports::Run&) {}, {}).runs[0];
    return run.verdict() == reports::FAIL;
  }

  void resume() {
    const auto* before = options_.resume;
    if (before == nullptr || before->origin() != origin_of(origin_, options_.signature) ||
        before->version() != program_version())
      return;
    told_ = before->told();
    plan_ = before->plan();
    minimal_ = before->minimal();
    tried_before_ = before->tried();
    spent_before_ns_ = before->spent_ns();
    entries_before_ = before->entries_before();
    devices_before_ = before->devices_before();
    lab_.set_control(!plan_.sabotages().empty() && !fails_without_sabotages());
  }

  void report(const char* doing) const {
    if (options_.progress)
      options_.progress({entries_of(plan_).size(), static_cast<std::size_t>(plan_.topology().devices_size()),
                         tried_before_ + lab_.tried(), doing});
  }

  void keep() const {
    if (!options_.keep)
      return;
    ShrinkProgress p;
    p.set_format(1);
    p.set_version(program_version());
    p.set_origin(origin_of(origin_, options_.signature));
    *p.mutable_plan() = plan_;
    p.set_told(told_);
    p.set_minimal(minimal_);
    p.set_tried(tried_before_ + lab_.tried());
    p.set_entries_before(entries_before_);
    p.set_devices_before(devices_before_);
    p.set_spent_ns(spent_ns());
    options_.keep(p);
  }

  std::int64_t spent_ns() const { return spent_before_ns_ + real_time_ns() - began_ns_; }

  void take(Plan better) {
    plan_ = std::move(better);
    keep();
  }

  /// Tries each place once, and where one was taken what has moved up into it; true if any was.
  bool reduce(const reduction& r) {
    bool changed = false;
    std::size_t at = 0;
    while (!lab_.out_of_time()) {
      report(r.what);
      const std::size_t places = r.places(plan_);
      if (at >= places)
        break;
      const auto make = [&](std::size_t i) -> std::optional<Plan> {
        auto candidate = r.at(plan_, at + i);
        const bool other = candidate && !same(*candidate, plan_);
        if (other && told_)
          candidate = retold(*candidate);
        return other && candidate && !same(*candidate, plan_) ? candidate : std::nullopt;
      };
      const auto hit = lab_.first_hit(places - at, make);
      if (!hit)
        break;
      Plan better = *make(*hit);
      at += *hit;
      take(std::move(better));
      changed = true;
    }
    return changed;
  }

  /// Entries in chunks of halving size; true if any went.
  bool fewer(std::size_t size) {
    bool changed = false;
    for (; size >= 1 && !lab_.out_of_time(); size /= 2)
      changed |= reduce(fewer_entries(size));
    return changed;
  }

  /// What is cut first shows whether the failure is its sabotages' alone; only where nothing can be cut is the dear run
  /// without them made.
  void at_large() {
    const auto all = fewer_at_large(plan_, sighting_of(options_.signature, first_));
    const auto cut = [&] {
      bool changed = false;
      for (const auto& r : all)
        changed |= reduce(r);
      return changed;
    };
    if (!cut() && !plan_.sabotages().empty() && !lab_.out_of_time() && fails_without_sabotages()) {
      lab_.set_control(false);
      cut();
    }
  }

  void coarsely() {
    at_large();
    reduce(at_once());
    if (crowded() && !move_in())
      freeze();
    for (const auto& r : plainer_settings()) // one candidate each spares many dear runs later
      reduce(r);
    for (const auto& r : fewer_kinds(plan_))
      reduce(r);
    if (most_are_at_work()) // for the load that they make, or because every cut draws anew what chance did
      harshly_for_a_few();
    if (busy_devices(plan_).size() > few_devices) // chance first: then those that have no part in it can go
      freeze();
    fewer(std::max<std::size_t>(1, entries_of(plan_).size() / 2));
  }

  /// A crowd of which few do anything: those alone, with numbers of their own. What is drawn is drawn anew then, but a run
  /// costs so much less that several seeds may be tried.
  bool move_in() {
    const auto devices = static_cast<std::size_t>(plan_.topology().devices_size());
    if (lab_.out_of_time())
      return false;
    report("fewer devices");
    const auto all = casts();
    const auto seeds = seeds_to_try(plan_);
    const auto make = [&](std::size_t i) -> std::optional<Plan> {
      const auto& cast = all[i / seeds.size()];
      if (cast.size() * 2 > devices)
        return std::nullopt;
      Plan candidate = with_devices(plan_, cast);
      candidate.set_seed(seeds[i % seeds.size()]);
      return candidate;
    };
    const auto hit = lab_.first_hit(all.size() * seeds.size(), make);
    if (hit)
      take(*make(*hit));
    return hit.has_value();
  }

  bool crowded() const {
    return busy_devices(plan_).size() * 4 <= static_cast<std::size_t>(plan_.topology().devices_size());
  }

  /// A story that is still long may be one of a bug that needs much of something; a harsher setting makes less enough. Only
  /// what gets shorter by it is kept.
  void harshly() {
    for (std::size_t i = 0; entries_of(plan_).size() > long_story; ++i) {
      const auto all = harsher(plan_);
      if (i >= all.size() || lab_.out_of_time())
        return;
      const auto harsh = told_ ? retold(all[i]) : all[i];
      if (!harsh || same(*harsh, plan_) || !lab_.meets(*harsh))
        continue;
      Plan before = std::exchange(plan_, *harsh);
      fewer(std::max<std::size_t>(1, entries_of(plan_).size() / 2));
      if (entries_of(plan_).size() >= entries_of(before).size())
        take(std::move(before));
    }
  }

  bool most_are_at_work() const {
    const auto at_work = busy_devices(plan_).size();
    return at_work > few_devices && at_work * 2 > devices_before_;
  }

  /// A harsher setting instead of many devices.
  void harshly_for_a_few() {
    for (auto& harsh : harsher(plan_)) {
      if (lab_.out_of_time() || !lab_.meets(harsh))
        continue;
      Plan before = std::exchange(plan_, std::move(harsh));
      for (const auto& r : fewer_kinds(plan_))
        reduce(r);
      if (!most_are_at_work())
        return;
      take(std::move(before));
    }
  }

  bool to_the_end() {
    reduce(at_once());
    harshly();
    return to_fixpoint({{fewer_devices(), at_once()},
                        plainer_settings(),
                        plainer_faults(),
                        plainer_entries(),
                        plainer_story(),
                        plainer_model()});
  }

  /// True where in the end nothing more could go, entries among it.
  bool to_fixpoint(const std::vector<std::vector<reduction>>& stages) {
    for (int round = 0; round < rounds_max && !lab_.out_of_time(); ++round) {
      bool changed = fewer(entries_of(plan_).size() > 24 ? 8 : 1);
      for (const auto& stage : stages)
        for (const auto& r : stage)
          changed |= reduce(r);
      if (!changed)
        return !lab_.out_of_time();
    }
    return false;
  }

  /// The very same day: every cut is then one of what people did, and no other reaction follows from it.
  void write_out_reactions() {
    if (plan_.reactions().empty() || lab_.out_of_time())
      return;
    report("reactions");
    const auto form = made_apart([&] {
      const auto written = reactions_frozen(plan_);
      return written ? std::vector{*written} : std::vector<Plan>{};
    });
    if (!form.empty() && lab_.meets(form.front()))
      take(form.front());
  }

  void freeze() {
    if ((!has_noise(plan_) && plan_.reactions().empty()) || lab_.out_of_time())
      return;
    report("freeze");
    const auto forms = made_apart([&] { return frozen(plan_, witness()); });
    const auto hit = lab_.first_hit(forms.size(), [&](std::size_t i) { return std::optional{forms[i]}; });
    if (!hit)
      return;
    take(forms[*hit]);
    for (const auto& r : fewer_kinds(plan_))
      reduce(r);
    if (crowded()) // then what chance did to the few does not hang on numbers
      move_in();
    fewer(std::max<std::size_t>(1, entries_of(plan_).size() / 2));
  }

  /// Devices have the numbers that they had.
  bool nobody_moved() const { return plan_.topology().devices_size() == origin_.topology().devices_size(); }

  std::uint32_t witness() const { return nobody_moved() ? sighting_of(options_.signature, first_).device : 0; }

  std::vector<std::set<std::uint32_t>> casts() const {
    return casts_of(plan_, nobody_moved() ? first_ : reports::Run{});
  }

  /// From here on the plan is what its scenario file gives. Devices get new numbers and entries new ids, so what is still
  /// drawn is drawn anew: other seeds may have to be tried.
  void tell() {
    if (told_ || lab_.out_of_time())
      return;
    report("tell");
    const auto all = casts();
    const auto seeds = seeds_to_try(plan_);
    const auto make = [&](std::size_t i) -> std::optional<Plan> {
      Plan candidate = with_devices(plan_, all[i / seeds.size()]);
      candidate.set_seed(seeds[i % seeds.size()]);
      candidate.set_about(fmt::format("The smallest story found that fails as {} did with seed {}: {}",
                                      origin_.scenario(), origin_.seed(), options_.signature));
      return retold(candidate);
    };
    const auto hit = lab_.first_hit(all.size() * seeds.size(), make);
    if (!hit)
      return;
    Plan told = *make(*hit);
    told_ = true;
    take(std::move(told));
  }

  shrink_result result() const {
    shrink_result out;
    out.plan = plan_;
    if (const auto told = scenarios::scenario_from(plan_); told && told_)
      out.scenario = scenarios::to_yaml(*told);
    out.entries_before = entries_before_;
    out.entries_after = entries_of(plan_).size();
    out.devices_before = devices_before_;
    out.devices_after = static_cast<std::size_t>(plan_.topology().devices_size());
    out.tried = tried_before_ + lab_.tried();
    out.spent_ns = spent_ns();
    out.minimal = minimal_;
    return out;
  }

  const shrink_options& options_;
  std::int64_t began_ns_;
  const Plan& origin_;
  Plan plan_;
  reports::Run first_;
  laboratory lab_;
  bool told_ = false; ///< the plan is what its scenario file gives, and every candidate likewise
  bool minimal_ = false;
  std::size_t entries_before_ = 0, devices_before_ = 0, tried_before_ = 0;
  std::int64_t spent_before_ns_ = 0;
};

} // namespace

std::string origin_of(const Plan& plan, const std::string& signature) {
  return fmt::format("{:016x} {}", content_hash(plan.SerializeAsString()), signature);
}

shrink_result shrink(const Plan& plan, const shrink_options& options) { return shrinker(plan, options).run(); }

} // namespace squall::campaigns
