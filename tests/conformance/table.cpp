#include "tests/conformance/table.hpp"

#include "tests/conformance/parts.hpp"

namespace squall::conformance {

std::vector<collection> model() {
  return {
      {"orders",
       "field_merge",
       {{"status", "text", "precedence", {"cancelled", "shipped", "approved", "draft"}, "", "", "", {}},
        {"title", "text", "lww_server", {}, "", "", "", {}},
        {"priority", "integer", "lww_server", {}, "", "", "", {}},
        {"total", "derived", "derived", {}, "", "lines", "order", {"quantity", "price"}}}},
      {"lines",
       "field_merge",
       {{"order", "reference", "lww_server", {}, "orders", "", "", {}},
        {"quantity", "counter", "counter", {}, "", "", "", {}},
        {"price", "integer", "lww_server", {}, "", "", "", {}}}},
      {"pages",
       "lww_server",
       {{"title", "text", "lww_server", {}, "", "", "", {}},
        {"views", "counter", "lww_server", {}, "", "", "", {}},
        {"pinned", "integer", "lww_server", {}, "", "", "", {}}}},
  };
}

std::vector<row> joined(std::initializer_list<std::vector<row>> parts) {
  std::vector<row> all;
  for (const auto& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<row> table() {
  return joined(
      {field_merge_rows(), last_writer_rows(), life_and_death_rows(), guard_rows(), group_rows(), refusal_rows()});
}

} // namespace squall::conformance
