// How a server learns which keys its issuer signs with.
#include "engine/security/token.hpp"
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace squall::server {
namespace {

constexpr endpoint_id issuer_endpoint{500};
const security::key_pair first_key = security::derive_key_pair(7, "issuer"),
                         next_key = security::derive_key_pair(8, "issuer");

class IssuerKeys : public testing::Test {
protected:
  explicit IssuerKeys(std::vector<telemetry::sabotage> sabotages = {})
      : b({std::move(sabotages), [](options& o) { o.issuer = issuer_endpoint; }}) {}

  std::string token(std::uint32_t number, const security::key_pair& key, time_ns issued) {
    wire::TokenClaims claims;
    claims.set_key_id(number);
    claims.set_device(1);
    claims.set_user(1);
    claims.add_scopes(1);
    claims.set_issued_wall_ns(issued);
    claims.set_expires_wall_ns(hour_ns);
    return security::sign_token(claims, key);
  }
  std::uint32_t pull(const std::string& token) {
    wire::PullRequest r;
    r.set_token(token);
    r.set_device(1);
    r.set_scope(1);
    const auto sent = b.send(r);
    b.drain();
    return b.pull_reply(sent).status();
  }
  std::size_t questions() const {
    return static_cast<std::size_t>(std::count_if(b.replies.begin(), b.replies.end(), [](const auto& r) {
      return r.second.cls == io::message_class::keys && r.second.to == issuer_endpoint;
    }));
  }
  void answer(bool retired = true) {
    wire::KeysResponse keys;
    auto& first = *keys.add_keys();
    first.set_key_id(1);
    first.set_public_key(first_key.public_key);
    first.set_retired(retired);
    first.set_retired_wall_ns(100);
    auto& next = *keys.add_keys();
    next.set_key_id(2);
    next.set_public_key(next_key.public_key);
    b.deliver(issuer_endpoint.value, wire::seal(keys, {wire::message_kind::keys_response, 1}));
  }

  bench b;
};

TEST_F(IssuerKeys, AreAskedForOnceASecondUntilTheyAreKnown) {
  const auto by_next = token(2, next_key, 200);
  EXPECT_EQ(pull(by_next), 503u);
  EXPECT_EQ(pull(by_next), 503u);
  EXPECT_EQ(questions(), 1u);
  b.now.mono += second_ns;
  EXPECT_EQ(pull(by_next), 503u);
  EXPECT_EQ(questions(), 2u);
  answer();
  EXPECT_EQ(pull(by_next), 200u);
  b.restart();
  EXPECT_EQ(pull(by_next), 200u) << "they are durable";
  EXPECT_EQ(questions(), 2u);
}

TEST_F(IssuerKeys, ARetiredOneVouchesForWhatItSignedBefore) {
  EXPECT_EQ(pull(token(1, first_key, 101)), 200u) << "nobody has heard of its end";
  answer();
  EXPECT_EQ(pull(token(1, first_key, 100)), 200u);
  EXPECT_EQ(pull(token(1, first_key, 101)), 401u);
  answer(false);
  EXPECT_EQ(pull(token(1, first_key, 102)), 401u) << "an older answer brings it back no more";
  b.now.wall = hour_ns;
  EXPECT_EQ(pull(token(1, first_key, 100)), 401u) << "until it expires";
}

TEST_F(IssuerKeys, AreTakenFromTheIssuerAlone) {
  wire::KeysResponse keys;
  auto& forged = *keys.add_keys();
  forged.set_key_id(2);
  forged.set_public_key(next_key.public_key);
  b.deliver(1, wire::seal(keys, {wire::message_kind::keys_response, 1}));
  EXPECT_EQ(pull(token(2, next_key, 0)), 503u);
}

class IssuerKeysSabotaged : public IssuerKeys {
protected:
  IssuerKeysSabotaged()
      : IssuerKeys({telemetry::sabotage::keys_in_memory_only, telemetry::sabotage::retired_key_good_for_ever}) {}
};

TEST_F(IssuerKeysSabotaged, AreForgottenAndNeverEnd) {
  answer();
  b.now.wall = hour_ns;
  EXPECT_EQ(pull(token(1, first_key, 100)), 200u);
  b.now.wall = 0;
  b.restart();
  EXPECT_EQ(pull(token(2, next_key, 0)), 503u);
}

} // namespace
} // namespace squall::server
