// One client on a file of its own, and a server and an issuer that are played by hand: every request is looked at, every
// reply is written by the case.
#pragma once

#include "engine/client/replica.hpp"
#include "engine/wire/codec.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace squall::client {

// -- the model: orders with lines, merged by field; memos, last writer wins -------------------------------------------

inline constexpr collection_number orders = 0, lines = 1, memos = 2;
inline constexpr field_number order_status = 0, order_note = 1, order_count = 2, order_total = 3;
inline constexpr field_number line_order = 0, line_quantity = 1, line_price = 2;
inline constexpr field_number memo_text = 0;
std::shared_ptr<const merge::schema> shop_model();

operation create(collection_number collection, std::vector<field_write> writes);
operation update(collection_number collection, const record_id& record, std::vector<field_write> writes);
operation remove(collection_number collection, const record_id& record);
field_write set(field_number field, value v);
field_write add(field_number field, std::int64_t n);
inline value text(const char* s) { return std::string(s); }
inline value number(std::int64_t n) { return n; }

// -- what a server says ------------------------------------------------------------------------------------------------

inline constexpr std::uint64_t generation = 5;

/// Of another device: an intent, and the record that it created.
inline constexpr intent_id other{2, 1, 1};
inline const record_id theirs = record_id::derive(other, 0);

verdict applied(std::uint64_t sequence);
verdict ended(verdict_kind kind, verdict_rule rule = verdict_rule::none);

/// A feed entry of another device that puts fields into a record.
wire::ChangeEntry entry(std::uint64_t sequence, std::uint64_t previous, const intent_id& by);
/// Adds a row to an entry: the fields as written by the entry's intent.
void put_row(wire::ChangeEntry& e, const record_id& id, collection_number collection,
             std::vector<std::pair<field_number, value>> fields);
void put_deleted(wire::ChangeEntry& e, const record_id& id, collection_number collection);
/// The one page of a snapshot that begins and ends there.
wire::SnapshotResponse whole_snapshot(std::uint64_t of_generation, std::uint64_t at);
wire::PullResponse page(const io::cursor& from, std::vector<wire::ChangeEntry> entries, std::uint64_t next,
                        bool more = false);

// -- the bench ---------------------------------------------------------------------------------------------------------

inline constexpr endpoint_id server_endpoint{0}, issuer_endpoint{100};

struct bench_options {
  std::vector<telemetry::sabotage> sabotages;
  std::function<void(options&)> change = [](options&) {};
};

struct pending_timer {
  std::uint64_t generation = 0;
  time_ns due = 0;
};

class bench {
public:
  explicit bench(bench_options o = {});
  ~bench();

  /// Opens the store and handles `started`.
  void start();
  /// Drops the client as a crash would. What it had sent is forgotten too.
  void crash();
  void restart();
  /// `start`, enrolled, with a first empty page at cursor 10 of `generation`.
  void settle_in();

  void tell(const io::event& e);
  void deliver(std::string_view bytes, endpoint_id from = server_endpoint);
  /// Lets time pass and fires every timer that falls due, in order.
  void pass(duration_ns time);

  io::change_result accept(std::vector<operation> operations, std::vector<guard> guards = {});
  error refuse(std::vector<operation> operations);

  // -- requests: the newest of its class; older ones are given up --
  bool asked(io::message_class cls) const;
  std::size_t count(io::message_class cls) const;
  wire::PushRequest push_request();
  wire::PullRequest pull_request();
  wire::SnapshotRequest snapshot_request();
  wire::EnrolRequest enrol_request();
  wire::RefreshRequest refresh_request();
  /// Lets time pass until there is such a request, two poll intervals at most.
  void wait_for(io::message_class cls);
  void forget_requests() { sent.clear(); }

  // -- replies to the request looked at last, of the fitting class --
  void reply(const wire::PushResponse& r);
  void reply(const wire::PullResponse& r);
  void reply(const wire::SnapshotResponse& r);
  void reply(const wire::TokenResponse& r);
  std::string sealed(const google::protobuf::MessageLite& r, wire::message_kind kind, std::uint64_t correlation) const;

  /// Looks at the push and answers 200 with one verdict an intent, in order.
  void answer_push(const std::vector<verdict>& verdicts, std::uint64_t head = 0, std::uint64_t backed_up_through = 0);
  /// Waits for the next poll, if none is asked, and answers it.
  void answer_pull(std::vector<wire::ChangeEntry> entries, std::uint64_t next, bool more = false);
  void answer_token(duration_ns lifetime = hour_ns);

  std::optional<io::row_view> row(const record_id& id, io::view_kind view = io::view_kind::visible);
  value field(const record_id& id, field_number f, io::view_kind view = io::view_kind::visible);
  std::size_t rows(io::view_kind view = io::view_kind::visible);
  std::vector<telemetry::fact> facts_of(telemetry::fact_kind kind) const;
  io::replica_status status() const { return client->status(); }
  std::uint64_t hits(telemetry::probe p) const { return client->counters().hits(p); }
  std::uint64_t hits(telemetry::sabotage s) const { return client->counters().hits(s); }
  io::cursor cursor() const { return client->status().at; }
  std::string path() const { return settings.store.path; }

  options settings;
  std::unique_ptr<replica> client;
  clock_reading now{second_ns, 1'000 * hour_ns};
  io::effects out;                    ///< of the last event
  std::vector<io::outgoing> sent;     ///< not looked at yet
  std::vector<telemetry::fact> facts; ///< since they were last cleared
  std::map<io::timer_id, pending_timer> timers;
  std::uint64_t correlation = 0; ///< of the request looked at last

private:
  template <class Request>
  Request look_at(io::message_class cls);

  std::string folder_;
  std::uint32_t starts_ = 0;
  std::uint32_t tokens_ = 0;
  std::uint64_t last_nonce_ = 0;
};

} // namespace squall::client
