#include "actors/kernel/coordinator.hpp"

#include "engine/base/check.hpp"

#include <caf/actor_system.hpp>
#include <caf/make_actor.hpp>
#include <caf/message_handler.hpp>
#include <caf/monitorable_actor.hpp>

#include <cstdio>
#include <string>

namespace squall::actors {

namespace {

/// Where CAF prints what no behaviour took. It has no mailbox and needs no turn.
class text_printer final : public caf::monitorable_actor {
public:
  explicit text_printer(caf::actor_config& config) : caf::monitorable_actor(config) {
    print_.assign([](caf::add_atom, caf::actor_id, const std::string& text) { std::fputs(text.c_str(), stderr); });
  }
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override { print_(element->content()); }

private:
  caf::message_handler print_;
};

} // namespace

coordinator::coordinator(caf::actor_system& system, timer_host& host)
    : caf::scheduler::abstract_coordinator(system), clock_(host), unit_(*this) {}

void coordinator::resume_one() {
  CHECK(!ready_.empty());
  caf::resumable* job = ready_.front();
  ready_.pop_front();
  switch (job->resume(&unit_, 1)) {
    case caf::resumable::resume_later: ready_.push_back(job); break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message: caf::intrusive_ptr_release(job); break;
    case caf::resumable::shutdown_execution_unit: break;
  }
}

void coordinator::start() {
  // Not the base's: it makes a printer that has a thread.
  caf::actor_config config{&unit_};
  utility_actors_[printer_id] =
      caf::make_actor<text_printer, caf::actor>(system().next_actor_id(), system().node(), &system(), config);
}

void coordinator::stop() {
  clock_.cancel_all();
  while (!quiet())
    resume_one();
  clock_.cancel_all();
  for (caf::actor& actor : utility_actors_)
    actor = nullptr;
}

quiet_config::quiet_config(timer_host& host) {
  module_factories.push_back(
      [&host](caf::actor_system& system) -> caf::actor_system::module* { return new coordinator(system, host); });
  set("logger.verbosity", caf::atom("quiet"));
  // The name under which CAF knows that nothing may block on a scheduler's threads.
  set("scheduler.policy", caf::atom("testing"));
}

} // namespace squall::actors
