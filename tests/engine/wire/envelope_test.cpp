#include "engine/base/hash.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace squall::wire {
namespace {

PushRequest push_of(std::size_t intents, const std::string& body) {
  PushRequest p;
  p.set_token("token");
  p.set_device(3);
  p.set_incarnation(1);
  for (std::size_t i = 0; i < intents; ++i) {
    FramedIntent& f = *p.add_intents();
    f.set_seq(i + 1);
    f.set_body(body);
    f.set_hash(content_hash(body));
  }
  return p;
}

std::string sealed_push(std::size_t intents, const std::string& body, std::size_t compress_above = 1024) {
  return seal(push_of(intents, body),
              {.kind = message_kind::push_request, .correlation = 77, .compress_above = compress_above});
}

void reseal(std::string& bytes) {
  bytes.replace(24, 8, 8, '\0');
  const std::uint64_t sum = content_hash(bytes);
  for (int i = 0; i < 8; ++i)
    bytes[static_cast<std::size_t>(24 + i)] = static_cast<char>(sum >> (8 * i));
}

TEST(Envelope, BringsTheBodyBack) {
  const auto request = push_of(3, "hello");
  const auto bytes = seal(request, {.kind = message_kind::push_request, .correlation = 77});
  frame f;
  ASSERT_TRUE(open(bytes, f));
  EXPECT_EQ(f.kind, message_kind::push_request);
  EXPECT_EQ(f.correlation, 77u);
  EXPECT_EQ(f.body, serialize(request));
  EXPECT_EQ(f.body.data(), bytes.data() + header_bytes) << "a body that was not compressed is not copied";
}

TEST(Envelope, CompressesAboveTheThresholdWhereThatSaves) {
  const auto small = sealed_push(1, std::string(500, 'a'));
  EXPECT_GE(small.size(), 500u);
  const auto large = sealed_push(1, std::string(5'000, 'a'));
  EXPECT_LT(large.size(), 500u);
  frame f;
  ASSERT_TRUE(open(large, f));
  EXPECT_EQ(f.body, serialize(push_of(1, std::string(5'000, 'a'))));
}

TEST(Envelope, LeavesNoiseUncompressed) {
  std::string noise;
  for (std::uint64_t i = 0; noise.size() < 4'000; ++i)
    for (int b = 0; b < 8; ++b)
      noise.push_back(static_cast<char>(mix(i, 1) >> (8 * b)));
  const auto bytes = sealed_push(1, noise);
  EXPECT_EQ(bytes.size(), header_bytes + push_of(1, noise).ByteSizeLong());
  frame f;
  EXPECT_TRUE(open(bytes, f));
}

TEST(Envelope, ChargesForTheUncompressedBody) {
  const auto body = push_of(1, std::string(5'000, 'a'));
  EXPECT_EQ(charged_bytes(sealed_push(1, std::string(5'000, 'a'))), header_bytes + body.ByteSizeLong());
  EXPECT_EQ(charged_bytes(sealed_push(1, "x")), sealed_push(1, "x").size());
  EXPECT_EQ(charged_bytes("SQL1"), 0u);
  EXPECT_EQ(charged_bytes(std::string(100, 'x')), 0u);
}

TEST(Envelope, IsAsDocumented) {
  const auto bytes = seal(PullRequest{}, {.kind = message_kind::pull_request, .correlation = 0x0102030405060708});
  ASSERT_EQ(bytes.size(), header_bytes);
  EXPECT_EQ(bytes.substr(0, 24),
            std::string_view("SQL1\x01\x03\x00\x00\x08\x07\x06\x05\x04\x03\x02\x01\0\0\0\0\0\0\0\0", 24));
  auto resealed = bytes;
  reseal(resealed);
  EXPECT_EQ(resealed, bytes) << "the checksum is XXH3-64 over the message with its checksum field zero";
}

TEST(Envelope, RejectsEveryFlippedBit) {
  const std::vector<std::string> messages{
      seal(PullRequest{}, {.kind = message_kind::pull_request, .correlation = 1}),
      sealed_push(1, "x"),
      sealed_push(5, "some content of an intent"),
      sealed_push(10, std::string(200, 'b')),     // compressed
      sealed_push(3, std::string(300, 'c'), 100), // compressed
  };
  std::size_t flips = 0;
  for (const auto& message : messages) {
    frame intact;
    ASSERT_TRUE(open(message, intact));
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit, ++flips) {
      auto damaged = message;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      frame f;
      const auto opened = open(damaged, f);
      ASSERT_FALSE(opened) << "bit " << bit;
      ASSERT_EQ(opened.err().code, errc::corrupt);
    }
  }
  EXPECT_GT(flips, 3'000u);
}

TEST(Envelope, RejectsEveryTruncationAndExtension) {
  const auto message = sealed_push(5, "some content of an intent");
  for (std::size_t n = 0; n < message.size(); ++n) {
    frame f;
    ASSERT_FALSE(open(std::string_view(message).substr(0, n), f));
  }
  frame f;
  EXPECT_FALSE(open(message + '\0', f));
}

TEST(Envelope, SaysUnsupportedForWhatALaterVersionMaySend) {
  for (const auto& [offset, byte] :
       std::vector<std::pair<std::size_t, char>>{{4, 2}, {5, 0}, {5, 127}, {6, 2}, {7, 1}}) {
    auto message = sealed_push(1, "x");
    message[offset] = byte;
    reseal(message);
    frame f;
    const auto opened = open(message, f);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.err().code, errc::unsupported) << offset;
  }
}

TEST(Envelope, RejectsLengthsThatLie) {
  const auto plain_at = [](std::string message, std::uint32_t n) {
    for (std::size_t i = 0; i < 4; ++i)
      message[20 + i] = static_cast<char>(n >> (8 * i));
    reseal(message);
    frame f;
    return open(message, f);
  };
  const auto small = sealed_push(1, "x");
  const auto large = sealed_push(1, std::string(5'000, 'a'));
  for (const std::uint32_t lie : {0u, 1u, 4'999u, 6'000u, static_cast<std::uint32_t>(body_bytes_max) + 1, ~0u}) {
    EXPECT_FALSE(plain_at(small, lie));
    EXPECT_FALSE(plain_at(large, lie));
  }
}

TEST(Envelope, RejectsDamagedCompressionUnderAGoodChecksum) {
  const auto message = sealed_push(1, std::string(5'000, 'a'));
  std::size_t rejected = 0;
  for (std::size_t i = header_bytes; i < message.size(); ++i) {
    auto damaged = message;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    reseal(damaged);
    frame f;
    if (!open(damaged, f))
      ++rejected;
    else
      EXPECT_EQ(f.body.size(), push_of(1, std::string(5'000, 'a')).ByteSizeLong());
  }
  EXPECT_GT(rejected, 0u);
}

RC_GTEST_PROP(Envelope, OpensWhatItSealed,
              (std::vector<std::string> bodies, std::uint64_t correlation, bool compress)) {
  PushRequest request;
  for (const auto& b : bodies)
    request.add_intents()->set_body(b + b + b);
  const auto kind = static_cast<message_kind>(*rc::gen::inRange(1, 10));
  const auto bytes =
      seal(request, {.kind = kind, .correlation = correlation, .compress_above = compress ? 0u : 1u << 20});
  frame f;
  RC_ASSERT(open(bytes, f).ok());
  RC_ASSERT(f.kind == kind);
  RC_ASSERT(f.correlation == correlation);
  RC_ASSERT(f.body == serialize(request));
  RC_ASSERT(charged_bytes(bytes) == header_bytes + request.ByteSizeLong());
}

RC_GTEST_PROP(Envelope, SurvivesAnyBytes, (std::string bytes)) {
  frame f;
  RC_ASSERT(!open(bytes, f));
  (void)charged_bytes(bytes);
}

RC_GTEST_PROP(Envelope, SurvivesAnyStoredBodyUnderAGoodChecksum, (std::string body, std::uint32_t plain)) {
  auto bytes = seal(PullRequest{}, {.kind = message_kind::pull_request});
  bytes[6] = *rc::gen::element<char>(0, 1);
  bytes += body;
  const auto put = [&](std::size_t at, std::uint64_t n) {
    for (std::size_t i = 0; i < 4; ++i)
      bytes[at + i] = static_cast<char>(n >> (8 * i));
  };
  put(16, body.size());
  put(20, *rc::gen::element<std::uint64_t>(body.size(), plain, plain % 1'000));
  reseal(bytes);
  frame f;
  if (open(bytes, f))
    RC_ASSERT(f.body.size() <= body_bytes_max);
}

} // namespace
} // namespace squall::wire
