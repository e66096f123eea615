// What a person sees of a run that stands still: everyone's state, one device, one record everywhere, the difference between
// two replicas, what is on its way, what has just happened.
#pragma once

#include "actors/inspect/moment.hpp"
#include "reports/history/names.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace squall::campaigns::inspect {

/// A moment that wrote history.
struct mark {
  std::uint64_t moment = 0;
  std::int64_t at_ns = 0;
  std::size_t first_entry = 0;
};

/// The history so far.
struct past {
  std::deque<history::entry> entries;
  std::vector<mark> marks;
};

/// `view`: "state", "device d3", "record d1:4/0", "diff d3 server", "messages", "last". Text to print, or one line that says
/// what is wrong with the request.
std::string view_of(const actors::moment& now, const scenarios::Plan& plan, const past& so_far,
                    const history::name_table& names, const std::string& view);

} // namespace squall::campaigns::inspect
