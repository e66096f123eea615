// An issuer over a store in a file, and a device's side of the conversation with it.
#pragma once

#include "engine/security/issuer.hpp"
#include "engine/security/token.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace squall::security {

inline constexpr std::uint64_t office_seed = 99;
inline constexpr endpoint_id office_endpoint{1000}, device_endpoint{3};

class office {
public:
  explicit office(const std::string& name, telemetry::sabotage_set sabotages = {})
      : path_(::testing::TempDir() + "squall_issuer_" + name + "_" + std::to_string(::getpid()) + ".db"),
        sabotages_(sabotages) {
    remove_files();
    restart();
  }
  ~office() {
    issuer_.reset();
    remove_files();
  }

  /// Forgets all that is not in the store.
  void restart() {
    issuer_.reset();
    issuer_options o;
    o.self = office_endpoint;
    o.key_seed = office_seed;
    o.enrolments = {{5, 2, "other code", {4}}, {3, 7, "code", {1, 2}}};
    o.access_lifetime = hour_ns;
    o.store.path = path_;
    o.sabotages = sabotages_;
    auto opened = issuer::open(std::move(o));
    ASSERT_TRUE(opened) << opened.err().message;
    issuer_ = std::move(opened).value();
    io::effects out;
    issuer_->handle(io::started{}, now, out);
    EXPECT_TRUE(out.sends.empty() && !out.failed);
  }

  /// The reply, if there is one.
  std::optional<wire::TokenResponse> ask(const google::protobuf::MessageLite& body, wire::message_kind kind) {
    const auto bytes = wire::seal(body, {.kind = kind, .correlation = ++correlation_});
    issuer_->handle(io::received{device_endpoint, bytes}, now, out);
    EXPECT_FALSE(out.failed);
    if (out.sends.empty())
      return std::nullopt;
    EXPECT_EQ(out.sends.size(), 1u);
    EXPECT_EQ(out.sends[0].to, device_endpoint);
    wire::frame f;
    EXPECT_TRUE(wire::open(out.sends[0].bytes, f));
    EXPECT_EQ(f.kind, wire::message_kind::token_response);
    EXPECT_EQ(f.correlation, correlation_);
    wire::TokenResponse response;
    EXPECT_TRUE(wire::parse(f.body, response));
    return response;
  }

  void set_available(const io::availability& a) { issuer_->handle(a, now, out); }
  issuer& it() { return *issuer_; }

  clock_reading now{.mono = 5, .wall = 1'000 * second_ns};
  io::effects out; ///< of the last request

private:
  void remove_files() {
    for (const char* suffix : {"", "-journal", "-wal"})
      std::remove((path_ + suffix).c_str());
  }

  std::string path_;
  telemetry::sabotage_set sabotages_;
  std::unique_ptr<issuer> issuer_;
  std::uint64_t correlation_ = 0;
};

inline wire::EnrolRequest enrolment_of(const key_pair& key) {
  wire::EnrolRequest r;
  r.set_device(3);
  r.set_user(7);
  r.set_code("code");
  r.set_device_key(key.public_key);
  return r;
}

inline wire::RefreshRequest refresh_with(const std::string& token, const key_pair& key, std::uint64_t nonce = 1) {
  wire::RefreshRequest r;
  r.set_device(3);
  r.set_refresh_token(token);
  r.set_nonce(nonce);
  r.set_proof(sign(refresh_proof_message(3, token, nonce), key));
  return r;
}

} // namespace squall::security
