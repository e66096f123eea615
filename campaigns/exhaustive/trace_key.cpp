#include "campaigns/exhaustive/trace_key.hpp"

#include "engine/base/hash.hpp"

namespace squall::campaigns {

namespace {

using actors::turn_kind;

constexpr std::uint64_t loss_mark = 0x6c6f7374;

bool was_sent(const actors::turn& t) { return t.kind == turn_kind::message || t.kind == turn_kind::work; }

} // namespace

void trace_key::arrive(const actors::crossroads& at) {
  for (const auto& t : at.turns)
    if (was_sent(t))
      made_by_.try_emplace(t.cause, newest_);
}

bool trace_key::reads_only(const actors::turn& t) { return t.actor == 0 && t.cls == io::message_class::pull; }

std::uint64_t trace_key::hash_of(const actors::turn& t, bool lost) const {
  if (lost)
    return mix(t.cause, loss_mark);
  std::uint64_t h = mix(t.cause, last_[t.actor]);
  if (was_sent(t))
    h = mix(h, made_by_.at(t.cause));
  if (t.kind == turn_kind::act && acts_in_order_)
    h = mix(h, last_act_);
  return h;
}

std::uint64_t trace_key::after(const actors::turn& t, bool lost) const { return sum_ + hash_of(t, lost); }

void trace_key::take(const actors::turn& t, bool lost) {
  const auto h = hash_of(t, lost);
  sum_ += h;
  if (lost)
    return;
  newest_ = h;
  if (!reads_only(t))
    last_[t.actor] = h;
  if (t.kind == turn_kind::act)
    last_act_ = h;
}

} // namespace squall::campaigns
