// Whatever the order of pushes, repeats, crashes and turns: every intent has at most one effect and one verdict, the
// sequence is dense, and a reader of the feed misses nothing.
#include "engine/wire/codec.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace squall::server {
namespace {

constexpr int device_count = 3;
constexpr int intents_each = 8;

enum class move_kind { push, resume, crash };

struct move {
  move_kind kind = move_kind::push;
  int who = 0;
  int from = 0; ///< first intent of the batch
  int count = 1;
  int pick = 0; ///< which of the runnable jobs
  int held = 0; ///< how eagerly the client says that it holds verdicts
};

std::ostream& operator<<(std::ostream& out, const move& m) {
  constexpr const char* names[] = {"push", "resume", "crash"};
  return out << names[static_cast<int>(m.kind)] << "(who " << m.who << ", from " << m.from << ", count " << m.count
             << ", pick " << m.pick << ", held " << m.held << ")";
}

/// Any number below `bound`, whatever the size of the case.
rc::Gen<int> below(int bound) { return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, bound)); }

rc::Gen<std::vector<move>> moves() {
  return rc::gen::container<std::vector<move>>(rc::gen::build<move>(
      rc::gen::set(&move::kind, rc::gen::weightedElement<move_kind>(
                                    {{5, move_kind::push}, {6, move_kind::resume}, {1, move_kind::crash}})),
      rc::gen::set(&move::who, below(device_count)), rc::gen::set(&move::from, below(intents_each)),
      rc::gen::set(&move::count, rc::gen::map(below(5), [](int n) { return n + 1; })),
      rc::gen::set(&move::pick, below(8)), rc::gen::set(&move::held, below(3))));
}

/// Everything that three devices will ever push, and what was heard of it.
struct world {
  world() {
    settled.resize(device_count);
    device founder;
    founder.id = 9;
    b.commit(founder, {create(orders, {})});
    b.commit(founder, {create(notes, {set(note_text, text("n"))})});
    shared = record_id::derive({9, 1, 1}, 0);
    for (int d = 0; d < device_count; ++d) {
      device author;
      author.id = static_cast<std::uint32_t>(d) + 1;
      for (int i = 0; i < intents_each; ++i)
        intents[d].push_back(author.act(operations_of(d, i)));
    }
  }

  std::vector<operation> operations_of(int d, int i) const {
    switch (i % 4) {
      case 0: return {update(orders, shared, {add(order_count, amount_of(d, i))})};
      case 1: return {create(orders, {}), update(orders, shared, {add(order_count, amount_of(d, i))})};
      case 2: return {update(orders, shared, {set(order_total, std::int64_t{1})})}; // malformed
      default: return {update(notes, record_id::derive({9, 1, 2}, 0), {set(note_text, text("w"))})};
    }
  }
  static std::int64_t amount_of(int d, int i) { return std::int64_t{1} << (d * intents_each + i); }

  void push(const move& m) {
    device author;
    author.id = static_cast<std::uint32_t>(m.who) + 1;
    const auto first = intents[m.who].begin() + m.from;
    const auto last = intents[m.who].begin() + std::min(m.from + m.count, intents_each);
    const auto holds = std::min<std::uint64_t>(static_cast<std::uint64_t>(m.held) * 2, settled[m.who]);
    sent.push_back({b.send(b.push_request(author, {first, last}, {.verdicts_through = holds})), m.who});
  }

  void play(const move& m) {
    if (m.kind == move_kind::push)
      push(m);
    else if (m.kind == move_kind::crash)
      b.restart();
    else if (!b.runnable.empty()) {
      const auto at = b.runnable.begin() + m.pick % static_cast<int>(b.runnable.size());
      const auto job = *at;
      b.runnable.erase(at);
      b.resume(job);
    }
    hear();
  }

  void hear() {
    for (const auto& [correlation, who] : sent) {
      if (!b.answered(correlation) || !heard.insert(correlation).second)
        continue;
      const auto reply = b.push_reply(correlation);
      for (const auto& v : reply.verdicts())
        note(who, v.seq(), wire::from_wire(v.verdict()));
    }
  }

  void note(int who, std::uint64_t seq, const verdict& v) {
    if (v.kind == verdict_kind::gap || v.kind == verdict_kind::duplicate)
      return;
    RC_ASSERT(v.kind != verdict_kind::fork);
    const auto [at, fresh] = verdicts.emplace(std::pair{who, seq}, v);
    RC_ASSERT(fresh || (at->second.kind == v.kind && at->second.sequence == v.sequence));
    if (seq == settled[who] + 1)
      settled[who] = seq;
  }

  bench b;
  record_id shared;
  std::vector<intent> intents[device_count];
  struct pending {
    std::uint64_t correlation;
    int who;
  };
  std::vector<pending> sent;
  std::set<std::uint64_t> heard;
  std::map<std::pair<int, std::uint64_t>, verdict> verdicts;
  std::vector<std::uint64_t> settled; ///< verdicts held without a hole, by device
};

/// What the intents that are in the feed add up to.
std::int64_t expected_sum(world& w, const std::set<intent_id>& in_feed) {
  std::int64_t sum = 0;
  for (int d = 0; d < device_count; ++d)
    for (int i = 0; i < intents_each; ++i)
      if (i % 4 < 2 && in_feed.count(w.intents[d][static_cast<std::size_t>(i)].id))
        sum += world::amount_of(d, i);
  return sum;
}

void check_feed(world& w) {
  device reader;
  reader.id = 8, reader.user = 2;
  std::set<intent_id> seen;
  std::uint64_t previous = 0, expected = 1;
  io::cursor at{};
  for (bool more = true; more;) {
    const auto page = w.b.pull(reader, at, 3);
    RC_ASSERT(page.resync() == wire::RESYNC_NONE);
    for (const auto& e : page.entries()) {
      RC_ASSERT(e.sequence() == expected++); // one scope: its feed is dense
      RC_ASSERT(e.previous() == previous);
      previous = e.sequence();
      RC_ASSERT(seen.insert(wire::from_wire(e.intent())).second);
    }
    at = {page.next().generation(), page.next().sequence(), page.next().scope_version()};
    more = page.more();
  }
  for (const auto& [key, v] : w.verdicts) {
    const bool committed = v.kind == verdict_kind::applied || v.kind == verdict_kind::merged;
    RC_ASSERT(seen.count({static_cast<std::uint32_t>(key.first) + 1, 1, key.second}) == (committed ? 1u : 0u));
  }
  const auto rows = w.b.rows({1});
  const auto count = field_of(rows.at(w.shared), order_count);
  const auto* sum = std::get_if<std::int64_t>(&count);
  RC_ASSERT((sum ? *sum : 0) == expected_sum(w, seen));
}

RC_GTEST_PROP(ServerProperties, EveryIntentHasOneEffectAndOneVerdictWhateverHappens, ()) {
  const auto script = *moves();
  world w;
  for (const auto& m : script)
    w.play(m);
  w.b.drain();
  w.hear();
  check_feed(w);
  // Whatever was lost is pushed again, whole, by every device.
  for (int d = 0; d < device_count; ++d)
    w.push({move_kind::push, d, 0, intents_each, 0, 0});
  w.b.drain();
  w.hear();
  check_feed(w);
  const auto head = w.b.server->head({1});
  RC_ASSERT(head.ok());
  RC_ASSERT(head->sequence == 2u + device_count * 3u * (intents_each / 4)); // all but the malformed
}

} // namespace
} // namespace squall::server
