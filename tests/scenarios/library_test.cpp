// Every file of the library loads, plans what its story needs, and makes sense on twenty devices, too.
#include "scenarios/loader.hpp"
#include "scenarios/planner/planner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace squall::scenarios {
namespace {

std::string path_of(const std::string& name) { return std::string(SQUALL_SOURCE_DIR) + "/scenarios/" + name + ".yaml"; }

Plan plan_of_library(const std::string& name, const load_options& options = {}, std::uint64_t seed = 1) {
  const load_outcome outcome = load_file(path_of(name), options);
  EXPECT_TRUE(outcome.ok()) << to_string(outcome.diagnostics);
  return outcome.ok() ? plan(*outcome.scenario, seed) : Plan{};
}

std::map<std::string, int> faults_of(const Plan& p) {
  std::map<std::string, int> out;
  for (const Fault& f : p.faults())
    ++out[f.name()];
  return out;
}

struct expectation {
  const char* name;
  int devices;
  int intentions_min;
  int intentions_max;
  std::map<std::string, int> faults_min;
};

class Library : public testing::TestWithParam<expectation> {};

TEST_P(Library, PlansWhatItsStoryNeeds) {
  const expectation& want = GetParam();
  const Plan p = plan_of_library(want.name);
  EXPECT_EQ(p.topology().devices_size(), want.devices);
  EXPECT_GE(p.intentions_size(), want.intentions_min);
  EXPECT_LE(p.intentions_size(), want.intentions_max);
  const auto faults = faults_of(p);
  for (const auto& [fault, least] : want.faults_min)
    EXPECT_GE(faults.count(fault) ? faults.at(fault) : 0, least) << fault;
  EXPECT_FALSE(p.about().empty());
  EXPECT_GT(p.expect().reached_size(), 0);
}

TEST_P(Library, MakesSenseOnTwentyDevices) {
  const Plan p = plan_of_library(GetParam().name, {.sets = {"devices.count=20"}});
  EXPECT_EQ(p.topology().devices_size(), 20);
  std::map<std::uint32_t, int> team_sizes;
  for (const Device& d : p.topology().devices())
    ++team_sizes[d.team()];
  for (const auto& [team, size] : team_sizes)
    EXPECT_GE(size, 2) << "nobody to share records with in team " << team;
  EXPECT_GE(p.intentions_size(), 100);
}

const expectation library[] = {
    {"library/airplane_mode", 40, 800, 1500, {{"offline", 10}}},
    {"library/long_drift", 20, 1000, 3000, {{"offline", 4}}},
    {"library/multi_client_conflict", 24, 500, 900, {}},
    {"library/lossy_train", 20, 350, 700, {{"offline", 50}, {"loss", 5}}},
    {"library/skewed_clocks", 20, 400, 900, {{"clock_step", 10}}},
    {"library/token_expiry_burst", 40, 500, 1000, {{"token_expiry", 200}, {"refused_refresh", 1}}},
    {"library/lost_acks", 20, 300, 600, {{"drop_message", 40}, {"partition", 5}, {"crash", 5}}},
    {"library/ten_thousand_devices",
     10'000,
     200'000,
     250'000,
     {{"offline", 5'000}, {"crash", 500}, {"server_crash", 1}}},
    {"library/purchasing", 20, 550, 1000, {{"offline", 5}, {"crash", 1}}},
    {"library/clock_wins", 20, 300, 600, {{"clock_step", 3}, {"offline", 5}}},
    {"library/ask_people", 20, 280, 550, {{"offline", 8}, {"crash", 4}}},
    {"library/shared_cart", 20, 450, 850, {{"offline", 8}}},
    {"library/twin_orders", 20, 250, 520, {{"offline", 8}}},
    {"library/order_with_lines", 20, 350, 800, {{"offline", 8}}},
    {"library/stock_floor", 20, 380, 750, {{"offline", 8}}},
    {"library/long_absence", 20, 700, 1400, {{"offline", 3}}},
    {"library/thundering_herd", 60, 2000, 3000, {{"offline", 60}, {"server_unavailable", 1}, {"server_restart", 1}}},
    {"library/offline_switch", 30, 2000, 2800, {{"offline_flag", 2}, {"offline", 60}, {"restart", 15}}},
    {"library/revoked_device", 24, 600, 1100, {{"device_revoked", 20}, {"refresh_reused", 5}}},
    {"library/key_rotation", 24, 450, 800, {{"issuer_key_rotation", 10}, {"server_restart", 3}, {"server_crash", 1}}},
    {"library/server_restored", 24, 800, 1400, {{"server_restore", 4}, {"offline", 20}, {"crash", 20}}},
    {"library/approver_on_leave",
     20,
     700,
     1300,
     {{"grant_withdrawn", 4}, {"grant_given", 4}, {"role_changed", 4}, {"offline", 8}}},
    {"library/team_transfer", 12, 500, 1000, {{"offline", 8}, {"crash", 2}, {"grant_given", 1}}},
    {"generic/enterprise", 20, 500, 1500, {}},
    {"generic/adversity", 20, 350, 700, {}},
    {"generic/small", 20, 430, 570, {{"crash", 1}, {"drop_message", 1}}},
};

INSTANTIATE_TEST_SUITE_P(Files, Library, testing::ValuesIn(library), [](const auto& info) {
  const std::string name = info.param.name;
  return name.substr(name.find('/') + 1);
});

TEST(LibraryFolder, HoldsNothingThatIsNotListedHere) {
  std::set<std::string> files, listed;
  for (const char* folder : {"library", "generic"})
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(SQUALL_SOURCE_DIR) + "/scenarios/" + folder))
      files.insert(std::string(folder) + "/" + file.path().stem().string());
  for (const expectation& e : library)
    listed.insert(e.name);
  EXPECT_EQ(files, listed);
}

TEST(Adversity, DrawsOtherSettingsAndOtherFaultsForOtherSeeds) {
  std::set<std::uint64_t> sequences;
  std::set<std::uint32_t> batches;
  std::set<std::size_t> mixtures;
  std::set<std::string> all;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Plan p = plan_of_library("generic/adversity", {}, seed);
    sequences.insert(p.knobs().first_sequence());
    batches.insert(p.knobs().push_batch_max());
    const auto faults = faults_of(p);
    mixtures.insert(faults.size());
    for (const auto& [fault, count] : faults)
      all.insert(fault);
  }
  EXPECT_EQ(sequences, (std::set<std::uint64_t>{1, 1000, 4294967290}));
  EXPECT_EQ(batches, (std::set<std::uint32_t>{1, 3, 50}));
  EXPECT_GE(mixtures.size(), 4u);
  for (const char* fault :
       {"offline", "partition", "crash", "restart", "clock_step", "token_expiry", "refused_refresh",
        "server_unavailable", "server_crash", "server_restart", "drop_message", "slow_disk", "loss"})
    EXPECT_EQ(all.count(fault), 1u) << fault;
}

} // namespace
} // namespace squall::scenarios
