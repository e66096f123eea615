// Everything that a client keeps: its rows, its queue, what it surfaced, where it stands in the feed, its credentials. One
// SQLite file; see store_schema.cpp for the tables and their migrations.
//
// Failure is sticky: after the first one every call does nothing and answers empty, and `commit` fails. Whoever works with
// the store checks `failure()` once, before anything leaves. Bytes passed in are copied into the file before a call returns;
// bytes handed to a sink are valid during the sink only.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/base/result.hpp"
#include "engine/io/io.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::client {

/// The one row that changes with almost every transaction.
struct durable_state {
  std::uint32_t incarnation = 0; ///< 0: none begun yet
  std::uint64_t next_seq = 1;
  hlc_stamp stamp;                                   ///< the latest given or seen
  io::offline_rule offline = io::offline_rule::full; ///< as the server told last
  std::uint64_t grant_changes = 0;                   ///< of the user's grants, that the device knows of
  std::uint64_t grant_generation = 0;                ///< of the feed, in which it was told of them; 0: never
  bool operator==(const durable_state&) const = default;
};

/// What the server has told of a scope's tasks.
struct durable_tasks {
  std::uint64_t generation = 0; ///< of the feed; 0: nothing yet
  std::uint64_t through = 0;    ///< version
  bool operator==(const durable_tasks&) const = default;
};

/// Through where deleted records are forgotten, as the server told.
struct durable_fence {
  std::uint64_t generation = 0; ///< of the feed
  std::uint64_t through = 0;    ///< commit sequence
  bool operator==(const durable_fence&) const = default;
};

/// A scope that the device holds, and where it stands there.
struct durable_scope {
  scope_id scope;
  std::uint8_t role = 0; ///< of the device's user there
  io::cursor at;
  std::uint64_t last_entry = 0; ///< sequence of the last feed entry applied
  bool entry_known = false;     ///< false after a snapshot: which entry was the last is not known
  durable_tasks told;
  durable_fence fence;
  bool operator==(const durable_scope&) const = default;
};

struct durable_credentials {
  std::uint64_t key_seed = 0; ///< the device's key pair is derived from it; 0: not chosen yet
  std::string access_token;
  std::string refresh_token;
  time_ns expires_wall = 0; ///< by the issuer's clock
  duration_ns lifetime = 0;
  bool locked = false; ///< the last refresh was refused
};

/// An intent in the queue, without its bytes.
struct queue_row {
  std::int64_t n = 0; ///< order of acceptance
  intent_id id;
  bool quarantined = false;               ///< its fate cannot be proven; never sent again
  bool folded = true;                     ///< part of the visible state
  verdict_kind kind = verdict_kind::none; ///< none: awaits a verdict. applied, merged: kept for the server's backup
  std::uint64_t sequence = 0;             ///< commit sequence, once known
  std::uint64_t generation = 0;           ///< of `sequence`
  scope_id scope{};                       ///< that the intent names
};

/// What a user is told: an intent that has no effect, or a fate that cannot be proven.
struct surfaced_row {
  intent_id id;
  verdict told;
  std::string_view body;
};

struct stored_row {
  std::int64_t n = 0;
  record_id id;
  collection_number collection = 0;
  std::string_view confirmed; ///< empty: the server knows no such record
  std::string_view visible;   ///< empty: as confirmed
  std::uint64_t buried = 0;   ///< of a record that is deleted as confirmed: when. To be written; not read
  scope_id scope{};           ///< of the confirmed row, or of the visible one if there is no other
  scope_id shown_in{};        ///< of the visible row, if not `scope`; 0: it is
  bool in_place = false; ///< the store has these scopes, and no burial neither then nor now. To be written; not read
};

class client_store {
public:
  /// `home`: the scope that the device was set up with; what an older store keeps is of it.
  static result<std::unique_ptr<client_store>> open(const store::open_options& options, scope_id home = {});

  const std::optional<error>& failure() const noexcept { return failure_; }
  void fail(error e);

  void begin();
  /// Fails too if anything since `begin` failed.
  void commit();
  /// Undoes everything since `begin`.
  void roll_back();

  // -- state and credentials --
  durable_state load_state();
  /// All but what is known of grants; and the position in the home scope.
  void save_state(const durable_state& s, const durable_scope& home);
  /// Where the device stands in the home scope.
  durable_scope load_home();
  void save_home_tasks(const durable_tasks& t);
  void save_home_fence(const durable_fence& f);
  /// The scopes that were stored, ascending: what is not of the home scope, and once grants have changed all that are held.
  std::vector<durable_scope> load_scopes();
  void save_scope(const durable_scope& s);
  /// From now on these are held, and no others: each is to be saved.
  void save_grant_changes(const durable_state& state);
  durable_credentials load_credentials();
  void save_credentials(const durable_credentials& c);

