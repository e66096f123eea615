// The participant port: all that the simulation knows of a system under test. Our engine, a naive one in tests/, and
// foreign engines are all behind it. A participant gets events with two clocks and answers with effects (engine/io/io.hpp);
// true time never reaches it. It must be deterministic; it is called from one thread.
#pragma once

#include "engine/io/io.hpp"
#include "engine/merge/schema.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace squall::actors {

/// Settings of the system under test that a plan may vary. Units are in the names; 0 keeps the system's default.
struct engine_knobs {
  duration_ns poll_every_ns = 0;
  duration_ns request_timeout_ns = 0;
  duration_ns backoff_base_ns = 0;
  duration_ns backoff_cap_ns = 0;
  duration_ns access_token_lifetime_ns = 0;
  duration_ns token_leeway_ns = 0;
  std::uint32_t push_batch_max = 0;
  std::uint32_t page_limit = 0;
  std::uint32_t snapshot_page_rows = 0;
  std::uint32_t retention_entries = 0; ///< 0: keep all
  std::uint64_t first_sequence = 0;
  std::uint32_t store_cache_pages = 0;
  duration_ns stamp_bound_ns = 0;
  duration_ns tombstones_for_ns = 0;       ///< 0: for ever
  duration_ns device_expires_after_ns = 0; ///< 0: never
  std::uint32_t compact_above = 0;         ///< 0: never
  std::uint32_t queue_max = 0;             ///< 0: no bound
  std::uint32_t jobs_max = 0;              ///< 0: any
  std::uint32_t requests_per_minute = 0;   ///< 0: any
  duration_ns overload_retry_after_ns = 0;
  std::uint32_t breaker_after = 0; ///< 0: no circuit breaker
  duration_ns breaker_for_ns = 0;
  duration_ns invalidate_for_ns = 0; ///< 0: never
  duration_ns contact_within_ns = 0; ///< 0: twice the poll interval
  duration_ns backup_every_ns = 0;   ///< 0: never
};

/// A participant's place on the simulated disks: a SQLite VFS by name and a path on it.
struct store_place {
  std::string vfs;
  std::string path;
  /// Of a place to read: between two readings its content is exchanged under whoever has it open.
  bool exchanged = false;
};

struct participant_config {
  endpoint_id self;
  std::uint64_t entropy = 0;
  std::shared_ptr<const merge::schema> model;
  engine_knobs knobs;
  store_place store;
  telemetry::sabotage_set sabotages;
};

/// A scope that a user holds, and the role there.
struct membership {
  scope_id scope;
  std::uint8_t role = 0; ///< a number of the model's list; 0: none
  bool operator==(const membership&) const = default;
};

struct client_config : participant_config {
  std::uint32_t user = 0;
  std::uint8_t role = 0; ///< the user's, a number of the model's list; 0: none
  scope_id scope;
  std::vector<membership> more_scopes; ///< that the user holds from the start, beside it
  endpoint_id server;
  endpoint_id issuer;
  std::string enrolment_code;
};

struct member {
  std::uint32_t device = 0;
  std::uint32_t user = 0;
  std::uint8_t role = 0;
  scope_id scope;
  std::string enrolment_code;
  std::vector<membership> more_scopes{};
};

struct server_config : participant_config {
  std::uint64_t issuer_key_seed = 0; ///< of the issuer it trusts
  endpoint_id issuer;
  std::uint64_t generation = 0; ///< the least that a server's feed is to have: greater than the store's after a restore
  std::vector<member> members;
};

using issuer_config = server_config;

/// What a system can do; the simulation injects nothing that it cannot, and the report says what was left out.
struct capabilities {
  bool durable = true; ///< survives a crash on its store
  bool has_issuer = true;
  bool field_merge = true;
  bool guards = true;
  bool resync = true;
  bool tasks = true;           ///< keeps branches of conflicted intents and takes resolutions
  bool constraints = true;     ///< bounds, states, references, unique keys
  bool fences = true;          ///< forgets tombstones
  bool administration = false; ///< revokes devices, sees reused refresh tokens, rotates keys, starts from a backup
  bool grants = false;         ///< users may hold several scopes, gain and lose them; records move
  bool blank_store = false;    ///< a client's new store holds nothing of whose it is until the client has started
};

/// One intent found in the store of a device that is not running.
struct stored_intent {
  intent_id id;
  verdict_kind verdict = verdict_kind::none; ///< none: it still awaits one
  verdict_rule rule = verdict_rule::none;
  std::uint64_t sequence = 0; ///< where it committed
};

/// A queued intent that was called otherwise before.
struct renamed_intent {
  intent_id was;
  intent content;
};

/// A client's store, read by other means than the engine's.
struct client_reading {
  std::uint32_t incarnation = 0;
  /// In each scope that it stands in. The first is of the scope that it was set up with, under 0; if it has been given up,
  /// none.
  std::vector<std::pair<scope_id, io::cursor>> at;
  std::uint64_t grants_version = 1;
  std::uint64_t grants_generation = 0; ///< of the feed, that they were told in; 0: it has been told none
  std::vector<scope_id> held;       ///< once that is not 1: the scopes that it holds
  std::vector<stored_intent> queue; ///< in order of acceptance
  std::vector<stored_intent> ended; ///< ended without effect, shown to the user
  io::offline_rule offline = io::offline_rule::full;
  std::vector<renamed_intent> renamed; ///< of the queue
  /// Of the last intent in the queue: what it was accepted with.
  intent_context newest_context;
  scope_id newest_scope{};
  hlc_stamp newest_stamp;
};

