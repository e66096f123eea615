// Lost acknowledgement at every boundary: a plan is run once for each acknowledgement that its clean run sends, with that one
// lost.
#pragma once

#include "engine/base/result.hpp"
#include "reports/history/sink.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <map>
#include <vector>

namespace squall::campaigns {

/// An acknowledgement: the `ordinal`-th push reply (from 1) that the server sends to `device`.
struct acknowledgement {
  std::uint32_t device = 0;
  std::uint32_t ordinal = 0;
};

/// Collects a run's acknowledgements in the order in which they were sent.
class acknowledgement_list final : public history::sink {
public:
  void append(std::span<const history::entry> entries, const history::name_table& names) override;
  const std::vector<acknowledgement>& all() const { return all_; }

private:
  std::map<std::uint32_t, std::uint32_t> sent_;
  std::vector<acknowledgement> all_;
};

/// The plan with one more fault: this acknowledgement is lost. Nothing else changes, nor does any draw.
scenarios::Plan without_acknowledgement(const scenarios::Plan& plan, const acknowledgement& lost);

} // namespace squall::campaigns
