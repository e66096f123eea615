#include "engine/merge/task.hpp"

#include <algorithm>

namespace squall::merge {

std::vector<operation> operations_on(const record_id& record, const intent& in) {
  std::vector<operation> out;
  std::copy_if(in.operations.begin(), in.operations.end(), std::back_inserter(out),
               [&](const operation& op) { return op.record == record; });
  return out;
}

bool same_effect(const std::vector<operation>& a, const std::vector<operation>& b) {
  const auto same_write = [](const field_write& x, const field_write& y) {
    return x.field == y.field && x.kind == y.kind && x.to == y.to;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const operation& x, const operation& y) {
    return x.kind == y.kind && x.collection == y.collection && x.record == y.record &&
           std::equal(x.writes.begin(), x.writes.end(), y.writes.begin(), y.writes.end(), same_write);
  });
}

} // namespace squall::merge
