// Whole runs rebuilt from their audits, and captured audits that were tampered with.
#include "campaigns/audit/log_file.hpp"
#include "campaigns/audit/run.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace squall::campaigns::audit {
namespace {

struct whole_run {
  scenarios::Plan plan;
  account found;
};

whole_run ran(scenarios::Plan plan) {
  auto found = run_and_account(plan);
  EXPECT_TRUE(found.ok()) << found.err().message;
  return {std::move(plan), found ? std::move(*found) : account{}};
}

/// Every policy and constraint, tasks, and crashes of server and devices.
const whole_run& enterprise() {
  static const whole_run run = ran(scenarios::plan(small_enterprise(), 1));
  return run;
}

captured log_of(const whole_run& run) {
  return {run.plan.scenario(), run.plan.seed(), ground_of(run.plan), run.found.records};
}

findings rebuilt(const whole_run& run) {
  auto done = rebuild(ground_of(run.plan), run.found.records, &run.found.state);
  EXPECT_TRUE(done.ok()) << done.err().message;
  return done ? std::move(*done) : findings{};
}

TEST(AuditOfARun, LeadsToTheSameDecisionsAndTheSameState) {
  const findings f = rebuilt(enterprise());
  EXPECT_EQ(f.difference, "");
  EXPECT_EQ(f.records, enterprise().found.records.size());
  EXPECT_GT(f.judgements.at("applied"), 50u);
  EXPECT_GT(f.judgements.at("rejected"), 0u);
  EXPECT_GT(f.judgements.at("conflicted"), 0u);
  EXPECT_GT(f.rows, 50u);
}

TEST(AuditOfARun, ShowsADecisionThatWasAnother) {
  whole_run run = enterprise();
  auto& records = run.found.records;
  const auto lost = std::find_if(records.begin(), records.end(), [](const server::audit_record& r) {
    return r.decision.kind == verdict_kind::applied;
  });
  ASSERT_NE(lost, records.end());
  records.erase(lost);
  const findings f = rebuilt(run);
  EXPECT_NE(f.difference.find("judged again"), std::string::npos) << f.difference;
}

TEST(AuditOfARun, ShowsAStateThatDoesNotFollow) {
  whole_run run = enterprise();
  const auto row = std::find_if(run.found.state.begin(), run.found.state.end(),
                                [](const auto& line) { return line.second.find(" by d") != std::string::npos; });
  ASSERT_NE(row, run.found.state.end());
  row->second += ", total 7";
  const findings f = rebuilt(run);
  EXPECT_NE(f.difference.find(row->first), std::string::npos) << f.difference;
}

TEST(AuditLog, ComesBackAsItWas) {
  const captured log = log_of(enterprise());
  for (const log_format format : {log_format::json_lines, log_format::protobuf}) {
    const std::string bytes = write_log(log, format);
    const auto back = read_log(bytes, format);
    ASSERT_TRUE(back.ok()) << back.err().message;
    EXPECT_TRUE(back->records == log.records);
    EXPECT_EQ(back->scenario, log.scenario);
    EXPECT_EQ(write_log(*back, format), bytes);
    const auto done = rebuild(back->on, back->records, nullptr);
    ASSERT_TRUE(done.ok());
    EXPECT_EQ(digest_of(done->state), digest_of(rebuilt(enterprise()).state));
  }
}

TEST(AuditLog, SaysInWhichLineItWasChangedCutOrThinned) {
  const std::string whole = write_log(log_of(enterprise()), log_format::json_lines);
  const auto complaint = [](const std::string& bytes) {
    const auto read = read_log(bytes, log_format::json_lines);
    return read ? std::string("none") : read.err().message;
  };
  std::vector<std::size_t> begins{0};
  for (std::size_t i = 0; i + 1 < whole.size(); ++i)
    if (whole[i] == '\n')
      begins.push_back(i + 1);
  ASSERT_GT(begins.size(), 20u);
  const auto line = [&](std::size_t n) { return whole.substr(begins[n - 1], begins[n] - begins[n - 1]); };

  std::string edited = whole;
  const auto at = edited.find("\"user\":", begins[9]);
  ASSERT_NE(at, std::string::npos);
  edited.replace(at, 8, "\"user\":9");
  const auto edited_line =
      static_cast<std::size_t>(std::upper_bound(begins.begin(), begins.end(), at) - begins.begin());
  EXPECT_EQ(complaint(edited).find("line " + std::to_string(edited_line) + " was changed"), 0u) << complaint(edited);

  std::string thinned = whole;
  thinned.erase(begins[9], line(10).size());
  EXPECT_EQ(complaint(thinned).find("line 10 was changed, or one before it is missing"), 0u) << complaint(thinned);

  EXPECT_NE(complaint(whole.substr(0, begins.back())).find("the log is cut after"), std::string::npos);
  EXPECT_NE(complaint(whole.substr(0, begins[5] + 3)).find("line 6 is cut"), std::string::npos);
  EXPECT_NE(complaint(whole + line(3)).find("more follows"), std::string::npos);
  EXPECT_NE(complaint("").find("empty"), std::string::npos);
  EXPECT_NE(complaint("{}\n"), "none");
  EXPECT_NE(complaint("no json\n").find("line 1"), std::string::npos);
}

} // namespace
} // namespace squall::campaigns::audit
