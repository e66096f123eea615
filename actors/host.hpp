// The actor that runs one participant: it delivers events with the participant's own clocks, keeps it busy for as long as its
// disk works, lets effects leave when the handling is over, and keeps its timers. A crash takes all of it but the disk.
//
// An event that comes while the participant is busy waits its turn. Effects that name no message hold once the store has
// them: their facts are recorded at once; facts about messages, and the messages, follow when the disk is done.
#pragma once

#include "actors/events.hpp"
#include "actors/kernel/node.hpp"
#include "actors/port/participant.hpp"
#include "actors/world.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace squall::actors {

enum class death : std::uint8_t {
  power_loss, ///< what the disk had not synced may be gone
  killed,     ///< the process ends, the machine does not
};

class host : public node {
public:
  host(caf::actor_config& config, node_seat seat, world& shared, std::uint32_t actor);

  bool up() const noexcept { return participant_ != nullptr; }
  /// Precondition: up().
  participant& system() noexcept { return *participant_; }
  bool busy() const noexcept { return outbox_ != nullptr; }
  std::uint32_t actor() const noexcept { return actor_; }

  /// Starts the participant on its disk; `fault` is what it recovers from, 0 at first. No-op if it is up.
  void boot(std::uint64_t fault);
  /// Ends the participant where it stands.
  void die(death how, std::uint64_t fault);
  /// The participant is destroyed; its counters are added up. For the end of the run.
  void retire();

  void on_event(kernel_event& event) final;

protected:
  virtual result<std::unique_ptr<participant>> make(std::uint64_t entropy, const store_place& store) = 0;
  /// Handles one event that is due. Precondition: up and not busy.
  virtual void dispatch(kernel_event& event);
  /// An event for a participant that is down, or that died before its turn.
  virtual void lose(kernel_event& event);
  /// Records the facts that hold now.
  virtual void record(const io::effects& fx);
  /// The participant died while it handled an event.
  virtual void died_handling() {}
  /// Reads the disk of a participant that has died, and reports what is durable there without having been reported.
  virtual void recover() {}
  /// The participant is about to be started.
  virtual void starts() {}
  /// The participant is up again after it had died.
  virtual void came_up() {}
  virtual clock_reading clocks_for(const kernel_event* event) const;
  virtual void release_jobs(const io::effects& fx, lineage cause);
  /// Messages are about to leave; `first` is the lineage of the first.
  virtual void before_sending(lineage first) {}

  /// False: it died of it.
  bool handle(const io::event& event, const clock_reading& now, lineage cause);

  /// What is being handled for whom: a request, its work and its answer share the exchange.
  struct errand {
    std::uint64_t exchange = 0; ///< the request's lineage; 0: none
    io::message_class cls{};    ///< of the message
    std::uint32_t peer = 0;
  };

  world& world_;
  io::message_class handling_{}; ///< of the message being handled, if one is
  errand errand_;

private:
  struct timer {
    io::timer_id id = 0;
    std::uint64_t generation = 0;
    event_handle handle;
  };

  void release(const io::effects& fx, lineage cause);
  /// Of a message that this participant sends: a device's begins one, others answer.
  std::uint64_t exchange_of(lineage message) const;
  void set_timer(const io::timer_request& request, lineage own, std::uint64_t exchange);
  bool take_timer(const kernel_event& event);
  /// The class of the last request for whose answer this timer waited.
  io::message_class& asked_with(io::timer_id id);
  void wake();
  void failed(const error& why);
  void forget_everything();

  std::uint32_t actor_;
  std::uint32_t starts_ = 0;
  std::uint32_t failures_in_a_row_ = 0;
  std::unique_ptr<participant> participant_;
  std::unique_ptr<io::effects> outbox_; ///< of the handling whose disk work goes on
  lineage outbox_cause_ = 0;
  event_handle awake_;
  std::vector<timer> timers_;
  std::vector<std::pair<io::timer_id, io::message_class>> asked_with_;
  std::vector<kernel_event> waiting_; ///< came while busy, oldest first
};

} // namespace squall::actors
