// A search as processes: each is a fork of another at a place where the ways part, and goes one of them to its end. What has
// come about up to there is shared until somebody writes to it, so nothing is done twice.
//
//   std::string death = tree.run([&] { ...; if (tree.branch()) ...; tree.send(bytes); tree.leave(); }, take, often);
//
// A process that branches waits for the other one to be done with all that it begins, unless there is a spare place: then both
// go on. With one job they thus do everything in one order. Whoever is waited for stands at a place of one path, so the
// processes that exist are at most the turns of a path for each job.
#pragma once

#include "campaigns/exhaustive/common_ground.hpp"
#include "campaigns/exhaustive/last_steps.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace squall::campaigns {

class process_tree {
public:
  process_tree(common_ground& shared, int jobs);
  ~process_tree();
  process_tree(const process_tree&) = delete;
  process_tree& operator=(const process_tree&) = delete;

  /// Does `work` in a process of its own, which is to end with `leave`. `take` gets, here, what that one and those that
  /// branched off have sent, `often` is called a few times a second. Returns when all have ended: how the first one died that did, with
  /// what it printed, else nothing. Once. Precondition: this process has one thread.
  std::string run(const std::function<void()>& work, const std::function<void(const std::string&)>& take,
                  const std::function<void()>& often);

  /// What the first one that died had noted.
  const std::vector<std::string>& steps_to_death() const { return steps_to_death_; }

  // In `work`:

  /// Should this process die: the step that it takes now, and how many it has taken before.
  void note(std::size_t index, std::string_view step) { steps_.note(index, step); }

  /// Twice once: true in a new process, false in this one.
  bool branch();
  /// False: too long for one message.
  bool send(const std::string& bytes);
  [[noreturn]] void leave();

private:
  [[noreturn]] void look_after(const std::function<void()>& work, pid_t parent);
  void note_end(pid_t pid, int status);
  void listen(const std::function<void(const std::string&)>& take, const std::function<void()>& often);
  void take_death(const std::string& bytes);
  std::string printed() const;

  common_ground& shared_;
  int read_end_ = -1, write_end_ = -1;
  int errors_ = -1; ///< what a dying process prints
  bool own_place_ = false;
  last_steps steps_;
  std::string death_;
  std::vector<std::string> steps_to_death_;
};

} // namespace squall::campaigns
