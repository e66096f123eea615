#include "engine/client/action_queue.hpp"

#include "engine/base/check.hpp"
#include "engine/wire/codec.hpp"

#include <algorithm>

namespace squall::client {

void action_queue::load() {
  entries_.clear();
  store_.for_each_queued([&](const queue_row& row, std::string_view) {
    queued_intent& q = entries_.emplace_back();
    static_cast<queue_row&>(q) = row;
  });
  next_n_ = entries_.empty() ? 1 : entries_.back().n + 1;
  recount();
}

queued_intent* action_queue::find(const intent_id& id) {
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const queued_intent& q) { return q.id == id; });
  return at == entries_.end() ? nullptr : &*at;
}

queued_intent* action_queue::first_awaiting() {
  if (awaiting_ == 0)
    return nullptr;
  const auto at = std::find_if(entries_.begin(), entries_.end(), [](const queued_intent& q) { return q.awaiting(); });
  return at == entries_.end() ? nullptr : &*at;
}

std::uint64_t action_queue::verdicts_through(std::uint32_t incarnation, std::uint64_t next_seq) const {
  std::uint64_t through = next_seq - 1;
  for (const queued_intent& q : entries_)
    if (q.id.incarnation == incarnation && q.kind == verdict_kind::none)
      through = std::min(through, q.id.seq - 1);
  return through;
}

const intent* action_queue::content(queued_intent& q) {
  if (q.content)
    return q.content.get();
  const std::string& bytes = body(q);
  if (store_.failure())
    return nullptr;
  auto decoded = wire::decode_intent(bytes);
  if (!decoded) {
    store_.fail(decoded.err());
    return nullptr;
  }
  q.content = std::make_unique<intent>(std::move(decoded).value());
  return q.content.get();
}

const std::string& action_queue::body(queued_intent& q) {
  if (q.body.empty())
    q.body = store_.queued_body(q.n);
  return q.body;
}

void action_queue::accept(intent content, std::string body, bool in_memory_only) {
  queued_intent& q = entries_.emplace_back();
  q.n = next_n_++;
  q.id = content.id;
  q.scope = content.scope;
  q.content = std::make_unique<intent>(std::move(content));
  q.body = std::move(body);
  if (!in_memory_only)
    store_.insert_queued(q, q.body);
  ++awaiting_;
  ++folded_;
}

void action_queue::update(const queued_intent& q) { store_.update_queued(q); }

void action_queue::relabel(queued_intent& q, intent content, std::string body) {
  q.id = content.id;
  q.content = std::make_unique<intent>(std::move(content));
  q.body = std::move(body);
  store_.relabel_queued(q, q.body);
}

void action_queue::erase(std::int64_t n) {
  erase_if([n](const queued_intent& q) { return q.n == n; });
}

void action_queue::erase_if(const std::function<bool(const queued_intent&)>& gone) {
  std::erase_if(entries_, [&](const queued_intent& q) {
    if (!gone(q))
      return false;
    store_.erase_queued(q.n);
    return true;
  });
  recount();
}

void action_queue::recount() {
  awaiting_ = kept_ = quarantined_ = folded_ = 0;
  for (const queued_intent& q : entries_) {
    awaiting_ += q.awaiting();
    kept_ += q.kept();
    quarantined_ += q.quarantined;
    folded_ += q.folded;
  }
}

void action_queue::release_memory() {
  for (queued_intent& q : entries_) {
    q.content.reset();
    q.body.clear();
    q.body.shrink_to_fit();
  }
  entries_.shrink_to_fit();
}

void append_records(const intent& in, std::vector<record_id>& out) {
  for (const operation& op : in.operations)
    out.push_back(op.record);
}

} // namespace squall::client
