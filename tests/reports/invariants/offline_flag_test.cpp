// What a device may take while no answer of the server reaches it.
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr auto forbidden = static_cast<std::uint8_t>(failure_code::offline_forbidden);

// Pages may be changed out of contact, lines and orders may not. A minute without an answer, and a device is out of it.
struct told_so : setting {
  wire line{t};
  explicit told_so(offline_code flag) {
    t.plan.mutable_knobs()->set_contact_within_ns(60 * second);
    t.plan.mutable_model()->mutable_collections(t.collection("pages"))->set_offline(true);
    hear();
    t.tell({.kind = entry_kind::flag_told, .code = static_cast<std::uint8_t>(flag), .actor = 1});
  }
  void hear() {
    line.ask(1);
    line.answer(1);
  }
  void edit_page() { t.write(1, {update("pages", page, {set("title", "new")})}); }
  void edit_order() { t.write(1, {update("orders", order, {set("title", "new")})}); }
  std::uint64_t meant(const std::string& collection) {
    auto& intention = *t.plan.add_intentions();
    intention.set_id(900);
    intention.add_acts()->set_collection(collection);
    return 900;
  }
  void refuse(const std::string& collection) {
    t.tick();
    const auto id = meant(collection);
    t.tell({.kind = entry_kind::intention_invoked, .actor = 1, .ref = id});
    t.tell({.kind = entry_kind::intention_failed, .code = forbidden, .actor = 1, .ref = id});
  }
  std::string shape() const { return judge_tale(t).shape("authorization"); }
};

TEST(OfflineFlag, AllowsEverythingInContact) {
  for (const auto flag : {offline_code::full, offline_code::limited, offline_code::stopped}) {
    told_so d(flag);
    d.t.wait(50 * second);
    d.edit_page();
    d.edit_order();
    EXPECT_EQ(d.shape(), "");
  }
}

TEST(OfflineFlag, FailsIfADeviceOutOfContactTakesWhatItWasToldNotTo) {
  const auto out = [](offline_code flag, bool page) {
    told_so d(flag);
    d.t.wait(61 * second);
    page ? d.edit_page() : d.edit_order();
    return d.shape();
  };
  EXPECT_EQ(out(offline_code::full, false), "");
  EXPECT_EQ(out(offline_code::limited, true), "");
  EXPECT_EQ(out(offline_code::limited, false), "changed out of contact");
  EXPECT_EQ(out(offline_code::stopped, true), "changed out of contact");
}

TEST(OfflineFlag, ADeviceThatHasJustStartedIsOutOfContact) {
  told_so d(offline_code::stopped);
  d.t.tell({.kind = entry_kind::restarted, .actor = 1});
  d.edit_page();
  EXPECT_EQ(d.shape(), "changed out of contact");
}

TEST(OfflineFlag, AnAnswerBelow500IsContactAndAHintIsNone) {
  const auto after = [](const std::function<void(told_so&)>& hears) {
    told_so d(offline_code::stopped);
    d.t.wait(55 * second);
    hears(d);
    d.t.wait(10 * second);
    d.edit_page();
    return d.shape();
  };
  EXPECT_EQ(after([](told_so& d) { d.hear(); }), "");
  EXPECT_EQ(after([](told_so& d) {
              d.line.ask(1);
              d.line.refuse(1, 1);
            }),
            "");
  EXPECT_EQ(after([](told_so& d) {
              d.line.ask(1);
              d.line.refuse(1, refused_unavailable);
            }),
            "changed out of contact");
  EXPECT_EQ(after([](told_so& d) {
              d.t.plan.mutable_knobs()->set_invalidate_for_ns(second);
              d.line.invalidate(1, 1);
            }),
            "changed out of contact");
}

TEST(OfflineFlag, FailsIfAChangeIsRefusedThatMayBeTaken) {
  const auto refused = [](offline_code flag, std::int64_t after, const std::string& collection) {
    told_so d(flag);
    d.t.wait(after);
    d.refuse(collection);
    return d.shape();
  };
  EXPECT_EQ(refused(offline_code::stopped, 61 * second, "pages"), "");
  EXPECT_EQ(refused(offline_code::limited, 61 * second, "orders"), "");
  EXPECT_EQ(refused(offline_code::limited, 61 * second, "pages"), "refused though allowed");
  EXPECT_EQ(refused(offline_code::stopped, second, "orders"), "refused in contact");
  EXPECT_EQ(refused(offline_code::full, 61 * second, "orders"), "refused unasked");
}

TEST(OfflineFlag, RefusalsAreCounted) {
  told_so d(offline_code::stopped);
  d.t.wait(61 * second);
  d.refuse("orders");
  EXPECT_EQ(judge_tale(d.t).metrics.at("offline_refusals"), 1U);
}

} // namespace
} // namespace squall::told
