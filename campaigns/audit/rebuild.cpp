#include "campaigns/audit/rebuild.hpp"

#include "actors/model.hpp"
#include "actors/system/squall_system.hpp"

#include <fmt/format.h>

namespace squall::campaigns::audit {

namespace {

actors::engine_knobs knobs_of(const scenarios::Knobs& k) {
  actors::engine_knobs out;
  out.first_sequence = k.first_sequence();
  out.stamp_bound_ns = k.stamp_bound_ns();
  out.tombstones_for_ns = k.tombstones_for_ns();
  out.device_expires_after_ns = k.device_expires_after_ns();
  out.retention_entries = k.retention_entries();
  return out;
}

/// In memory, and gone when it goes.
result<std::unique_ptr<server::replica>> empty_server(const ground& on, std::shared_ptr<const merge::schema> model) {
  server::options o = actors::squall_system::server_options(knobs_of(on.knobs));
  o.model = std::move(model);
  o.store.path = ":memory:";
  o.store.cache_pages = 4096;
  return server::replica::open(std::move(o));
}

} // namespace

ground ground_of(const scenarios::Plan& plan) {
  ground out;
  out.model = actors::model::complete(plan);
  out.knobs.set_first_sequence(plan.knobs().first_sequence());
  out.knobs.set_stamp_bound_ns(plan.knobs().stamp_bound_ns());
  out.knobs.set_tombstones_for_ns(plan.knobs().tombstones_for_ns());
  out.knobs.set_device_expires_after_ns(plan.knobs().device_expires_after_ns());
  out.knobs.set_retention_entries(plan.knobs().retention_entries());
  return out;
}

std::string difference_of(const state_in_words& expected, const state_in_words& found) {
  auto a = expected.begin();
  auto b = found.begin();
  while (a != expected.end() || b != found.end()) {
    if (b == found.end() || (a != expected.end() && a->first < b->first))
      return fmt::format("{}: the server has {}; rebuilt there is nothing", a->first, a->second);
    if (a == expected.end() || b->first < a->first)
      return fmt::format("{}: the server has nothing; rebuilt it is {}", b->first, b->second);
    if (a->second != b->second)
      return fmt::format("{}: the server has {}; rebuilt it is {}", a->first, a->second, b->second);
    ++a, ++b;
  }
  return {};
}

result<findings> rebuild(const ground& on, const std::vector<server::audit_record>& records,
                         const state_in_words* expected) {
  auto model = actors::model::from(on.model);
  if (!model)
    return model.err();
  auto server = empty_server(on, model->schema());
  if (!server)
    return server.err();
  findings out;
  for (const server::audit_record& r : records) {
    ++out.records;
    if (r.kind == server::audit_kind::intent)
      ++out.judgements[to_string(r.decision.kind)];
    const auto again = (*server)->rejudge(r);
    if (!again)
      return error{again.err().code, fmt::format("record {} ({}): {}", out.records, in_words(r), again.err().message)};
    if (*again == r)
      continue;
    out.difference =
        in_words(*again) == in_words(r)
            ? fmt::format("record {}: {}; judged again its role, time or stamp is another", out.records, in_words(r))
            : fmt::format("record {}: {}; judged again: {}", out.records, in_words(r), in_words(*again));
    return out;
  }
  result<void> done;
  out.state = state_of(**server, records, *model->schema(), done);
  if (!done)
    return done.err();
  if (expected) {
    out.rows = expected->size();
    out.difference = difference_of(*expected, out.state);
  }
  return out;
}

} // namespace squall::campaigns::audit
