// The clock that CAF sees: virtual time, and timeouts and delayed messages as events among the kernel's own. Not a fast path:
// nodes set their timers with the kernel.
#pragma once

#include "actors/kernel/event.hpp"

#include <caf/actor_clock.hpp>
#include <caf/atom.hpp>
#include <caf/group.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

namespace squall::actors {

/// Names one of the clock's timers. `owner`: the CAF id of the actor whose timeout it is, 0 for a delayed message.
struct clock_timer {
  std::uint64_t owner = 0;
  std::uint64_t serial = 0;
  auto operator<=>(const clock_timer&) const = default;
};

/// What the clock needs from the kernel.
class timer_host {
public:
  virtual time_ns clock_now() const noexcept = 0;
  virtual event_handle set_timer(time_ns at, clock_timer timer) = 0;
  virtual void cancel_timer(event_handle handle) = 0;

protected:
  ~timer_host() = default;
};

class virtual_clock final : public caf::actor_clock {
public:
  explicit virtual_clock(timer_host& host) : host_(host) {}

  /// Ships the timer's message to its receiver. To be called when the timer's event is due.
  void fire(clock_timer timer);

  // -- caf::actor_clock ------------------------------------------------------------------------------------------------

  time_point now() const noexcept override;
  /// Nothing takes time within an instant; CAF divides by this.
  duration_type difference(caf::atom_value measurement, long units, time_point t0,
                           time_point t1) const noexcept override;
  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender, caf::message content) override;
  void cancel_all() override;

private:
  enum class kind : std::uint8_t { ordinary, multi, request, message, group_message };
  struct entry {
    kind what{};
    event_handle event;
    caf::strong_actor_ptr actor; ///< the receiver; the sender of a group's message
    caf::atom_value type{};
    std::uint64_t id = 0;
    caf::message_id request;
    caf::mailbox_element_ptr content;
    caf::group target;
    caf::message group_content;
  };

  void set(time_point t, std::uint64_t owner, entry e);
  template <class Matches>
  void cancel(caf::abstract_actor* self, Matches matches);

  timer_host& host_;
  std::map<clock_timer, entry> entries_;
  std::uint64_t serial_ = 0;
};

} // namespace squall::actors
