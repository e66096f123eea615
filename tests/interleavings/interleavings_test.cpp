// Small scope, all of it: three replicas, three operations, every order of acting, pushing, being told and pulling.
#include "tests/conformance/words.hpp"
#include "tests/interleavings/exploration.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdio>

namespace squall::interleavings {
namespace {

using namespace conformance;

const operation make_order = create("orders", "r", {set("status", txt("draft")), set("title", txt("one"))});
const operation make_line = create("lines", "r", {add("quantity", 5), set("price", num(10))});
const operation make_page =
    create("pages", "r", {set("title", txt("one")), set("views", num(0)), set("pinned", num(0))});

std::vector<script> scripts() {
  const auto order = [](std::vector<write> w) { return update("orders", "r", std::move(w)); };
  const auto line = [](std::vector<write> w) { return update("lines", "r", std::move(w)); };
  const auto page = [](const char* title, std::int64_t views) {
    return update("pages", "r", {set("title", txt(title)), set("views", num(views)), set("pinned", num(0))});
  };
  return {
      {"field_merge: three values of one field",
       make_order,
       {{1, order({set("status", txt("approved"))})},
        {2, order({set("status", txt("cancelled")), set("title", txt("two"))})},
        {3, order({set("status", txt("shipped"))})}}},
      {"field_merge: a delete between an edit and an add",
       make_line,
       {{1, line({add("quantity", 1)})}, {2, conformance::remove("lines", "r")}, {3, line({set("price", num(3))})}}},
      {"field_merge: one edits twice, one once, one reads",
       make_order,
       {{1, order({set("status", txt("shipped"))})},
        {1, order({set("status", txt("draft")), set("title", txt("again"))})},
        {2, order({set("status", txt("approved"))})}}},
      {"field_merge: deleted and restored beside an edit",
       make_order,
       {{1, conformance::remove("orders", "r")}, {1, restore("orders", "r")}, {2, order({set("title", txt("two"))})}}},
      {"lww_server: three whole records", make_page, {{1, page("a", 1)}, {2, page("b", 2)}, {3, page("c", 3)}}},
      {"lww_server: a delete between two edits",
       make_page,
       {{1, page("a", 1)}, {2, conformance::remove("pages", "r")}, {3, page("c", 3)}}},
      {"lww_server: one edits twice, one deletes, one reads",
       make_page,
       {{1, page("a", 1)}, {1, page("b", 2)}, {2, conformance::remove("pages", "r")}}},
      {"lww_server: deleted and restored beside an edit",
       make_page,
       {{1, conformance::remove("pages", "r")}, {1, restore("pages", "r")}, {2, page("c", 3)}}},
  };
}

class Interleavings : public testing::TestWithParam<script> {};

TEST_P(Interleavings, AllConvergeToTheReferenceWithOneVerdictEach) {
  const auto found = explore(GetParam());
  std::printf("%s: %llu states visited, %llu ways pruned, %llu ends\n", GetParam().name.c_str(),
              static_cast<unsigned long long>(found.states), static_cast<unsigned long long>(found.pruned),
              static_cast<unsigned long long>(found.ends));
  EXPECT_EQ(found.violations, 0U) << found.first;
  EXPECT_GT(found.states, 500U);
  EXPECT_GE(found.ends, 6U) << "at least the orders in which a server can judge three intents";
}

INSTANTIATE_TEST_SUITE_P(Scripts, Interleavings, testing::ValuesIn(scripts()), [](const auto& info) {
  std::string name;
  for (const char c : info.param.name)
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

} // namespace
} // namespace squall::interleavings
