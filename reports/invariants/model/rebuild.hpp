// A server made anew from the audit: each record of an intent is judged in its turn, by the resolver, on the state and the tasks
// that the records before it lead to. What the server that wrote them had is not looked at; who was allowed what, and what
// deleted records were forgotten when, is not in the records of intents and is taken from the history.
#pragma once

#include "reports/invariants/model/world.hpp"

#include <map>
#include <tuple>

namespace squall::invariants {

class rebuilt_server {
public:
  rebuilt_server(const world& w, std::uint64_t first_sequence)
      : w_(w), rows_(w.rules, first_sequence), resolve_(w.rules, rows_, w.intents) {}

  struct record_of {
    intent_index intent = 0;
    verdict is;
    std::uint32_t task = 0;
    std::int64_t stamp_wall = 0; ///< as counted
  };
  struct finding {
    bool known = true; ///< there is enough to judge it by
    bool judged = false;
    bool agrees = false;
    bool stamp_right = true;
    outcome expected;
    std::uint32_t task = 0;
  };
  /// The next record. One that says that it committed does so, if it can.
  finding next(const record_of& one);

  const state& rows() const { return rows_; }

private:
  stamp count(const intent_fact& fact, std::int64_t wall, bool& right);
  /// What held when it was judged, beside the records.
  struct circumstances {
    position forgotten = 0;
    const grant_set& grants;
  };
  void judge(const record_of& one, const stamp& counted, const circumstances& in, finding& out);
  void commit(const record_of& one);
  void align(std::uint64_t s);

  const world& w_;
  state rows_;
  resolver resolve_;
  task_table tasks_;
  std::vector<effect> scratch_;
  std::vector<bool> refused_; ///< by intent: by the records so far
  /// The stamp of the last record of each incarnation of a device.
  std::map<std::pair<std::uint32_t, std::uint32_t>, stamp> stamps_;
};

} // namespace squall::invariants
