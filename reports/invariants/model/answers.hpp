// Which verdicts a device was told in the moment in which it crashed. Such a verdict may have become durable, and its intent may
// have left the queue, in a transaction of which the device could report nothing any more; the queue's table, read at the
// crash, tells whether it did.
#pragma once

#include "reports/invariants/model/world.hpp"

#include <tsl/robin_map.h>
#include <vector>

namespace squall::invariants {

class answer_reader {
public:
  explicit answer_reader(world& w) : w_(w) {}

  /// verdict_released, and what becomes of messages.
  void released(const entry& e);
  void message(const entry& e);
  /// crashed, queue_read, queue_row.
  void crashed(const entry& e);
  void queue_read(const entry& e);
  void queue_row(const entry& e);

private:
  struct answer {
    std::vector<intent_index> intents;
    std::uint32_t copies = 1;
  };

  void delivered(const entry& e, const answer& what);
  void table_read();

  world& w_;
  tsl::robin_map<std::uint64_t, answer, spread> under_way_; ///< by message; looked up only
  // The last delivery, and whom it crashed.
  std::uint32_t told_ = 0;
  std::int64_t told_at_ = -1;
  std::vector<intent_index> told_what_;
  bool crashed_ = false;
  // The table being read.
  std::uint64_t rows_left_ = 0;
  std::vector<intent_index> rows_;
};

} // namespace squall::invariants
