// GET /snapshot: the scope's rows at one feed position, a page at a time.
#pragma once

#include "engine/server/reply.hpp"
#include "engine/server/server_store.hpp"
#include "engine/wire/sync.pb.h"

namespace squall::server {

class snapshot_job {
public:
  snapshot_job(return_address from, const caller& who, const wire::SnapshotRequest& request);

  /// Answers in one transaction. Result: true. Errors: `storage`, `in_doubt`, `corrupt`.
  result<bool> step(server_store& store, time_ns wall, io::effects& out);
  void refuse(std::uint32_t status, duration_ns retry_after, io::effects& out);

private:
  result<std::optional<snapshot_info>> choose(server_store& store, const feed_position& at) const;
  /// Says which of the device's own intents the snapshot holds.
  result<void> name_own(server_store& store, wire::SnapshotResponse& reply) const;

  return_address from_;
  caller who_;
  scope_id scope_;
  std::uint64_t snapshot_ = 0;
  std::uint32_t page_ = 0;
};

} // namespace squall::server
