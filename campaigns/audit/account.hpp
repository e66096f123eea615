// What a server holds, in words, and the audit that led there. Equal words, equal state.
#pragma once

#include "engine/base/result.hpp"
#include "engine/merge/schema.hpp"
#include "engine/server/audit_log.hpp"
#include "engine/server/replica.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace squall::campaigns::audit {

/// Rows, tasks, heads and fences by name: "scope 1: orders d1.1:3/0" -> "status 'shipped' by d2.1:4, ...".
using state_in_words = std::map<std::string, std::string>;

struct account {
  std::vector<server::audit_record> records;
  state_in_words state;
};

std::string in_words(const intent_id& id);
std::string in_words(const record_id& id);
/// "7", "'shipped'", "d1.1:3/0", "nothing".
std::string in_words(const value& v);
/// "d1.1:7 was applied at 41".
std::string in_words(const server::audit_record& r);

/// Every scope that a grant names.
state_in_words state_of(server::replica& server, const std::vector<server::audit_record>& records,
                        const merge::schema& model, result<void>& done);
/// Errors: `storage`, `corrupt`.
result<account> account_of(server::replica& server, const merge::schema& model);
/// Names and words, in order.
std::uint64_t digest_of(const state_in_words& state);

} // namespace squall::campaigns::audit
