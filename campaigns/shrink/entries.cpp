#include "campaigns/shrink/reduction.hpp"
#include "campaigns/shrink/surgery.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace squall::campaigns {

namespace {

using scenarios::Plan;

/// A place inside an intention, found by counting.
struct inside {
  int intention = 0;
  int act = 0;
  int part = 0;
};
using part_count = std::function<int(const scenarios::Intention&, int act)>;

std::optional<inside> find(const Plan& plan, std::size_t place, const part_count& parts) {
  for (int i = 0; i < plan.intentions_size(); ++i)
    for (int k = 0; k < plan.intentions(i).acts_size(); ++k) {
      const auto n = static_cast<std::size_t>(parts(plan.intentions(i), k));
      if (place < n)
        return inside{i, k, static_cast<int>(place)};
      place -= n;
    }
  return std::nullopt;
}

std::size_t count(const Plan& plan, const part_count& parts) {
  std::size_t sum = 0;
  for (const auto& intention : plan.intentions())
    for (int k = 0; k < intention.acts_size(); ++k)
      sum += static_cast<std::size_t>(parts(intention, k));
  return sum;
}

reduction fewer_acts() {
  const part_count parts = [](const scenarios::Intention&, int) { return 1; };
  return {"act", [=](const Plan& plan) { return count(plan, parts); },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto at = find(plan, i, parts);
            return at ? without_act(plan, at->intention, at->act) : std::nullopt;
          }};
}

reduction fewer_fields() {
  const part_count parts = [](const scenarios::Intention& i, int act) { return i.acts(act).fields_size(); };
  return {"field", [=](const Plan& plan) { return count(plan, parts); },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto at = find(plan, i, parts);
            if (!at)
              return std::nullopt;
            const auto& act = plan.intentions(at->intention).acts(at->act);
            if (act.fields_size() == 1 && act.kind() != scenarios::Act::CREATE)
              return std::nullopt; // nothing would be left to do
            Plan out = plan;
            out.mutable_intentions(at->intention)->mutable_acts(at->act)->mutable_fields()->DeleteSubrange(at->part, 1);
            return out;
          }};
}

/// Guards, then `after`.
reduction fewer_conditions() {
  const part_count parts = [](const scenarios::Intention& i, int act) {
    return act == 0 ? i.guards_size() + (i.after() != 0) : 0;
  };
  return {"condition", [=](const Plan& plan) { return count(plan, parts); },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto at = find(plan, i, parts);
            if (!at)
              return std::nullopt;
            Plan out = plan;
            auto& intention = *out.mutable_intentions(at->intention);
            if (at->part < intention.guards_size())
              intention.mutable_guards()->DeleteSubrange(at->part, 1);
            else
              intention.clear_after();
            return out;
          }};
}

reduction one_record_for_two() {
  static constexpr std::size_t others_max = 8;
  return {"record", [](const Plan& plan) { return records_of(plan).size() * others_max; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto records = records_of(plan);
            const auto& gone = records[i / others_max];
            std::size_t wanted = i % others_max;
            for (const auto& other : records)
              if (other.symbol != gone.symbol && *other.collection == *gone.collection && wanted-- == 0)
                return merged_records(plan, gone.symbol, other.symbol);
            return std::nullopt;
          }};
}

/// All that one device does is done by another; the lower number stays, unless only the other way round will do.
reduction one_device_for_two() {
  const auto busy_of = [](const Plan& plan) {
    const auto busy = busy_devices(plan);
    return std::vector<std::uint32_t>(busy.begin(), busy.end());
  };
  return {"device for two", [=](const Plan& plan) { return busy_of(plan).size() * busy_of(plan).size(); },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto busy = busy_of(plan);
            const auto gone = busy[busy.size() - 1 - i / busy.size()];
            const auto kept = busy[i % busy.size()];
            if (gone == kept)
              return std::nullopt;
            Plan out = plan;
            for (auto& intention : *out.mutable_intentions())
              if (intention.device() == gone)
                intention.set_device(kept);
            for (auto& fault : *out.mutable_faults()) {
              std::set<std::uint32_t> devices(fault.devices().begin(), fault.devices().end());
              if (devices.erase(gone) > 0)
                devices.insert(kept);
              *fault.mutable_devices() = {devices.begin(), devices.end()};
              if (fault.message().device() == gone)
                fault.mutable_message()->set_device(kept);
            }
            return out;
          }};
}

} // namespace

reduction fewer_entries(std::size_t size) {
  return {"entry", [=](const Plan& plan) { return (entries_of(plan).size() + size - 1) / size; },
          [=](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto all = entries_of(plan);
            std::vector<std::uint64_t> intentions, faults;
            for (std::size_t k = i * size; k < std::min((i + 1) * size, all.size()); ++k)
              (all[k].what == entry::kind::fault ? faults : intentions).push_back(all[k].id);
            return without_entries(plan, intentions, faults);
          }};
}

std::vector<reduction> plainer_entries() {
  return {fewer_acts(), fewer_fields(), fewer_conditions(), one_record_for_two(), one_device_for_two()};
}

reduction fewer_devices() {
  // All idle ones at once: what is drawn is drawn anew, so other seeds may do where this one does not. Then one at a time.
  static constexpr std::size_t seeds = 8;
  return {"idle device",
          [](const Plan& plan) {
            const auto devices = static_cast<std::size_t>(plan.topology().devices_size());
            return devices > 1 ? seeds + 1 + devices : 0;
          },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            std::set<std::uint32_t> kept = busy_devices(plan);
            if (i > seeds) {
              const auto gone = static_cast<std::uint32_t>(i - seeds);
              if (kept.count(gone) > 0)
                return std::nullopt;
              for (const auto& device : plan.topology().devices())
                if (device.id() != gone)
                  kept.insert(device.id());
            }
            if (kept.empty() || kept.size() == static_cast<std::size_t>(plan.topology().devices_size()))
              return std::nullopt;
            Plan out = with_devices(plan, kept);
            if (i > 0 && i <= seeds)
              out.set_seed(i);
            return out;
          }};
}

} // namespace squall::campaigns
