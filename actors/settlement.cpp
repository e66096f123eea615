#include "actors/settlement.hpp"

#include "engine/base/check.hpp"

#include <algorithm>
#include <set>

namespace squall::actors {

namespace {

class settler {
public:
  settler(const io::task_view& task, const io::row_view& row, const model& names)
      : task_(task), row_(row), names_(names), deleted_(row.deleted) {}

  std::vector<operation> take() {
    for (const auto& meant : task_.branches.back().operations)
      if (meant.record == row_.id)
        repeat(meant);
    // A branch may be about another record: a twin of this one, or one that refers to it.
    if (out_.empty() && deleted_)
      add(operation_kind::restore);
    return out_.empty() ? keep() : name_task();
  }

  std::vector<operation> keep() {
    if (deleted_) {
      add(operation_kind::remove);
      return name_task();
    }
    std::vector<field_write> writes;
    const auto fields = kept_fields();
    for (const auto& field : row_.fields)
      if (settable(field.field) && kind_of(field.current) != value_kind::none &&
          (task_.subject == whole_record || !names_.merges_fields(row_.collection) || fields.contains(field.field)))
        writes.push_back({field.field, write_kind::set, field.current, field.current});
    if (writes.empty())
      add(operation_kind::restore); // of a live record: nothing changes, but the user has spoken
    else
      add(operation_kind::update, std::move(writes));
    return name_task();
  }

private:
  bool settable(field_number field) const {
    return !names_.derived(row_.collection, field) && !names_.is_set(row_.collection, field) &&
           !names_.adds_only(row_.collection, field);
  }

  std::set<field_number> kept_fields() const {
    std::set<field_number> fields;
    const auto& collection = names_.schema()->collections[row_.collection];
    for (std::size_t k = 0; k < collection.unique.size(); ++k)
      if (task_.subject == unique_key_subject(static_cast<std::uint16_t>(k)))
        fields.insert(collection.unique[k].begin(), collection.unique[k].end());
    if (task_.subject < collection.fields.size())
      fields.insert(task_.subject);
    for (const auto& branch : task_.branches)
      for (const auto& op : branch.operations)
        if (op.record == row_.id)
          for (const auto& write : op.writes)
            fields.insert(write.field);
    return fields;
  }

  void repeat(const operation& meant) {
    switch (meant.kind) {
      case operation_kind::create:
      case operation_kind::move: return;
      case operation_kind::remove: deleted_ = true; return add(operation_kind::remove);
      case operation_kind::restore: deleted_ = false; return add(operation_kind::restore);
      case operation_kind::update: break;
    }
    if (deleted_)
      add(operation_kind::restore);
    deleted_ = false;
    auto writes = meant.writes;
    for (auto& write : writes) {
      write.before = {};
      for (const auto& field : row_.fields)
        if (field.field == write.field && !names_.is_set(row_.collection, field.field))
          write.before = field.current;
    }
    add(operation_kind::update, std::move(writes));
  }

  void add(operation_kind kind, std::vector<field_write> writes = {}) {
    out_.push_back({.kind = kind, .collection = row_.collection, .record = row_.id, .writes = std::move(writes)});
  }

  std::vector<operation> name_task() {
    auto& first = out_.front();
    first.task = task_.task;
    for (const auto& branch : task_.branches)
      first.branches_seen.push_back(branch.intent);
    std::sort(first.branches_seen.begin(), first.branches_seen.end());
    return std::move(out_);
  }

  const io::task_view& task_;
  const io::row_view& row_;
  const model& names_;
  bool deleted_;
  std::vector<operation> out_;
};

} // namespace

std::vector<operation> settle(const io::task_view& task, const io::row_view& row, const model& names, bool take) {
  CHECK(!task.branches.empty() && task.record == row.id);
  settler by(task, row, names);
  return take ? by.take() : by.keep();
}

} // namespace squall::actors
