// An intent under another name (docs/semantics.md, backups): what else may be another with it.
#pragma once

#include "reports/invariants/model/world.hpp"

namespace squall::invariants {

/// What of the intent, all of which has been told, is not as it was under the name that it had before, in words; empty if only
/// names are: its own, those of the records that it creates, and of those that others created which got other names with it.
std::string changed_with_name(const world& w, intent_index renamed);

} // namespace squall::invariants
