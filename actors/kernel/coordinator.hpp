// CAF's scheduler, without threads: actors that have messages wait in one queue, first in first out, and run when the kernel
// says so. Together with `virtual_clock` it makes an actor system a function of its inputs.
#pragma once

#include "actors/kernel/virtual_clock.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <cstddef>
#include <deque>

namespace squall::actors {

class coordinator final : public caf::scheduler::abstract_coordinator {
public:
  coordinator(caf::actor_system& system, timer_host& host);

  static coordinator& of(caf::actor_system& system) { return static_cast<coordinator&>(system.scheduler()); }

  caf::execution_unit* unit() noexcept { return &unit_; }
  /// Whether no actor waits for its turn.
  bool quiet() const noexcept { return ready_.empty(); }
  /// Gives the first waiting actor one turn: one message. Precondition: not quiet().
  void resume_one();
  /// Who is next. Precondition: not quiet().
  const caf::resumable& next() const { return *ready_.front(); }

  // -- caf::scheduler::abstract_coordinator ----------------------------------------------------------------------------

  void enqueue(caf::resumable* job) override { ready_.push_back(job); }
  bool detaches_utility_actors() const override { return false; }
  virtual_clock& clock() noexcept override { return clock_; }
  void start() override;
  void stop() override;

private:
  class ready_unit final : public caf::execution_unit {
  public:
    explicit ready_unit(coordinator& owner) : caf::execution_unit(&owner.system()), owner_(owner) {}
    void exec_later(caf::resumable* job) override { owner_.ready_.push_back(job); }

  private:
    coordinator& owner_;
  };

  virtual_clock clock_;
  ready_unit unit_;
  std::deque<caf::resumable*> ready_;
};

/// A configuration under which an actor system starts no thread, reads no entropy and schedules by a `coordinator`. It must
/// outlive its system, and `host` both.
class quiet_config final : public caf::actor_system_config {
public:
  explicit quiet_config(timer_host& host);
};

} // namespace squall::actors
