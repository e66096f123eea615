#include "engine/merge/decide.hpp"

#include <algorithm>

namespace squall::merge {

bool had_seen(const intent& author, const intent_id& writer, position write) {
  if (writer.null())
    return true;
  if (writer.device == author.id.device && writer.incarnation == author.id.incarnation)
    return writer.seq <= author.id.seq;
  if (write.generation == author.context.generation && write.sequence <= author.context.sequence)
    return true;
  return std::any_of(author.context.beyond.begin(), author.context.beyond.end(), [&](const seen_beyond& b) {
    return b.device == writer.device && b.incarnation == writer.incarnation && writer.seq <= b.seq;
  });
}

} // namespace squall::merge
