#include "tests/interleavings/reference.hpp"

#include "tests/conformance/resolver_run.hpp"

namespace squall::interleavings {

reference judge_steps(const std::vector<conformance::step>& steps, const std::string& collection,
                      const std::string& record) {
  reference out;
  conformance::resolver_run run;
  for (const auto& step : steps) {
    const auto judged = run.run(step);
    reference_outcome outcome{static_cast<int>(judged.code), static_cast<int>(judged.rule), 0};
    for (std::size_t k = 0; k < out.outcomes.size() && judged.winner != 0; ++k)
      if (run.intent(static_cast<int>(k) + 1) == judged.winner)
        outcome.winner = static_cast<int>(k) + 1;
    out.outcomes.push_back(outcome);
  }
  const auto& server = run.get().server;
  const auto row = run.record(record);
  const auto* presence = server.row(row, server.head());
  out.live = presence != nullptr && presence->live;
  for (const auto& c : conformance::model())
    for (std::size_t f = 0; c.name == collection && f < c.fields.size(); ++f) {
      const auto* cell = server.cell(row, static_cast<std::uint16_t>(f), server.head());
      const auto value = cell == nullptr ? invariants::cell_value{} : cell->value();
      out.fields.push_back({static_cast<int>(value.tag), value.number});
    }
  return out;
}

} // namespace squall::interleavings
