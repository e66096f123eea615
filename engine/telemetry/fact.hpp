// What a replica reports of its own doing: fixed-size facts that follow an intent from the client to the view. Facts carry
// identities, positions and digests, never content. Whoever runs a replica decides what to do with them (trace, metrics,
// audit); a replica never reads them back.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/intent.hpp"
#include "engine/base/value.hpp"

#include <cstdint>

namespace squall::telemetry {

/// Which members of `fact` a kind uses is listed beside it; the others are zero.
enum class fact_kind : std::uint8_t {
  // -- client --
  incarnation_begun, ///< aux: incarnation number, code: 1 if the replica goes on and what awaits a verdict is renamed
  intent_accepted, ///< intent, scope, sequence: context's sequence, aux: context's generation, wall + logical: its stamp.
  ///< Reported only after the local COMMIT returned. other: what it was called before it was relabelled
  intent_carried,   ///< intent, aux: index in `effects::sends` of the message that carries it
  verdict_received, ///< intent, verdict, rule, sequence, other: winner. After the verdict is durable at the client
  queue_exit,       ///< intent, verdict: why it left the send queue. After that is durable
  overlay_dropped,  ///< intent, sequence: cursor at which its pending effect stopped being folded in
  surfaced,         ///< intent, verdict, rule: shown to the user as not (wholly) done
  group_applied,    ///< intent, scope, sequence: one feed entry became part of the confirmed state
  cursor_moved,     ///< scope, aux: generation, sequence: new position, from_sequence: old one, code: cursor_cause
  token_obtained,   ///< wall: expiry
  queue_locked,     ///< code: 1 locked (credential revoked), 0 unlocked
  task_shown,   ///< aux: task, record, collection, field: subject, code: 1 open, 0 closed, sequence: branches. What the
                ///< device now knows of it is durable
  fence_told,   ///< scope, sequence: fence, aux: generation. Durable, and the tombstones through it are forgotten
  grants_told,  ///< aux: version, sequence: generation that it is of. Durable, and what they do not give is purged
  scope_purged, ///< scope. After its grants_told
  flag_told,    ///< code: io::offline_rule. Durable
  // -- server --
  request_refused, ///< endpoint: client, code: HTTP status - 400 (401 -> 1, 403 -> 3, 429 -> 29, 503 -> 103), wall: how long
                   ///< it asks to wait, aux: index in `effects::sends`
  intent_committed, ///< intent, sequence, aux: generation, wall + logical: its stamp as counted
  verdict_released, ///< intent, verdict, rule, sequence, other: winner, aux: index in `effects::sends`; code: 1 if repeated;
                    ///< from_sequence: its task, if conflicted
  branch_kept, ///< intent, aux: task, record, collection, field: subject, sequence: how many branches were kept before it. In the
               ///< order of judgement, among the intents committed
  fence_moved, ///< sequence: new fence, from_sequence: old one, aux: scope, wall: the server's time. Durable, and what is
               ///< behind it is forgotten
  backed_up,   ///< sequence: newest commit, aux: generation. Durable: what a copy of the store as it is now is good for
  grant_given,   ///< scope, endpoint: user, code: role, aux: version of the user's grants with it. Durable
  grant_revoked, ///< scope, endpoint: user, aux: version. Durable
  verdict_field, ///< intent, record, collection, field, rule, other: winner; follows its verdict_released
  page_served,   ///< endpoint: client, aux: generation, from_sequence: cursor asked, sequence: cursor after the page,
                 ///< wall: head at the time, code: page_answer, scope; its entries follow
  feed_entry,    ///< intent, sequence, from_sequence: sequence of the scope's entry before; in the page just reported
  feed_row,      ///< record, collection, code: row_change; in the feed_entry or snapshot just reported
  feed_field,    ///< record, collection, field, digest, other: writer, sequence: write's sequence; in the feed_row
  // -- issuer --
  token_issued,  ///< endpoint: client, wall: expiry, code: 1 if by refresh, sequence: digest of the device key
  token_refused, ///< endpoint: client, code: HTTP status - 400, aux: 1 if a refresh token was reused, sequence: then the digest of its device key
  device_revoked, ///< endpoint: client, code: 1 revoked, 0 allowed again. Durable
};

enum class cursor_cause : std::uint8_t { page = 0, snapshot = 1, rescope = 2 };
enum class page_answer : std::uint8_t { changes = 0, resync = 1, snapshot = 2, snapshot_last = 3 };
enum class row_change : std::uint8_t { upsert = 0, deleted = 1, exit = 2 };

struct fact {
  fact_kind kind{};
  std::uint8_t code = 0;
  verdict_kind verdict{};
  verdict_rule rule{};
  collection_number collection = 0;
  field_number field = 0;
  endpoint_id endpoint;
  scope_id scope{};
  std::uint32_t logical = 0;
  intent_id intent;
  intent_id other;
  record_id record;
  std::uint64_t sequence = 0;
  std::uint64_t from_sequence = 0;
  std::uint64_t aux = 0;
  time_ns wall = 0;
  value_digest digest;
};

} // namespace squall::telemetry
