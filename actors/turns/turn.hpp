// What can happen next in a run whose order somebody else decides: a plan's schedule, or a search through all of them.
#pragma once

#include "engine/base/time.hpp"
#include "engine/io/io.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace squall::actors {

enum class turn_kind : std::uint8_t {
  work = 0, ///< the server goes on with a request that it left at a yield point
  message =
      1, ///< a message arrives; where it is a request that the server begins at once, with the first transaction of it
  timer = 2, ///< a device's patience or pause ends; after a request that went unanswered, it is sent again at once
  act = 3,   ///< a user acts
};

struct turn {
  turn_kind kind{};
  std::uint32_t actor = 0;  ///< where it happens
  std::uint32_t device = 0; ///< whose it is: the device itself, or who asked; 0: nobody's
  io::message_class
      cls{}; ///< of a message; of work, of the request; of a timer, of the request that it was last set with
  std::uint64_t cause = 0;    ///< its lineage: names it in every run of the plan
  std::uint64_t exchange = 0; ///< of a message or work: the lineage of the request that it is, answers, or works on
  std::uint64_t about = 0;    ///< of an act: the intention
};

/// "ack to d2", "d1 acts (61)": for readers.
std::string describe(const turn& t, bool lost);

/// Where a run stands between two turns.
struct crossroads {
  std::vector<turn> turns;     ///< in an order that depends on causes alone; empty: nothing is left to happen
  std::vector<bool> acts_left; ///< by device: its users have not done all they will
  /// By device: what others do at the server may give it a turn that it does not have yet.
  std::vector<bool> may_wake;
};

class turn_chooser {
public:
  enum class what : std::uint8_t {
    take,
    lose,    ///< a message: it never arrives
    finish,  ///< the run goes on in its own order: it heals, settles and ends
    abandon, ///< the run ends without its final checkpoint: nobody will judge it
  };
  struct decision {
    what todo = what::finish;
    std::size_t index = 0; ///< in `turns`
  };

  virtual ~turn_chooser() = default;
  virtual decision choose(const crossroads& at) = 0;
};

} // namespace squall::actors
