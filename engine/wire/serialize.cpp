#include "engine/wire/serialize.hpp"

#include "engine/base/check.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <limits>

namespace squall::wire {

std::string serialize(const google::protobuf::MessageLite& message, std::size_t room_before, std::string_view more) {
  const std::size_t size = message.ByteSizeLong(); // remembered by the message and its parts until it is written
  CHECK(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  std::string out;
  out.reserve(room_before + size + more.size());
  out.resize(room_before + size);
  google::protobuf::io::ArrayOutputStream sink(out.data() + room_before, static_cast<int>(size));
  google::protobuf::io::CodedOutputStream coded(&sink);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
  CHECK(!coded.HadError() && coded.ByteCount() == static_cast<int>(size));
  out += more;
  return out;
}

bool parse(std::string_view bytes, google::protobuf::MessageLite& out) {
  return bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()) &&
         out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

} // namespace squall::wire
