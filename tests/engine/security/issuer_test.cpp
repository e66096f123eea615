#include "tests/engine/security/office.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace squall::security {
namespace {

using telemetry::fact_kind;
using telemetry::probe;
using wire::message_kind;

class Issuer : public ::testing::Test {
protected:
  Issuer() : office_(::testing::UnitTest::GetInstance()->current_test_info()->name()) {}

  wire::TokenResponse enrol(const key_pair& key) {
    const auto r = office_.ask(enrolment_of(key), message_kind::enrol_request);
    EXPECT_TRUE(r);
    return r.value_or(wire::TokenResponse{});
  }
  wire::TokenResponse refresh(const std::string& token, const key_pair& key) {
    const auto r = office_.ask(refresh_with(token, key), message_kind::refresh_request);
    EXPECT_TRUE(r);
    return r.value_or(wire::TokenResponse{});
  }
  void expect_fact(fact_kind kind, int code) {
    ASSERT_EQ(office_.out.facts.size(), 1u);
    EXPECT_EQ(office_.out.facts[0].kind, kind);
    EXPECT_EQ(office_.out.facts[0].code, code);
    EXPECT_EQ(office_.out.facts[0].endpoint, device_endpoint);
  }

  office office_;
  key_pair key_ = derive_key_pair(1, "device");
};

TEST_F(Issuer, EnrolsADeviceThatKnowsItsCode) {
  const auto r = enrol(key_);
  EXPECT_EQ(r.status(), 200u);
  EXPECT_EQ(r.issued_wall_ns(), office_.now.wall);
  EXPECT_EQ(r.expires_wall_ns(), office_.now.wall + hour_ns);
  EXPECT_EQ(r.refresh_token().size(), 32u);
  EXPECT_EQ(office_.out.sends[0].cls, io::message_class::enrol_reply);
  expect_fact(fact_kind::token_issued, 0);
  EXPECT_EQ(office_.out.facts[0].wall, office_.now.wall + hour_ns);
  const auto claims = verify_token(r.access_token(), issuer_public_key(office_seed));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->user(), 7u);
  EXPECT_EQ(claims->device(), 3u);
  ASSERT_EQ(claims->scopes_size(), 2);
  EXPECT_EQ(claims->scopes(1), 2u);
  EXPECT_EQ(claims->expires_wall_ns(), r.expires_wall_ns());
}

TEST_F(Issuer, RefusesAnEnrolmentThatItDoesNotKnow) {
  const std::vector<void (*)(wire::EnrolRequest&)> wrongs{[](wire::EnrolRequest& r) { r.set_code("other code"); },
                                                          [](wire::EnrolRequest& r) { r.set_user(2); },
                                                          [](wire::EnrolRequest& r) { r.set_device(4); },
                                                          [](wire::EnrolRequest& r) { r.set_device(5); },
                                                          [](wire::EnrolRequest& r) { r.set_code(""); },
                                                          [](wire::EnrolRequest& r) { r.set_device_key("short"); }};
  for (const auto wrong : wrongs) {
    auto request = enrolment_of(key_);
    wrong(request);
    const auto r = office_.ask(request, message_kind::enrol_request);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->status(), 401u);
    EXPECT_TRUE(r->access_token().empty() && r->refresh_token().empty());
    expect_fact(fact_kind::token_refused, 1);
  }
  EXPECT_EQ(office_.it().counters().hits(probe::issuer_enrolment_refused), wrongs.size());
}

TEST_F(Issuer, RotatesTheRefreshToken) {
  const auto first = enrol(key_);
  office_.now.wall += minute_ns;
  const auto second = refresh(first.refresh_token(), key_);
  EXPECT_EQ(second.status(), 200u);
  EXPECT_EQ(second.nonce(), 1u);
  EXPECT_EQ(second.expires_wall_ns(), office_.now.wall + hour_ns);
  EXPECT_NE(second.refresh_token(), first.refresh_token());
  expect_fact(fact_kind::token_issued, 1);
  EXPECT_EQ(office_.out.sends[0].cls, io::message_class::refresh_reply);
  EXPECT_TRUE(verify_token(second.access_token(), issuer_public_key(office_seed)));
}

