// Three real devices, their server and their issuer, in which nothing moves by itself: whoever holds a team chooses the next
// step. Time stands still.
#pragma once

#include "actors/system/squall_system.hpp"
#include "faults/disk/vfs.hpp"
#include "tests/conformance/translation.hpp"
#include "tests/interleavings/script.hpp"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace squall::interleavings {

struct choice {
  enum class kind : std::uint8_t {
    act,  ///< the device's user does the next thing
    push, ///< the push that the device sent reaches the server, which answers
    ack,  ///< the answer reaches the device
    pull, ///< the device asks for news and gets it
  } what{};
  std::uint32_t device = 0;
};
std::string to_string(const choice& c);

class team {
public:
  explicit team(const script& s);
  ~team();

  /// What can happen next. A pull with nothing to bring changes nothing and is not offered.
  std::vector<choice> choices();
  void step(const choice& c);
  /// Of all that decides what can still happen, and of all rows.
  std::uint64_t state_hash();
  /// To be asked when there are no more choices.
  void check_end();
  /// What was not as it should be, the first time; empty if nothing.
  const std::string& violation() const { return violation_; }

private:
  struct judged {
    intent_id id;
    verdict outcome;
  };
  struct member {
    std::unique_ptr<actors::participant> replica;
    std::vector<const conformance::operation*> acts;
    std::size_t acted = 0;
    std::optional<std::string> push, ack; ///< under way
    std::vector<intent_id> carried;       ///< by the push
    std::map<intent_id, std::uint64_t> contexts;
    std::map<intent_id, verdict> received;
    std::map<io::timer_id, std::uint64_t> timers; ///< generations
  };

  void start_all();
  void handle(std::uint32_t actor, const io::event& event);
  void route(std::uint32_t from, const io::outgoing& out);
  void note(std::uint32_t actor, const telemetry::fact& fact);
  void note_released(const telemetry::fact& fact);
  void note_received(member& m, const telemetry::fact& fact);
  void run_server_jobs();
  void flush();
  void pull(std::uint32_t device);
  void fail(const std::string& what);
  std::string rows_of(std::uint32_t actor, io::view_kind view);
  void check_reference();
  std::vector<conformance::step> as_judged() const;
  int step_number(const intent_id& id) const;
  void check_rows(const struct reference& want);

  const script& script_;
  conformance::translator names_;
  faults::disk_set disks_{1};
  actors::squall_system system_;
  std::unique_ptr<actors::participant> server_, issuer_;
  std::array<member, devices + 1> members_; ///< [0] is unused
  std::deque<std::pair<std::uint32_t, io::outgoing>> messages_;
  std::deque<io::job_id> jobs_;
  std::vector<judged> judged_; ///< in the order in which the server did
  record_id record_;
  bool telling_ = false; ///< the story has begun: pushes and acks wait to be chosen
  std::uint64_t handled_ = 0;
  std::string violation_;
};

} // namespace squall::interleavings
