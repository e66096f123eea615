// The proto is the one definition; the key table must name all of it, and nothing else.
#include "faults/catalogue.hpp"
#include "scenarios/keys.hpp"
#include "scenarios/scenario.pb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace squall::scenarios {
namespace {

using google::protobuf::Descriptor;

void hold_against(const section& s, const Descriptor& message) {
  std::set<std::string> named;
  std::set<std::string_view> keys;
  for (const key& k : s.keys) {
    EXPECT_TRUE(keys.insert(k.name).second) << message.name() << " has the key " << k.name << " twice";
    EXPECT_FALSE(k.about.empty()) << message.name() << "." << k.name;
    EXPECT_LE(k.low, k.high) << message.name() << "." << k.name;
    const auto* field = message.FindFieldByName(std::string(k.field));
    ASSERT_NE(field, nullptr) << message.name() << " has no field " << k.field;
    EXPECT_TRUE(named.insert(field->name()).second) << message.name() << "." << k.field << " has two keys";
    if (k.is == form::section || k.is == form::sections || k.is == form::named)
      hold_against(*k.inner, *field->message_type());
    if (k.is == form::choices)
      hold_against(*k.inner, *Knobs::descriptor());
    if (k.is == form::choice) {
      EXPECT_NE(k.names, nullptr) << message.name() << "." << k.name;
    }
  }
  const auto& elsewhere = fields_without_key();
  for (int i = 0; i < message.field_count(); ++i) {
    const std::string name = message.name() + "." + message.field(i)->name();
    const bool listed = std::find(elsewhere.begin(), elsewhere.end(), name) != elsewhere.end();
    EXPECT_NE(named.count(message.field(i)->name()) > 0, listed) << name << " has a key or is listed as having none";
  }
}

TEST(KeyTable, NamesEveryFieldOfTheProtoOnce) { hold_against(scenario_section(), *Scenario::descriptor()); }

TEST(KeyTable, NamesEveryParameterOfEveryFaultApartFromTheRulesOwnKeys) {
  const section* rules = find_key(scenario_section(), "faults")->inner;
  for (const faults::fault_info& fault : faults::catalogue()) {
    const std::vector<key> keys = fault_parameter_keys(fault.name);
    ASSERT_EQ(keys.size(), fault.parameters.size()) << fault.name;
    for (const key& k : keys)
      EXPECT_EQ(find_key(*rules, k.name), nullptr) << fault.name << "." << k.name;
  }
  EXPECT_EQ(fault_parameter_keys("loss").front().name, "loss_rate");
}

} // namespace
} // namespace squall::scenarios
