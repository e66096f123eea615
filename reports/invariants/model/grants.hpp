// Who may read and write which scope, in which role, and since when: every user's grants, version by version, in the order in
// which they changed among the commits. Each change is a step, which keeps its number when it is undone: a device may have been
// told of it, and versions are given out again then.
#pragma once

#include "reports/invariants/model/types.hpp"

#include <tsl/robin_map.h>
#include <utility>
#include <vector>

namespace squall::invariants {

/// A user's grants at one version.
class grant_set {
public:
  bool holds(std::uint32_t scope) const { return find(scope) != nullptr; }
  /// 0: none.
  std::uint32_t role(std::uint32_t scope) const {
    const auto* found = find(scope);
    return found == nullptr ? 0 : found->second;
  }
  void give(std::uint32_t scope, std::uint32_t role);
  void take(std::uint32_t scope);
  /// Scopes, ascending, with their roles.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>>& all() const { return roles_; }

private:
  const std::pair<std::uint32_t, std::uint32_t>* find(std::uint32_t scope) const {
    for (const auto& one : roles_)
      if (one.first == scope)
        return &one;
    return nullptr;
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> roles_;
};

class grant_book {
public:
  /// The user has nothing, in version 1, unless it has something.
  void begin(std::uint64_t user);
  /// The user's grants change to that version while the server's head is `head`. Those of the start are version 1.
  void change(std::uint64_t user, std::uint64_t version, position head, std::uint32_t scope, bool given,
              std::uint32_t role);

  const grant_set& now(std::uint64_t user) const { return of(step(user)); }
  /// The newest step that stands; 0, which gives nothing: the user has never had any.
  std::uint32_t step(std::uint64_t user) const;
  const grant_set& of(std::uint32_t step) const { return steps_[step].grants; }
  std::uint64_t version_of(std::uint32_t step) const { return steps_[step].version; }
  /// Of that version: the one that stands, or else the last one that was undone; 0: there was none.
  std::uint32_t find(std::uint64_t user, std::uint64_t version) const;
  /// Of the newest grants; 0: the user has never had any.
  std::uint64_t version(std::uint64_t user) const { return version_of(step(user)); }
  /// How often they have changed since the start.
  std::size_t changes(std::uint64_t user) const;
  /// The grants that were in force at any time while the head was in [from, to] and after the first `seen` changes.
  std::vector<const grant_set*> in_force(std::uint64_t user, position from, position to, std::size_t seen) const;

  // -- going back ------------------------------------------------------------------------------------------------------
  /// How many steps of all users stand.
  std::size_t steps() const { return order_.size(); }
  /// As it was after the first `n` of them.
  void restore(std::size_t n);

private:
  struct one_step {
    std::uint64_t version = 0;
    position head = 0;
    grant_set grants;
  };
  struct history {
    std::vector<std::uint32_t> standing;
    std::vector<std::uint32_t> undone;
  };
  void open(std::uint64_t user, one_step next);
  const history* of_user(std::uint64_t user) const;

  std::vector<one_step> steps_ = std::vector<one_step>(1);
  std::vector<std::uint64_t> order_;                     ///< whose the steps are that stand
  tsl::robin_map<std::uint64_t, history, spread> users_; // looked up only
};

} // namespace squall::invariants
