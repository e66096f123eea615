// One audit record as a log has it, and back.
#pragma once

#include "campaigns/audit/account.hpp"
#include "campaigns/audit/log.pb.h"

namespace squall::campaigns::audit {

/// `n` and `check` are left to the log. `model` only names things in what the body says.
LogRecord to_log(const server::audit_record& from, const merge::schema& model);
/// Errors: `corrupt` (a word that is none).
result<server::audit_record> from_log(const LogRecord& from);

} // namespace squall::campaigns::audit
