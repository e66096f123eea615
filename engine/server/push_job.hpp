// POST /mutations: one incarnation's intents, committed one a step, answered all together.
#pragma once

#include "engine/server/commit.hpp"
#include "engine/server/reply.hpp"
#include "engine/wire/sync.pb.h"

namespace squall::server {

class push_job {
public:
  push_job(return_address from, const caller& who, wire::PushRequest request);

  /// One transaction; true when the reply went out. Errors: as `judge_intent`; the job may then be refused.
  result<bool> step(server_store& store, time_ns wall, io::effects& out);
  /// The whole batch is to come again later. What was committed of it is recognised then.
  void refuse(std::uint32_t status, duration_ns retry_after, io::effects& out);

private:
  void stop_at_expiry(server_store& store, std::uint64_t seq);
  void take(const arrival& a, judgement j, server_store& store, io::effects& out);
  void tell_others(server_store& store, scope_id scope, std::uint64_t sequence, io::effects& out) const;
  result<bool> close(server_store& store, time_ns wall, io::effects& out);
  result<bool> finish(server_store& store, io::effects& out);
  result<void> tell_marks(server_store& store);

  return_address from_;
  caller who_;
  wire::PushRequest request_;
  wire::PushResponse reply_;
  int next_ = 0; ///< index in the request's intents
  bool ended_ = false;
  bool gap_ = false;
  scope_id scope_; ///< of the newest intent that was read; else the caller's own
  head_start ahead_;
};

} // namespace squall::server
