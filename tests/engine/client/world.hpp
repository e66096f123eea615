// Devices, the server and the issuer together, over a line that loses, repeats and reorders; devices crash, on disks that
// can lose power. What the devices and the server report is kept, to be held against the rows in the end.
#pragma once

#include "tests/engine/client/bench.hpp"

#include "engine/security/issuer.hpp"
#include "engine/server/replica.hpp"
#include "faults/disk/vfs.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace squall::client {

inline constexpr std::uint32_t devices = 3;
inline constexpr scope_id team{3};

/// One thing that happens. Any three numbers mean something.
struct move {
  std::uint32_t kind = 0;
  std::uint32_t who = 0;
  std::uint32_t which = 0;
};

/// `count` moves that `seed` always gives.
std::vector<move> moves_of(std::uint64_t seed, std::size_t count);

struct world_options {
  std::uint32_t retention = 0;                ///< of the server's feed
  std::vector<telemetry::sabotage> sabotages; ///< in every device
  bool linked = false; ///< lines go with their order, memos have unique texts, people settle tasks
};

class world {
public:
  explicit world(world_options o = {});
  ~world();

  void run(const move& m);
  /// A good line, until everybody is settled or it takes too long.
  void heal();
  bool settled();

  /// What is wrong, in a line; nothing if every device has the server's rows, every accepted intent has one verdict and
  /// one effect at most, and every addition counts once.
  std::string complaint();

  faults::disk& disk_of(std::uint32_t d) { return disks_.at(d); }
  replica& client(std::uint32_t d) { return *clients_[d].node; }
  std::uint64_t hits(telemetry::sabotage s);
  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t failures() const { return failures_; }

private:
  struct device {
    std::unique_ptr<replica> node;
    std::map<io::timer_id, pending_timer> timers;
    std::uint32_t starts = 0;
    std::uint64_t sabotage_hits = 0;
  };
  struct message {
    std::uint32_t from = 0, to = 0;
    std::string bytes;
  };
  struct shown_row {
    collection_number collection = 0;
    bool deleted = false;
    std::map<field_number, std::pair<value, intent_id>> fields;
    bool operator==(const shown_row&) const = default;
  };
  using table = std::map<record_id, shown_row>;

  store::open_options store_at(std::uint32_t disk);
  void open(std::uint32_t d);
  void crash(std::uint32_t d);
  void tell(std::uint32_t who, const io::event& e);
  void note(const telemetry::fact& f);
  void deliver(std::uint32_t which, int times);
  void pass(duration_ns time);
  static void put(table& t, const io::row_view& row);
  table rows_of(std::uint32_t d, io::view_kind view);
  table rows_of_server();
  std::string tasks_in(const std::function<result<void>(const std::function<void(const io::task_view&)>&)>& from);
  std::string complaint_about_links(const table& truth);
  std::string complaint_about_tasks();
  std::string complaint_about_intents(std::int64_t shown) const;

  // -- users --
  void act(std::uint32_t d, std::vector<operation> operations);
  std::optional<io::row_view> pick(std::uint32_t d, collection_number collection, std::uint32_t which);
  void add_line(std::uint32_t d, std::uint32_t which);
  void edit(std::uint32_t d, std::uint32_t which);
  void drop_a_record(std::uint32_t d, std::uint32_t which);
  void settle_a_task(std::uint32_t d, std::uint32_t which);

  faults::disk_set disks_{1};
  world_options options_;
  std::shared_ptr<const merge::schema> model_;
  std::unique_ptr<security::issuer> issuer_;
  std::unique_ptr<server::replica> server_;
  device clients_[devices + 1];
  std::deque<message> line_;
  clock_reading now_{second_ns, 1'000 * hour_ns};
  io::effects out_;
  std::uint64_t failures_ = 0, duplicates_ = 0;
  std::string trouble_; ///< the first thing that went wrong on the way

  std::map<intent_id, std::int64_t> counted_;  ///< accepted intents, with what they add to counters of orders
  std::map<intent_id, std::int64_t> doubted_;  ///< changes whose commit failed; they may have happened
  std::map<intent_id, verdict_kind> verdicts_; ///< as the devices report them
  std::map<intent_id, int> kept_;              ///< as branches, times
  std::set<intent_id> released_;               ///< verdicts that the server gave
  std::map<intent_id, int> committed_;         ///< times, as the server reports
};

} // namespace squall::client
