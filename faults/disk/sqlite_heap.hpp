// The memory of SQLite's connections. A run executes some thirty thousand statements, each of which takes and gives back a
// dozen small blocks: lists of blocks by size, in one thread, serve them in a fraction of what a general malloc costs. What
// was given back is used again, by whichever connection; it returns to the process only at its end.
#pragma once

namespace squall::faults {

/// Before SQLite is initialised; later it is refused, which does no harm. Under AddressSanitizer it does nothing: malloc finds
/// more.
void configure_sqlite_heap();

} // namespace squall::faults
