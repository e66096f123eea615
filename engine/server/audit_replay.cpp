#include "engine/server/audit_replay.hpp"

#include "engine/server/commit.hpp"
#include "engine/server/fence.hpp"

namespace squall::server {

namespace {

result<audit_record> judge_again(server_store& store, const audit_record& r) {
  const arrival a{r.id, r.hash, r.body, r.user};
  auto judged = judge_intent(store, a, {}, r.wall);
  if (!judged)
    return judged.err();
  audit_record out = r;
  out.role = judged->role;
  out.time = store.stamps.time().value_or(0);
  out.stamp = judged->stamp;
  out.decision = judged->outcome;
  return out;
}

/// Those of the start.
result<void> give(server_store& store, const audit_record& r) {
  auto transaction = store::transaction::begin(*store.db);
  if (!transaction)
    return transaction.err();
  for (const audited_grant& g : r.grants)
    if (auto added = store.grants.add(g.what); !added)
      return added;
  if (auto kept = store.audit.add(r, {}, store.log.newest()); !kept)
    return kept;
  return transaction->commit();
}

result<audit_record> change_again(server_store& store, const audit_record& r) {
  audit_record out = r;
  for (audited_grant& g : out.grants) {
    auto changes = store.change_grant({g.what.user, g.what.scope, g.what.role, r.kind == audit_kind::taken});
    if (!changes)
      return changes.err();
    g.version = changes->value_or(0) + 1;
  }
  return out;
}

} // namespace

result<audit_record> rejudge(server_store& store, const audit_record& r) {
  result<void> done = error{errc::corrupt, "an audit record of an unknown kind"};
  if (!r.grants.empty() && r.grants.front().version != 0)
    return change_again(store, r);
  switch (r.kind) {
    case audit_kind::intent: return judge_again(store, r);
    case audit_kind::given: done = give(store, r); break;
    case audit_kind::taken: break;
    case audit_kind::generation: done = store.begin_generation(r.generation); break;
    case audit_kind::fence: done = forget_through(store, r.scope, r.fence, r.time); break;
  }
  if (!done)
    return done.err();
  return r;
}

} // namespace squall::server