  // -- queue --
  void insert_queued(const queue_row& row, std::string_view body);
  /// Everything but id and body.
  void update_queued(const queue_row& row);
  /// Another id, with the bytes that say so.
  void relabel_queued(const queue_row& row, std::string_view body);
  void erase_queued(std::int64_t n);
  /// Which intent a queued one was, before it was relabelled.
  void note_old_name(const intent_id& id, const intent_id& was);
  /// Of those that are in the queue no more.
  void forget_old_names();
  void for_each_queued(const std::function<void(const queue_row&, std::string_view body)>& sink);
  /// The original bytes, checked against their hash.
  std::string queued_body(std::int64_t n);

  void insert_surfaced(const surfaced_row& row);
  std::uint32_t count_surfaced();

  // -- rows --
  /// Calls the sink if the record is stored.
  void find_row(const record_id& id, const std::function<void(const stored_row&)>& sink);
  /// Inserts if `n` is 0. Result: the row's `n`.
  std::int64_t put_row(const stored_row& row);
  void erase_row(std::int64_t n);
  /// Ascending by id.
  void for_each_row(const std::function<void(const stored_row&)>& sink);

  /// Notes that `child` names `parent` in a field that is summed over; forgotten with either record, or by a snapshot.
  void link_child(const record_id& parent, const record_id& child);
  std::vector<record_id> children_of(const record_id& parent);

  // -- forgetting --
  /// Records of the scope that are deleted as confirmed since `through` or earlier, ascending by then and by id.
  std::vector<record_id> buried_through(scope_id scope, std::uint64_t through);
  /// Forgets rows, links and all.
  void forget_rows(const std::vector<record_id>& ids);
  /// Records of other scopes that are shown in this one.
  std::vector<record_id> shown_in(scope_id scope);
  /// Nothing is kept of the scope's rows, with links and keys, and of its tasks.
  void purge_rows(scope_id scope);

  // -- unique keys of visible rows, by number --
  void put_key(std::uint64_t number, const record_id& id);
  void erase_key(std::uint64_t number, const record_id& id);
  /// Ascending.
  std::vector<record_id> holders_of(std::uint64_t number);

  // -- tasks: wire::TaskState --
  struct task_place {
    scope_id scope;
    std::uint64_t task = 0;
  };
  void put_task(const task_place& at, std::string_view body);
  void clear_tasks(scope_id scope);
  using task_sink = std::function<void(scope_id scope, std::string_view body)>;
  /// Calls the sink if the task is stored.
  void find_task(std::uint64_t task, const task_sink& sink);
  /// Ascending by number.
  void for_each_task(const task_sink& sink);

  // -- snapshot being fetched --
  void clear_staging();
  struct staged_row {
    collection_number collection = 0;
    std::uint64_t buried = 0; ///< as in a stored row
    std::string_view bytes;
  };
  void stage_row(const record_id& id, const staged_row& row);
  /// True if there is a confirmed row of the scope that is not staged.
  bool staging_lacks_rows(scope_id scope);
  /// Calls the sink for what is staged and known in another scope than this one: the stored confirmed row, and the staged.
  void for_each_staged_elsewhere(scope_id scope,
                                 const std::function<void(const stored_row& known, std::string_view staged)>& sink);
  void unstage(const record_id& id);
  /// The staged rows become all the rows that the scope has; their `visible` is empty. Links and keys of all scopes go. With
  /// `keep_ghosts` what the snapshot lacks stays.
  void swap_in_staging(scope_id scope, bool keep_ghosts);

  void release_memory();
  /// Makes the file as small as it can be, if more than a quarter of it lies idle. True if so. Not inside a transaction.
  bool shrink();

private:
  client_store(std::unique_ptr<store::connection> db, scope_id home) : db_(std::move(db)), home_(home) {}
  template <class Bind>
  void run(const char* sql, const Bind& bind);
  template <class Bind, class Row>
  void each(const char* sql, const Bind& bind, const Row& row);
  void migrate();
  void note_buried();
  void note_scope();
  std::int64_t number_of(const char* sql);
  static void nothing(store::statement&) {}

  std::unique_ptr<store::connection> db_;
  scope_id home_;
  std::optional<store::transaction> work_;
  std::optional<error> failure_;
};

// -- plumbing ----------------------------------------------------------------------------------------------------------

template <class Bind>
void client_store::run(const char* sql, const Bind& bind) {
  if (failure_)
    return;
  auto s = db_->prepare(sql);
  if (!s)
    return fail(s.err());
  bind(*s);
  if (auto done = s->run(); !done)
    fail(done.err());
}

template <class Bind, class Row>
void client_store::each(const char* sql, const Bind& bind, const Row& row) {
  if (failure_)
    return;
  auto s = db_->prepare(sql);
  if (!s)
    return fail(s.err());
  bind(*s);
  for (;;) {
    auto stepped = s->step();
    if (!stepped)
      return fail(stepped.err());
    if (!*stepped)
      return;
    row(*s);
  }
}

} // namespace squall::client
