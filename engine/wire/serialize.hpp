// Protobuf to bytes and back. Serialisation is deterministic and happens in one place.
#pragma once

#include <google/protobuf/message_lite.h>

#include <string>
#include <string_view>

namespace squall::wire {

/// Appends the message's bytes: the same for equal messages.
void append_serialized(const google::protobuf::MessageLite& message, std::string& out);

std::string serialize(const google::protobuf::MessageLite& message);

/// False if `bytes` are not such a message; `out` is then unspecified.
[[nodiscard]] bool parse(std::string_view bytes, google::protobuf::MessageLite& out);

} // namespace squall::wire
