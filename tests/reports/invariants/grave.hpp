// What the tests of lifetimes share.
#pragma once

#include "tests/reports/invariants/firm.hpp"

namespace squall::told {

// An order with a line, and two pages; three devices at the head. Tombstones are kept for a second, devices expire after ten.
struct grave {
  tale t{3};
  intent_index made = 0;
  record_index order = 0;
  record_index page = 0;
  record_index other = 0;
  grave() {
    t.forgets(second, 10 * second);
    made = t.put(1, {create("orders", {set("status", "draft"), set("title", "one")}),
                     create("pages", {set("title", "p")}), create("pages", {set("title", "q")})});
    order = t.record(made, 0);
    page = t.record(made, 1);
    other = t.record(made, 2);
    all_pull();
  }
  void all_pull() {
    for (std::uint32_t device = 1; device <= 3; ++device)
      t.pull(device);
  }
  /// Device 1 deletes the page, at 2; all see it, and tell so.
  void bury() {
    t.put(1, {remove("pages", page)});
    all_pull();
    all_pull();
  }
  /// In its time, the server forgets it.
  void forget() {
    bury();
    t.wait(second);
    t.move_fence(2, 2);
    all_pull();
  }
  void end() {
    all_pull();
    all_pull();
    t.rest();
  }
};

inline entry deleted_row(entry_kind kind, record_index record, std::uint16_t collection) {
  return {.kind = kind, .code = 1, .record = record, .collection = collection, .scope = 1};
}

} // namespace squall::told
