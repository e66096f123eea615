// What a device must show: the confirmed state at its cursor with its own pending intents on top. And how what is shown
// anywhere differs from what should be.
#pragma once

#include "reports/invariants/model/world.hpp"

namespace squall::invariants {

/// Brings the device's overlay up to date and returns the state its user should see. O(pending) after a cursor move with
/// writes pending, else O(new ones).
view visible(world& w, device_fact& device);

/// A member of a set, as shown; with no tag: the set is shown as empty.
struct shown_member {
  std::uint16_t field = 0;
  value_tag tag = value_tag::none;
  std::int64_t member = 0;
};

/// Where something is shown, and against what it is held.
struct exhibit {
  place where = place::read;
  std::uint32_t device = 0; ///< 0: none, the server's own
  const view* against = nullptr;
  bool synced = false;
  std::uint32_t scope = 0; ///< only of that; 0: of all
};

/// Holds a shown row (a row_read, export_row, feed_row) against the view: whether it is live.
void compare_row(world& w, const exhibit& shown, const entry& e, bool live);
/// Holds a shown value (a value_read, export_field, feed_field) against the view: value and named writer.
void compare_cell(world& w, const exhibit& shown, const entry& e);
/// A field that has a value is not shown.
void report_missing(world& w, const exhibit& shown, record_index record, std::uint16_t field);

/// Members that the row's sets should have and that are not shown; of sets of which nothing is shown, too, if `all`.
void report_missing_members(world& w, const exhibit& shown, record_index record, std::uint16_t collection,
                            const std::vector<shown_member>& members, bool all);
/// Holds the flags of a shown row of a device's visible view against its references and keys.
void compare_flags(world& w, const exhibit& shown, const entry& e);

/// A device's cursor in a scope.
struct cursor_told {
  std::uint32_t scope = 0;
  std::uint64_t generation = 0;
  std::uint64_t s = 0;
};
/// The cursor of a device is now that: drops what it covers from the overlay.
void move_cursor(world& w, device_fact& device, const cursor_told& to, bool by_snapshot);
/// The device shows its cursor: where a crash left it in doubt, and it may have moved there, it is.
void show_cursor(world& w, device_fact& device, const cursor_told& at);
/// The device knows the grants of that step of the book now: what it must not see any more goes, what is new begins.
void take_grants(world& w, device_fact& device, std::uint32_t step);
/// It knows those that it was set up with.
void begin_grants(world& w, device_fact& device);
/// What the device makes of its own changes has to be folded anew.
void fold_anew(device_fact& device);
/// A verdict is durable at its device.
void take_verdict(world& w, device_fact& device, intent_index intent, const verdict& what);

} // namespace squall::invariants
