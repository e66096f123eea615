#include "faults/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace squall::faults {
namespace {

using ::testing::HasSubstr;

TEST(Catalogue, NumbersAscendAndNamesAreUnique) {
  std::set<std::string_view> names;
  int last = 0;
  for (const fault_info& f : catalogue()) {
    EXPECT_GT(static_cast<int>(f.number), last) << f.name;
    last = static_cast<int>(f.number);
    EXPECT_TRUE(names.insert(f.name).second) << f.name;
  }
}

TEST(Catalogue, NumbersOfReleasedFaultsNeverChange) {
  EXPECT_EQ(find_fault("offline")->number, fault_number{1});
  EXPECT_EQ(find_fault("drop_message")->number, fault_number{8});
  EXPECT_EQ(find_fault("crash")->number, fault_number{12});
  EXPECT_EQ(find_fault("token_expiry")->number, fault_number{15});
  EXPECT_EQ(find_fault("server_restart")->number, fault_number{19});
  EXPECT_EQ(find_fault("noise_reorder")->number, fault_number{67});
}

TEST(Catalogue, EveryFaultSaysAllAboutItself) {
  for (const fault_info& f : catalogue()) {
    EXPECT_STRNE(f.meaning, "") << f.name;
    EXPECT_STRNE(f.may_destroy, "") << f.name;
    EXPECT_STRNE(f.effect, "") << f.name;
    EXPECT_FALSE(f.must_keep.empty()) << f.name;
    EXPECT_EQ(find_fault(f.name), &f);
    EXPECT_EQ(find_fault(f.number), &f);
  }
}

TEST(Catalogue, EveryParameterHasAValidRangeAroundItsDefault) {
  int parameters = 0;
  for (const fault_info& f : catalogue()) {
    std::set<std::string_view> names;
    for (const parameter_info& p : f.parameters) {
      ++parameters;
      EXPECT_LT(p.low, p.high) << f.name << "." << p.name;
      EXPECT_GE(p.fallback, p.low) << f.name << "." << p.name;
      EXPECT_LE(p.fallback, p.high) << f.name << "." << p.name;
      EXPECT_STRNE(p.meaning, "") << f.name << "." << p.name;
      EXPECT_TRUE(names.insert(p.name).second) << f.name << "." << p.name;
      EXPECT_EQ(find_parameter(f, p.name), &p);
      if (p.unit == parameter_unit::ppm && std::string_view(p.name) == "rate") {
        EXPECT_EQ(p.high, 1'000'000) << f.name;
      }
    }
  }
  EXPECT_GT(parameters, 20);
}

TEST(Catalogue, KnowsNothingElse) {
  EXPECT_EQ(find_fault("ofline"), nullptr);
  EXPECT_EQ(find_fault(fault_number::none), nullptr);
  EXPECT_EQ(find_parameter(*find_fault("loss"), "rates"), nullptr);
}

TEST(Catalogue, NamesTheNearestPlannedFault) {
  EXPECT_STREQ(nearest_fault("ofline"), "offline");
  EXPECT_STREQ(nearest_fault("clock-step"), "clock_step");
  EXPECT_STREQ(nearest_fault("noise_loss"), "loss"); // noise cannot be planned
  EXPECT_STREQ(nearest_parameter(*find_fault("crash"), "disk_op"), "disk_operation");
  EXPECT_STREQ(nearest_parameter(*find_fault("offline"), "anything"), "");
}

TEST(FaultValues, TakeWhatIsGivenAndTheDefaultElsewhere) {
  const auto v = fault_values::resolve(*find_fault("latency"), minute_ns, {{"add", 7}});
  ASSERT_TRUE(v.ok());
  EXPECT_EQ(v->get("add"), 7);
  EXPECT_EQ(v->get("factor"), find_parameter(*find_fault("latency"), "factor")->fallback);
}

TEST(FaultValues, AcceptTheEndsOfEveryRangeAndNothingBeyond) {
  for (const fault_info& f : catalogue()) {
    const duration_ns duration = f.lasts == extent::momentary ? 0 : second_ns;
    for (const parameter_info& p : f.parameters) {
      EXPECT_TRUE(fault_values::resolve(f, duration, {{p.name, p.low}}).ok()) << f.name << "." << p.name;
      EXPECT_TRUE(fault_values::resolve(f, duration, {{p.name, p.high}}).ok()) << f.name << "." << p.name;
      EXPECT_FALSE(fault_values::resolve(f, duration, {{p.name, p.low - 1}}).ok()) << f.name << "." << p.name;
      EXPECT_FALSE(fault_values::resolve(f, duration, {{p.name, p.high + 1}}).ok()) << f.name << "." << p.name;
    }
  }
}

struct refusal {
  const char* name;
  const char* fault;
  duration_ns duration;
  std::vector<std::pair<std::string, std::int64_t>> given;
  const char* says;
};

class FaultValuesRefuse : public ::testing::TestWithParam<refusal> {};

TEST_P(FaultValuesRefuse, AndSayWhy) {
  const refusal& r = GetParam();
  const auto v = fault_values::resolve(*find_fault(r.fault), r.duration, r.given);
  ASSERT_FALSE(v.ok());
  EXPECT_EQ(v.err().code, errc::invalid_argument);
  EXPECT_THAT(v.err().message, HasSubstr(r.says));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, FaultValuesRefuse,
    ::testing::Values(refusal{"unknown_name", "loss", 1, {{"rat", 1}}, "did you mean \"rate\"?"},
                      refusal{"twice", "loss", 1, {{"rate", 1}, {"rate", 2}}, "given twice"},
                      refusal{"above_the_range", "loss", 1, {{"rate", 1'000'001}}, "must be in 0 .. 1000000 ppm"},
                      refusal{"no_duration", "loss", 0, {}, "needs a duration"},
                      refusal{"negative_duration", "loss", -1, {}, "negative"},
                      refusal{"a_duration_where_none_is", "clock_step", 5, {}, "takes no duration"},
                      refusal{"a_value_where_none_is", "offline", 1, {{"x", 1}}, "takes none"},
                      refusal{"noise_as_a_fault", "noise_loss", 0, {}, "noise"}),
    [](const auto& info) { return info.param.name; });

TEST(CatalogueMarkdown, IsWhatTheDocumentationHas) {
  std::ifstream file(std::string(SQUALL_SOURCE_DIR) + "/docs/faults.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string generated = catalogue_markdown();
  const std::string copy = ::testing::TempDir() + "squall_faults.md";
  if (page.str() != generated)
    std::ofstream(copy) << generated;
  EXPECT_TRUE(page.str() == generated) << "docs/faults.md is not what the catalogue says; take " << copy;
}

} // namespace
} // namespace squall::faults
