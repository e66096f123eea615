// What tales tell of backups, of servers that are restored from one, and of devices that hear of it.
#include "tests/reports/invariants/tale.hpp"

#include <algorithm>
#include <utility>

namespace squall::told {

void tale::backs_up() {
  plan.mutable_knobs()->set_backup_every_ns(60'000'000'000);
  backs_up_ = true;
}

void tale::back_up(bool heard) {
  tick();
  backed_up_ = states_.size() - 1;
  copy put{backed_up_, tasks_, {}, fences_, users_};
  for (const auto& [intent, body] : bodies_)
    put.decided[intent] = body.is;
  copies_.push_back(std::move(put));
  for (auto& d : devices_)
    if (heard)
      d.acknowledged.clear();
  tell({.kind = entry_kind::backed_up, .s = backed_up_, .aux = generation_});
}

void tale::restore_server(std::uint64_t s) {
  tick();
  while (!copies_.empty() && copies_.back().s != s)
    copies_.pop_back();
  const auto& from = copies_.at(copies_.size() - 1);
  tell({.kind = entry_kind::crashed});
  tick();
  tell({.kind = entry_kind::server_restored, .s = s, .ref = generation_, .aux = generation_ + 1});
  tell({.kind = entry_kind::restarted});
  lines_.push_back(states_);
  ++generation_;
  states_.resize(s + 1);
  committed_.resize(s + 1);
  tasks_ = from.open;
  fences_ = from.fences;
  users_ = from.users;
  backed_up_ = s;
  for (auto& [intent, body] : bodies_) {
    const auto found = from.decided.find(intent);
    body.is = found == from.decided.end() ? decision{} : found->second;
  }
}

void tale::enter_generation(std::uint32_t device, std::uint32_t scope) {
  auto& d = devices_[device];
  auto& holding = d.holds[scope];
  if (holding.generation == generation_)
    return;
  holding.generation = generation_;
  holding.line = lines_.size();
  // What the server has no decision of any more awaits one again, in its order.
  std::vector<intent_index> again;
  for (const auto intent : d.acknowledged)
    if (bodies_.at(intent).scope == scope && bodies_.at(intent).is.code == verdict_code::none)
      again.push_back(intent);
  for (const auto intent : d.covered)
    if (bodies_.at(intent).scope == scope && bodies_.at(intent).is.code == verdict_code::none)
      again.push_back(intent);
  for (const auto intent : again) {
    std::erase(d.acknowledged, intent);
    d.covered.erase(intent);
  }
  for (auto* all : {&d.waiting, &d.pending}) {
    std::erase_if(*all, [&](intent_index one) { return std::find(again.begin(), again.end(), one) != again.end(); });
    all->insert(all->end(), again.begin(), again.end());
    std::sort(all->begin(), all->end()); // intents are numbered in the order in which they were accepted
  }
}

void tale::await_again(std::uint32_t device) {
  auto& d = devices_[device];
  std::erase_if(d.acknowledged, [&](intent_index one) {
    if (bodies_.at(one).is.code != verdict_code::none)
      return false;
    d.waiting.push_back(one);
    d.covered.insert(one);
    return true;
  });
  std::sort(d.waiting.begin(), d.waiting.end());
}

void tale::rename(op& item, const std::map<record_index, record_index>& renamed) const {
  if (const auto other = renamed.find(item.record); other != renamed.end())
    item.record = other->second;
  for (auto& w : item.writes)
    if (const auto other = renamed.find(w.to.record); w.to.tag == value_tag::reference && other != renamed.end()) {
      w.to.record = other->second;
      w.to.number = digest_of(names.record(other->second));
    }
}

// All that was told of the intent when it was accepted, under its other name.
void tale::tell_again(intent_index old, intent_index intent, const std::map<record_index, record_index>& renamed) {
  const auto told = entries;
  for (auto e : told) {
    const bool accepted = e.kind == entry_kind::intent_accepted;
    const bool part = e.kind == entry_kind::intent_operation || e.kind == entry_kind::intent_write ||
                      e.kind == entry_kind::intent_guard || e.kind == entry_kind::intent_branch;
    if (e.intent != old || (!accepted && !part))
      continue;
    e.intent = intent;
    if (accepted)
      e.flags = old;
    if (const auto other = renamed.find(e.record); other != renamed.end())
      e.record = other->second;
    for (const auto& [was, is] : renamed)
      if (e.tag == value_tag::reference && e.value == digest_of(names.record(was)))
        e.value = digest_of(names.record(is));
    tell(e);
  }
}

std::vector<intent_index> tale::relabel(std::uint32_t device) {
  tick();
  auto& d = devices_[device];
  ++d.incarnation;
  d.seq = 0;
  tell({.kind = entry_kind::incarnation_begun, .code = 1, .actor = device, .aux = d.incarnation});
  const auto old = std::exchange(d.waiting, {});
  d.pending.clear();
  std::map<record_index, record_index> renamed; // what the others create
  for (const auto one : old) {
    const intent_name name{device, d.incarnation, ++d.seq};
    const auto intent = names.intern(name);
    auto body = bodies_.at(one);
    body.is = {};
    for (auto& item : body.ops)
      if (item.code == operation_code::create) {
        renamed[item.record] = names.intern(record_name{name, names.record(item.record).ordinal});
        symbols_[renamed[item.record]] = symbols_[item.record];
      }
    for (auto& item : body.ops)
      rename(item, renamed);
    bodies_[intent] = body;
    tell_again(one, intent, renamed);
    d.waiting.push_back(intent);
    if (d.covered.erase(one) != 0 && d.holds.contains(body.scope))
      d.covered.insert(intent);
    else
      d.pending.push_back(intent);
  }
  return d.waiting;
}

} // namespace squall::told
