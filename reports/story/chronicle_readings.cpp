#include "reports/story/chronicle.hpp"

namespace squall::story {

using history::entry;
using history::entry_kind;

void chronicle::hear_queue(const entry& e) {
  if (e.kind == entry_kind::queue_row) {
    queued_.insert(e.intent);
    return;
  }
  queue_of_ = e.actor;
  queue_at_ = e.at_ns;
  queued_.clear();
}

void chronicle::end_queue() {
  for (auto& [intent, of] : lives_) {
    if (names_->intent(intent).device != *queue_of_ || !of.accepted || of.exited || of.has_verdict ||
        queued_.contains(intent))
      continue;
    entry e;
    e.at_ns = queue_at_;
    e.actor = *queue_of_;
    e.intent = intent;
    tell(e, beat_kind::missing).turn = true;
    of.exited = true;
  }
  queue_of_.reset();
}

void chronicle::hear_export(const entry& e) {
  switch (e.kind) {
    case entry_kind::export_began:
      export_ = nullptr;
      export_row_ = false;
      if (cast_.record != 0 && (cast_.watched.contains(e.actor) || e.actor == 0)) {
        const bool of_scope = e.actor != 0 || e.scope == scopes_[names_->record(cast_.record).creator.device];
        if (of_scope) {
          export_ = &rows_[{e.actor, e.code}];
          *export_ = {e.actor, e.code, false, false, {}};
        }
      }
      break;
    case entry_kind::export_row:
      export_row_ = export_ != nullptr && e.record == cast_.record;
      if (export_row_) {
        export_->present = true;
        export_->deleted = e.code == static_cast<std::uint8_t>(history::presence_code::deleted);
      }
      break;
    case entry_kind::export_field:
      if (export_row_ && e.record == cast_.record)
        export_->cells.push_back({e.field, e.tag, e.value, e.intent});
      break;
    default: break;
  }
}

} // namespace squall::story
