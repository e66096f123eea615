#include "campaigns/audit/account.hpp"

#include "engine/base/hash.hpp"

#include <fmt/format.h>

#include <set>

namespace squall::campaigns::audit {

namespace {

std::string row_in_words(const io::row_view& row, const merge::collection_schema& collection) {
  if (row.deleted)
    return "deleted";
  std::string out;
  for (const io::field_view& f : row.fields)
    out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", collection.fields[f.field].name, in_words(f.current),
                       f.writer.null() ? "" : " by " + in_words(f.writer));
  return out.empty() ? "no fields" : out;
}

std::string task_in_words(const io::task_view& task) {
  std::string out = fmt::format("{} about {} {}", task.open ? "open" : "closed", in_words(task.record), task.subject);
  for (const io::branch_view& b : task.branches)
    out += ", branch " + in_words(b.intent);
  return task.settled_by.null() ? out : out + ", settled by " + in_words(task.settled_by);
}

class teller {
public:
  teller(server::replica& server, const merge::schema& model, state_in_words& out)
      : server_(server), model_(model), out_(out) {}

  result<void> tell(scope_id scope) {
    const auto name = [&](const std::string& what) { return fmt::format("scope {}: {}", scope.value, what); };
    auto done = server_.export_rows(scope, [&](const io::row_view& row) {
      const auto& collection = model_.collections[row.collection];
      out_[name(collection.name + " " + in_words(row.id))] = row_in_words(row, collection);
    });
    if (done)
      done = server_.export_tasks(scope, [&](const io::task_view& task) {
        out_[name(fmt::format("task {:06}", task.task))] = task_in_words(task);
      });
    if (!done)
      return done;
    const auto head = server_.head(scope);
    const auto fence = server_.fence(scope);
    const auto tasks = server_.tasks_through(scope);
    if (!head || !fence || !tasks)
      return !head ? head.err() : !fence ? fence.err() : tasks.err();
    out_[name("head")] = fmt::format("{}", head->sequence);
    out_[name("fence")] = fmt::format("{}", *fence);
    out_[name("tasks' version")] = fmt::format("{}", *tasks);
    return {};
  }

private:
  server::replica& server_;
  const merge::schema& model_;
  state_in_words& out_;
};

} // namespace

std::string in_words(const value& v) {
  if (const auto* number = std::get_if<std::int64_t>(&v))
    return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&v))
    return fmt::format("'{}'", *text);
  if (const auto* reference = std::get_if<record_id>(&v))
    return in_words(*reference);
  return "nothing";
}

std::string in_words(const intent_id& id) { return fmt::format("d{}.{}:{}", id.device, id.incarnation, id.seq); }

std::string in_words(const record_id& id) {
  return fmt::format("d{}.{}:{}/{}", id.device, id.incarnation, id.seq_ordinal >> 8, id.seq_ordinal & 0xff);
}

std::string in_words(const server::audit_record& r) {
  switch (r.kind) {
    case server::audit_kind::given: return fmt::format("{} grants were given", r.grants.size());
    case server::audit_kind::taken: return fmt::format("{} grants were withdrawn", r.grants.size());
    case server::audit_kind::fence: return fmt::format("the fence of scope {} moved to {}", r.scope.value, r.fence);
    case server::audit_kind::intent: break;
  }
  const verdict& v = r.decision;
  std::string out = fmt::format("{} was {}", in_words(r.id), to_string(v.kind));
  if (v.sequence != 0)
    out += fmt::format(" at {}", v.sequence);
  if (v.rule != verdict_rule::none)
    out += fmt::format(" ({})", to_string(v.rule));
  if (!v.winner.null())
    out += fmt::format(" by {}", in_words(v.winner));
  if (v.task != 0)
    out += fmt::format(" in task {}", v.task);
  for (const field_outcome& f : v.fields)
    out += fmt::format(", without field {} of {}", f.field, in_words(f.record));
  return out;
}

state_in_words state_of(server::replica& server, const std::vector<server::audit_record>& records,
                        const merge::schema& model, result<void>& done) {
  std::set<std::uint32_t> scopes;
  for (const server::audit_record& r : records)
    for (const server::audited_grant& g : r.grants)
      scopes.insert(g.what.scope.value);
  state_in_words out;
  teller t(server, model, out);
  for (const std::uint32_t scope : scopes)
    if (done)
      done = t.tell({scope});
  return out;
}

result<account> account_of(server::replica& server, const merge::schema& model) {
  account out;
  auto done = server.read_audit([&](server::audit_record&& r) { out.records.push_back(std::move(r)); });
  if (done)
    out.state = state_of(server, out.records, model, done);
  return done ? result<account>(std::move(out)) : result<account>(done.err());
}

std::uint64_t digest_of(const state_in_words& state) {
  std::uint64_t digest = 0;
  for (const auto& [name, words] : state)
    digest = mix(mix(digest, content_hash(name)), content_hash(words));
  return digest;
}

} // namespace squall::campaigns::audit
