// What the issuer does about tokens that somebody else shows, and about devices that are not to have any.
#include "office.hpp"

namespace squall::security {
namespace {

wire::TokenResponse enrol(office& o, const key_pair& key) {
  return o.ask(enrolment_of(key), wire::message_kind::enrol_request).value();
}

wire::TokenResponse refresh(office& o, const std::string& token, const key_pair& key) {
  return o.ask(refresh_with(token, key), wire::message_kind::refresh_request).value();
}

const key_pair first_key = derive_key_pair(1, "device"), second_key = derive_key_pair(2, "device");

TEST(Reuse, AnOlderTokenVoidsItsCredentialForGood) {
  office o("reuse_voids");
  const auto a = enrol(o, first_key).refresh_token();
  const auto b = refresh(o, a, first_key).refresh_token();
  const auto c = refresh(o, b, first_key).refresh_token();
  const auto refused = refresh(o, a, first_key);
  EXPECT_EQ(refused.status(), 401u);
  EXPECT_EQ(refused.reason(), wire::REFUSED_REUSED);
  ASSERT_EQ(o.out.facts.size(), 1u);
  EXPECT_EQ(o.out.facts[0].aux, 1u);
  o.restart();
  for (const auto& token : {a, b, c}) {
    const auto again = refresh(o, token, first_key);
    EXPECT_EQ(again.status(), 401u);
    EXPECT_EQ(again.reason(), wire::REFUSED_REUSED);
  }
}

TEST(Reuse, TheTokenBeforeTheNewestIsNoReuseUntilTheNewestWasShown) {
  office o("reuse_previous");
  const auto a = enrol(o, first_key).refresh_token();
  const auto b = refresh(o, a, first_key).refresh_token();
  EXPECT_EQ(refresh(o, a, first_key).refresh_token(), b);
  const auto c = refresh(o, b, first_key).refresh_token();
  EXPECT_EQ(refresh(o, b, first_key).refresh_token(), c);
  EXPECT_EQ(refresh(o, a, first_key).reason(), wire::REFUSED_REUSED);
}

TEST(Reuse, AWrongProofChangesNothing) {
  office o("reuse_proof");
  const auto a = enrol(o, first_key).refresh_token();
  const auto b = refresh(o, a, first_key).refresh_token();
  const auto c = refresh(o, b, first_key).refresh_token();
  const auto refused = refresh(o, a, second_key);
  EXPECT_EQ(refused.status(), 401u);
  EXPECT_EQ(refused.reason(), wire::REFUSED);
  EXPECT_EQ(refresh(o, c, first_key).status(), 200u);
}

TEST(Reuse, ADeviceThatEnrolsWithANewKeyGoesOn) {
  office o("reuse_anew");
  const auto a = enrol(o, first_key).refresh_token();
  const auto b = refresh(o, a, first_key).refresh_token();
  refresh(o, b, first_key);
  ASSERT_EQ(refresh(o, a, first_key).reason(), wire::REFUSED_REUSED);
  const auto fresh = enrol(o, second_key);
  ASSERT_EQ(fresh.status(), 200u);
  EXPECT_EQ(refresh(o, fresh.refresh_token(), second_key).status(), 200u);
  EXPECT_EQ(refresh(o, a, first_key).status(), 401u);
}

TEST(Reuse, IsToldToTheKeyInUseThoughALateCopyEnrolledAnotherAfterIt) {
  office o("reuse_late_copy");
  const auto a = enrol(o, second_key).refresh_token();
  enrol(o, first_key); // of a start that the power cut undid; it comes late
  const auto b = refresh(o, a, second_key).refresh_token();
  refresh(o, b, second_key);
  enrol(o, first_key);
  EXPECT_EQ(refresh(o, a, second_key).reason(), wire::REFUSED_REUSED);
}

TEST(Reuse, KnownBugLeavesTheCredentialGood) {
  telemetry::sabotage_set on;
  on.set(static_cast<std::size_t>(telemetry::sabotage::reuse_not_detected));
  office o("reuse_bug", on);
  const auto a = enrol(o, first_key).refresh_token();
  const auto b = refresh(o, a, first_key).refresh_token();
  const auto c = refresh(o, b, first_key).refresh_token();
  EXPECT_EQ(refresh(o, a, first_key).reason(), wire::REFUSED);
  EXPECT_EQ(refresh(o, c, first_key).status(), 200u);
}

TEST(Revocation, HoldsOverARestartUntilTheDeviceIsAllowedAgain) {
  office o("revoked");
  const auto a = enrol(o, first_key).refresh_token();
  o.it().handle(io::revocation{3, true}, o.now, o.out);
  ASSERT_EQ(o.out.facts.size(), 1u);
  EXPECT_EQ(o.out.facts[0].kind, telemetry::fact_kind::device_revoked);
  EXPECT_EQ(o.out.facts[0].endpoint, device_endpoint);
  o.it().handle(io::revocation{3, true}, o.now, o.out);
  EXPECT_TRUE(o.out.facts.empty()) << "it was revoked already";
  o.restart();
  EXPECT_EQ(refresh(o, a, first_key).reason(), wire::REFUSED_REVOKED);
  EXPECT_EQ(enrol(o, second_key).reason(), wire::REFUSED_REVOKED);
  o.it().handle(io::revocation{3, false}, o.now, o.out);
  EXPECT_EQ(refresh(o, a, first_key).status(), 200u);
}

TEST(SigningKeys, TheNextOneSignsAndTheRetiredOneIsTold) {
  office o("rotation");
  enrol(o, first_key);
  o.now.wall += 5;
  o.it().handle(io::key_rotation{}, o.now, o.out);
  o.restart();
  const auto token = enrol(o, first_key).access_token();
  EXPECT_FALSE(verify_token(token, issuer_public_key(office_seed))) << "not with the retired key";
  const auto bytes = wire::seal(wire::KeysRequest(), {.kind = wire::message_kind::keys_request, .correlation = 4});
  o.it().handle(io::received{{0}, bytes}, o.now, o.out);
  ASSERT_EQ(o.out.sends.size(), 1u);
  wire::frame f;
  ASSERT_TRUE(wire::open(o.out.sends[0].bytes, f));
  EXPECT_EQ(f.correlation, 4u);
  wire::KeysResponse keys;
  ASSERT_TRUE(wire::parse(f.body, keys));
  ASSERT_EQ(keys.keys_size(), 2);
  EXPECT_EQ(keys.keys(0).public_key(), issuer_public_key(office_seed));
  EXPECT_TRUE(keys.keys(0).retired());
  EXPECT_EQ(keys.keys(0).retired_wall_ns(), o.now.wall);
  EXPECT_FALSE(keys.keys(1).retired());
  const auto claims = verify_token(token, keys.keys(1).public_key());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->key_id(), 2u);
}

} // namespace
} // namespace squall::security