TEST_F(Issuer, LeadsALostReplysTokenToTheSameSuccessor) {
  const auto first = enrol(key_);
  const auto lost = refresh(first.refresh_token(), key_);
  for (int retry = 0; retry < 3; ++retry)
    EXPECT_EQ(refresh(first.refresh_token(), key_).refresh_token(), lost.refresh_token());
  EXPECT_EQ(refresh(lost.refresh_token(), key_).status(), 200u) << "whichever of the replies arrived is good";
}

TEST_F(Issuer, ForgetsATokenWhenItsSuccessorIsUsed) {
  const auto first = enrol(key_);
  const auto second = refresh(first.refresh_token(), key_);
  const auto third = refresh(second.refresh_token(), key_);
  EXPECT_EQ(refresh(second.refresh_token(), key_).refresh_token(), third.refresh_token());
  EXPECT_EQ(refresh(first.refresh_token(), key_).status(), 401u);
  expect_fact(fact_kind::token_refused, 1);
}

TEST_F(Issuer, RefusesARefreshWithoutTheDevicesProof) {
  const auto first = enrol(key_);
  EXPECT_EQ(refresh(first.refresh_token(), derive_key_pair(2, "device")).status(), 401u);
  auto replayed = refresh_with(first.refresh_token(), key_);
  replayed.set_nonce(2);
  EXPECT_EQ(office_.ask(replayed, message_kind::refresh_request)->status(), 401u);
  EXPECT_EQ(office_.it().counters().hits(probe::issuer_proof_refused), 2u);
  EXPECT_EQ(refresh("", key_).status(), 401u);
  EXPECT_EQ(refresh(std::string(32, 'x'), key_).status(), 401u);
  EXPECT_EQ(refresh(first.refresh_token(), key_).status(), 200u) << "attempts of others do not use the token up";
}

TEST_F(Issuer, ForgetsNothingInARestart) {
  const auto first = enrol(key_);
  office_.restart();
  const auto second = refresh(first.refresh_token(), key_);
  EXPECT_EQ(second.status(), 200u);
  office_.restart();
  EXPECT_EQ(refresh(first.refresh_token(), key_).refresh_token(), second.refresh_token());
  const auto third = refresh(second.refresh_token(), key_);
  office_.restart();
  EXPECT_EQ(refresh(second.refresh_token(), key_).refresh_token(), third.refresh_token());
  office_.restart();
  EXPECT_EQ(refresh(third.refresh_token(), key_).status(), 200u);
  EXPECT_EQ(refresh(first.refresh_token(), key_).status(), 401u);
}

TEST_F(Issuer, EnrolsOneKeyOnceHoweverOftenItIsAsked) {
  const auto first = enrol(key_);
  EXPECT_EQ(enrol(key_).refresh_token(), first.refresh_token());
  const auto second = refresh(first.refresh_token(), key_);
  EXPECT_EQ(enrol(key_).refresh_token(), second.refresh_token()) << "a late copy of the request changes nothing";
  EXPECT_EQ(refresh(second.refresh_token(), key_).status(), 200u);
}

TEST_F(Issuer, KeepsAnOldKeyUntilTheNewOneIsUsed) {
  const auto old = enrol(key_);
  const auto reinstalled = derive_key_pair(2, "device");
  const auto fresh = enrol(reinstalled);
  EXPECT_EQ(refresh(old.refresh_token(), key_).status(), 200u) << "the new key has not shown itself yet";
  EXPECT_EQ(refresh(fresh.refresh_token(), reinstalled).status(), 200u);
  EXPECT_EQ(refresh(old.refresh_token(), key_).status(), 401u);
}

TEST_F(Issuer, KeepsFewKeysAndTheOneInUse) {
  const auto used = refresh(enrol(key_).refresh_token(), key_);
  for (std::uint64_t i = 10; i < 30; ++i)
    EXPECT_EQ(enrol(derive_key_pair(i, "device")).status(), 200u);
  const auto newest = enrol(derive_key_pair(29, "device"));
  const auto again = refresh(used.refresh_token(), key_);
  EXPECT_EQ(again.status(), 200u);
  EXPECT_EQ(refresh(newest.refresh_token(), derive_key_pair(29, "device")).status(), 200u);
}

