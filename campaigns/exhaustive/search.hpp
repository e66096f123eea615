// Depth first through everything that can happen in a run, equivalent orders once. The run is made again from its start
// along each path: a small run takes about a millisecond, and what a turn leads to is known by name before it is taken
// (trace_key.hpp), so that a path is only begun where it leads to something new.
//
//   search s(plan, {.lose = 2});
//   while (s.next()) {                       // a path that leads somewhere new
//     auto outcome = run_plan(plan, {.sinks = {&s}, .turns = &s});
//     if (s.reached_end()) ...               // judge it; else equivalent to what was seen, and not judged
//   }
#pragma once

#include "actors/turns/turn.hpp"
#include "campaigns/exhaustive/trace_key.hpp"
#include "reports/history/sink.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace squall::campaigns {

struct search_options {
  std::uint32_t lose = 2; ///< messages, at most, in one schedule
  /// Once the server has decided all there will ever be, devices are varied one at a time instead of all together.
  bool ends_apart = true;
  /// A device whose next turns depend on nothing that others do takes them first.
  bool alone_first = true;
  /// A lost pull stands for a lost page, too.
  bool lose_requests_for_pages = true;
  /// Orders that are equivalent count as one. False is for checking that they are.
  bool merge = true;
  std::size_t turns_max = 400; ///< of one schedule
};

struct search_counts {
  std::uint64_t states = 0;        ///< different things that have happened so far, ends included
  std::uint64_t ends = 0;          ///< schedules: paths to where nothing is left to happen
  std::uint64_t pruned = 0;        ///< turns not taken: they lead to a state that was seen
  std::uint64_t abandoned = 0;     ///< runs that came to nothing new
  std::vector<std::uint64_t> lost; ///< ends by messages lost
  std::size_t turns_max = 0;       ///< of the longest schedule
  std::uint64_t cut_off = 0;       ///< schedules that were too long
};

class search final : public actors::turn_chooser, public history::sink {
public:
  search(const scenarios::Plan& plan, const search_options& options);

  /// Prepares the next path. False: there is none; the search is complete.
  bool next();
  bool reached_end() const noexcept { return ended_; }
  const search_counts& counts() const noexcept { return counts_; }
  /// Of the path last taken.
  scenarios::Schedule schedule() const;
  /// `trace_key` of the path last taken.
  std::uint64_t key() const noexcept { return here_.key.value(); }

  decision choose(const actors::crossroads& at) override;
  void append(std::span<const history::entry> entries, const history::name_table& names) override;

private:
  struct step {
    std::uint64_t cause = 0;
    bool lost = false;
    std::uint64_t leads_to = 0;
  };
  struct node {
    step taken;
    std::string what;
    std::vector<step> left; ///< not taken yet, the next one last
  };
  /// Along the path, while it is walked.
  struct place {
    trace_key key;
    std::size_t depth = 0;
    std::uint32_t lost = 0;
    std::uint32_t varied = 0;                  ///< the device that did not take its first turn after all was decided
    std::set<history::intent_index> undecided; ///< accepted, and no verdict has left the server
  };

  /// The device whose turns are enough here; nothing if all of them are needed.
  std::optional<std::uint32_t> enough(const actors::crossroads& at) const;
  bool may_be_lost(const actors::turn& t) const;
  std::vector<step> steps_from(const actors::crossroads& at) const;
  std::uint32_t varied_after(const actors::crossroads& at, const actors::turn& t, bool lost) const;
  std::uint64_t name_of(const actors::crossroads& at, const actors::turn& t, bool lost) const;
  decision go(const actors::crossroads& at, const step& s);
  /// Nothing that others see will change any more.
  bool all_decided(const actors::crossroads& at) const { return !at.acts_left && here_.undecided.empty(); }
  bool seen(const step& s) const { return options_.merge && seen_.count(s.leads_to) > 0; }

  search_options options_;
  place start_;
  place here_;
  std::vector<node> path_;
  std::unordered_set<std::uint64_t> seen_; ///< looked up only
  search_counts counts_;
  bool begun_ = false;
  bool ended_ = false;
};

} // namespace squall::campaigns
