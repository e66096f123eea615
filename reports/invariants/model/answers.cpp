#include "reports/invariants/model/answers.hpp"

#include "reports/invariants/model/replica.hpp"

#include <algorithm>

namespace squall::invariants {

void answer_reader::released(const entry& e) {
  if (e.message != 0)
    under_way_[e.message].intents.push_back(e.intent);
}

void answer_reader::message(const entry& e) {
  if (e.kind == entry_kind::message_delivered)
    told_ = 0;
  const auto found = under_way_.find(e.message);
  if (found == under_way_.end())
    return;
  auto& what = found.value();
  if (e.kind == entry_kind::message_duplicated)
    ++what.copies;
  if (e.kind == entry_kind::message_delivered)
    delivered(e, what);
  if ((e.kind == entry_kind::message_delivered || e.kind == entry_kind::message_lost) && --what.copies == 0)
    under_way_.erase(found);
}

void answer_reader::delivered(const entry& e, const answer& what) {
  told_ = e.actor;
  told_at_ = e.at_ns;
  told_what_ = what.intents;
  crashed_ = false;
}

void answer_reader::crashed(const entry& e) { crashed_ = told_ != 0 && e.actor == told_ && e.at_ns == told_at_; }

void answer_reader::queue_read(const entry& e) {
  rows_.clear();
  rows_left_ = 0;
  if (e.code != 1 || !crashed_ || e.actor != told_)
    return;
  rows_left_ = static_cast<std::uint64_t>(e.value);
  if (rows_left_ == 0)
    table_read();
}

void answer_reader::queue_row(const entry& e) {
  if (rows_left_ == 0)
    return;
  rows_.push_back(e.intent);
  if (--rows_left_ == 0)
    table_read();
}

void answer_reader::table_read() {
  auto& device = w_.device(told_);
  for (const auto intent : told_what_) {
    const auto& waiting = device.unverdicted;
    if (std::find(waiting.begin(), waiting.end(), intent) == waiting.end() ||
        std::find(rows_.begin(), rows_.end(), intent) != rows_.end())
      continue;
    auto& fact = w_.intents.at(intent, *w_.names);
    if (!terminal(fact.released.code))
      continue;
    fact.received = fact.released;
    fact.exited = true;
    take_verdict(w_, device, intent, fact.released);
  }
  told_ = 0;
}

} // namespace squall::invariants
