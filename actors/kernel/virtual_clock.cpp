#include "actors/kernel/virtual_clock.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

#include <utility>

namespace squall::actors {

caf::actor_clock::time_point virtual_clock::now() const noexcept {
  return time_point{duration_type{host_.clock_now()}};
}

caf::actor_clock::duration_type virtual_clock::difference(caf::atom_value, long, time_point t0,
                                                          time_point t1) const noexcept {
  return t0 == t1 ? duration_type{1} : t1 - t0;
}

void virtual_clock::set(time_point t, std::uint64_t owner, entry e) {
  const clock_timer timer{owner, ++serial_};
  e.event = host_.set_timer(t.time_since_epoch().count(), timer);
  entries_.emplace(timer, std::move(e));
}

void virtual_clock::set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                         std::uint64_t id) {
  cancel_ordinary_timeout(self, type);
  set(t, self->id(),
      {.what = kind::ordinary, .actor = caf::actor_cast<caf::strong_actor_ptr>(self), .type = type, .id = id});
}

void virtual_clock::set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) {
  set(t, self->id(),
      {.what = kind::multi, .actor = caf::actor_cast<caf::strong_actor_ptr>(self), .type = type, .id = id});
}

void virtual_clock::set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) {
  set(t, self->id(), {.what = kind::request, .actor = caf::actor_cast<caf::strong_actor_ptr>(self), .request = id});
}

void virtual_clock::schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) {
  set(t, 0, {.what = kind::message, .actor = std::move(receiver), .content = std::move(content)});
}

void virtual_clock::schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                                     caf::message content) {
  set(t, 0,
      {.what = kind::group_message,
       .actor = std::move(sender),
       .target = std::move(target),
       .group_content = std::move(content)});
}

template <class Matches>
void virtual_clock::cancel(caf::abstract_actor* self, Matches matches) {
  // An entry holds its actor, and an actor that ends cancels its timeouts: nothing is destroyed before the search is over.
  std::vector<entry> ended;
  for (auto i = entries_.lower_bound({self->id(), 0}); i != entries_.end() && i->first.owner == self->id();) {
    if (!matches(i->second)) {
      ++i;
      continue;
    }
    host_.cancel_timer(i->second.event);
    ended.push_back(std::move(i->second));
    i = entries_.erase(i);
  }
}

void virtual_clock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  cancel(self, [type](const entry& e) { return e.what == kind::ordinary && e.type == type; });
}

void virtual_clock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  cancel(self, [id](const entry& e) { return e.what == kind::request && e.request == id; });
}

void virtual_clock::cancel_timeouts(caf::abstract_actor* self) {
  cancel(self, [](const entry&) { return true; });
}

void virtual_clock::cancel_all() {
  const std::map<clock_timer, entry> ended = std::exchange(entries_, {});
  for (const auto& [timer, e] : ended)
    host_.cancel_timer(e.event);
}

void virtual_clock::fire(clock_timer timer) {
  const auto found = entries_.find(timer);
  if (found == entries_.end())
    return;
  entry e = std::move(found->second);
  entries_.erase(found);
  switch (e.what) {
    case kind::ordinary:
    case kind::multi:
      e.actor->get()->eq_impl(caf::make_message_id(), e.actor, nullptr, caf::timeout_msg{e.type, e.id});
      break;
    case kind::request: e.actor->get()->eq_impl(e.request, e.actor, nullptr, caf::sec::request_timeout); break;
    case kind::message: e.actor->enqueue(std::move(e.content), nullptr); break;
    case kind::group_message:
      e.target->eq_impl(caf::make_message_id(), std::move(e.actor), nullptr, std::move(e.group_content));
      break;
  }
}

} // namespace squall::actors
