// GET /changes: the scope's feed after a cursor, a page at a time.
#pragma once

#include "engine/server/reply.hpp"
#include "engine/server/server_store.hpp"
#include "engine/wire/sync.pb.h"

namespace squall::server {

class pull_job {
public:
  pull_job(return_address from, const caller& who, const wire::PullRequest& request);

  /// Answers in one read, after what the pull tells of its device was taken note of. Result: true. Errors: `storage`, `in_doubt`,
  /// `corrupt`.
  result<bool> step(server_store& store, time_ns wall, io::effects& out);
  void refuse(std::uint32_t status, duration_ns retry_after, io::effects& out);

private:
  result<void> take_note(server_store& store, time_ns wall, io::effects& out) const;
  void tell_grants_alone(server_store& store, io::effects& out) const;
  bool lacks_grants(const server_store& store) const;
  wire::ResyncReason judge_cursor(server_store& store, const feed_position& at) const;
  result<void> fill(server_store& store, const feed_position& at, wire::PullResponse& page, feed_part& feed) const;
  result<void> add_tasks(server_store& store, wire::PullResponse& page) const;

  return_address from_;
  caller who_;
  scope_id scope_;
  std::uint32_t incarnation_ = 0;
  io::cursor cursor_;
  std::uint32_t limit_ = 0;
  std::uint64_t tasks_through_ = 0;
  std::uint64_t verdicts_through_ = 0;
  std::uint64_t grant_generation_ = 0;
  std::uint64_t grant_changes_ = 0;
  bool compact_ = false;
};

} // namespace squall::server
