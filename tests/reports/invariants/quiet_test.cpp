// Nothing left to exchange, and it is quiet.
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {
namespace {

struct rest : setting {
  wire line{t};
  void push(std::uint32_t device, int times) {
    for (int i = 0; i < times; ++i)
      line.ask(device, message_code::push);
  }
};

TEST(Quiet, PassesADeviceThatOnlyPolls) {
  rest r;
  for (int i = 0; i < 50; ++i)
    r.line.ask(1, message_code::pull);
  r.t.rest();
  const auto o = judge_tale(r.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.of.at("quiet").checked(), 2U); // both devices in the end
}

TEST(Quiet, FailsIfADeviceAtRestGoesOnPushingOrTakingSnapshots) {
  for (const auto what : {message_code::push, message_code::snapshot}) {
    rest r;
    for (int i = 0; i < 4; ++i)
      r.line.ask(1, what);
    r.t.rest();
    expect_only(r.t, "quiet", "never quiet");
  }
}

TEST(Quiet, StartsAnewWithEachChange) {
  rest r;
  for (int i = 0; i < 5; ++i) {
    r.push(1, 3);
    r.t.put(1, {update("pages", r.page, {set("title", "new")})});
  }
  for (int i = 0; i < 5; ++i) {
    r.push(1, 3);
    r.t.put(2, {update("pages", r.page, {set("title", "new")})});
    r.t.pull(1);
  }
  r.t.rest();
  EXPECT_EQ(judge_tale(r.t).failed(), names{});
}

TEST(Quiet, SaysNothingOfADeviceThatHasSomethingToSendOrToGet) {
  rest waits;
  waits.t.write(1, {update("pages", waits.page, {set("title", "new")})});
  waits.push(1, 9);
  EXPECT_FALSE(judge_tale(waits.t).failed().contains("quiet"));
  rest behind;
  behind.t.put(2, {update("pages", behind.page, {set("title", "new")})});
  behind.push(1, 9);
  EXPECT_FALSE(judge_tale(behind.t).failed().contains("quiet"));
}

} // namespace
} // namespace squall::told
