// Requests and answers, told one by one; and the audit that a tale's server would have kept.
#pragma once

#include "tests/reports/invariants/setting.hpp"

namespace squall::told {

class wire {
public:
  explicit wire(tale& t) : t_(t) {}

  /// The device asks and the server hears it.
  void ask(std::uint32_t device, message_code what = message_code::pull) {
    t_.tick();
    const auto code = static_cast<std::uint8_t>(what);
    t_.tell({.kind = entry_kind::message_sent, .code = code, .actor = device, .message = ++messages_});
    t_.tick();
    t_.tell({.kind = entry_kind::message_delivered, .peer = device, .message = messages_});
  }
  void answer(std::uint32_t device, message_code what = message_code::page) { reply(device, what, true); }
  void answer_and_lose(std::uint32_t device, message_code what = message_code::page) { reply(device, what, false); }
  /// The server refuses what it was asked at that moment.
  void refuse(std::uint32_t device, std::uint8_t status, std::int64_t wait_ns = 0,
              message_code what = message_code::page) {
    t_.tell({.kind = entry_kind::request_refused,
             .code = status,
             .peer = device,
             .message = messages_ + 1,
             .value = wait_ns});
    reply(device, what, true);
  }
  /// It tells the device that the scope is at s of that generation.
  void invalidate(std::uint32_t device, std::uint64_t s, std::uint32_t scope = 1, std::uint64_t generation = 1) {
    t_.tick();
    t_.tell({.kind = entry_kind::message_sent,
             .code = static_cast<std::uint8_t>(message_code::invalidation),
             .peer = device,
             .scope = scope,
             .s = s,
             .message = ++messages_,
             .aux = generation});
    t_.tell({.kind = entry_kind::message_delivered, .actor = device, .message = messages_});
  }

private:
  void reply(std::uint32_t device, message_code what, bool arrives) {
    t_.tell({.kind = entry_kind::message_sent,
             .code = static_cast<std::uint8_t>(what),
             .peer = device,
             .message = ++messages_});
    t_.tick();
    if (arrives)
      t_.tell({.kind = entry_kind::message_delivered, .actor = device, .message = messages_});
    else
      t_.tell({.kind = entry_kind::message_lost, .code = 1, .peer = device, .message = messages_});
  }

  tale& t_;
  std::uint64_t messages_ = 1'000'000;
};

/// One record for each intent that the tale's server has judged, in the order in which it did; but for what was undone.
inline void tell_audit(tale& t) {
  const auto told = t.entries;
  const auto find = [&](entry_kind kind, intent_index intent) {
    for (auto e = told.rbegin(); e != told.rend(); ++e)
      if (e->kind == kind && e->intent == intent)
        return *e;
    return entry{};
  };
  std::vector<entry> rows;
  std::map<std::uint64_t, std::size_t> in_copy;
  for (const auto& e : told) {
    if (e.kind == entry_kind::backed_up)
      in_copy[e.s] = rows.size();
    if (e.kind == entry_kind::server_restored)
      rows.resize(in_copy.at(e.s));
    const bool refused = e.kind == entry_kind::verdict_released && e.flags == 0 && e.s == 0 &&
                         find(entry_kind::branch_kept, e.intent).intent == 0;
    if (e.kind != entry_kind::intent_committed && e.kind != entry_kind::branch_kept && !refused)
      continue;
    const auto verdict = find(entry_kind::verdict_released, e.intent);
    rows.push_back({.kind = entry_kind::audit_row,
                    .code = verdict.code,
                    .rule = verdict.rule,
                    .intent = e.intent,
                    .s = verdict.s,
                    .value = find(entry_kind::intent_accepted, e.intent).value,
                    .ref = verdict.ref,
                    .aux = verdict.aux});
  }
  t.tell({.kind = entry_kind::audit_read, .value = static_cast<std::int64_t>(rows.size())});
  for (const auto& row : rows) {
    t.tell(row);
    for (auto e : told)
      if (e.kind == entry_kind::verdict_field && e.intent == row.intent && row.code == 2) {
        e.kind = entry_kind::audit_field;
        t.tell(e);
      }
  }
}

} // namespace squall::told
