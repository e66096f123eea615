// Nothing left to exchange, and it is quiet: a device that is at rest pushes nothing and takes no snapshot, but for a few messages
// that it had reason to send before. Its pulls are its poll, and no data.
#include "reports/invariants/checks/all.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

using history::message_code;

constexpr std::uint32_t rounds_max = 3;

class quiet final : public invariant {
public:
  quiet() : invariant("quiet", {entry_kind::message_sent, entry_kind::intent_accepted}) {}

  void step(const entry& e, const world& w) override {
    if (e.actor == 0)
      return;
    auto& by = of(e.actor);
    if (e.kind == entry_kind::intent_accepted) {
      by.rounds = 0;
      return;
    }
    const auto code = static_cast<message_code>(e.code);
    if (e.peer != 0 || (code != message_code::push && code != message_code::snapshot))
      return;
    checked();
    const auto& device = w.devices[e.actor];
    std::size_t head = 0;
    for (const auto& replica : device.replicas)
      head += replica.held ? w.server.scope_count(replica.scope, w.server.head()) : 0;
    if (head != by.head || !is_at_rest(device, w))
      by.rounds = 0;
    by.head = head;
    if (is_at_rest(device, w) && ++by.rounds == rounds_max + 1)
      violate(w, "never quiet", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} has nothing to send and nothing to get, and sends the server {} for the {}th time",
                           e.actor, code == message_code::push ? "a push" : "a request for a snapshot", by.rounds);
      });
  }

  void finish(const world& w) override {
    for (const auto& device : w.devices)
      checked(device.exported() && device.settled() ? 1 : 0);
  }

private:
  struct sender {
    std::size_t head = 0; ///< commits of its scopes when it sent the last
    std::uint32_t rounds = 0;
  };

  sender& of(std::uint32_t device) {
    if (device >= senders_.size())
      senders_.resize(device + 1);
    return senders_[device];
  }

  static bool is_at_rest(const device_fact& device, const world& w) {
    return device.unverdicted.empty() && device.pending.empty() && !device.in_doubt() && !device.down &&
           std::all_of(device.replicas.begin(), device.replicas.end(), [&](const replica_fact& one) {
             const auto commits = w.server.scope_commits(one.scope);
             const bool of_now = !w.server.ever_restored() || one.generation == 0 || one.generation == w.generation;
             return !one.held || commits.empty() || (of_now && w.server.covers(one.at, commits.back()));
           });
  }

  std::vector<sender> senders_;
};

} // namespace

std::unique_ptr<invariant> make_quiet() { return std::make_unique<quiet>(); }

} // namespace squall::invariants
