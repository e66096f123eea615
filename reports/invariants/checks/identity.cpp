// An intent takes effect only while a token that the issuer gave its device has not expired, by the server's clock and with its
// leeway; no token for a device that is revoked, nor by a credential that is void; and no device has a token that nobody gave.
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::invariants {

namespace {

/// How long after its end the server takes a token, unless the plan says otherwise.
constexpr std::int64_t leeway_default_ns = 60LL * 1'000'000'000;

class identity final : public invariant {
public:
  explicit identity(std::int64_t leeway_ns)
      : invariant("identity", {entry_kind::intent_committed, entry_kind::token_issued, entry_kind::token_refused,
                               entry_kind::token_obtained, entry_kind::device_revoked}),
        leeway_ns_(leeway_ns == 0 ? leeway_default_ns : leeway_ns) {}

  void step(const entry& e, const world& w) override {
    switch (e.kind) {
      case entry_kind::intent_committed: return committed(e, w);
      case entry_kind::token_issued: return issued(e, w);
      case entry_kind::token_obtained: return obtained(e, w);
      case entry_kind::token_refused: return refused(e);
      default: of(e.peer).revoked = e.code == 1; break;
    }
  }

private:
  struct credential {
    std::vector<std::int64_t> ends; ///< of all of its tokens, by the issuer's clock
    std::int64_t last_end = INT64_MIN;
    bool revoked = false;
    std::vector<std::uint64_t> voided; ///< credentials an old refresh token of which was shown: only another helps
  };

  credential& of(std::uint32_t device) {
    if (device > world::participants_max)
      throw bad_history("an entry names a participant that no run has");
    if (device >= credentials_.size())
      credentials_.resize(device + 1);
    return credentials_[device];
  }

  void refused(const entry& e) {
    auto& voided = of(e.peer).voided;
    if ((e.flags & 1U) != 0 && std::find(voided.begin(), voided.end(), e.ref) == voided.end())
      voided.push_back(e.ref);
  }

  void issued(const entry& e, const world& w) {
    any_ = true;
    auto& to = of(e.peer);
    const bool is_void = std::find(to.voided.begin(), to.voided.end(), e.ref) != to.voided.end();
    if (to.revoked || !to.voided.empty())
      checked();
    const bool by_refresh = e.code == 1;
    if (to.revoked)
      violate(w, "token for a revoked device", {e.peer, 0, 0}, [&] {
        return fmt::format("the issuer gives d{} a token{}, though it has been revoked", e.peer,
                           by_refresh ? " by refresh" : "");
      });
    else if (is_void)
      violate(w, "token by a void credential", {e.peer, 0, 0}, [&] {
        return fmt::format(
            "the issuer gives d{} a token{}, though an old refresh token of the same credential has been shown; "
            "only enrolling with a new key should help",
            e.peer, by_refresh ? " by refresh" : "");
      });
    to.last_end = std::max(to.last_end, e.value);
    to.ends.push_back(e.value);
  }

  void obtained(const entry& e, const world& w) {
    if (!any_)
      return;
    const auto& ends = of(e.actor).ends;
    if (std::find(ends.rbegin(), ends.rend(), e.value) == ends.rend())
      violate(w, "token that nobody gave", {e.actor, 0, 0}, [&] {
        return fmt::format("d{} has a token that ends at {}; the issuer gave it none such", e.actor,
                           say(stamp{e.value, 0}));
      });
  }

  void committed(const entry& e, const world& w) {
    if (!any_ || w.seen.committed == 0)
      return;
    checked();
    const auto device = w.intents.get(e.intent).device;
    const auto& by = of(device);
    if (by.ends.empty())
      violate(w, "effect without a token", {device, 0, e.intent}, [&] {
        return fmt::format("the server commits {} at {}, but nobody has given d{} a token", w.name(e.intent), e.s,
                           device);
      });
    // A commit that is told of at a restart was made before it, at a reading that nobody tells.
    else if (w.clock.reads(e.at_ns) && w.clock.reading - leeway_ns_ >= by.last_end)
      violate(w, "effect of an expired token", {device, 0, e.intent}, [&] {
        return fmt::format(
            "the server commits {} at {} when its clock shows {}; the last token of d{} ended at {}, and "
            "it should take one for {} s longer",
            w.name(e.intent), e.s, say(stamp{w.clock.reading, 0}), device, say(stamp{by.last_end, 0}),
            leeway_ns_ / 1'000'000'000);
      });
  }

  std::int64_t leeway_ns_;
  bool any_ = false;                    ///< the history tells of tokens
  std::vector<credential> credentials_; ///< by device
};

} // namespace

std::unique_ptr<invariant> make_identity(std::int64_t leeway_ns) { return std::make_unique<identity>(leeway_ns); }

} // namespace squall::invariants
