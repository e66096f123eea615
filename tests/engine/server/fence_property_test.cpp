// Whatever devices do, the fence is where the rule says: as far as tombstones are old enough and every living device has
// told to be past them.
#include "tests/engine/server/fence_bench.hpp"

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace squall::server {
namespace {

struct record {
  record_id id;
  std::uint64_t removed_at = 0; ///< sequence; 0: it lives
  time_ns since = 0;
};

/// The rule, from all that ever happened.
struct rule {
  std::vector<record> records;
  std::map<std::uint32_t, std::uint64_t> told;
  std::map<std::uint32_t, time_ns> heard;
  std::uint64_t fence = 0;

  void pulled(std::uint32_t device, std::uint64_t cursor, time_ns now) {
    told[device] = std::max(told[device], cursor);
    heard[device] = now;
    std::sort(records.begin(), records.end(), [](auto& x, auto& y) { return x.removed_at < y.removed_at; });
    for (const record& r : records) {
      if (r.removed_at == 0)
        continue;
      const bool reached = std::all_of(told.begin(), told.end(), [&](const auto& d) {
        return now - heard[d.first] > away_at_most || d.second >= r.removed_at;
      });
      if (now - r.since < remembered || !reached)
        break;
      fence = r.removed_at;
    }
    std::erase_if(records, [&](const record& r) { return r.removed_at != 0 && r.removed_at <= fence; });
  }
};

RC_GTEST_PROP(ServerFence, IsWhereTheRuleSaysAfterEveryPull, ()) {
  forgetful f;
  rule expected;
  std::map<std::uint32_t, device> devices{{1, numbered(1)}, {2, numbered(2)}, {3, numbered(3)}};
  for (auto& [id, d] : devices)
    d.user = 1;
  const int moves = *rc::gen::inRange(1, 40);
  bool restarted = false;
  for (int i = 0; i < moves; ++i) {
    device& d = devices[*rc::gen::inRange(1u, 4u)];
    const std::uint64_t head = f.b.server->head({1})->sequence;
    d.seen.sequence = head;
    switch (*rc::gen::inRange(0, 8)) {
      case 0: {
        const auto made = d.act({create(notes, {set(note_text, text("x"))})});
        f.b.push(d, {made});
        expected.records.push_back({made.operations[0].record});
        expected.heard[d.id] = f.b.now.wall;
        break;
      }
      case 1:
      case 2: {
        if (expected.records.empty())
          break;
        record& r = expected.records[*rc::gen::inRange<std::size_t>(0, expected.records.size())];
        const bool lives = r.removed_at == 0;
        const auto s = f.b.commit(d, {lives ? remove(notes, r.id) : restore(notes, r.id)});
        r.removed_at = lives ? s : 0;
        r.since = f.b.now.wall;
        expected.heard[d.id] = f.b.now.wall;
        break;
      }
      case 3: f.pass(*rc::gen::element(minute_ns, 4 * minute_ns, 9 * minute_ns)); break;
      case 4:
        f.b.restart();
        restarted = true;
        break;
      default: {
        const std::uint64_t cursor = *rc::gen::inRange<std::uint64_t>(0, head + 1);
        const auto reply = f.pull(d, {.cursor = cursor});
        if (reply.status() != 200) // its token has expired
          return;
        expected.pulled(d.id, cursor, f.b.now.wall);
        if (restarted) // a restart may add an eighth to a device's time
          RC_ASSERT(reply.fence() <= expected.fence);
        else
          RC_ASSERT(reply.fence() == expected.fence);
        RC_ASSERT((reply.resync() == wire::RESYNC_BELOW_FENCE) == (cursor < reply.fence()));
        if (!restarted)
          RC_ASSERT(f.b.rows({1}).size() == expected.records.size());
      }
    }
  }
}

} // namespace
} // namespace squall::server
