// What the server remembers of intents that it has judged: each incarnation's high-water mark and last stamp for ever, an intent's hash
// and verdict until the client has said that it holds the verdict, and which intents had no effect, for ever (what they
// would have created is known to be missing).
//
// High-water marks are kept in memory, loaded on first use: after a failed transaction call `forget`.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/store/sqlite.hpp"
#include "engine/telemetry/counters.hpp"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace squall::server {

/// How an arriving intent stands to what has been judged.
enum class standing : std::uint8_t {
  fresh,     ///< the next of its incarnation
  known,     ///< judged before, with this content
  forgotten, ///< judged before; the client has said that it holds the verdict, so it was pruned
  forked,    ///< judged before, with other content
  gap,       ///< an earlier one is missing
};

struct looked_up {
  standing is = standing::fresh;
  std::uint64_t high_water = 0;
  verdict original; ///< for `known`
};

class dedupe_table {
public:
  dedupe_table(store::connection& db, telemetry::counters& counts) : db_(db), counts_(counts) {}

  result<looked_up> look_up(const intent_id& id, std::uint64_t hash);
  /// The highest seq of the incarnation that has a verdict.
  result<std::uint64_t> high_water(std::uint32_t device, std::uint32_t incarnation);

  struct known_mark {
    std::uint32_t incarnation = 0;
    std::uint64_t high_water = 0;
  };
  /// The high-water marks of all incarnations of the device of which something was judged.
  result<std::vector<known_mark>> high_waters(std::uint32_t device);

  /// The stamp of the incarnation's last intent, as counted; zero before its first.
  result<hlc_stamp> last_stamp(std::uint32_t device, std::uint32_t incarnation);
  /// The server's time at the latest judgement; nothing before the first.
  result<std::optional<time_ns>> latest_judgement();

  struct judged {
    intent_id id;
    std::uint64_t hash = 0;
    const verdict& outcome;
    std::uint64_t verdicts_through = 0; ///< as the client says; older verdicts are pruned
    hlc_stamp stamp;                    ///< as counted; of an intent that could not be read: its incarnation's last
    time_ns at = 0;                     ///< the server's time
  };
  /// Inside the transaction of the intent's effect.
  result<void> record(const judged& j);
  struct holding {
    std::uint32_t device = 0;
    std::uint32_t incarnation = 0;
    std::uint64_t verdicts_through = 0; ///< as the client says
  };
  /// Prunes verdicts that the client holds, if they are enough to be worth a transaction.
  result<void> prune(const holding& h);
  /// Forgets all that was ever judged of the device. Inside a transaction.
  result<void> drop(std::uint32_t device);
  /// Marks an intent as begun, without a verdict.
  result<void> record_in_progress(const intent_id& id, std::uint64_t hash);

  struct committed_intent {
    std::uint32_t incarnation = 0;
    std::uint64_t seq = 0;
    std::uint64_t sequence = 0;
  };
  /// The device's intents that committed up to `through`, as far as their verdicts are remembered; by incarnation, seq.
  result<std::vector<committed_intent>> committed_of(std::uint32_t device, std::uint64_t through);

  /// True if this intent was judged and had no effect.
  result<bool> was_refused(const intent_id& id);

  void forget() { marks_.clear(); }

private:
  struct mark {
    std::uint64_t high_water = 0;
    std::uint64_t verdicts_through = 0;
    hlc_stamp stamp;
    time_ns judged = 0;
  };
  result<mark*> slot(std::uint64_t incarnation);
  result<void> put_verdict(const intent_id& id, std::uint64_t hash, const verdict& outcome);
  result<void> put_mark(std::uint64_t incarnation, const mark& m);

  store::connection& db_;
  telemetry::counters& counts_;
  std::unordered_map<std::uint64_t, mark> marks_;
};

} // namespace squall::server