TEST_F(Issuer, AnswersUnavailableWhileOutOfService) {
  const auto first = enrol(key_);
  office_.set_available({.serving = false, .retry_after = 1'500'001'000});
  for (const auto& r : {enrol(key_), refresh(first.refresh_token(), key_)}) {
    EXPECT_EQ(r.status(), 503u);
    EXPECT_EQ(r.retry_after_ms(), 1'501u);
    EXPECT_TRUE(r.access_token().empty());
  }
  expect_fact(fact_kind::token_refused, 103);
  office_.set_available({});
  EXPECT_EQ(refresh(first.refresh_token(), key_).status(), 200u);
}

TEST_F(Issuer, RefusesRefreshesWhenToldTo) {
  const auto first = enrol(key_);
  office_.set_available({.refuse_refresh = true});
  EXPECT_EQ(refresh(first.refresh_token(), key_).status(), 401u);
  EXPECT_EQ(enrol(key_).status(), 200u) << "enrolments are another matter";
  office_.set_available({});
  EXPECT_EQ(refresh(first.refresh_token(), key_).status(), 200u) << "a refusal uses nothing up";
}

TEST_F(Issuer, IgnoresBytesThatAreNoRequest) {
  const auto good = wire::seal(enrolment_of(key_), {.kind = message_kind::enrol_request});
  auto damaged = good;
  damaged[40] = static_cast<char>(damaged[40] ^ 1);
  for (const std::string& bytes : {std::string(), std::string("hello"), damaged, good.substr(0, 50),
                                   wire::seal(enrolment_of(key_), {.kind = message_kind::pull_request})}) {
    office_.it().handle(io::received{device_endpoint, bytes}, office_.now, office_.out);
    EXPECT_TRUE(office_.out.sends.empty() && office_.out.facts.empty() && !office_.out.failed);
  }
  EXPECT_EQ(office_.it().counters().hits(probe::issuer_request_unreadable), 5u);
}

TEST_F(Issuer, RefusesLocalChanges) {
  office_.it().handle(io::local_change{}, office_.now, office_.out);
  ASSERT_TRUE(office_.out.change);
  EXPECT_FALSE(office_.out.change->ok());
}

TEST(IssuerOptions, MustMakeSense) {
  issuer_options o;
  o.store.path = ":memory:";
  o.access_lifetime = 0;
  const auto opened = issuer::open(o);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.err().code, errc::invalid_argument);
}

TEST(IssuerOptions, MustNameAUsableStore) {
  issuer_options o;
  o.store.path = ::testing::TempDir() + "no_such_folder/issuer.db";
  EXPECT_EQ(issuer::open(o).err().code, errc::storage);
  o.store.path = ::testing::TempDir() + "squall_issuer_garbage_" + std::to_string(::getpid()) + ".db";
  std::ofstream(o.store.path) << std::string(4'096, 'x');
  EXPECT_EQ(issuer::open(o).err().code, errc::corrupt);
  std::remove(o.store.path.c_str());
}

TEST(IssuerSabotage, LocksADeviceOutOnALostReply) {
#ifdef SQUALL_NO_SABOTAGE
  GTEST_SKIP() << "compiled away";
#endif
  telemetry::sabotage_set active;
  active.set(static_cast<std::size_t>(telemetry::sabotage::rotation_forgets_previous));
  office broken("sabotage", active);
  const auto key = derive_key_pair(1, "device");
  const auto first = broken.ask(enrolment_of(key), message_kind::enrol_request);
  const auto lost = broken.ask(refresh_with(first->refresh_token(), key), message_kind::refresh_request);
  EXPECT_EQ(lost->status(), 200u);
  EXPECT_EQ(broken.ask(refresh_with(first->refresh_token(), key), message_kind::refresh_request)->status(), 401u);
  EXPECT_EQ(broken.it().counters().hits(telemetry::sabotage::rotation_forgets_previous), 1u);
}

} // namespace
} // namespace squall::security
