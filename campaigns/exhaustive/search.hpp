// Depth first through everything that can happen in a run, equivalent orders once. Where the ways part the process does: each
// goes one of them (process_tree.hpp), so the participants are made once. What a turn leads to is known by name before it is
// taken (trace_key.hpp), so that a way is only begun where it leads to something new.
#pragma once

#include "actors/turns/turn.hpp"
#include "campaigns/exhaustive/common_ground.hpp"
#include "campaigns/exhaustive/process_tree.hpp"
#include "campaigns/exhaustive/trace_key.hpp"
#include "reports/history/sink.hpp"
#include "scenarios/plan.pb.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace squall::campaigns {

struct search_options {
  std::uint32_t lose = 2; ///< messages, at most, in one schedule; at most `lose_most`
  /// Turns that only their own device can notice are varied for one device at a time instead of for all together.
  bool ends_apart = true;
  /// A device whose next turns depend on nothing that others do takes them first.
  bool alone_first = true;
  /// A lost pull stands for a lost page, too.
  bool lose_requests_for_pages = true;
  /// Orders that are equivalent count as one. False is for checking that they are.
  bool merge = true;
  std::uint64_t turns_max = 400; ///< of one schedule
};

class search final : public actors::turn_chooser, public history::sink {
public:
  search(const scenarios::Plan& plan, const search_options& options, common_ground& shared, process_tree& tree);

  /// Of the way that this process has gone. It ends where nothing is left to happen.
  const scenarios::Schedule& schedule() const noexcept { return schedule_; }
  std::uint64_t key() const noexcept { return here_.key.value(); }
  /// By device - 1: the name of what it and the server have lived through, without the turns of others that neither notices.
  std::vector<std::uint64_t> seen_by() const;

  decision choose(const actors::crossroads& at) override;
  void append(std::span<const history::entry> entries, const history::name_table& names) override;

private:
  struct step {
    std::size_t index = 0; ///< among the turns
    bool lost = false;
    std::uint64_t leads_to = 0;
  };
  struct place {
    trace_key key;
    std::vector<trace_key> seen_by; ///< by device - 1
    std::uint32_t lost = 0;
    std::uint32_t varied = 0; ///< the device one of whose unnoticed turns did not wait for the end, or was a loss
    std::map<history::intent_index, std::uint32_t> undecided; ///< whose; accepted, and no verdict has left the server
  };

  decision end(bool too_long);
  decision go(const actors::crossroads& at, const step& s);
  std::vector<step> steps_from(const actors::crossroads& at) const;
  bool may_be_lost(const actors::turn& t) const;
  /// Nobody but its device, and the judge, can tell when this turn came or whether it did.
  bool unnoticed(const actors::crossroads& at, const actors::turn& t) const;
  bool all_unnoticed(const actors::crossroads& at) const;
  /// Whether this turn may come now: those that nobody notices wait for the end if it is another device that is varied.
  bool open(const actors::crossroads& at, const actors::turn& t) const;
  /// The device whose turns are enough here; nothing if all of them are needed.
  std::optional<std::uint32_t> enough(const actors::crossroads& at) const;
  std::optional<std::uint32_t> alone(const actors::crossroads& at) const;
  std::uint32_t varied_after(const actors::crossroads& at, const actors::turn& t, bool lost) const;
  std::uint64_t name_of(const actors::crossroads& at, const actors::turn& t, bool lost) const;

  search_options options_;
  common_ground& shared_;
  process_tree& tree_;
  place here_;
  scenarios::Schedule schedule_;
};

} // namespace squall::campaigns
