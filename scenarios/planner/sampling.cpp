#include "scenarios/planner/sampling.hpp"

#include "engine/base/keyed_draw.hpp"

namespace squall::scenarios {

std::int64_t draw_choice(const Choice& choice, std::uint64_t bits) {
  if (choice.any_of().empty())
    return draw_between(choice.low(), choice.high(), bits);
  return choice.any_of(static_cast<int>(below(bits, static_cast<std::uint64_t>(choice.any_of_size()))));
}

std::int64_t draw_around_zero(std::int64_t most, std::uint64_t bits) { return draw_between(-most, most, bits); }

} // namespace squall::scenarios
