// Stories of histories told by hand: each has one thing in it that should not be, and the story must come to it.
#include "reports/story/account.hpp"

#include "reports/first_violation.hpp"
#include "tests/reports/invariants/firm.hpp"

#include <gmock/gmock.h>

namespace squall::story {
namespace {

using namespace told;
using testing::HasSubstr;

struct told_story {
  std::string invariant;
  account of;

  std::string all() const {
    std::string out;
    for (const auto& line : of.lines)
      out += (line.turn ? "! " : "  ") + line.who + " " + line.what + "\n";
    return out;
  }
  std::vector<std::string> turns() const {
    std::vector<std::string> out;
    for (const auto& line : of.lines)
      if (line.turn)
        out.push_back(line.what);
    return out;
  }
};

history_source source_of(const tale& t) {
  return [&t](history::sink& to, std::string&) {
    to.append(t.entries, t.names);
    return true;
  };
}

told_story tell_of(const tale& t, const std::string& invariant = "") {
  reports::Run run;
  for (const auto& [name, result] : judge_tale(t).of)
    if (invariant.empty() || name == invariant)
      *run.add_invariants() = result;
  told_story out;
  const auto [in, violation] = reports::first_violation_of(run);
  EXPECT_NE(violation, nullptr);
  if (violation) {
    out.invariant = in->name();
    out.of = tell(*violation, t.plan, source_of(t));
  }
  return out;
}

TEST(Account, TellsThatALostAnswerMadeTheServerCommitTwice) {
  setting s;
  tale& t = s.t;
  const auto edit = t.write(2, {update("lines", s.line, {add("quantity", 3)})});
  t.send(2);
  t.commit(edit);
  t.answer_and_lose(2);
  t.send(2);
  const auto once = t.last(entry_kind::intent_committed);
  auto again = once;
  again.s = once.s + 1;
  again.at_ns = t.entries.back().at_ns;
  t.tell(again);
  t.answer(2);
  t.pull(2);
  t.rest();
  const auto story = tell_of(t, "exactly_once");
  const auto all = story.all();
  EXPECT_THAT(story.of.players.at(0), HasSubstr("d2:1: d2's user changes lines d1:1/1: quantity by +3"));
  EXPECT_THAT(all, HasSubstr("d2 accepts d2:1: its user changes lines d1:1/1: quantity by +3"));
  EXPECT_THAT(all, HasSubstr("d2 sends d2:1 to the server; it arrives"));
  EXPECT_THAT(all, HasSubstr("the server commits d2:1 as change 2\n"));
  EXPECT_THAT(all, HasSubstr("answers that d2:1 was applied; it is LOST"));
  ASSERT_EQ(story.turns().size(), 1U) << all;
  EXPECT_EQ(story.turns()[0], "commits d2:1 AGAIN, as change 3 (it was change 2 already)");
  ASSERT_EQ(story.of.suspects.size(), 1U);
  EXPECT_THAT(story.of.suspects[0].what, HasSubstr("the answer about d2:1 was lost"));
}

TEST(Account, NamesTheFaultThatTookTheMessage) {
  setting s;
  tale& t = s.t;
  auto& fault = *t.plan.add_faults();
  fault.set_id(12);
  fault.set_name("offline");
  fault.add_devices(2);
  fault.set_at_ns(1'000'000);
  fault.set_for_ns(5'000'000'000);
  const auto edit = t.write(2, {update("orders", s.order, {told::set("title", "two")})});
  t.send(2);
  t.commit(edit);
  t.answer_and_lose(2);
  const auto lost = t.last(entry_kind::message_lost);
  t.erase([&](const entry& e) { return e == lost; });
  t.tell({.kind = entry_kind::message_sent, .actor = 0, .peer = 2, .message = lost.message});
  t.entries.back().at_ns = lost.at_ns;
  t.tell({.kind = entry_kind::fault_effect, .code = 1, .actor = 0, .value = 1, .ref = 12});
  t.entries.back().at_ns = lost.at_ns;
  t.entries.push_back(lost);
  t.send(2);
  t.answer(2);
  t.pull(2);
  t.read(2, s.order);
  auto& shown = t.last(entry_kind::value_read, [&](const entry& e) { return e.field == t.field("orders", "title"); });
  shown.value = digest_of("one");
  shown.intent = s.made;
  const auto story = tell_of(t);
  EXPECT_THAT(story.of.is, HasSubstr("d2 shows 'one' (by d1:1) as title of orders d1:1/0"));
  EXPECT_THAT(story.of.should_be, HasSubstr("it should be 'two' (by d2:1)"));
  ASSERT_FALSE(story.of.suspects.empty()) << story.all();
  EXPECT_EQ(story.of.suspects[0].fault, 12U);
  EXPECT_THAT(story.of.suspects[0].what, HasSubstr("the fault offline (d2, from 00:00:00.001 for 5 s)"));
}

TEST(Account, TellsThatAQueueForgot) {
  setting s;
  tale& t = s.t;
  const auto edit = t.write(2, {update("orders", s.order, {told::set("title", "two")})});
  t.crash(2);
  t.erase([&](const entry& e) { return e.kind == entry_kind::queue_row && e.intent == edit; });
  t.last(entry_kind::queue_read).value = 0;
  const auto story = tell_of(t, "ack_honest");
  ASSERT_FALSE(story.turns().empty()) << story.all();
  EXPECT_THAT(story.turns()[0], HasSubstr("d2:1 is NOT in its queue"));
}

TEST(Account, TellsThatAPageLeftSomethingOut) {
  setting s;
  tale& t = s.t;
  const auto edit = t.write(1, {update("orders", s.order, {told::set("title", "two")})});
  t.send(1);
  t.commit(edit);
  t.answer(1);
  t.pull(2);
  t.erase([&](const entry& e) {
    const bool of_page =
        e.kind == entry_kind::feed_entry || e.kind == entry_kind::feed_row || e.kind == entry_kind::feed_field;
    return (of_page && e.peer == 2 && e.s == 2) ||
           (e.kind == entry_kind::group_applied && e.actor == 2 && e.intent == edit);
  });
  t.rest();
  const auto story = tell_of(t, "feed_complete");
  const auto all = story.all();
  EXPECT_THAT(all, HasSubstr("but LEAVES OUT d1:2")) << all;
  EXPECT_THAT(all, HasSubstr("moves its cursor from 1 to 2, PAST d1:2, which it never took in")) << all;
}

TEST(Account, SaysWhatEachHasOfTheRecord) {
  setting s;
  tale& t = s.t;
  t.put(2, {update("orders", s.order, {told::set("title", "two")})});
  t.pull(1);
  t.rest();
  auto& shown = t.first(entry_kind::export_field, [&](const entry& e) {
    return e.actor == 1 && e.tag == value_tag::text && e.value == digest_of("two");
  });
  shown.value = digest_of("one");
  const auto story = tell_of(t, "convergence");
  EXPECT_EQ(story.of.record, "orders d1:1/0");
  bool differs = false;
  for (const auto& line : story.of.state)
    if (line.field == "title")
      differs = line.differs;
  EXPECT_TRUE(differs);
  EXPECT_THAT(story.of.holders, testing::Contains("the server"));
}

TEST(Account, IsShortHoweverLongTheHistory) {
  setting s;
  tale& t = s.t;
  t.write(2, {update("orders", s.order, {told::set("title", "two")})});
  for (int i = 0; i < 200; ++i)
    t.send_and_lose(2);
  t.rest();
  for (auto& e : t.entries) // minutes go by where the tale lets a millisecond pass
    e.at_ns *= 100'000;
  const auto story = tell_of(t, "liveness");
  EXPECT_LE(story.of.lines.size(), room().lines_max);
  EXPECT_THAT(story.all(), HasSubstr("more like this")) << story.all();
  EXPECT_THAT(story.all(), HasSubstr("d2 still has no verdict of d2:1, which it sent 200 times"));
}

TEST(Account, TellsOfBranchesAndOfWhoSettlesThem) {
  firm f;
  f.disagree();
  f.t.pull(1);
  f.t.write(1, {settles(1, {f.sized}, update("briefs", f.brief, {told::set("size", 99)}))});
  const auto all = tell_of(f.t).all();
  EXPECT_THAT(all, HasSubstr("the server keeps d2:1 as a branch of task 1 about briefs d1:1/1")) << all;
  EXPECT_THAT(all, HasSubstr("to 99, to settle task 1")) << all;
}

TEST(Account, TellsWhatASetGets) {
  firm f;
  f.t.write(2, {update("counts", f.count, {insert("tags", "y")})});
  f.t.read(2, f.count);
  f.t.erase([](const entry& e) { return e.kind == entry_kind::value_read && e.value == digest_of("y"); });
  EXPECT_THAT(tell_of(f.t).all(), HasSubstr("tags gets 'y'"));
}

TEST(Brief, FitsAScreenAndEndsWithWhatTheJudgeFound) {
  setting s;
  tale& t = s.t;
  for (int i = 0; i < 40; ++i)
    t.put(2, {update("orders", s.order, {told::set("title", std::to_string(i))})});
  t.pull(1);
  t.rest();
  auto& shown = t.first(entry_kind::export_field, [&](const entry& e) {
    return e.actor == 1 && e.tag == value_tag::text && e.value == digest_of("39");
  });
  shown.value = digest_of("one");
  reports::Run run;
  for (const auto& [name, result] : judge_tale(t).of)
    *run.add_invariants() = result;
  const auto story = brief(run, t.plan, source_of(t));
  const auto [in, about] = reports::first_violation_of(run);
  ASSERT_NE(about, nullptr);
  EXPECT_EQ(story.invariant(), in->name());
  ASSERT_GT(story.lines_size(), 3);
  EXPECT_LE(story.lines_size(), static_cast<int>(on_a_screen.lines_max) + 1);
  EXPECT_GT(story.left_out(), 0U);
  EXPECT_EQ(story.lines().rbegin()->who(), "the judge");
  EXPECT_EQ(story.lines().rbegin()->what(), about->message());
}

TEST(Brief, SaysSoIfThereIsNoHistory) {
  const tale t(1);
  reports::Run run;
  auto& broken = *run.add_invariants();
  broken.set_name("liveness");
  broken.set_verdict(reports::FAIL);
  broken.add_violations()->set_message("something is wrong");
  const auto story = brief(run, t.plan, [](history::sink&, std::string& why) {
    why = "cannot be opened";
    return false;
  });
  ASSERT_EQ(story.lines_size(), 2);
  EXPECT_EQ(story.lines(0).what(), "cannot be opened");
  EXPECT_EQ(story.lines(1).what(), "something is wrong");
  EXPECT_EQ(brief(reports::Run(), t.plan, source_of(t)).lines_size(), 0);
}

TEST(NamesIn, FindsIntentsAndRecordsInASentence) {
  const auto named =
      names_in("d2 shows 'd' (by d1:1) as title of orders d1.3:4/0; it should be 'two' (by d2:17). end:5");
  ASSERT_EQ(named.intents.size(), 2U);
  EXPECT_EQ(to_string(named.intents[0]), "d1:1");
  EXPECT_EQ(to_string(named.intents[1]), "d2:17");
  ASSERT_EQ(named.records.size(), 1U);
  EXPECT_EQ(to_string(named.records[0]), "d1.3:4/0");
  EXPECT_TRUE(names_in("nothing of the kind, d7, d: and d3:").intents.empty());
}

} // namespace
} // namespace squall::story
