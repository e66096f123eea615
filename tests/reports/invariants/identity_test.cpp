// Histories of tokens and of devices that get none any more.
#include "tests/reports/invariants/grave.hpp"

namespace squall::told {
namespace {

const std::function<bool(const entry&)> of_second = [](const entry& e) { return e.actor == 2 || e.peer == 2; };

// Device 2 has a token that ends with the beginning, and writes.
struct late {
  firm f;
  late() {
    f.t.first(entry_kind::token_issued, of_second).value = 1;
    f.t.first(entry_kind::token_obtained, of_second).value = 1;
    f.t.put(2, {update("notes", f.note, {set("title", "two")})});
    f.end();
  }
};

TEST(Token, FailsIfAnEffectComesAfterItsEnd) {
  late l;
  l.f.t.plan.mutable_knobs()->set_token_leeway_ns(1);
  expect_only(l.f.t, "identity", "effect of an expired token");
}

TEST(Token, IsTakenForSomeTimeLonger) {
  late l;
  l.f.t.plan.mutable_knobs()->set_token_leeway_ns(second);
  expect_none(l.f.t);
}

TEST(Token, FailsIfThereIsNone) {
  late l;
  l.f.t.erase([](const entry& e) {
    return (e.kind == entry_kind::token_issued || e.kind == entry_kind::token_obtained) && of_second(e);
  });
  expect_only(l.f.t, "identity", "effect without a token");
}

TEST(Token, FailsIfNobodyGaveIt) {
  firm f;
  f.end();
  f.t.first(entry_kind::token_obtained).value += 1;
  expect_only(f.t, "identity", "token that nobody gave");
}

// -- revocation -----------------------------------------------------------------------------------------------------------------

entry give_token(std::uint32_t device, bool by_refresh, std::uint64_t credential = 0) {
  return {.kind = entry_kind::token_issued,
          .code = static_cast<std::uint8_t>(by_refresh ? 1 : 0),
          .actor = 3,
          .peer = device,
          .value = tale::token_ends,
          .ref = credential};
}
entry refuse_reused(std::uint32_t device, std::uint64_t credential = 0) {
  return {.kind = entry_kind::token_refused, .code = 1, .actor = 3, .peer = device, .flags = 1, .ref = credential};
}
entry revoke(std::uint32_t device, bool is_revoked = true) {
  return {.kind = entry_kind::device_revoked,
          .code = static_cast<std::uint8_t>(is_revoked ? 1 : 0),
          .actor = 3,
          .peer = device};
}

TEST(Revoked, FailsIfItGetsAToken) {
  firm f;
  f.t.tell(revoke(2));
  f.t.tell(give_token(2, true));
  f.end();
  expect_only(f.t, "identity", "token for a revoked device");
}

TEST(Revoked, GetsATokenOnceItIsAllowedAgain) {
  firm f;
  f.t.tell(revoke(2));
  f.t.tell(revoke(2, false));
  f.t.tell(give_token(2, true));
  f.end();
  expect_none(f.t);
}

// What device 2 has queued stays there; it is nobody's failure.
struct locked {
  firm f;
  locked() {
    f.t.write(2, {update("notes", f.note, {set("title", "two")})});
    f.t.tell(revoke(2));
    f.t.tell({.kind = entry_kind::token_refused, .code = 1, .actor = 3, .peer = 2});
    f.t.tell({.kind = entry_kind::queue_locked, .code = 1, .actor = 2});
    f.t.pull(1);
    f.t.tell({.kind = entry_kind::pending, .code = static_cast<std::uint8_t>(pending_code::queue_locked), .actor = 2});
    f.t.rest();
  }
};

TEST(Revoked, IsListedWithWhatItCouldNotSend) {
  locked l;
  const auto o = judge_tale(l.f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.of.at("liveness").reason(), "revoked: d2 could not send d2:1");
  EXPECT_EQ(o.metrics.at("devices_revoked"), 1U);
}

TEST(Revoked, FailsIfItLosesItsQueue) {
  locked l;
  l.f.t.last(entry_kind::queue_read).value = 0;
  l.f.t.erase([](const entry& e) { return e.kind == entry_kind::queue_row; });
  expect_only(l.f.t, "ack_honest", "queue lost an intent");
}

TEST(Revoked, IsNoExcuseOnceItIsAllowedAgain) {
  locked l;
  l.f.t.insert_after(l.f.t.last(entry_kind::device_revoked), revoke(2, false));
  expect_fails(l.f.t, "liveness", "queue locked");
}

// -- reuse ----------------------------------------------------------------------------------------------------------------------

TEST(Reused, FailsIfTheCredentialStillWorks) {
  firm f;
  f.t.tell(refuse_reused(2));
  f.t.tell(give_token(2, true));
  f.end();
  expect_only(f.t, "identity", "token by a void credential");
}

TEST(Reused, FailsIfTheSameKeyIsEnrolledAgain) {
  firm f;
  f.t.tell(refuse_reused(2));
  f.t.tell(give_token(2, false));
  f.end();
  expect_only(f.t, "identity", "token by a void credential");
}

TEST(Reused, OfAKeyThatWasGivenUpLeavesTheOneInUseGood) {
  firm f;
  f.t.tell(give_token(2, false, 7));
  f.t.tell(refuse_reused(2));
  f.t.tell(give_token(2, true, 7));
  f.end();
  expect_none(f.t);
}

TEST(Reused, EndsWithANewEnrolment) {
  firm f;
  f.t.tell(refuse_reused(2));
  f.t.tell(give_token(2, false, 7));
  f.t.tell(give_token(2, true, 7));
  f.end();
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.metrics.at("tokens_reused"), 1U);
}

// Each of these in a good history, changed in each of its members that can be held against the rest.
TEST(Identity, IsNeverBelievedWhenItIsChanged) {
  firm f;
  f.t.tell(revoke(1));
  f.t.tell(revoke(1, false));
  f.t.tell(give_token(1, true));
  f.t.tell(refuse_reused(2));
  f.t.tell(give_token(2, false, 7));
  f.end();
  expect_none(f.t);
  using k = entry_kind;
  struct change {
    const char* what;
    k kind;
    std::function<void(entry&)> make;
  };
  const std::vector<change> changes{
      {"allowed again", k::device_revoked, [](entry& e) { e.code = 1; }},
      {"who is allowed again", k::device_revoked, [](entry& e) { e.peer = 2; }},
      {"whose refresh token was reused", k::token_refused, [](entry& e) { e.peer = 1; }},
      {"of which credential", k::token_issued, [](entry& e) { e.ref = 0; }},
      {"which credential is void", k::token_refused, [](entry& e) { e.ref = 7; }},
  };
  for (const auto& c : changes) {
    auto bad = f.t;
    c.make(bad.last(c.kind));
    if (c.kind == k::token_refused) { // told before device 1 is given a token by refresh
      const auto refused = bad.last(c.kind);
      bad.erase([&](const entry& e) { return e == refused; });
      bad.insert_after(bad.last(k::device_revoked), refused);
    }
    EXPECT_TRUE(judge_tale(bad).failed().contains("identity")) << c.what;
  }
}

} // namespace
} // namespace squall::told
