// Any bytes: the loader answers, and what it accepts can be planned.
#include "scenarios/loader.hpp"
#include "scenarios/planner/planner.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

/// Planning is linear in what the file asks for; a fuzzer would ask for a billion.
bool small(const squall::scenarios::Scenario& s) {
  if (s.devices().count() > 50 || s.duration_ns() > 7'200'000'000'000)
    return false;
  for (const auto& w : s.workload())
    if (w.per_device_uph() > 60'000'000)
      return false;
  for (const auto& f : s.faults())
    if (f.rate_uph() > 60'000'000 || (f.has_every_ns() && f.every_ns() < 60'000'000'000))
      return false;
  for (const auto& a : s.initial())
    if (a.value() > 100)
      return false;
  return true;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto outcome = squall::scenarios::load_text(text, "fuzz.yaml");
  if (outcome.ok() == !outcome.diagnostics.empty())
    __builtin_trap();
  if (outcome.ok() && small(*outcome.scenario))
    squall::scenarios::plan(*outcome.scenario, 1);
  return 0;
}
