#include "reports/invariants/story.hpp"

#include "reports/history/recorder.hpp"
#include "tests/reports/invariants/firm.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace squall::told {
namespace {

std::string tell(const tale& t, std::size_t& lines) {
  const auto path = testing::TempDir() + "story.history";
  recorder to(path);
  to.append(t.entries, t.names);
  EXPECT_TRUE(to.finish(t.names));
  reports::Run run;
  for (const auto& [name, result] : judge_tale(t).of)
    *run.add_invariants() = result;
  std::string all;
  const auto told = invariants::story(path, t.plan, run);
  for (const auto& line : told)
    all += line.who() + " " + line.what() + "\n";
  lines = told.size();
  std::filesystem::remove(path);
  return all;
}

TEST(Story, TellsWhoWroteWhatWhichMessageWasLostAndWhatIs) {
  tale t(2);
  const auto made = t.put(1, {create("orders", {set("status", "draft"), set("title", "one")})});
  t.pull(2);
  const auto edit = t.write(2, {update("orders", t.record(made), {set("title", "two")})});
  t.send(2);
  t.commit(edit);
  t.answer_and_lose(2);
  t.send(2);
  t.answer(2);
  t.pull(2);
  t.read(2, t.record(made));
  auto& shown = t.last(entry_kind::value_read, [&](const entry& e) { return e.field == t.field("orders", "title"); });
  shown.value = digest_of("one");
  shown.intent = made;
  std::size_t lines = 0;
  const auto all = tell(t, lines);
  EXPECT_NE(all.find("d1 creates orders d1:1/0"), std::string::npos) << all;
  EXPECT_NE(all.find("d2 changes orders d1:1/0 (d2:1, having seen everything up to 1), orders.title = 'two'"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("the server commits d2:1 at 2"), std::string::npos) << all;
  EXPECT_NE(all.find("the server to d2: the answer about d2:1 is lost"), std::string::npos) << all;
  EXPECT_NE(all.find("answers about d2:1 once more: applied"), std::string::npos) << all;
  EXPECT_NE(all.find("the judge d2 shows 'one' (by d1:1) as title of orders d1:1/0; it should be 'two' (by d2:1)"),
            std::string::npos)
      << all;
}

TEST(Story, TellsOfBranchesResolutionsAndSets) {
  firm f;
  f.disagree();
  f.t.pull(1);
  f.t.write(1, {settles(1, {f.sized}, update("briefs", f.brief, {set("size", 99)}))});
  std::size_t lines = 0;
  const auto kept = tell(f.t, lines);
  EXPECT_NE(kept.find("the server keeps d2:1 as a branch of the task 1 about d1:1/1"), std::string::npos) << kept;
  EXPECT_NE(kept.find("to resolve the task 1"), std::string::npos) << kept;
  firm g;
  g.t.write(2, {update("counts", g.count, {insert("tags", "y")})});
  g.t.read(2, g.count);
  g.t.erase([](const entry& e) { return e.kind == entry_kind::value_read && e.value == digest_of("y"); });
  const auto hidden = tell(g.t, lines);
  EXPECT_NE(hidden.find("counts.tags gets 'y'"), std::string::npos) << hidden;
}

TEST(Story, IsShortHoweverLongTheHistory) {
  tale t(2);
  const auto made = t.put(1, {create("orders", {set("title", "one")})});
  for (int i = 0; i < 40; ++i)
    t.put(1, {update("orders", t.record(made), {set("title", std::to_string(i))})});
  t.rest();
  auto& shown =
      t.first(entry_kind::export_field, [](const entry& e) { return e.actor == 1 && e.tag == value_tag::text; });
  shown.value += 1;
  std::size_t lines = 0;
  const auto all = tell(t, lines);
  EXPECT_LE(lines, invariants::story_lines_max);
  EXPECT_GT(lines, 10U);
  EXPECT_NE(all.find("it should be '39'"), std::string::npos) << all;
}

TEST(Story, SaysSoIfThereIsNoHistory) {
  const tale t(1);
  reports::Violation violation;
  violation.set_message("something is wrong");
  const auto told = invariants::story("/nowhere/history.bin", t.plan, violation);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_NE(told[0].what().find("cannot be opened"), std::string::npos);
  EXPECT_EQ(told[1].what(), "something is wrong");
}

} // namespace
} // namespace squall::told
