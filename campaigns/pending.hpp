// Who had not settled when time was up, and why.
#pragma once

#include "reports/history/sink.hpp"
#include "reports/run.pb.h"

#include <cstdint>

namespace squall::campaigns {

/// Collects a run's `pending` entries into its report.
class pending_list final : public history::sink {
public:
  /// `devices`: how many the run has; participant devices + 1 is the issuer.
  explicit pending_list(std::uint32_t devices) : devices_(devices) {}

  void append(std::span<const history::entry> entries, const history::name_table& names) override;
  void put(reports::Run& run) const { *run.mutable_pending() = all_; }

private:
  std::uint32_t devices_;
  google::protobuf::RepeatedPtrField<reports::Pending> all_;
};

} // namespace squall::campaigns
