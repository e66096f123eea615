// Protobuf to bytes and back. Serialisation is deterministic and happens in one place.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace squall::wire {

/// The message's bytes, the same for equal messages, after `room_before` bytes of zero and before `more`: encoded fields of
/// the message that are there already.
std::string serialize(const google::protobuf::MessageLite& message, std::size_t room_before = 0,
                      std::string_view more = {});

/// False if `bytes` are not such a message; `out` is then unspecified.
[[nodiscard]] bool parse(std::string_view bytes, google::protobuf::MessageLite& out);

} // namespace squall::wire
