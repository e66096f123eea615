// Replies on their way out, and the facts that describe what was really put into them: read from the message itself.
#pragma once

#include "engine/io/io.hpp"
#include "engine/server/access.hpp"
#include "engine/server/feed_part.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>

namespace squall::server {

/// Whom a reply goes to, and which request of theirs it answers.
struct return_address {
  endpoint_id to;
  std::uint64_t correlation = 0;
};

/// HTTP's numbers for what a status says.
enum status_code : std::uint32_t {
  status_ok = 200,
  status_unauthorized = 401,
  status_forbidden = 403,
  status_gone = 410,
  status_too_many = 429,
  status_unavailable = 503,
};

void send(io::effects& out, const return_address& to, const wire::PushResponse& reply, std::uint32_t device,
          std::uint32_t incarnation);
/// `feed`: the entries, which `reply` leaves out. `scope`: the one asked for.
void send(io::effects& out, const return_address& to, const wire::PullResponse& reply, scope_id scope,
          const feed_part& feed = {});
void send(io::effects& out, const return_address& to, const wire::SnapshotResponse& reply, scope_id scope);

/// Puts the user's grants into a reply. `generation`: of the server's feed.
template <class Response>
void put_grants(const grant_table& grants, std::uint32_t user, std::uint64_t generation, Response& reply) {
  reply.set_grant_changes(grants.changes(user));
  reply.set_grant_generation(generation);
  for (const grant& g : grants.of(user)) {
    wire::Grant& out = *reply.add_grants();
    out.set_scope(g.scope.value);
    out.set_role(g.role);
  }
}

/// A hint that nobody answers.
void send(io::effects& out, endpoint_id to, const wire::Invalidation& hint);

/// A reply that is nothing but a refusal.
template <class Response>
Response refusal(std::uint32_t status, duration_ns retry_after = 0) {
  Response r;
  r.set_status(status);
  r.set_retry_after_ms(static_cast<std::uint64_t>(retry_after / millisecond_ns));
  return r;
}

} // namespace squall::server
