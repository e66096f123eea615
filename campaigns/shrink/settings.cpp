#include "campaigns/shrink/reduction.hpp"
#include "engine/base/time.hpp"
#include "faults/catalogue.hpp"

namespace squall::campaigns {

namespace {

using google::protobuf::FieldDescriptor;
using scenarios::Plan;

std::vector<const FieldDescriptor*> set_fields(const google::protobuf::Message& m) {
  std::vector<const FieldDescriptor*> set;
  m.GetReflection()->ListFields(m, &set);
  return set;
}

/// All at once, then each.
reduction default_knobs() {
  return {"setting", [](const Plan& plan) { return set_fields(plan.knobs()).size() + 1; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            if (i == 0)
              out.clear_knobs();
            else if (const auto set = set_fields(plan.knobs()); i <= set.size())
              out.knobs().GetReflection()->ClearField(out.mutable_knobs(), set[i - 1]);
            return out;
          }};
}

/// A server that always takes equally long draws nothing.
reduction steady_server() {
  static constexpr std::int64_t lengths[] = {5 * millisecond_ns, 50 * millisecond_ns, 200 * millisecond_ns};
  return {"server step", [](const Plan&) { return std::size(lengths); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto& knobs = plan.knobs();
            if (knobs.server_step_high_ns() == knobs.server_step_low_ns())
              return std::nullopt;
            Plan out = plan;
            out.mutable_knobs()->set_server_step_low_ns(lengths[i]);
            out.mutable_knobs()->set_server_step_high_ns(lengths[i]);
            return out;
          }};
}

reduction quiet_network() {
  return {"noise", [](const Plan&) { return std::size_t{6}; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            auto& network = *out.mutable_network();
            const bool all = i == 0;
            if (all || i == 1)
              network.clear_loss_ppm();
            if (all || i == 2)
              network.clear_duplicate_ppm();
            if (all || i == 3)
              network.clear_corrupt_ppm();
            if (all || i == 4)
              network.clear_jitter_ns();
            if (all || i == 5) {
              network.clear_reorder_ppm();
              network.clear_reorder_by_ns();
            }
            return out;
          }};
}

reduction constant_latency() {
  static constexpr std::int64_t latencies[] = {40 * millisecond_ns, 200 * millisecond_ns, second_ns};
  return {"latency", [](const Plan&) { return std::size(latencies); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            if (plan.network().latency().has_constant_ns() && plan.network().latency().constant_ns() <= latencies[i])
              return std::nullopt;
            Plan out = plan;
            out.mutable_network()->mutable_latency()->set_constant_ns(latencies[i]);
            return out;
          }};
}

/// Where jitter cannot simply go, another latency may do without.
reduction steady_latency() {
  static constexpr std::int64_t latencies[] = {50, 60, 65, 75, 90, 100, 150, 200, 500, 1000};
  return {"latency", [](const Plan& plan) { return plan.network().jitter_ns() > 0 ? std::size(latencies) : 0; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            out.mutable_network()->clear_jitter_ns();
            out.mutable_network()->mutable_latency()->set_constant_ns(latencies[i] * millisecond_ns);
            return out;
          }};
}

/// All at once, then each.
reduction right_clocks() {
  return {"clock", [](const Plan& plan) { return static_cast<std::size_t>(plan.topology().devices_size()) + 1; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            for (auto& device : *out.mutable_topology()->mutable_devices())
              if (i == 0 || device.id() == i)
                device.clear_clock();
            return out;
          }};
}

/// Users who react, where what they do could not be written out. All at once, then each.
reduction fewer_reactions() {
  return {"reaction",
          [](const Plan& plan) {
            return plan.reactions().empty() ? 0 : static_cast<std::size_t>(plan.reactions_size()) + 1;
          },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            Plan out = plan;
            if (i == 0)
              out.clear_reactions();
            else if (static_cast<int>(i) <= out.reactions_size())
              out.mutable_reactions()->DeleteSubrange(static_cast<int>(i) - 1, 1);
            return out;
          }};
}

reduction fewer_sabotages() {
  return {
      "sabotage",
      [](const Plan& plan) { return plan.sabotages_size() > 1 ? static_cast<std::size_t>(plan.sabotages_size()) : 0; },
      [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
        Plan out = plan;
        out.mutable_sabotages()->DeleteSubrange(static_cast<int>(i), 1);
        return out;
      }};
}

reduction shorter_faults() {
  static constexpr std::int64_t lengths[] = {second_ns, 5 * second_ns, 10 * second_ns, 30 * second_ns,
                                             minute_ns, 2 * minute_ns, 5 * minute_ns,  10 * minute_ns};
  return {"fault's length",
          [](const Plan& plan) { return static_cast<std::size_t>(plan.faults_size()) * std::size(lengths); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto which = static_cast<int>(i / std::size(lengths));
            const auto length = lengths[i % std::size(lengths)];
            if (plan.faults(which).for_ns() <= length)
              return std::nullopt;
            Plan out = plan;
            out.mutable_faults(which)->set_for_ns(length);
            return out;
          }};
}

/// How long a message is held back: shorter, or up to a whole second.
reduction rounder_delays() {
  static constexpr std::int64_t lengths[] = {second_ns,      5 * second_ns, 10 * second_ns, 20 * second_ns,
                                             30 * second_ns, minute_ns,     2 * minute_ns,  0};
  return {"delay", [](const Plan& plan) { return static_cast<std::size_t>(plan.faults_size()) * std::size(lengths); },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto which = static_cast<int>(i / std::size(lengths));
            const auto length = lengths[i % std::size(lengths)];
            Plan out = plan;
            bool changed = false;
            for (auto& parameter : *out.mutable_faults(which)->mutable_parameters()) {
              const auto now = parameter.value();
              const auto becomes = length > 0 ? length : (now + second_ns - 1) / second_ns * second_ns;
              if (parameter.name() != "by" || becomes == now || (length > 0 && length > now))
                continue;
              parameter.set_value(becomes);
              changed = true;
            }
            return changed ? std::optional(std::move(out)) : std::nullopt;
          }};
}

