// What chance did to one message: all that a frozen plan must say outright when the network's noise is switched off.
#pragma once

#include "engine/io/io.hpp"

#include <cstdint>
#include <vector>

namespace squall::actors {

struct chance {
  time_ns at_ns = 0;
  io::message_class cls{};
  std::uint32_t device = 0;           ///< from or to
  std::vector<std::uint64_t> carried; ///< the intentions whose changes or verdicts it carries
  bool lost = false;                  ///< by noise or by a fault that works by chance
  bool duplicated = false;
  bool delayed = false; ///< held back beyond its latency
  bool corrupted = false;
  duration_ns delay_ns = 0; ///< of the first copy, in all
  duration_ns copy_ns = 0;  ///< of the second
  std::uint64_t bit = 0;
};

} // namespace squall::actors
