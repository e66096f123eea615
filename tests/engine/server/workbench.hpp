// A server on a file of its own, devices that speak to it by hand, and a host that resumes jobs in the order it is told.
#pragma once

#include "engine/server/replica.hpp"
#include "engine/wire/sync.pb.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace squall::server {

// -- the model: orders with lines, merged by field; notes, last writer wins -------------------------------------------

inline constexpr collection_number orders = 0, lines = 1, notes = 2;
inline constexpr field_number order_status = 0, order_note = 1, order_count = 2, order_total = 3;
inline constexpr field_number line_order = 0, line_quantity = 1, line_price = 2;
inline constexpr field_number note_text = 0;
std::shared_ptr<const merge::schema> shop_model();

operation create(collection_number collection, std::vector<field_write> writes);
operation update(collection_number collection, const record_id& record, std::vector<field_write> writes);
operation remove(collection_number collection, const record_id& record);
operation restore(collection_number collection, const record_id& record);
field_write set(field_number field, value v);
field_write add(field_number field, std::int64_t n);
value text(const char* s);

// -- a device ---------------------------------------------------------------------------------------------------------

/// Makes the next intents of one incarnation.
struct device {
  std::uint32_t id = 1, user = 1, incarnation = 1;
  scope_id scope{1};
  io::cursor seen{1, 0, 1};
  std::uint64_t seq = 0;

  /// The record of a create is filled in.
  intent act(std::vector<operation> operations, std::vector<guard> guards = {});
};

/// The intent as it travels.
wire::FramedIntent framed(const intent& in);

// -- the bench ---------------------------------------------------------------------------------------------------------

struct bench_options {
  std::vector<telemetry::sabotage> sabotages;
  std::function<void(options&)> change = [](options&) {};
};

class bench {
public:
  explicit bench(bench_options o = {});
  ~bench();

  /// Drops the server as a crash would, and opens the store again.
  void restart();

  std::string token(std::uint32_t device, std::uint32_t user, time_ns expires_wall = hour_ns);

  struct push_settings {
    std::uint64_t verdicts_through = 0;
    time_ns expires_wall = hour_ns;
  };
  wire::PushRequest push_request(const device& d, const std::vector<intent>& intents, push_settings s);
  wire::PushRequest push_request(const device& d, const std::vector<intent>& intents) {
    return push_request(d, intents, {});
  }

  // Each sends a request; jobs that become runnable wait in `runnable`. The result is the correlation of the reply.
  std::uint64_t send(const wire::PushRequest& r);
  std::uint64_t send(const wire::PullRequest& r);
  std::uint64_t send(const wire::SnapshotRequest& r);
  void deliver(std::uint32_t from, std::string_view bytes);
  void tell(const io::event& e);

  /// Resumes one job.
  void resume(io::job_id job);
  /// Resumes whatever is runnable, first come first served.
  void drain();

  bool answered(std::uint64_t correlation) const { return replies.count(correlation) != 0; }
  /// Decodes the reply. Fails the running case if there is none.
  wire::PushResponse push_reply(std::uint64_t correlation);
  wire::PullResponse pull_reply(std::uint64_t correlation);
  wire::SnapshotResponse snapshot_reply(std::uint64_t correlation);

  // Send, drain, decode.
  wire::PushResponse push(const device& d, const std::vector<intent>& intents, push_settings s);
  wire::PushResponse push(const device& d, const std::vector<intent>& intents) { return push(d, intents, {}); }
  wire::PullResponse pull(const device& d, const io::cursor& from, std::uint32_t limit = 0, bool compact = false);
  wire::SnapshotResponse snapshot(const device& d, std::uint64_t id = 0, std::uint32_t page = 0);
  /// Pushes one intent that must be applied; its sequence.
  std::uint64_t commit(device& d, std::vector<operation> operations);

  std::map<record_id, io::row_view> rows(scope_id scope);
  std::uint64_t hits(telemetry::probe p) const { return server->counters().hits(p); }

  options settings;
  std::unique_ptr<replica> server;
  clock_reading now{0, 0};
  std::deque<io::job_id> runnable;
  std::vector<telemetry::fact> facts; ///< since they were last cleared
  std::map<std::uint64_t, io::outgoing> replies;

private:
  void take(const io::effects& out);
  template <class Response>
  Response reply(std::uint64_t correlation);

  std::uint64_t next_correlation_ = 1;
  io::effects effects_;
};

/// A field of a row, or nothing.
value field_of(const io::row_view& row, field_number field);

} // namespace squall::server
