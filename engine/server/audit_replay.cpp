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

} // namespace

result<audit_record> rejudge(server_store& store, const audit_record& r) {
  result<void> done = error{errc::corrupt, "an audit record of an unknown kind"};
  switch (r.kind) {
    case audit_kind::intent: return judge_again(store, r);
    case audit_kind::given: done = give(store, r); break;
    case audit_kind::taken: break;
    case audit_kind::fence: done = forget_through(store, r.scope, r.fence, r.time); break;
  }
  if (!done)
    return done.err();
  return r;
}

} // namespace squall::server
