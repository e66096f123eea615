// What the tests of backups share.
#pragma once

#include "tests/reports/invariants/firm.hpp"

namespace squall::told {

// An order known to two devices, and a backup of that, at 1.
struct shop {
  tale t{2};
  record_index order = 0;
  shop() {
    t.backs_up();
    order = t.record(t.put(1, {create("orders", {set("status", "draft"), set("title", "one")})}));
    t.pull(2);
    t.back_up();
  }
  intent_index retitle(std::uint32_t device, const std::string& title) {
    const auto intent = t.put(device, {update("orders", order, {set("title", title)})});
    t.pull(3 - device);
    return intent;
  }
  /// The device hears of the new generation.
  void hear(std::uint32_t device) {
    t.resync(device);
    t.snapshot(device);
  }
  void offer(std::uint32_t device, std::vector<intent_index> intents) {
    t.send(device);
    for (const auto one : intents)
      t.commit(one);
    t.answer(device);
  }
  void end() {
    t.pull(1);
    t.pull(2);
    t.rest();
  }
  /// The title that device 1 sets is undone and set again.
  intent_index undo_and_redo() {
    const auto title = retitle(1, "two");
    t.restore_server(1);
    t.read(2, order);
    hear(1);
    t.read(1, order);
    offer(1, {title});
    hear(2);
    end();
    return title;
  }
};

} // namespace squall::told
