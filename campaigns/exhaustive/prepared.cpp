#include "campaigns/exhaustive/prepared.hpp"

#include "engine/base/time.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

namespace squall::campaigns {

namespace {

constexpr std::int64_t timeout_default_ns = 10 * second_ns;
constexpr std::int64_t token_lifetime_ns = 1000 * hour_ns;

/// The first instant at which two devices act; else the first act.
std::int64_t first_meeting(const scenarios::Plan& plan) {
  std::map<std::int64_t, std::set<std::uint32_t>> who;
  for (const auto& intention : plan.intentions())
    if (intention.after() == 0)
      who[intention.due_ns()].insert(intention.device());
  for (const auto& [at, devices] : who)
    if (devices.size() > 1)
      return at;
  return who.empty() ? 0 : who.begin()->first;
}

} // namespace

result<scenarios::Plan> prepared(const scenarios::Plan& plan) {
  const auto refuse = [](std::string why) { return error{errc::invalid_argument, "--exhaustive: " + std::move(why)}; };
  const int devices = plan.topology().devices_size();
  if (devices > exhaustive_devices_max)
    return refuse(fmt::format("{} devices; at most {}", devices, exhaustive_devices_max));
  if (plan.intentions_size() > exhaustive_intentions_max)
    return refuse(fmt::format("{} changes by users; at most {}", plan.intentions_size(), exhaustive_intentions_max));
  if (plan.intentions().empty())
    return refuse("nobody does anything");
  if (plan.faults_size() > 0)
    return refuse("faults come at times, and here there are none: take them out; `--lose` loses messages");
  scenarios::Plan out = plan;
  out.mutable_schedule()->set_from_ns(std::max<std::int64_t>(0, first_meeting(plan) - 1));
  out.clear_network();
  out.mutable_network()->mutable_latency()->set_constant_ns(millisecond_ns);
  auto& knobs = *out.mutable_knobs();
  knobs.clear_disk_sync_ns();
  knobs.clear_disk_write_ns();
  if (knobs.request_timeout_ns() == 0)
    knobs.set_request_timeout_ns(timeout_default_ns);
  knobs.set_access_token_lifetime_ns(token_lifetime_ns);
  // What must have been reached is asked of all schedules together.
  out.mutable_expect()->clear_reached();
  out.mutable_expect()->set_skipped_ppm_max(1'000'000);
  return out;
}

bool stamps_decide(const scenarios::Plan& plan) {
  const auto of_clocks = [](const std::string& name) { return name.find("clock") != std::string::npos; };
  for (const auto& collection : plan.model().collections()) {
    if (of_clocks(collection.policy()))
      return true;
    for (const auto& field : collection.fields())
      if (of_clocks(field.rule()))
        return true;
  }
  return false;
}

} // namespace squall::campaigns
