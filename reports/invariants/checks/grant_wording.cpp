// How violations speak of grants.
#include "reports/invariants/checks/wording.hpp"

#include <fmt/format.h>

namespace squall::invariants {

const char* shape_of(const grant_trouble& t) {
  switch (t.what) {
    case grant_flaw::version: return "version of grants out of order";
    case grant_flaw::never_given: return "told of grants that were never given";
    case grant_flaw::goes_back: return "grants go back";
    case grant_flaw::not_taken: return "told of newer grants and does not take them";
    case grant_flaw::not_purged: return "scope kept after its withdrawal";
    case grant_flaw::purged: return "scope purged without a withdrawal";
  }
  return "?";
}

std::string say(const grant_trouble& t) {
  const auto who = name_of_device(t.device);
  switch (t.what) {
    case grant_flaw::version:
      return fmt::format("a user's grants change to version {}; the next one is {}", t.version, t.expected);
    case grant_flaw::never_given:
      return fmt::format("{} takes grants of version {}; its user's newest are of version {}", who, t.version,
                         t.expected);
    case grant_flaw::goes_back:
      return fmt::format("{} takes grants of version {}; it had those of version {}", who, t.version, t.expected);
    case grant_flaw::not_taken:
      return fmt::format("{} goes on with grants of version {}, though a reply has told it of version {}", who,
                         t.version, t.expected);
    case grant_flaw::not_purged:
      return fmt::format("{} keeps scope {}, which its user does not hold, as it was told", who, t.scope);
    case grant_flaw::purged:
      return fmt::format("{} purges scope {}, which it need not: by what it was told, nothing was withdrawn there", who,
                         t.scope);
  }
  return {};
}

} // namespace squall::invariants
