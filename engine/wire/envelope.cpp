#include "engine/wire/codec.hpp"

#include "engine/base/hash.hpp"
#include "engine/wire/serialize.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

namespace squall::wire {

namespace {

constexpr std::uint32_t magic = 0x314C5153; // "SQL1"
constexpr std::uint8_t flag_compressed = 1;
constexpr int compression_level = 1;

// Offsets in the header.
constexpr std::size_t at_magic = 0, at_version = 4, at_kind = 5, at_flags = 6, at_zero = 7, at_correlation = 8,
                      at_stored = 16, at_plain = 20, at_checksum = 24;

template <class T>
void put(char* to, T n) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    to[i] = static_cast<char>(n >> (8 * i));
}

template <class T>
T get(const char* from) {
  T n = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    n |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(from[i])) << (8 * i));
  return n;
}

/// Of the header with its checksum field zero, and the stored body.
std::uint64_t checksum(std::string_view bytes) {
  std::array<char, header_bytes> header{};
  std::copy_n(bytes.data(), at_checksum, header.data());
  return content_hash({header.data(), header.size()}, bytes.substr(header_bytes));
}

struct free_context {
  void operator()(ZSTD_CCtx* c) const noexcept { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* d) const noexcept { ZSTD_freeDCtx(d); }
};

// A context costs more to make than a message to compress, and remembers nothing from one message to the next.
ZSTD_CCtx* compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, free_context> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, free_context> context(ZSTD_createDCtx());
  return context.get();
}

/// Compresses the body that follows the header in `out`, if that makes it smaller.
bool compress(std::string& out) {
  const std::size_t plain = out.size() - header_bytes;
  std::string smaller(header_bytes + plain, '\0'); // a result that does not fit is not worth having
  const std::size_t n = ZSTD_compressCCtx(compressor(), smaller.data() + header_bytes, plain, out.data() + header_bytes,
                                          plain, compression_level);
  if (ZSTD_isError(n) || n >= plain)
    return false;
  smaller.resize(header_bytes + n);
  out = std::move(smaller);
  return true;
}

error corrupt(const char* what) { return {errc::corrupt, what}; }

} // namespace

std::string seal(const google::protobuf::MessageLite& body, const seal_options& options, std::string_view more) {
  std::string out = serialize(body, header_bytes, more);
  const std::size_t plain = out.size() - header_bytes;
  CHECK(plain <= body_bytes_max);
  const bool compressed = plain > options.compress_above && compress(out);
  put<std::uint32_t>(&out[at_magic], magic);
  put<std::uint8_t>(&out[at_version], protocol_version);
  put<std::uint8_t>(&out[at_kind], static_cast<std::uint8_t>(options.kind));
  put<std::uint8_t>(&out[at_flags], compressed ? flag_compressed : 0);
  put<std::uint8_t>(&out[at_zero], 0);
  put<std::uint64_t>(&out[at_correlation], options.correlation);
  put<std::uint32_t>(&out[at_stored], static_cast<std::uint32_t>(out.size() - header_bytes));
  put<std::uint32_t>(&out[at_plain], static_cast<std::uint32_t>(plain));
  put<std::uint64_t>(&out[at_checksum], checksum(out));
  return out;
}

result<void> open(std::string_view bytes, frame& out) {
  if (bytes.size() < header_bytes || get<std::uint32_t>(&bytes[at_magic]) != magic)
    return corrupt("not an envelope");
  if (get<std::uint32_t>(&bytes[at_stored]) != bytes.size() - header_bytes)
    return corrupt("the envelope's length is not its header's");
  if (get<std::uint64_t>(&bytes[at_checksum]) != checksum(bytes))
    return corrupt("the envelope's checksum does not match");
  const auto kind = get<std::uint8_t>(&bytes[at_kind]);
  const auto flags = get<std::uint8_t>(&bytes[at_flags]);
  if (get<std::uint8_t>(&bytes[at_version]) != protocol_version || get<std::uint8_t>(&bytes[at_zero]) != 0 ||
      (flags & ~flag_compressed) != 0)
    return error{errc::unsupported, "an envelope of another version"};
  if (kind < static_cast<std::uint8_t>(message_kind::push_request) ||
      kind > static_cast<std::uint8_t>(message_kind::invalidation))
    return error{errc::unsupported, "a message of unknown kind"};
  const std::string_view stored = bytes.substr(header_bytes);
  const std::size_t plain = get<std::uint32_t>(&bytes[at_plain]);
  if (plain > body_bytes_max)
    return corrupt("the body is too long");
  out.storage.clear();
  if ((flags & flag_compressed) == 0) {
    if (plain != stored.size())
      return corrupt("the body's length is not its header's");
    out.body = stored;
  } else {
    if (ZSTD_getFrameContentSize(stored.data(), stored.size()) != plain)
      return corrupt("the compressed body's length is not its header's");
    out.storage.resize(plain);
    if (ZSTD_decompressDCtx(decompressor(), out.storage.data(), plain, stored.data(), stored.size()) != plain)
      return corrupt("the body does not decompress");
    out.body = out.storage;
  }
  out.kind = static_cast<message_kind>(kind);
  out.correlation = get<std::uint64_t>(&bytes[at_correlation]);
  return {};
}

std::size_t charged_bytes(std::string_view bytes) noexcept {
  if (bytes.size() < header_bytes || get<std::uint32_t>(&bytes[at_magic]) != magic)
    return 0;
  const std::size_t plain = get<std::uint32_t>(&bytes[at_plain]);
  return plain > body_bytes_max ? 0 : header_bytes + plain;
}

} // namespace squall::wire
