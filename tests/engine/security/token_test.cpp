#include "engine/security/derive.hpp"
#include "engine/security/token.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace squall::security {
namespace {

wire::TokenClaims sample_claims() {
  wire::TokenClaims c;
  c.set_user(7);
  c.set_device(3);
  c.add_scopes(1);
  c.add_scopes(2);
  c.set_issued_wall_ns(100);
  c.set_expires_wall_ns(200);
  return c;
}

TEST(DeriveBytes, AreAFunctionOfSeedPurposeAndSize) {
  std::set<std::string> seen;
  for (const std::uint64_t seed : {1ull, 2ull, 1ull << 63})
    for (const char* purpose : {"a", "b", ""})
      for (const std::size_t size : {16u, 32u, 64u}) {
        const auto bytes = derive_bytes(seed, purpose, size);
        EXPECT_EQ(bytes.size(), size);
        EXPECT_EQ(bytes, derive_bytes(seed, purpose, size));
        EXPECT_TRUE(seen.insert(bytes.substr(0, 16)).second);
      }
}

TEST(KeyPair, IsTheSameForSeedAndPurpose) {
  const auto a = derive_key_pair(1, "device");
  EXPECT_EQ(a.public_key, derive_key_pair(1, "device").public_key);
  EXPECT_EQ(a.secret_key, derive_key_pair(1, "device").secret_key);
  EXPECT_NE(a.public_key, derive_key_pair(2, "device").public_key);
  EXPECT_NE(a.public_key, derive_key_pair(1, "issuer").public_key);
  EXPECT_EQ(a.public_key.size(), 32u);
  EXPECT_EQ(a.secret_key.size(), 64u);
}

TEST(Signature, HoldsForItsMessageAndKeyOnly) {
  const auto key = derive_key_pair(1, "device"), other = derive_key_pair(2, "device");
  const auto signature = sign("message", key);
  EXPECT_EQ(signature, sign("message", key)) << "deterministic";
  EXPECT_TRUE(verify("message", signature, key.public_key));
  EXPECT_FALSE(verify("messagf", signature, key.public_key));
  EXPECT_FALSE(verify("message", signature, other.public_key));
  EXPECT_FALSE(verify("message", signature.substr(1), key.public_key));
  EXPECT_FALSE(verify("message", "", key.public_key));
  EXPECT_FALSE(verify("message", signature, ""));
}

TEST(Token, BringsItsClaimsBack) {
  const auto key = derive_key_pair(1, "issuer");
  const auto token = sign_token(sample_claims(), key);
  EXPECT_EQ(token, sign_token(sample_claims(), key));
  const auto claims = verify_token(token, key.public_key);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->SerializeAsString(), sample_claims().SerializeAsString());
}

TEST(Token, IsRefusedUnderAnotherKey) {
  const auto token = sign_token(sample_claims(), derive_key_pair(1, "issuer"));
  const auto claims = verify_token(token, derive_key_pair(2, "issuer").public_key);
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.err().code, errc::unauthorized);
}

TEST(Token, IsRefusedWithAnyBitFlipped) {
  const auto key = derive_key_pair(1, "issuer");
  const auto token = sign_token(sample_claims(), key);
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    auto forged = token;
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << (bit % 8)));
    const auto claims = verify_token(forged, key.public_key);
    ASSERT_FALSE(claims) << "bit " << bit;
    ASSERT_TRUE(claims.err().code == errc::unauthorized || claims.err().code == errc::corrupt);
  }
}

TEST(Token, IsNoSignatureOverBareClaims) {
  // A signature made for something else by the same key must not pass for a token.
  const auto key = derive_key_pair(1, "issuer");
  wire::SignedToken token;
  token.set_claims(sample_claims().SerializeAsString());
  token.set_signature(sign(token.claims(), key));
  EXPECT_FALSE(verify_token(token.SerializeAsString(), key.public_key));
}

RC_GTEST_PROP(Token, SurvivesAnyBytes, (std::string bytes)) {
  RC_ASSERT(!verify_token(bytes, derive_key_pair(1, "issuer").public_key));
}

TEST(RefreshProof, CoversDeviceTokenAndNonce) {
  const std::set<std::string> messages{refresh_proof_message(1, "t", 5), refresh_proof_message(2, "t", 5),
                                       refresh_proof_message(1, "u", 5), refresh_proof_message(1, "t", 6),
                                       refresh_proof_message(1, "", 5)};
  EXPECT_EQ(messages.size(), 5u);
}

} // namespace
} // namespace squall::security