/// Parameters that a fault has anyway, and one target instead of many.
reduction plainer_parameters() {
  static constexpr std::size_t each = 8;
  return {"fault's parameter", [](const Plan& plan) { return static_cast<std::size_t>(plan.faults_size()) * each; },
          [](const Plan& plan, std::size_t i) -> std::optional<Plan> {
            const auto which = static_cast<int>(i / each);
            const auto part = static_cast<int>(i % each);
            Plan out = plan;
            auto& fault = *out.mutable_faults(which);
            if (part < fault.parameters_size())
              fault.mutable_parameters()->DeleteSubrange(part, 1);
            else if (const int device = part - fault.parameters_size();
                     device < fault.devices_size() && fault.devices_size() > 1)
              fault.mutable_devices()->erase(fault.devices().begin() + device);
            return out;
          }};
}

} // namespace

std::vector<reduction> plainer_settings() {
  return {fewer_reactions(),  quiet_network(),  right_clocks(),  default_knobs(),
          constant_latency(), steady_latency(), steady_server(), fewer_sabotages()};
}

std::vector<reduction> plainer_faults() { return {shorter_faults(), rounder_delays(), plainer_parameters()}; }

std::vector<Plan> harsher(const Plan& plan) {
  std::vector<Plan> out;
  const auto with = [&](const auto& change) {
    out.push_back(plan);
    change(*out.back().mutable_knobs());
  };
  with([](auto& k) { k.set_request_timeout_ns(second_ns); });
  with([](auto& k) { k.set_request_timeout_ns(5 * second_ns); });
  with([](auto& k) { k.set_push_batch_max(1); });
  with([](auto& k) { k.set_page_limit(1); });
  with([](auto& k) { k.set_retention_entries(1); });
  with([](auto& k) { k.set_snapshot_page_rows(1); });
  with([](auto& k) { k.set_disk_sync_ns(second_ns); });
  for (const auto lifetime : {second_ns, 2 * second_ns, 5 * second_ns})
    with([=](auto& k) { k.set_access_token_lifetime_ns(lifetime); });
  return out;
}

} // namespace squall::campaigns
