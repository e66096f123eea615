// Bounds of queues, servers in need that are left alone, and invalidations that are few.
#include "tests/reports/invariants/wire.hpp"

namespace squall::told {
namespace {

constexpr auto full = static_cast<std::uint8_t>(failure_code::queue_full);

opinion judge_without_end(const tale& t) { return judge_tale(t); }
bool bounded_fails(const tale& t) { return judge_tale(t).failed().contains("bounded"); }
std::string shape(const tale& t) { return judge_tale(t).shape("bounded"); }

// -- queues -----------------------------------------------------------------------------------------------------------------

struct narrow : setting {
  narrow() { t.plan.mutable_knobs()->set_queue_max(2); }
  void edit() { t.write(1, {update("pages", page, {set("title", "new")})}); }
  void refuse(std::uint64_t intention = 900) {
    t.tick();
    t.tell({.kind = entry_kind::intention_invoked, .actor = 1, .ref = intention});
    t.tell({.kind = entry_kind::intention_failed, .code = full, .actor = 1, .ref = intention});
  }
};

TEST(QueueBound, PassesADeviceThatRefusesAtTheBound) {
  narrow n;
  n.edit();
  n.edit();
  n.refuse();
  const auto o = judge_without_end(n.t);
  EXPECT_FALSE(o.failed().contains("bounded")) << explain(o);
  EXPECT_EQ(o.of.at("bounded").checked(), 4U);
  EXPECT_EQ(o.metrics.at("full_queue_refusals"), 1U);
}

TEST(QueueBound, FailsIfItIsExceeded) {
  narrow n;
  n.edit();
  n.edit();
  n.edit();
  EXPECT_EQ(shape(n.t), "queue too long");
}

TEST(QueueBound, FailsIfAChangeIsRefusedBelowIt) {
  narrow n;
  n.edit();
  n.refuse();
  EXPECT_EQ(shape(n.t), "refused below its bound");
  narrow answered;
  answered.edit();
  answered.edit();
  answered.t.send(1);
  answered.t.commit(2);
  answered.t.answer(1); // the first has its verdict
  answered.refuse();
  EXPECT_EQ(shape(answered.t), "refused below its bound");
  narrow unbound;
  unbound.t.plan.mutable_knobs()->set_queue_max(0);
  unbound.edit();
  unbound.refuse();
  EXPECT_EQ(shape(unbound.t), "refused below its bound");
}

TEST(QueueBound, FailsIfWhatWasRefusedIsKept) {
  narrow n;
  n.edit();
  n.edit();
  n.refuse(4); // what the next change of the tale is about
  n.t.send(1);
  n.t.commit(2);
  n.t.commit(3);
  n.t.answer(1);
  n.edit();
  const auto again = n.t.last(entry_kind::intention_invoked);
  n.t.erase([&](const entry& e) { return e == again; });
  EXPECT_EQ(shape(n.t), "refused and kept");
}

// -- waiting ------------------------------------------------------------------------------------------------------------------

struct busy : setting {
  wire line{t};
};

TEST(Waiting, FailsIfADeviceAsksBeforeItsTime) {
  for (const auto status : {refused_too_many, refused_unavailable}) {
    busy b;
    b.line.ask(1);
    b.line.refuse(1, status, 30 * second);
    b.t.wait(20 * second);
    b.line.ask(1, message_code::push); // whatever the line
    EXPECT_EQ(shape(b.t), "asked before its time");
    busy patient;
    patient.line.ask(1);
    patient.line.refuse(1, status, 30 * second);
    patient.t.wait(30 * second);
    patient.line.ask(1);
    const auto o = judge_tale(patient.t);
    EXPECT_FALSE(o.failed().contains("bounded"));
    EXPECT_EQ(o.of.at("bounded").checked(), 1U);
    EXPECT_EQ(o.metrics.at("overload_refusals"), 1U);
  }
}

TEST(Waiting, IsByTheDevicesOwnClock) {
  const auto told = [](std::int64_t drift_ppb, std::int64_t by_fault_ppb) {
    busy b;
    auto& device = *b.t.plan.mutable_topology()->add_devices();
    device.set_id(1);
    device.mutable_clock()->set_drift_ppb(drift_ppb);
    b.line.ask(1);
    b.line.refuse(1, refused_unavailable, 30 * second);
    if (by_fault_ppb != 0)
      b.t.tell({.kind = entry_kind::fault_effect, .code = 10, .actor = 1, .value = by_fault_ppb, .ref = 7});
    b.t.wait(29 * second);
    b.line.ask(1);
    return bounded_fails(b.t);
  };
  EXPECT_TRUE(told(0, 0));
  EXPECT_FALSE(told(50'000'000, 0)); // 5 % fast: 30 s are over after 28.6
  EXPECT_FALSE(told(0, 50'000'000));
  EXPECT_TRUE(told(-50'000'000, 50'000'000));
}

TEST(Waiting, AsksForNothingWhereTheDeviceMayNotKnow) {
  const auto with = [](const std::function<void(busy&)>& between) {
    busy b;
    b.line.ask(1);
    between(b);
    b.line.ask(1);
    return bounded_fails(b.t);
  };
  EXPECT_TRUE(with([](busy& b) { b.line.refuse(1, refused_unavailable, 30 * second); }));
  EXPECT_FALSE(with([](busy& b) { b.line.refuse(1, refused_unavailable); })); // for how long?
  EXPECT_FALSE(with([](busy& b) { b.line.refuse(1, 3, 30 * second); }));      // not for want of time
  EXPECT_FALSE(with([](busy& b) {
    b.line.refuse(1, refused_unavailable, 30 * second);
    b.t.tell({.kind = entry_kind::crashed, .actor = 1});
    b.t.tell({.kind = entry_kind::restarted, .actor = 1});
  }));
  EXPECT_TRUE(with([](busy& b) { // late, but it can read it
    b.t.wait(20 * second);
    b.line.refuse(1, refused_unavailable, 30 * second);
  }));
  EXPECT_FALSE(with([](busy& b) {
    b.line.refuse(1, refused_unavailable, 30 * second);
    const auto sent = b.t.last(entry_kind::message_sent);
    b.t.insert_after(b.t.last(entry_kind::message_sent),
                     {.at_ns = sent.at_ns, .kind = entry_kind::message_corrupted, .peer = 1, .message = sent.message});
  }));
}

// -- circuit breaker ------------------------------------------------------------------------------------------------------------

struct failing : busy {
  failing() {
    t.plan.mutable_knobs()->set_breaker_after(3);
    t.plan.mutable_knobs()->set_breaker_for_ns(60 * second);
  }
  void refused() {
    line.ask(1);
    line.refuse(1, refused_unavailable);
    t.wait(second);
  }
  void unanswered(message_code what = message_code::pull) {
    line.ask(1, what);
    line.answer_and_lose(1);
    t.wait(11 * second);
  }
};

TEST(Breaker, FailsIfAFailingServerIsAskedTooOften) {
  failing f;
  for (int i = 0; i < 5; ++i)
    f.refused();
  const auto o = judge_tale(f.t);
  EXPECT_EQ(o.shape("bounded"), "failing server not spared") << explain(o);
  EXPECT_EQ(o.metrics.at("breaker_openings"), 1U);
}

TEST(Breaker, CountsWhatTimedOutWhateverTheLine) {
  const auto told = [](std::int64_t after) {
    failing f;
    f.unanswered();
    f.unanswered(message_code::push);
    f.unanswered(); // the third failure
    f.unanswered(message_code::push);
    f.t.wait(after);
    f.unanswered();
    return shape(f.t);
  };
  EXPECT_EQ(told(0), "failing server not spared");
  EXPECT_EQ(told(60 * second), "");
}

TEST(Breaker, AllowsOneRequestInItsTime) {
  const auto told = [](std::int64_t between) {
    failing f;
    for (int i = 0; i < 3; ++i)
      f.refused();
    for (int i = 0; i < 3; ++i) {
      f.t.wait(between);
      f.refused();
    }
    const auto o = judge_tale(f.t);
    EXPECT_EQ(o.of.at("bounded").checked(), 3U);
    return o.shape("bounded");
  };
  EXPECT_EQ(told(59 * second), "");
  EXPECT_EQ(told(57 * second), "failing server not spared");
}

TEST(Breaker, IsClosedByAnAnswerOrARestart) {
  for (const bool answered : {true, false}) {
    failing f;
    for (int i = 0; i < 3; ++i)
      f.refused();
    if (answered) {
      f.t.wait(60 * second);
      f.line.ask(1);
      f.line.refuse(1, refused_too_many); // less than 500
    } else
      f.t.tell({.kind = entry_kind::restarted, .actor = 1});
    f.refused();
    f.refused();
    EXPECT_FALSE(bounded_fails(f.t)) << answered;
  }
}

// -- invalidations ----------------------------------------------------------------------------------------------------------------

struct herald : busy {
  herald() { t.plan.mutable_knobs()->set_invalidate_for_ns(60 * second); }
};

TEST(Invalidations, PassWhereAnotherHasChangedTheScopeSinceTheLastPull) {
  herald h;
  h.t.put(1, {update("pages", h.page, {set("title", "new")})});
  h.line.invalidate(2, 2);
  h.t.pull(2);
  h.t.put(1, {update("pages", h.page, {set("title", "newer")})});
  h.line.invalidate(2, 3);
  h.t.pull(2);
  h.t.rest();
  const auto o = judge_tale(h.t);
  EXPECT_EQ(o.failed(), names{}) << explain(o);
  EXPECT_EQ(o.of.at("bounded").checked(), 2U);
  EXPECT_EQ(o.metrics.at("invalidations"), 2U);
}

TEST(Invalidations, FailIfTheyAreUnaskedOrOfTwoPullsTheSecond) {
  herald h;
  h.t.put(1, {update("pages", h.page, {set("title", "new")})});
  h.line.invalidate(2, 2);
  h.line.invalidate(2, 2);
  EXPECT_EQ(shape(h.t), "second invalidation");
  h.t.plan.mutable_knobs()->set_invalidate_for_ns(0);
  EXPECT_EQ(shape(h.t), "invalidation unasked");
}

TEST(Invalidations, FailIfTheDeviceHasNeverPulled) {
  tale t(3);
  t.plan.mutable_knobs()->set_invalidate_for_ns(second);
  t.put(1, {create("pages", {set("title", "p")})});
  wire(t).invalidate(3, 1);
  EXPECT_EQ(shape(t), "invalidation without a pull");
}

TEST(Invalidations, FailIfTheyGoToTheAuthor) {
  herald h;
  const auto write = h.t.write(2, {update("pages", h.page, {set("title", "new")})});
  h.t.send(2);
  h.t.commit(write);
  h.line.invalidate(2, 2);
  EXPECT_EQ(shape(h.t), "invalidation to the author");
  // But of what another changed before that, the author may be told.
  herald both;
  const auto first = both.t.write(1, {update("pages", both.page, {set("title", "one")})});
  const auto second_write = both.t.write(2, {update("pages", both.page, {set("title", "two")})});
  both.t.send(1);
  both.t.send(2);
  both.t.commit(first);
  both.t.commit(second_write);
  both.line.invalidate(2, 3);
  EXPECT_FALSE(bounded_fails(both.t));
}

TEST(Invalidations, FailIfTheServerHasStartedSinceThePull) {
  for (const bool pulls : {false, true}) {
    herald h;
    h.t.tell({.kind = entry_kind::crashed});
    h.t.tell({.kind = entry_kind::restarted});
    if (pulls)
      h.t.pull(2);
    h.t.put(1, {update("pages", h.page, {set("title", "new")})});
    h.line.invalidate(2, 2);
    EXPECT_EQ(shape(h.t), pulls ? "" : "invalidation without a pull");
  }
}

TEST(Invalidations, FailIfTheyNameAnotherGenerationOrAHeadThatIsNot) {
  herald h;
  h.t.put(1, {update("pages", h.page, {set("title", "new")})});
  auto ahead = h.t;
  h.line.invalidate(2, 2, 1, 2);
  EXPECT_EQ(shape(h.t), "invalidation of what is not");
  wire(ahead).invalidate(2, 3);
  EXPECT_EQ(shape(ahead), "invalidation of what is not");
}

} // namespace
} // namespace squall::told
