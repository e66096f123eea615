#include "actors/turns/scheduled.hpp"

#include <algorithm>

namespace squall::actors {

turn_chooser::decision scheduled::choose(const crossroads& at) {
  while (next_ < schedule_.turns_size()) {
    const auto& wanted = schedule_.turns(next_++);
    const auto found = std::find_if(at.turns.begin(), at.turns.end(), [&](const turn& t) {
      return t.cause == wanted.cause() && (!wanted.lost() || t.kind == turn_kind::message);
    });
    if (found != at.turns.end())
      return {wanted.lost() ? what::lose : what::take, static_cast<std::size_t>(found - at.turns.begin())};
  }
  if (at.turns.empty() || ++spare_ > spare_max)
    return {};
  return {what::take, 0};
}

} // namespace squall::actors
