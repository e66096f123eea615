#include "tests/reports/invariants/judging.hpp"

#include "reports/history/recorder.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

namespace squall::told {

namespace {

opinion to_opinion(const invariants::judgement& from) {
  opinion out;
  for (const auto& result : from.invariants)
    out.of[result.name()] = result;
  out.metrics = from.metrics;
  return out;
}

opinion online(const tale& t) {
  invariants::judge judge(t.plan);
  for (std::size_t at = 0; at < t.entries.size(); at += 7)
    judge.append(std::span(t.entries).subspan(at, std::min<std::size_t>(7, t.entries.size() - at)), t.names);
  return to_opinion(judge.finish(t.names));
}

opinion offline(const tale& t) {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  auto name = std::string(test->test_suite_name()) + "_" + test->name() + ".history";
  std::replace(name.begin(), name.end(), '/', '_');
  const auto path = testing::TempDir() + name;
  recorder to(path);
  to.append(t.entries, t.names);
  EXPECT_TRUE(to.finish(t.names)) << to.error();
  invariants::judge judge(t.plan);
  invariants::judgement out;
  std::string error;
  EXPECT_TRUE(replay(
      path, judge, [&](const name_table& names) { out = judge.finish(names); }, error))
      << error;
  std::filesystem::remove(path);
  return to_opinion(out);
}

} // namespace

std::set<std::string> opinion::failed() const {
  std::set<std::string> names;
  for (const auto& [name, result] : of)
    if (result.verdict() == reports::FAIL)
      names.insert(name);
  return names;
}

std::set<std::string> opinion::unknown() const {
  std::set<std::string> names;
  for (const auto& [name, result] : of)
    if (result.verdict() == reports::UNKNOWN)
      names.insert(name);
  return names;
}

std::string opinion::shape(const std::string& invariant) const {
  const auto found = of.find(invariant);
  return found == of.end() || found->second.violations_size() == 0 ? "" : found->second.violations(0).shape();
}

std::string explain(const opinion& o) {
  std::string all;
  for (const auto& [name, result] : o.of)
    for (const auto& violation : result.violations())
      all += name + ": " + violation.message() + "\n";
  for (const auto& name : o.unknown())
    all += name + " unknown: " + o.of.at(name).reason() + "\n";
  return all;
}

opinion judge_tale(const tale& t) {
  auto live = online(t);
  const auto recorded = offline(t);
  EXPECT_EQ(live.metrics, recorded.metrics);
  for (const auto& [name, result] : live.of)
    EXPECT_EQ(result.SerializeAsString(), recorded.of.at(name).SerializeAsString()) << name;
  return live;
}

tale a_good_tale() {
  tale t(3);
  const auto made =
      t.put(1, {create("orders", {set("status", "draft"), set("title", "one")}), create("pages", {set("title", "p")})});
  const auto order = t.record(made);
  t.pull(2);
  const auto line = t.put(1, {create("lines", {set("order", ref(order)), add("quantity", 5), set("price", 10)})});
  t.read(1, order);
  t.pull(2);
  // At once: 1 ships, 2 approves and retitles.
  const auto ships = t.write(1, {update("orders", order, {set("status", "shipped")})});
  const auto approves = t.write(2, {update("orders", order, {set("status", "approved"), set("title", "two")})});
  t.read(2, order);
  t.send(1);
  t.commit(ships);
  t.answer_and_lose(1);
  t.send(1);
  t.answer(1);
  t.send(2);
  t.commit(approves, {"status"}, ships);
  t.answer(2);
  // Unseen by 2, 1 approves again after having seen: fine; 2, who has not seen it, meets it.
  const auto late = t.write(2, {update("orders", order, {set("status", "draft")})});
  t.send(2);
  t.refuse(late, verdict_code::superseded, rule_code::precedence, ships);
  t.answer(2);
  t.pull(1);
  t.pull(2);
  const auto more = t.write(2, {update("lines", t.record(line), {add("quantity", 3)})},
                            {{"lines", t.record(line), "quantity", compare_code::at_least, num(5)}});
  t.send(2);
  t.commit(more);
  t.answer(2);
  t.crash(2);
  t.pull(2);
  t.read(2, t.record(line));
  t.put(1, {remove("pages", t.record(made, 1))});
  t.snapshot(3);
  t.read(3, order);
  t.pull(1);
  t.pull(2);
  t.rest();
  return t;
}

} // namespace squall::told
