#include "campaigns/shrink/freeze.hpp"

#include "actors/simulation.hpp"
#include "actors/system/squall_system.hpp"
#include "scenarios/reactions/reactions.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace squall::campaigns {

namespace {

using actors::chance;
using scenarios::Plan;

/// Ids of frozen noise: above all that the planner gives and those of lost acknowledgements.
constexpr std::uint64_t frozen_ids = (1ull << 62) + (1ull << 32);
/// More messages than this are not each given their own delay; those of one device, so many.
constexpr std::size_t exact_messages_max = 400;
constexpr std::size_t exact_messages_of_witness_max = 4000;

bool by_chance(const scenarios::Fault& fault) {
  return fault.name() == "loss" || fault.name() == "duplication" || fault.name() == "reordering" ||
         fault.name() == "corruption";
}

/// Names messages: by the change that they carry and how often it was carried so far, else by a time since which they are the
/// first of their class.
class anchors {
public:
  /// `reactions`: the plan holds what users did in reaction, so that it can be named.
  explicit anchors(bool reactions) : reactions_(reactions) {}

  struct place {
    std::uint64_t intention = 0;
    std::uint32_t ordinal = 1;
    std::int64_t since_ns = 0;
  };

  place next(const chance& c) {
    place out;
    auto& last = last_[{c.device, c.cls}];
    for (std::size_t i = 0; i < c.carried.size(); ++i) {
      const auto ordinal = ++carried_[{c.carried[i], c.cls}];
      if (out.intention == 0 && (reactions_ || !scenarios::is_reaction(c.carried[i])))
        out = {c.carried[i], ordinal, 0};
    }
    if (out.intention == 0)
      out.since_ns = std::max(last + 1, c.at_ns - second_ns);
    last = c.at_ns;
    return out;
  }

private:
  bool reactions_;
  std::map<std::pair<std::uint32_t, io::message_class>, std::int64_t> last_{};
  std::map<std::pair<std::uint64_t, io::message_class>, std::uint32_t> carried_;
};

using of_devices = std::function<bool(std::uint32_t)>;
bool nobody(std::uint32_t) { return false; }
bool everybody(std::uint32_t) { return true; }

class freezer {
public:
  freezer(const Plan& plan, const std::vector<chance>& seen) : plan_(plan), seen_(seen) {}

  /// `latency_ns`: constant from now on; 0: it stays as it is. `exactly`: whose messages keep their own delays.
  Plan freeze(std::int64_t latency_ns, const of_devices& exactly) {
    out_ = plan_;
    out_.clear_faults();
    for (const auto& fault : plan_.faults())
      if (!by_chance(fault))
        *out_.add_faults() = fault;
    auto& network = *out_.mutable_network();
    network.clear_loss_ppm();
    network.clear_duplicate_ppm();
    network.clear_reorder_ppm();
    network.clear_reorder_by_ns();
    network.clear_corrupt_ppm();
    network.clear_jitter_ns();
    if (latency_ns > 0)
      network.mutable_latency()->set_constant_ns(latency_ns);
    anchors names(plan_.reactions().empty());
    for (const chance& c : seen_)
      put(c, names.next(c), latency_ns, exactly(c.device));
    return out_;
  }

private:
  void put(const chance& c, const anchors::place& at, std::int64_t latency_ns, bool exactly) {
    if (c.lost)
      return add("drop_message", c, at, nullptr, 0);
    if (c.delay_ns == 0)
      return; // it was cut off, not by chance
    const std::int64_t late = c.delay_ns - latency_ns;
    if ((c.delayed || exactly) && late > 0)
      add("delay_message", c, at, "by", late);
    if (c.duplicated)
      add("duplicate_message", c, at, "by", std::max<std::int64_t>(0, c.copy_ns - c.delay_ns));
    if (c.corrupted)
      add("corrupt_message", c, at, "bit", static_cast<std::int64_t>(c.bit));
  }

  void add(const char* name, const chance& c, const anchors::place& at, const char* parameter, std::int64_t value) {
    auto& fault = *out_.add_faults();
    fault.set_id(frozen_ids + static_cast<std::uint64_t>(out_.faults_size()));
    fault.set_name(name);
    fault.set_at_ns(at.since_ns);
    fault.add_devices(c.device);
    fault.mutable_message()->set_message_class(io::to_string(c.cls));
    fault.mutable_message()->set_device(c.device);
    fault.mutable_message()->set_intention(at.intention);
    fault.mutable_message()->set_ordinal(at.ordinal);
    if (parameter == nullptr)
      return;
    constexpr std::int64_t longest = 10 * minute_ns;
    auto& p = *fault.add_parameters();
    p.set_name(parameter);
    p.set_value(std::min(value, std::string_view(parameter) == "by" ? longest : std::int64_t{1'000'000'000}));
  }

  const Plan& plan_;
  const std::vector<chance>& seen_;
  Plan out_;
};

void add_forms(const Plan& plan, const std::vector<chance>& seen, std::uint32_t witness, std::vector<Plan>& out) {
  freezer freeze(plan, seen);
  for (const std::int64_t latency : {40 * millisecond_ns, 200 * millisecond_ns, second_ns})
    out.push_back(freeze.freeze(latency, nobody));
  const auto of_witness = [=](std::uint32_t device) { return device == witness; };
  std::int64_t least = second_ns;
  std::size_t seen_of_witness = 0;
  for (const chance& c : seen) {
    if (c.delay_ns > 0)
      least = std::min(least, c.delay_ns);
    seen_of_witness += of_witness(c.device);
  }
  if (seen.size() <= exact_messages_max)
    out.push_back(freeze.freeze(std::max<std::int64_t>(1, least - 1), everybody));
  out.push_back(freeze.freeze(0, nobody));
  if (seen.size() > exact_messages_max && witness != 0 && seen_of_witness <= exact_messages_of_witness_max)
    out.push_back(freeze.freeze(std::max<std::int64_t>(1, least - 1), of_witness));
}

result<actors::simulation_outcome> run_of(const Plan& plan, std::vector<chance>* seen) {
  actors::squall_system system;
  actors::simulation_options how;
  how.system = &system;
  how.chances = seen;
  return actors::simulate(plan, how);
}

} // namespace

bool has_noise(const Plan& plan) {
  const auto& n = plan.network();
  return n.loss_ppm() + n.duplicate_ppm() + n.reorder_ppm() + n.corrupt_ppm() > 0 || n.jitter_ns() > 0 ||
         !n.latency().has_constant_ns() || std::any_of(plan.faults().begin(), plan.faults().end(), by_chance);
}

std::optional<Plan> reactions_frozen(const Plan& plan) {
  if (plan.reactions().empty())
    return std::nullopt;
  const auto outcome = run_of(plan, nullptr);
  return outcome ? std::optional(scenarios::written_out(plan, outcome->reacted)) : std::nullopt;
}

std::vector<Plan> frozen(const Plan& plan, std::uint32_t witness) {
  if (!has_noise(plan) && plan.reactions().empty())
    return {};
  std::vector<chance> seen;
  const auto outcome = run_of(plan, &seen);
  if (!outcome)
    return {};
  std::vector<Plan> out;
  if (!plan.reactions().empty()) {
    const Plan explicitly = scenarios::written_out(plan, outcome->reacted);
    if (has_noise(plan))
      add_forms(explicitly, seen, witness, out);
    out.push_back(explicitly);
  }
  if (has_noise(plan))
    add_forms(plan, seen, witness, out);
  return out;
}

} // namespace squall::campaigns
