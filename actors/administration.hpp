// What administrators and operators do, and somebody who listens: devices revoked and allowed again, old refresh requests shown
// once more, signing keys rotated, the server's store copied and put back. The plan says when; the participants are told, and
// may refuse.
#pragma once

#include "actors/grants.hpp"
#include "actors/kernel/event.hpp"
#include "actors/lineage.hpp"
#include "engine/io/io.hpp"
#include "engine/telemetry/fact.hpp"
#include "faults/catalogue.hpp"
#include "faults/disk/disk.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace squall::actors {

struct planned_fault;
struct world;

class administration {
public:
  explicit administration(world& shared);

  static bool is_of(faults::fault_number number);

  /// Schedules the copies of the server's store. Once.
  void begin_backups();

  /// A fault of these begins, or is over. False: there was nothing to do; a restore is begun by the server's end.
  bool begin(const planned_fault& f, std::uint32_t target);
  void end(const planned_fault& f, std::uint32_t target);

  /// The issuer reported this.
  void note(const telemetry::fact& fact);
  /// True if the issuer would refuse the device a token now.
  bool revoked(std::uint32_t device) const { return revoked_.contains(device); }

  // -- the server's store --
  /// What of the server had been reported when a copy was taken.
  struct copied {
    std::uint64_t s = 0; ///< newest commit that the copy holds
    std::uint64_t newest_commit = 0;
    std::uint64_t branches_kept = 0;
    std::map<std::uint32_t, std::uint64_t> fences; ///< by scope
    grant_register granted;
  };
  /// The server has noted a backup: its store as it is now is put away.
  void keep_copy(copied what);
  /// The server is down and about to start: if a restore is due, its disk becomes that of the copy, in a new generation.
  std::optional<copied> put_copy_in_place();
  /// The least that the server's feed has.
  std::uint64_t generation() const noexcept { return generation_; }

  /// A message leaves; some are remembered.
  void overhear(std::uint32_t from, const io::outgoing& what, lineage message) {
    if (listens_)
      remember(from, what, message);
  }

private:
  void remember(std::uint32_t from, const io::outgoing& what, lineage message);
  void tell_revocation(const planned_fault& f, std::uint32_t device, bool revoked);
  bool replay(const planned_fault& f, std::uint32_t device);
  bool choose_copy(const planned_fault& f);
  void rotate_key(const planned_fault& f);
  void did(const planned_fault& f, std::uint32_t target, std::int64_t value);

  struct overheard {
    lineage message = 0;
    std::string bytes;
  };

  struct copy {
    time_ns at = 0;
    copied what;
    std::unique_ptr<faults::disk> disk;
  };

  world& world_;
  std::deque<copy> copies_;        ///< oldest first
  std::optional<std::size_t> due_; ///< the copy to be put in place when the server starts
  std::uint64_t generation_ = 1;
  bool listens_ = false;                               ///< the plan wants something shown again
  std::map<std::uint32_t, overheard> first_refresh_;   ///< by device: of its present credential
  std::map<std::uint32_t, std::uint32_t> revocations_; ///< by device: in force
  std::set<std::uint32_t> revoked_;                    ///< as the issuer reported
};

} // namespace squall::actors