struct stored_commit {
  intent_id id;
  std::uint64_t generation = 0;
  std::uint64_t sequence = 0;
  hlc_stamp stamp; ///< as counted
};

struct stored_branch {
  std::uint64_t number = 0; ///< as in the fact: how many were kept before it
  intent_id id;
  std::uint64_t task = 0;
  record_id record;
  collection_number collection = 0;
  field_number subject = 0;
};

/// How far one scope's tombstones are forgotten.
struct stored_fence {
  scope_id scope;
  std::uint64_t fence = 0;
};

/// What a server has stored of grants.
struct stored_grants {
  std::vector<std::pair<std::uint32_t, membership>> held;        ///< by user, ascending, and scope
  std::vector<std::pair<std::uint32_t, std::uint64_t>> versions; ///< of users whose grants have changed
};

/// The verdicts that a server keeps of one incarnation.
struct stored_verdicts {
  std::uint32_t device = 0;
  std::uint32_t incarnation = 0;
  std::uint64_t count = 0;
  std::uint64_t highest_seq = 0;
};

/// One judgement as a server's audit has it.
struct stored_judgement {
  intent_id id;
  hlc_stamp stamp; ///< as counted
  verdict decision;
};

/// A running client, server or issuer. Destroying it is not an event: what it had not made durable is lost.
class participant {
public:
  virtual ~participant() = default;

  virtual void handle(const io::event& event, const clock_reading& now, io::effects& out) = 0;
  /// Nothing if the record does not exist in the visible view.
  virtual result<std::optional<io::row_view>> read(const record_id& id) = 0;
  /// Rows in ascending id; for a server `scope` chooses, a client has one scope.
  virtual result<void> export_rows(scope_id scope, io::view_kind view,
                                   const std::function<void(const io::row_view&)>& sink) = 0;
  /// Tasks that this replica knows, ascending number, closed ones too; for a server `scope` chooses.
  virtual result<void> export_tasks(scope_id /*scope*/, const std::function<void(const io::task_view&)>& /*sink*/) {
    return {};
  }
  /// A number that grows with each change of a task of the scope, as far as this replica knows; 0 where it knows of none. A
  /// device has all that there is to know of tasks when it has the server's number.
  virtual result<std::uint64_t> tasks_through(scope_id /*scope*/) { return std::uint64_t{0}; }
  /// The commit sequence through which this replica has forgotten the scope's tombstones.
  virtual result<std::uint64_t> fence(scope_id /*scope*/) { return std::uint64_t{0}; }
  virtual io::replica_status status() = 0;
  /// A server's newest position in the scope's feed; for a client its own cursor.
  virtual result<io::cursor> head(scope_id scope) = 0;
  /// The scopes that a client holds, ascending; nothing where the system knows of one only: its own.
  virtual std::optional<std::vector<scope_id>> scopes() { return std::nullopt; }
  /// Null where the system counts nothing.
  virtual const telemetry::counters* counters() const = 0;
  virtual void release_memory() {}
};

class system_under_test {
public:
  virtual ~system_under_test() = default;

  virtual std::string name() const = 0;
  virtual capabilities can() const = 0;
  virtual result<std::unique_ptr<participant>> start_client(const client_config& config) = 0;
  virtual result<std::unique_ptr<participant>> start_server(const server_config& config) = 0;
  virtual result<std::unique_ptr<participant>> start_issuer(const issuer_config& config) = 0;
  /// The store of a client that is not running, read independently of the engine.
  virtual result<client_reading> read_client(const store_place& store) = 0;
  /// The intents that a server which is not running has committed beyond `after`, in order; read independently of the engine.
  virtual result<std::vector<stored_commit>> read_commits(const store_place& store, std::uint64_t after) = 0;
  /// The branches that such a server has kept from number `from` on, in order.
  virtual result<std::vector<stored_branch>> read_branches(const store_place& /*store*/, std::uint64_t /*from*/) {
    return std::vector<stored_branch>{};
  }
  /// The fences of such a server, ascending scope, without those that are 0.
  virtual result<std::vector<stored_fence>> read_fences(const store_place& /*store*/) {
    return std::vector<stored_fence>{};
  }
  virtual result<stored_grants> read_grants(const store_place& /*store*/) { return stored_grants{}; }
  /// Ascending device and incarnation.
  virtual result<std::vector<stored_verdicts>> read_verdicts(const store_place& /*store*/) {
    return std::vector<stored_verdicts>{};
  }
  /// The places that were read go away: whatever is still open there is closed.
  virtual void end_readings() {}
  /// The judgements in the audit of such a server, in its order; nothing if the system keeps none.
  virtual result<std::optional<std::vector<stored_judgement>>> read_audit(const store_place& /*store*/) {
    return std::optional<std::vector<stored_judgement>>{};
  }
  /// True where the system bytes of a message can be charged at less or more than their length (compression).
  virtual std::size_t charged_bytes(std::string_view message) const { return message.size(); }
};

} // namespace squall::actors
