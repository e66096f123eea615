// The schema and the loader come from one table; here they are held against each other.
#include "scenarios/schema.hpp"
#include "tests/scenarios/samples.hpp"
#include "tests/scenarios/schema_check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace squall::scenarios {
namespace {

using nlohmann::json;
using samples::with;

const json& schema() {
  static const json parsed = json::parse(json_schema());
  return parsed;
}

std::string violation(std::string_view yaml) { return schema_violation(schema(), yaml_as_json(yaml)); }

TEST(Schema, IsDraft07ForEditors) {
  EXPECT_EQ(schema()["$schema"], "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(json_schema(), json_schema());
}

TEST(Schema, AcceptsTheSampleAndEveryLibraryFile) {
  EXPECT_EQ(violation(samples::good), "");
  int files = 0;
  for (const char* folder : {"/scenarios/library", "/scenarios/generic"})
    for (const auto& file : std::filesystem::directory_iterator(std::string(SQUALL_SOURCE_DIR) + folder)) {
      std::ifstream in(file.path());
      std::stringstream text;
      text << in.rdbuf();
      EXPECT_EQ(violation(text.str()), "") << file.path();
      ++files;
    }
  EXPECT_GE(files, 10);
}

TEST(Schema, DescribesEveryKey) {
  for (const auto& [name, property] : schema()["properties"].items())
    EXPECT_FALSE(property.value("description", "").empty()) << name;
  const json& faults = schema()["properties"]["faults"]["items"]["properties"];
  EXPECT_NE(std::find(faults["fault"]["enum"].begin(), faults["fault"]["enum"].end(), "offline"),
            faults["fault"]["enum"].end());
}

struct spoiled {
  const char* name;
  std::string text;
};

class SchemaRejects : public testing::TestWithParam<spoiled> {};

/// Each is wrong for the loader, too: an editor that is content with it would be wrong.
TEST_P(SchemaRejects, WhatTheLoaderRejects) {
  EXPECT_NE(violation(GetParam().text), "");
  EXPECT_NE(samples::complaints(GetParam().text), "");
}

const spoiled spoiled_files[] = {
    {"UnknownKey", with("devices:", "devcies:")},
    {"MissingKey", with("policy: lww_server\n    fields", "fields")},
    {"DurationWithoutUnit", with("duration: 1h", "duration: 80")},
    {"RateWithoutUnit", with("per_device: 6/h", "per_device: 6")},
    {"ShareWithoutUnit", with("share: 50%", "share: 0.5")},
    {"PlainLww", with("policy: lww_server", "policy: lww")},
    {"UnknownWorkload", with("kind: edit", "kind: edt")},
    {"UnknownFault", with("fault: token_expiry", "fault: token_expiri")},
    {"ParameterOfAnotherFault", with("fault: offline,", "fault: offline, step: 3s,")},
    {"UnknownParameter", with("fault: server_crash,", "fault: server_crash, withn: 1s,")},
    {"FaultWithTwoTimes", with("at: 20m, ", "at: 20m, every: 5m, ")},
    {"SpreadOfTwoKinds", with("for: 2m", "for: {constant: 2m, uniform: [1m, 2m]}")},
    {"UnknownSetting", with("poll_every:", "poll_evry:")},
    {"SettingOutOfShape", with("{any_of: [30s, 60s]}", "{one_of: [30s, 60s]}")},
    {"Threshold", with("\">= 1\"", "\"10\"")},
    {"TeamsTwice", with("teams: 2", "teams: 2, team_size: 3")},
    {"CountZero", with("count: 6", "count: 0")},
    {"NotAName", with("name: sample", "name: my sample")},
};

INSTANTIATE_TEST_SUITE_P(Files, SchemaRejects, testing::ValuesIn(spoiled_files),
                         [](const auto& info) { return std::string(info.param.name); });

} // namespace
} // namespace squall::scenarios
