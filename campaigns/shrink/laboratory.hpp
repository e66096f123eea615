// Tries candidates in worker processes: which is the first that still fails in the same way?
#pragma once

#include "reports/run.pb.h"
#include "scenarios/plan.pb.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace squall::campaigns {

/// What a plan must do to be as good as the first one.
struct criterion {
  std::string signature;
  bool control = false; ///< and without its sabotages it must not fail: then it is still their bug, and no other
  std::uint64_t events_max = 0; ///< a run that takes more has run away
};

/// Runs `plan` and applies the criterion: the run's signature is empty where the plan does not meet it.
reports::Run judged_by(const criterion& wanted, const scenarios::Plan& plan);

/// What the plan becomes when it is told as a scenario file and that is planned again; nothing where it cannot be told.
std::optional<scenarios::Plan> retold(const scenarios::Plan& plan);

/// What `make` gives, made in a process of its own: what a run leaves behind in one must not be in all workers.
std::vector<scenarios::Plan> made_apart(const std::function<std::vector<scenarios::Plan>()>& make);

class laboratory {
public:
  struct options {
    criterion wanted;
    int jobs = 1;
    std::int64_t until_ns = 0; ///< real time
    const volatile bool* stop = nullptr;
  };
  explicit laboratory(options o) : options_(std::move(o)) {}

  /// Candidate number i, or nothing where there is none.
  using maker = std::function<std::optional<scenarios::Plan>(std::size_t)>;
  /// The first of `count` candidates that meets the criterion. It does not depend on the number of jobs. Nothing where there
  /// is none, or when time is up.
  std::optional<std::size_t> first_hit(std::size_t count, const maker& make);
  bool meets(const scenarios::Plan& plan);

  bool out_of_time() const;
  std::size_t tried() const { return tried_; }
  /// How long the last hit's run went on, in its own time; it may have ended early.
  std::int64_t lasted_ns() const { return lasted_ns_; }
  /// How many the run took that candidates are to be like; those that take many more have run away. Each hit tells anew.
  void expect_events(std::uint64_t events);
  /// See `criterion::control`.
  void set_control(bool on) { options_.wanted.control = on; }

private:
  options options_;
  std::size_t tried_ = 0;
  std::int64_t lasted_ns_ = 0;
};

} // namespace squall::campaigns
