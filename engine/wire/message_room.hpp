// Memory for messages that live as long as one function: they and all their parts are made in one place and go together,
// which spares a malloc and a free for each part.
#pragma once

#include <google/protobuf/arena.h>

#include <cstddef>

namespace squall::wire {

class message_room {
public:
  message_room() : arena_(first_, sizeof first_) {}
  message_room(const message_room&) = delete;
  message_room& operator=(const message_room&) = delete;

  /// An empty message that goes with the room.
  template <class Message>
  Message& make() {
    return *google::protobuf::Arena::CreateMessage<Message>(&arena_);
  }

private:
  alignas(std::max_align_t) char first_[4096]; ///< most pages and rows fit
  google::protobuf::Arena arena_;
};

} // namespace squall::wire
