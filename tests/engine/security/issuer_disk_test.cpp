// What the issuer costs its disk, and what of it a power loss leaves.
#include "faults/disk/vfs.hpp"
#include "tests/engine/security/office.hpp"

#include <gtest/gtest.h>

namespace squall::security {
namespace {

class IssuerOnDisk : public ::testing::Test {
protected:
  IssuerOnDisk() {
    disks_.add(1);
    open();
  }

  void open() {
    issuer_options o;
    o.self = office_endpoint;
    o.key_seed = office_seed;
    o.enrolments = {{3, 7, "code", {1}}};
    o.access_lifetime = hour_ns;
    o.store.vfs = faults::disk_vfs_name;
    o.store.path = faults::disk_set::path(1);
    auto opened = issuer::open(std::move(o));
    ASSERT_TRUE(opened) << opened.err().message;
    issuer_ = std::move(opened).value();
  }
  void lose_power() {
    disks_.at(1).freeze();
    issuer_.reset();
    disks_.at(1).crash({1, ++crashes_});
    open();
  }

  wire::TokenResponse ask(const google::protobuf::MessageLite& body, wire::message_kind kind) {
    const auto bytes = wire::seal(body, {.kind = kind, .correlation = 1});
    io::effects out;
    issuer_->handle(io::received{device_endpoint, bytes}, {}, out);
    EXPECT_FALSE(out.failed);
    wire::TokenResponse response;
    wire::frame f;
    EXPECT_EQ(out.sends.size(), 1u);
    EXPECT_TRUE(wire::open(out.sends.at(0).bytes, f) && wire::parse(f.body, response));
    return response;
  }
  std::string enrol() { return ask(enrolment_of(key_), wire::message_kind::enrol_request).refresh_token(); }
  wire::TokenResponse refresh(const std::string& token) {
    return ask(refresh_with(token, key_), wire::message_kind::refresh_request);
  }

  faults::disk_set disks_{1};
  key_pair key_ = derive_key_pair(1, "device");
  std::unique_ptr<issuer> issuer_;
  std::uint64_t crashes_ = 0;
};

// All devices wait in one line for it: four syncs a refresh, at 300 ms each, keep twenty devices from tokens of ten seconds.
TEST_F(IssuerOnDisk, ARefreshSyncsOnce) {
  std::string token = refresh(enrol()).refresh_token();
  for (int i = 0; i < 20; ++i) {
    const auto before = disks_.at(1).counters().syncs;
    token = refresh(token).refresh_token();
    EXPECT_EQ(disks_.at(1).counters().syncs - before, 1u) << i;
  }
}

TEST_F(IssuerOnDisk, WhatItAnsweredSurvivesAPowerLoss) {
  std::string token = enrol();
  for (int i = 0; i < 20; ++i) {
    const auto answer = refresh(token);
    ASSERT_EQ(answer.status(), 200u) << i;
    const std::string older = token;
    token = answer.refresh_token();
    lose_power();
    EXPECT_EQ(refresh(older).refresh_token(), token) << "whose first copy may not have arrived";
  }
}

} // namespace
} // namespace squall::security
