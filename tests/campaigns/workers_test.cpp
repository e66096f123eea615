// Workers: order, isolation, and what is said of one that died.
#include "campaigns/workers.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace squall::campaigns {
namespace {

reports::Run numbered(std::size_t task) {
  reports::Run run;
  run.set_seed(task);
  run.set_verdict(reports::PASS);
  return run;
}

void name_it(std::size_t task, reports::Run& run) { run.set_seed(task); }

TEST(Workers, GiveResultsInTaskOrderWhateverTheirNumber) {
  for (const int jobs : {1, 2, 5}) {
    const auto outcome = run_in_workers(40, numbered, name_it, {.jobs = jobs});
    ASSERT_EQ(outcome.runs.size(), 40u);
    EXPECT_FALSE(outcome.interrupted);
    for (std::size_t i = 0; i < 40; ++i)
      EXPECT_EQ(outcome.runs[i].seed(), i);
  }
}

TEST(Workers, OneThatDiesCostsItsTaskAlone) {
  const auto work = [](std::size_t task) {
    if (task == 3)
      std::raise(SIGSEGV);
    if (task == 5)
      std::abort();
    return numbered(task);
  };
  const auto outcome = run_in_workers(8, work, name_it, {.jobs = 2});
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(outcome.runs[i].seed(), i);
    EXPECT_EQ(outcome.runs[i].crash().empty(), i != 3 && i != 5) << i;
  }
  EXPECT_NE(outcome.runs[3].crash().find("Segmentation fault"), std::string::npos) << outcome.runs[3].crash();
  EXPECT_NE(outcome.runs[5].crash().find("Aborted"), std::string::npos);
  EXPECT_NE(outcome.runs[5].crash().find("["), std::string::npos) << "no stack: " << outcome.runs[5].crash();
  EXPECT_EQ(outcome.runs[3].verdict(), reports::FAIL);
}

TEST(Workers, OneThatExitsIsADeathToo) {
  const auto outcome = run_in_workers(
      2, [](std::size_t task) { return task == 1 ? (_exit(7), numbered(1)) : numbered(0); }, name_it, {.jobs = 1});
  EXPECT_TRUE(outcome.runs[0].crash().empty());
  EXPECT_EQ(outcome.runs[1].crash(), "exited with 7");
}

TEST(Workers, OneThatDiesBetweenTasksCostsTheNextTaskAlone) {
  const auto work = [](std::size_t task) {
    const itimerval soon{{}, {0, 200'000}};
    if (task == 0)
      ::setitimer(ITIMER_REAL, &soon, nullptr);
    return numbered(task);
  };
  worker_options options;
  options.finished = [](std::size_t done, const reports::Run&) {
    siginfo_t info;
    if (done == 1) // until the worker is dead; it stays to be waited for
      ::waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
  };
  const auto outcome = run_in_workers(3, work, name_it, options);
  EXPECT_TRUE(outcome.runs[0].crash().empty());
  EXPECT_EQ(outcome.runs[1].crash(), "killed by Alarm clock");
  EXPECT_TRUE(outcome.runs[2].crash().empty());
}

TEST(Workers, OneWhoseAnswerCannotBeReadIsADeathToo) {
  const auto work = [](std::size_t task) {
    auto run = numbered(task);
    if (task == 0)
      run.set_scenario("\xff"); // no text: whoever reads it refuses the message
    return run;
  };
  const auto outcome = run_in_workers(2, work, name_it, {});
  EXPECT_EQ(outcome.runs[0].crash().substr(0, 13), "exited with 0");
  EXPECT_TRUE(outcome.runs[1].crash().empty());
}

TEST(Workers, AStopKeepsWhatHadFinished) {
  static volatile bool stop = false;
  stop = false;
  worker_options options;
  options.stop = &stop;
  options.finished = [](std::size_t done, const reports::Run&) { stop = done == 3; };
  const auto outcome = run_in_workers(1000, numbered, name_it, options);
  EXPECT_TRUE(outcome.interrupted);
  std::size_t finished = 0;
  for (const auto& run : outcome.runs)
    finished += run.verdict() == reports::PASS;
  EXPECT_GE(finished, 3u);
  EXPECT_LT(finished, 1000u);
}

} // namespace
} // namespace squall::campaigns
