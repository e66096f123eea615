#include "campaigns/shrink/test_file.hpp"

#include <fmt/core.h>
#include <google/protobuf/text_format.h>

#include <cctype>

namespace squall::campaigns {

namespace {

/// "exactly_once/committed twice" -> "ExactlyOnceCommittedTwice"
std::string camel_case(const std::string& words) {
  std::string out;
  bool begins = true;
  for (const char c : words) {
    const auto u = static_cast<unsigned char>(c);
    if (!std::isalnum(u)) {
      begins = true;
      continue;
    }
    out += static_cast<char>(begins ? std::toupper(u) : c);
    begins = false;
  }
  return out;
}

std::string plan_text(const scenarios::Plan& plan) {
  std::string out;
  google::protobuf::TextFormat::PrintToString(plan, &out);
  return out;
}

constexpr const char* from_scenario = R"(  const auto loaded = scenarios::load_text(story, "story.yaml", {{}});
  ASSERT_TRUE(loaded.ok()) << scenarios::to_string(loaded.diagnostics);
  const auto plan = scenarios::plan(*loaded.scenario, {});
)";

constexpr const char* from_plan = R"(  scenarios::Plan plan;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(story, &plan));
)";

} // namespace

std::string test_file(const shrink_result& shrunk, const std::string& signature) {
  const bool told = !shrunk.scenario.empty();
  std::string includes = "#include \"campaigns/run_plan.hpp\"\n";
  includes += told ? "#include \"scenarios/loader.hpp\"\n#include \"scenarios/planner/planner.hpp\"\n" : "";
  includes += "\n#include <gtest/gtest.h>\n";
  includes += told ? "" : "\n#include <google/protobuf/text_format.h>\n";
  const std::string makes_plan = told ? fmt::format(fmt::runtime(from_scenario), shrunk.plan.seed()) : from_plan;
  return fmt::format(
      "// The smallest story found in which this fails: {}\n"
      "// To build it: squall_test(shrunk SOURCES test.cpp LINK squall::campaigns) in a CMakeLists.txt below tests/.\n"
      "{}\nnamespace squall::campaigns {{\nnamespace {{\n\n"
      "constexpr const char* story = R\"story({})story\";\n\n"
      "TEST(Shrunk, {}) {{\n{}"
      "  const auto outcome = run_plan(plan, {{}});\n"
      "  ASSERT_TRUE(outcome.ok()) << outcome.err().message;\n"
      "  EXPECT_EQ(outcome->run.signature(), \"\");\n"
      "}}\n\n}} // namespace\n}} // namespace squall::campaigns\n",
      signature, includes, told ? shrunk.scenario : plan_text(shrunk.plan), camel_case(signature), makes_plan);
}

} // namespace squall::campaigns
