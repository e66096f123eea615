// What the tests of scopes and grants share.
#pragma once

#include "tests/reports/invariants/firm.hpp"

namespace squall::told {

/// That of the enterprise, with suppliers that are everybody's and rates that only bosses write.
scenarios::DataModel offices_of_tales();

// Two teams, and scope 3 for what is wide. Devices 1 and 3 hold both teams' scopes, device 2 the first alone. A box with a label
// in it, a note and a brief, all of the first team; all devices at the head.
struct office {
  tale t{3, offices_of_tales()};
  intent_index made = 0;
  record_index box = 0, label = 0, note = 0, brief = 0;
  office() {
    t.plan.mutable_topology()->set_teams(2);
    for (const auto device : {1U, 3U})
      t.also_holds(device, 2);
    for (const auto device : {1U, 2U, 3U})
      t.also_holds(device, 3);
    made = t.put(1, {create("boxes", {set("name", "red"), set("status", "draft")}),
                     create("notes", {set("title", "n")}), create("briefs", {set("title", "b")})});
    box = t.record(made, 0);
    note = t.record(made, 1);
    brief = t.record(made, 2);
    label = t.record(t.put(1, {create("labels", {set("box", ref(box))})}));
    all_pull();
  }
  void all_pull() {
    for (std::uint32_t device = 1; device <= 3; ++device)
      t.pull(device);
  }
  void settle(std::uint32_t device) {
    t.send(device);
    t.answer(device);
  }
  /// Sent, committed, answered.
  intent_index does(std::uint32_t device, op what) {
    const auto intent = t.write(device, {std::move(what)});
    t.send(device);
    t.commit(intent);
    t.answer(device);
    return intent;
  }
  intent_index denied(std::uint32_t device, op what) {
    const auto intent = t.write(device, {std::move(what)});
    t.send(device);
    t.refuse(intent, verdict_code::rejected, rule_code::denied);
    t.answer(device);
    return intent;
  }
  /// The box goes to the second team, its label with it.
  intent_index moved = 0;
  void move_box() {
    moved = does(1, move("boxes", box, 2));
    all_pull();
  }
  /// Device 3 loses the second team's scope, and learns so.
  void withdraw() {
    t.withdraw(3, 2);
    t.pull(3);
  }
  void end() {
    all_pull();
    t.rest();
  }
};

} // namespace squall::told
