// A device: a client participant, and the user who acts on it as the plan says.
#pragma once

#include "actors/host.hpp"
#include "actors/lowering.hpp"
#include "scenarios/reactions/reactions.hpp"

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace squall::actors {

client_config config_of_client(const world& w, std::uint32_t id, std::uint64_t entropy, const store_place& store);

class device final : public host {
public:
  device(caf::actor_config& config, node_seat seat, world& shared, std::uint32_t id);

  /// The user's intentions that have a due time of their own: indices in the plan, by (due, id).
  void plan_intentions(std::vector<std::size_t> indices);
  std::string_view role() const noexcept override { return "device"; }
  /// Whether the user would act on this event of an intention now, or give up for good, rather than look again later.
  bool ready(const kernel_event& event);
  /// Of the user's grants, as the device last reported it.
  std::uint64_t grants_version() const noexcept { return grants_version_; }

protected:
  result<std::unique_ptr<participant>> make(std::uint64_t entropy, const store_place& store) override;
  void dispatch(kernel_event& event) override;
  void lose(kernel_event& event) override;
  void record(const io::effects& fx) override;
  void died_handling() override;
  void recover() override;
  void came_up() override;
  void before_sending(lineage first) override;

private:
  /// A change that the participant is asked to accept.
  struct attempt {
    const scenarios::Intention* intention = nullptr;
    lowered what;
  };

  sight eyes();
  void act(kernel_event& event);
  void look_again(const kernel_event& event, held_back why);
  void try_change(const scenarios::Intention& intention, lowered what, lineage cause);
  void settle_attempt(const io::effects& fx);
  void end_accepted(const io::change_result& made);
  void record_operations(const intent_id& id, const std::vector<operation>& operations, const io::change_result& made);
  void record_guards(const intent_id& id, const std::vector<guard>& guards, const io::change_result& made);
  void first_look(const kernel_event& event);
  void schedule_next();

  void see(const telemetry::fact& fact);
  void look_at_tasks();
  void react_to(const scenarios::stimulus& shown);

  void note(const telemetry::fact& fact);
  void begin_empty();
  void recover_positions(const client_reading& reading);
  result<void> each_task(const std::function<void(const io::task_view&)>& sink);
  void recover_attempt(const client_reading& reading);
  void recover_verdicts(const client_reading& reading);
  void report(const telemetry::fact& fact);
  void accepted(const telemetry::fact& fact, const io::change_result& made);
  void renamed(const renamed_intent& what, const telemetry::fact& fact);
  void read_again(const client_reading& reading);
  void look_into_store();

  // What has been reported, for telling what a crash left unreported.
  std::uint32_t incarnation_ = 0;
  std::map<scope_id, io::cursor> cursors_;
  std::uint64_t grants_version_ = 1;
  std::uint64_t grants_generation_ = 0;  ///< that it is of; 0: the device has been told none
  std::vector<scope_id> held_;           ///< scopes, as of that version
  std::uint8_t offline_ = 0;             ///< io::offline_rule, as reported
  std::uint64_t newest_seq_ = 0;         ///< of the intents accepted in this incarnation
  std::vector<intent_id> awaiting_;      ///< accepted, no verdict received
  bool generation_changed_ = false;      ///< in the handling that goes on: what awaits a verdict, only the store says
  std::vector<telemetry::fact> renamed_; ///< in the handling that goes on: what became of each, only the store says

  /// By task: whether it was open when last shown, and its branches.
  std::map<std::uint64_t, std::pair<bool, std::uint64_t>> tasks_shown_;
  std::vector<std::uint64_t> tasks_to_look_at_; ///< shown in the handling that goes on

  std::vector<std::size_t> due_;
  std::size_t next_due_ = 0;
  std::optional<attempt> attempt_;
};

} // namespace squall::actors
