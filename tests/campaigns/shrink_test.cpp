// Shrinking: the smallest story that fails in the same way, told so that anyone can run it.
#include "campaigns/run_plan.hpp"
#include "campaigns/shrink/essence.hpp"
#include "campaigns/shrink/freeze.hpp"
#include "campaigns/shrink/laboratory.hpp"
#include "campaigns/shrink/progress_file.hpp"
#include "campaigns/shrink/shrink.hpp"
#include "campaigns/shrink/test_file.hpp"
#include "scenarios/reactions/reactions.hpp"
#include "tests/campaigns/plans.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace squall::campaigns {
namespace {

constexpr std::int64_t long_enough_ns = 240'000'000'000;
constexpr std::uint64_t seeds_tried = 96;

reports::Run judged(const scenarios::Plan& plan) {
  auto outcome = run_plan(plan, {});
  EXPECT_TRUE(outcome.ok());
  return outcome ? std::move(outcome->run) : reports::Run{};
}

/// What random adversity finds, within as many seeds as `failing_plan` tries; docs/shrinking.md has what each came to.
// clang-format off
[[maybe_unused]] constexpr const char* of_adversity[] = {
  "batch_taken_as_acked", "counter_set", "cursor_before_page", "dedupe_check_apart", "dedupe_pruned_early",
  "dequeue_on_send", "early_sequence", "edit_in_flight_lost", "enqueue_in_memory_only", "full_page_drops_last",
  "guard_not_checked", "half_group_in_page", "high_water_late", "increment_twice", "lower_version_stands",
  "no_dedupe", "overlay_dropped_at_verdict", "page_edge_tie", "precedence_ignored", "push_not_retried_after_5xx",
  "refresh_drops_queue", "rejection_blocks_batch", "remove_discards_update", "removed_child_counted",
  "resync_drops_queue", "retry_as_new_intent", "rotation_forgets_previous", "row_version_compared",
  "server_commit_unsynced", "snapshot_by_offset", "snapshot_cursor_at_end", "snapshot_upserts_only",
  "stale_decision", "stranded_in_progress", "tail_below_floor", "unauthorized_exhausts_retries", "update_revives"};

/// Bugs of which adversity.yaml knows nothing: of policies, constraints, tasks and lifetimes. There users react, too.
constexpr const char* of_enterprise[] = {
  "bounds_not_checked", "branch_exposed_by_delete", "branch_replaces_branch", "cascade_forgets", "deletion_skipped",
  "erase_takes_unseen", "expired_dedupe_dropped", "expired_device_pins", "extreme_ignored", "future_stamp_counted",
  "future_stamp_refused", "insert_spares_erases", "key_conflict_ends_batch", "keys_checked_early",
  "open_task_forgotten", "removes_cancel_out", "resolution_takes_all", "role_ignored",
  "second_resolution_overwrites", "seen_stamps_ignored", "set_replaced", "stamp_dropped_on_delete",
  "stamps_as_text", "states_not_checked", "tail_below_fence", "taken_key_not_flagged", "task_change_ignored",
  "task_for_each_branch", "told_fence_ignored", "update_recreates_forgotten", "watermark_by_age"};
// clang-format on

/// What these need is a crowd: docs/shrinking.md says why. They keep their signature, and get smaller.
bool stays_long(std::string_view sabotage) {
  return sabotage == "unauthorized_exhausts_retries" || sabotage == "watermark_by_age";
}

bool is_of_enterprise(std::string_view sabotage) {
  return std::find(std::begin(of_enterprise), std::end(of_enterprise), sabotage) != std::end(of_enterprise);
}

scenarios::Scenario scenario_for(const std::string& sabotage) {
#ifdef SQUALL_SHRINK_ALL
  return scenario_of(is_of_enterprise(sabotage) ? "generic/enterprise.yaml" : "generic/adversity.yaml", {});
#else
  return is_of_enterprise(sabotage) ? small_enterprise() : small_adversity();
#endif
}

/// The first seed that fails with this sabotage and passes without it.
scenarios::Plan failing_plan(const std::string& sabotage) {
  const auto scenario = scenario_for(sabotage);
  for (std::uint64_t seed = 1; seed <= seeds_tried; ++seed) {
    auto plan = scenarios::plan(scenario, seed);
    if (judged(plan).verdict() == reports::FAIL)
      continue;
    plan.add_sabotages(sabotage);
    if (!judged(plan).signature().empty())
      return plan;
  }
  ADD_FAILURE() << sabotage << " fails nothing";
  return {};
}

scenarios::Plan planned(const std::string& yaml, std::uint64_t seed) {
  const auto loaded = scenarios::load_text(yaml, "shrunk.yaml", {});
  EXPECT_TRUE(loaded.ok()) << scenarios::to_string(loaded.diagnostics) << yaml;
  return loaded.ok() ? scenarios::plan(*loaded.scenario, seed) : scenarios::Plan{};
}

class Shrink : public testing::TestWithParam<const char*> {};

/// With all that a shrunk failure promises.
TEST_P(Shrink, KeepsTheSignatureAndNothingThatItDoesNotNeed) {
  const auto plan = failing_plan(GetParam());
  ASSERT_FALSE(plan.sabotages().empty());
  const auto signature = judged(plan).signature();
  const auto small = shrink(plan, {.signature = signature, .jobs = 2, .real_time_ns_max = long_enough_ns});
  if (stays_long(GetParam())) {
    EXPECT_LT(small.entries_after * 4, entries_of(plan).size());
    EXPECT_EQ(judged(small.plan).signature(), signature);
    return;
  }
  EXPECT_TRUE(small.minimal);
  EXPECT_LE(small.entries_after, 12u);
  EXPECT_LE(small.devices_after, 4u);
  EXPECT_EQ(small.entries_after, entries_of(small.plan).size());
  EXPECT_FALSE(has_noise(small.plan)) << "chance is left in it";
  EXPECT_TRUE(small.plan.reactions().empty()) << "users still react by rules";

  const auto run = judged(small.plan);
  EXPECT_EQ(run.signature(), signature);
  ASSERT_NE(small.scenario, "") << "it cannot be told";
  EXPECT_EQ(judged(planned(small.scenario, small.plan.seed())).digest(), run.digest());
  EXPECT_NE(test_file(small, signature).find(small.scenario), std::string::npos);

  for (const entry& e : entries_of(small.plan)) {
    const bool fault = e.what == entry::kind::fault;
    const auto less = fault ? without_entries(small.plan, {}, {e.id}) : without_entries(small.plan, {e.id}, {});
    const auto told = retold(less);
    EXPECT_TRUE(!told || judged(*told).signature() != signature) << (fault ? "fault " : "intention ") << e.id;
  }
  auto clean = small.plan;
  clean.clear_sabotages();
  EXPECT_NE(judged(clean).verdict(), reports::FAIL) << "it slipped to another bug";
}

#ifdef SQUALL_SHRINK_ALL
const auto name_of = [](const auto& info) { return std::string(info.param); };
INSTANTIATE_TEST_SUITE_P(Adversity, Shrink, testing::ValuesIn(of_adversity), name_of);
INSTANTIATE_TEST_SUITE_P(Enterprise, Shrink, testing::ValuesIn(of_enterprise), name_of);
#else
INSTANTIATE_TEST_SUITE_P(Sample, Shrink,
                         testing::Values("no_dedupe", "dequeue_on_send", "tail_below_floor", "counter_set",
                                         "second_resolution_overwrites"));
#endif

TEST(Shrinking, DoesNotDependOnTheNumberOfJobs) {
  const auto plan = failing_plan("batch_taken_as_acked");
  const auto signature = judged(plan).signature();
  const auto with = [&](int jobs) {
    return shrink(plan, {.signature = signature, .jobs = jobs, .real_time_ns_max = long_enough_ns});
  };
  const auto one = with(1);
  EXPECT_TRUE(one.minimal);
  EXPECT_EQ(with(3).plan.SerializeAsString(), one.plan.SerializeAsString());
}

TEST(Shrinking, ThatWasStoppedGoesOnFromWhatItHadReached) {
  const scratch_folder out("shrink-progress");
  const auto plan = failing_plan("no_dedupe");
  const auto signature = judged(plan).signature();
  static volatile bool stop = false;
  stop = false;
  shrink_options options{.signature = signature, .real_time_ns_max = long_enough_ns, .stop = &stop};
  int kept = 0;
  options.keep = [&](const ShrinkProgress& p) {
    ASSERT_TRUE(write_progress(p, out.path()).ok());
    stop = ++kept == 6;
  };
  const auto hasty = shrink(plan, options);
  EXPECT_FALSE(hasty.minimal);
  EXPECT_LT(hasty.entries_after, hasty.entries_before);
  EXPECT_EQ(judged(hasty.plan).signature(), signature);

  stop = false;
  const auto progress = read_progress(out.path());
  ASSERT_TRUE(progress);
  options.resume = &*progress;
  std::size_t most = 0;
  options.progress = [&](const shrink_progress& p) { most = std::max(most, p.entries); };
  const auto small = shrink(plan, options);
  EXPECT_TRUE(small.minimal);
  EXPECT_LE(most, hasty.entries_after) << "it began anew";
  EXPECT_EQ(small.entries_before, hasty.entries_before);
  EXPECT_GT(small.tried, hasty.tried);
  EXPECT_EQ(judged(small.plan).signature(), signature);

  const auto done = read_progress(out.path());
  options.resume = &*done;
  EXPECT_EQ(shrink(plan, options).plan.SerializeAsString(), small.plan.SerializeAsString());
}

TEST(Shrinking, ThatRunsOutOfTimeSaysSoAndStillFails) {
  const auto plan = failing_plan("no_dedupe");
  const auto signature = judged(plan).signature();
  const auto hasty = shrink(plan, {.signature = signature, .real_time_ns_max = 1});
  EXPECT_FALSE(hasty.minimal);
  EXPECT_EQ(judged(hasty.plan).signature(), signature);
}

/// What chance did to each message is said outright, and then nothing is left to chance but what each takes.
TEST(Freezing, NamesWhatTheNoiseDid) {
  auto plan = scenarios::plan(small_adversity({"devices.count=4", "devices.teams=1", "duration=35m"}), 5);
  plan.clear_faults();
  plan.mutable_network()->set_loss_ppm(100'000);
  const auto noisy = judged(plan);
  const auto count = [](const reports::Run& run, const std::string& name) {
    for (const auto& c : run.faults())
      if (c.name() == name)
        return c.value();
    return std::uint64_t{0};
  };
  ASSERT_GT(count(noisy, "noise_loss"), 3u);
  const auto forms = frozen(plan, 0);
  ASSERT_FALSE(forms.empty());
  for (const auto& form : forms) {
    EXPECT_EQ(form.network().loss_ppm(), 0u);
    EXPECT_EQ(form.network().jitter_ns(), 0);
    std::uint64_t drops = 0;
    for (const auto& fault : form.faults())
      drops += fault.name() == "drop_message";
    EXPECT_EQ(drops, count(noisy, "noise_loss"));
  }
  const auto frozen_run = judged(forms.front());
  EXPECT_EQ(count(frozen_run, "noise_loss"), 0u);
  EXPECT_GT(count(frozen_run, "drop_message"), 0u);
  EXPECT_TRUE(frozen(forms.front(), 0).empty()) << "nothing is left to freeze";
}

/// What users did about what they were shown is said outright, and nobody reacts any more: the run is the same.
TEST(Freezing, WritesOutWhatUsersDidInReaction) {
  auto plan = scenarios::plan(small_enterprise(), 2);
  ASSERT_FALSE(plan.reactions().empty());
  const auto written = reactions_frozen(plan);
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->reactions().empty());
  EXPECT_GT(written->intentions_size(), plan.intentions_size()) << "nobody reacted";
  EXPECT_EQ(judged(*written).digest(), judged(plan).digest());
  EXPECT_FALSE(reactions_frozen(*written));

  const auto forms = frozen(plan, 0);
  ASSERT_GT(forms.size(), 2u);
  EXPECT_TRUE(forms.front().reactions().empty());
  EXPECT_FALSE(has_noise(forms.front()));
  EXPECT_FALSE(forms.back().reactions().empty()) << "the forms in which users go on reacting come last";
  for (const auto& fault : forms.back().faults())
    EXPECT_FALSE(scenarios::is_reaction(fault.message().intention())) << "an anchor that no plan has";
}

/// What a crowd does to make two devices miss each other, being offline does, too.
TEST(Essence, IsWhatTheViolationIsAboutWithDevicesOfflineInsteadOfACrowd) {
  int told = 0;
  for (const std::string name :
       {"counter_set", "second_resolution_overwrites", "branch_exposed_by_delete", "role_ignored", "extreme_ignored",
        "row_version_compared", "stamps_as_text", "set_replaced", "precedence_ignored"}) {
    if (told == 3)
      break;
    auto plan = failing_plan(name);
    if (const auto written = reactions_frozen(plan))
      plan = *written;
    const auto signature = judged(plan).signature();
    ASSERT_NE(signature, "");
    bool same = false;
    for (const auto& form : essences_of(plan)) {
      EXPECT_LT(form.intentions_size() * 4, plan.intentions_size());
      EXPECT_LE(form.topology().devices_size(), plan.topology().devices_size());
      EXPECT_FALSE(has_noise(form));
      for (const auto& fault : form.faults())
        EXPECT_EQ(fault.name(), "offline");
      for (const auto& intention : form.intentions())
        EXPECT_TRUE(std::any_of(plan.intentions().begin(), plan.intentions().end(),
                                [&](const auto& before) { return before.id() == intention.id(); }));
      same |= judged(form).signature() == signature;
    }
    told += same;
  }
  EXPECT_GE(told, 3) << "no essence fails as its plan does";
}

TEST(Essence, OfAPlanThatDoesNotFailThereIsNone) {
  EXPECT_TRUE(essences_of(scenarios::plan(small_adversity(), 1)).empty());
}

} // namespace
} // namespace squall::campaigns
