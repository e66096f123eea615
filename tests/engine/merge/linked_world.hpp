// A small world whose records refer to each other and have unique keys, with tasks to be resolved.
#pragma once

#include "engine/merge/constraints.hpp"
#include "tests/engine/merge/world.hpp"

#include <gtest/gtest.h>

namespace squall::merge::linked {

// `of_restrict` and its like are fields of `items` that refer to `items`.
inline constexpr collection_number items = 0, stamped = 1;
inline constexpr field_number name = 0, site = 1, of_restrict = 2, of_cascade = 3, of_task = 4, of_nothing = 5;

inline field_schema reference(const char* called, on_delete asked) {
  return {.name = called,
          .type = field_type::reference,
          .rule = field_rule::lww_server,
          .target = items,
          .on_delete = asked};
}

inline const schema& linked_model() {
  static const schema m = [] {
    const std::vector<field_schema> fields{
        {.name = "name", .type = field_type::text, .rule = field_rule::lww_server},
        {.name = "site", .type = field_type::integer, .rule = field_rule::lww_server},
        reference("of_restrict", on_delete::restrict),
        reference("of_cascade", on_delete::cascade),
        reference("of_task", on_delete::task),
        reference("of_nothing", on_delete::none)};
    return schema{
        .collections = {{.name = "items", .policy = "field_merge", .fields = fields, .unique = {{name}, {name, site}}},
                        {.name = "stamped", .policy = "lww_clock", .fields = fields, .unique = {}}}};
  }();
  return m;
}

/// Answers what may be with everything there is.
class linked_rows final : public row_access {
public:
  row* find(const record_id& id) override {
    const auto at = all.find(id);
    return at != all.end() ? &at->second : nullptr;
  }
  row& create(const record_id& id, collection_number collection) override {
    row& r = all[id];
    r.id = id;
    r.collection = collection;
    r.fields.resize(linked_model().collections[collection].fields.size());
    return r;
  }
  bool create_was_rejected(const intent_id& creator) override { return rejected.contains(creator); }
  const task* find_task(std::uint64_t number) override {
    const auto at = tasks.find(number);
    return at != tasks.end() ? &at->second : nullptr;
  }
  std::vector<record_id> referrers_of(const record_id&) override { return ids(); }
  std::vector<record_id> holders_of(std::uint64_t) override { return ids(); }

  std::map<record_id, row> all;
  std::set<intent_id> rejected;
  std::map<std::uint64_t, task> tasks;

private:
  std::vector<record_id> ids() const {
    std::vector<record_id> out;
    for (const auto& [id, r] : all)
      out.push_back(id);
    return out;
  }
};

/// A server in small. Each intent is another device's, of somebody who had seen everything.
struct linked_world {
  linked_rows rows;
  std::uint64_t head = 0;
  std::uint32_t devices = 0;
  telemetry::counters counts;

  intent act(std::vector<operation> operations) {
    intent in = make_intent({++devices, 1, 1}, head, std::move(operations));
    std::uint8_t ordinal = 0;
    for (operation& op : in.operations)
      if (op.kind == operation_kind::create)
        op.record = record_id::derive(in.id, ordinal++);
    return in;
  }
  decision judge(const intent& in, std::uint64_t sequence) {
    return decide(linked_model(), in, {.generation = generation, .sequence = sequence, .stamp = in.stamp}, rows,
                  counts);
  }
  decision commit(const intent& in) {
    auto d = judge(in, head + 1);
    if (d.committed())
      ++head;
    return d;
  }
  decision commit(std::vector<operation> operations) { return commit(act(std::move(operations))); }
  record_id made(std::vector<field_write> writes, collection_number collection = items) {
    const intent in = act({create_of(collection, {}, std::move(writes))});
    EXPECT_TRUE(commit(in).committed());
    return in.operations[0].record;
  }
  bool deleted(const record_id& id) const { return rows.all.at(id).deleted; }
  intent_id writer(const record_id& id) const { return rows.all.at(id).presence_writer; }
};

inline operation new_item(std::vector<field_write> writes) { return create_of(items, {}, std::move(writes)); }

inline void expect(const decision& d, verdict_kind kind, verdict_rule rule) {
  EXPECT_EQ(to_string(d.outcome.kind), std::string(to_string(kind)));
  EXPECT_EQ(to_string(d.outcome.rule), std::string(to_string(rule)));
}

inline telemetry::sabotage_set only(telemetry::sabotage s) {
  return telemetry::sabotage_set{}.set(static_cast<std::size_t>(s));
}

} // namespace squall::merge::linked
