#include "actors/promises.hpp"

#include "actors/checkpoint.hpp"
#include "actors/world.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::actors {

namespace {

constexpr std::size_t named_max = 8;

} // namespace

void promise_checker::check(world& w, std::uint32_t actor, const std::vector<intent_id>& awaiting, lineage sending) {
  const auto after = w.disks.at(actor).clone();
  after->freeze();
  after->crash({w.plan.seed(), sending});
  const disk_copy copy(w, actor, *after);
  const auto reading = w.system.read_client(copy.place());
  if (!reading)
    return w.give_up(fmt::format("the store of device {} could not be read after a power loss at {}: {}", actor,
                                 w.now(), reading.err().message));
  ++findings_.sends;
  std::vector<intent_id> kept;
  for (const auto& row : reading->queue)
    kept.push_back(row.id);
  std::sort(kept.begin(), kept.end());
  for (const auto& id : awaiting) {
    ++findings_.promises;
    if (std::binary_search(kept.begin(), kept.end(), id))
      continue;
    ++findings_.broken;
    if (findings_.first.size() < named_max)
      findings_.first.push_back({w.now(), actor, id});
  }
}

} // namespace squall::actors
