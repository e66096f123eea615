#include "engine/wire/serialize.hpp"

#include "engine/base/check.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <limits>

namespace squall::wire {

void append_serialized(const google::protobuf::MessageLite& message, std::string& out) {
  google::protobuf::io::StringOutputStream sink(&out);
  google::protobuf::io::CodedOutputStream coded(&sink);
  coded.SetSerializationDeterministic(true);
  CHECK(message.SerializeToCodedStream(&coded));
}

std::string serialize(const google::protobuf::MessageLite& message) {
  std::string out;
  out.reserve(message.ByteSizeLong());
  append_serialized(message, out);
  return out;
}

bool parse(std::string_view bytes, google::protobuf::MessageLite& out) {
  return bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()) &&
         out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

} // namespace squall::wire
