// Whatever arrives, decoding gives a value or an error. The first byte says which decoder gets the rest.
#include "engine/base/hash.hpp"
#include "engine/security/token.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace squall;

void open_envelope(std::string_view bytes) {
  wire::frame f;
  if (wire::open(bytes, f))
    CHECK(f.body.size() <= wire::body_bytes_max);
  (void)wire::charged_bytes(bytes);
}

/// Past the checksum, which no fuzzer guesses.
void open_resealed(std::string_view bytes) {
  if (bytes.size() < wire::header_bytes)
    return;
  std::string message(bytes);
  const auto put = [&](std::size_t at, std::uint64_t n, int size) {
    for (int i = 0; i < size; ++i)
      message[at + static_cast<std::size_t>(i)] = static_cast<char>(n >> (8 * i));
  };
  message.replace(0, 5, "SQL1\x01");
  put(16, message.size() - wire::header_bytes, 4);
  put(24, 0, 8);
  put(24, content_hash(message), 8);
  open_envelope(message);
}

void decode_intent(std::string_view bytes) {
  const auto in = wire::decode_intent(bytes);
  if (!in)
    return;
  const std::string canonical = wire::encode(*in);
  const auto again = wire::decode_intent(canonical);
  CHECK(again.ok());
  CHECK(wire::encode(*again) == canonical);
}

void apply_row(std::string_view bytes) {
  wire::RowState state;
  if (!wire::parse(bytes, state))
    return;
  merge::row onto;
  onto.fields.resize(4);
  if (!wire::apply(state, onto))
    return;
  wire::RowState back;
  wire::to_wire(onto, back);
  merge::row copy;
  copy.fields.resize(4);
  CHECK(wire::apply(back, copy).ok());
}

void read_verdict(std::string_view bytes) {
  wire::Verdict v;
  if (wire::parse(bytes, v))
    (void)wire::from_wire(v);
}

void read_token(std::string_view bytes) { CHECK(!security::verify_token(bytes, std::string(32, '\x7f')).ok()); }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: open_envelope(rest); break;
    case 1: open_resealed(rest); break;
    case 2: decode_intent(rest); break;
    case 3: apply_row(rest); break;
    case 4: read_verdict(rest); break;
    case 5: read_token(rest); break;
  }
  return 0;
}
