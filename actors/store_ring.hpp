// Which participants hold an open store's memory, least recently active first: with thousands of devices in one process, those
// that have been idle longest give theirs back. Deterministic: decided by the order of events alone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace squall::actors {

class store_ring {
public:
  /// `open_max`: so many keep their memory; >= 1.
  store_ring(std::uint32_t actors, std::uint32_t open_max) : links_(actors + 1), end_(actors), open_max_(open_max) {
    links_[end_] = {end_, end_, false};
  }

  /// This one is active now. Returns the one that must release its memory, if there is one.
  std::optional<std::uint32_t> touch(std::uint32_t actor) {
    if (links_[actor].in)
      unlink(actor);
    else
      ++open_;
    const auto newest = links_[end_].before;
    links_[actor] = {newest, end_, true};
    links_[newest].after = actor;
    links_[end_].before = actor;
    if (open_ <= open_max_)
      return std::nullopt;
    const auto oldest = links_[end_].after;
    remove(oldest);
    return oldest;
  }

  /// It holds nothing any more.
  void remove(std::uint32_t actor) {
    if (!links_[actor].in)
      return;
    unlink(actor);
    links_[actor].in = false;
    --open_;
  }

private:
  struct link {
    std::uint32_t before = 0, after = 0;
    bool in = false;
  };
  void unlink(std::uint32_t actor) {
    links_[links_[actor].before].after = links_[actor].after;
    links_[links_[actor].after].before = links_[actor].before;
  }

  std::vector<link> links_;
  std::uint32_t end_;
  std::uint32_t open_max_;
  std::uint32_t open_ = 0;
};

} // namespace squall::actors
