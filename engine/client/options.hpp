// What a client replica is told at start. Everything is fixed for its life.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/time.hpp"
#include "engine/merge/schema.hpp"
#include "engine/store/sqlite.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace squall::security {
class signature_memory;
}

namespace squall::client {

/// How often and how much a client exchanges. Units are in the names; ranges beside the defaults.
struct sync_settings {
  duration_ns poll_every = 60 * second_ns;         ///< between pulls when nothing else calls for one; > 0
  duration_ns request_timeout = 10 * second_ns;    ///< until a request counts as lost; > 0
  duration_ns backoff_base = 500 * millisecond_ns; ///< first retry delay; doubles each time; > 0
  duration_ns backoff_cap = 60 * second_ns; ///< the doubling stops here; jitter comes after the cap: the delay is
                                            ///< uniform in [capped / 2, capped]
  std::uint32_t push_batch_max = 50;        ///< intents in one push; 1..1000
  std::uint32_t page_limit = 100;           ///< feed entries asked in one page; 1..1000
  std::uint32_t compact_above = 0;          ///< so far behind the head a snapshot is asked for; 0: never
  std::uint32_t queue_max = 0;              ///< intents that await a verdict; one more is refused. 0: no bound
  std::uint32_t breaker_after = 0; ///< requests to the server in a row that failed, until it is left alone; 0: never
  duration_ns breaker_for = 30 * second_ns;   ///< then one request in each; > 0
  duration_ns contact_within = 0;             ///< in contact while the last answer is no older; 0: twice `poll_every`
  duration_ns refresh_ahead = 30 * second_ns; ///< refresh the token so long before it expires
};

/// A scope that the device's user holds.
struct scope_grant {
  scope_id scope;
  std::uint8_t role = 0;
};

struct options {
  std::uint32_t device = 0; ///< id in intents and this replica's own endpoint
  std::uint32_t user = 0;
  std::uint8_t role = 0;                ///< the user's in the scope, for rules by role; 0: none
  scope_id scope;                       ///< its own: where records are created that nothing else says where
  std::vector<scope_grant> more_scopes; ///< that the user holds from the start, beside it
  endpoint_id server;
  endpoint_id issuer;
  std::string enrolment_code; ///< the administrator's secret for this device
  std::uint64_t entropy = 0;  ///< seed of jitter, nonces, keys and new incarnation numbers; this start's own
  std::shared_ptr<const merge::schema> model;
  sync_settings sync;
  store::open_options store;
  security::signature_memory* signatures = nullptr; ///< of this process, if it has one; outlives the replica
  telemetry::sabotage_set sabotages;
};

} // namespace squall::client
