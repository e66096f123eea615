// The audit: everything that the server ever decided and everything that a decision rested on, in order, for ever. What
// committed is audited where it is logged; the rest has a table of its own, and says after which commit it came.
//
// From the records alone a server with an empty store comes to the same decisions and the same state (`rejudge`).
#pragma once

#include "engine/base/intent.hpp"
#include "engine/server/access.hpp"
#include "engine/store/sqlite.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace squall::server {

/// Stored: numbers stay.
enum class audit_kind : std::uint8_t {
  intent = 0, ///< an intent was judged
  given = 1,  ///< grants were given
  taken = 2,  ///< grants were withdrawn
  fence = 3,  ///< a scope's fence moved
};

struct audited_grant {
  grant what;
  std::uint64_t version = 0; ///< of its user's grants with it; 0: not counted
  bool operator==(const audited_grant&) const = default;
};

struct audit_record {
  audit_kind kind = audit_kind::intent;
  // -- an intent --
  intent_id id;
  std::uint64_t hash = 0; ///< as it came with it
  std::string body;       ///< the bytes as they came
  std::uint32_t user = 0; ///< whose token it came with
  std::uint8_t role = 0;
  time_ns time = 0; ///< the server's
  time_ns wall = 0; ///< the server's clock
  hlc_stamp stamp;  ///< as counted
  verdict decision;
  // -- grants --
  std::vector<audited_grant> grants;
  // -- a fence --
  scope_id scope;
  std::uint64_t fence = 0;

  bool operator==(const audit_record&) const = default;
};

class audit_log {
public:
  explicit audit_log(store::connection& db) : db_(db) {}

  /// What the log keeps beside an intent that commits.
  static std::string note_of(const audit_record& r);

  /// Inside the transaction of what it says. `after`: the newest commit; `body` of an intent.
  result<void> add(const audit_record& r, std::string_view body, std::uint64_t after);
  /// A known bug: the note of a commit that went without.
  result<void> amend(std::uint64_t sequence, std::string_view note);
  /// A known bug: what the feed forgets, the audit forgets too.
  result<void> drop_with_feed();
  /// Every record, in order. Errors: `storage`, `corrupt`.
  result<void> read(const std::function<void(audit_record&&)>& sink);

private:
  store::connection& db_;
};

} // namespace squall::server
