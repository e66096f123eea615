#include "engine/merge/constraints.hpp"

#include "engine/base/hash.hpp"

#include <algorithm>
#include <tuple>

namespace squall::merge {

using telemetry::probe;
using telemetry::sabotage;

namespace {

const record_id* reference_in(const field_schema& field, const cell& at) {
  if (field.type != field_type::reference || field.on_delete == on_delete::none)
    return nullptr;
  return std::get_if<record_id>(&at.current);
}

bool live(const row* r) { return r != nullptr && !r->deleted; }

std::uint64_t number_of(const value& v, std::uint64_t seed) {
  switch (kind_of(v)) {
    case value_kind::none: break;
    case value_kind::integer: return mix(seed + 1, static_cast<std::uint64_t>(std::get<std::int64_t>(v)));
    case value_kind::text: return content_hash(std::get<std::string>(v), seed + 2);
    case value_kind::reference: {
      const auto& id = std::get<record_id>(v);
      return mix(mix(seed + 3, std::uint64_t{id.device} << 32 | id.incarnation), id.seq_ordinal);
    }
  }
  return seed;
}

/// One intent's rows on their way past the constraints.
class constraint_judge {
public:
  constraint_judge(const schema& model, const intent& in, position at, row_access& rows, workspace& work,
                   telemetry::counters& counts)
      : model_(model), in_(in), at_(at), rows_(rows), work_(work), counts_(counts) {}

  std::optional<decision> run() {
    const std::size_t own = work_.touched().size(); // what is removed with them comes behind
    for (std::size_t i = 0; i < own; ++i)
      if (const auto& e = work_.touched()[i]; e.now.deleted && !was_deleted(e))
        if (auto held = remove_referrers(e.now.id, e.now.collection))
          return held;
    if (pending())
      return std::nullopt;
    for (std::size_t i = 0; i < own; ++i)
      if (auto held = judge_references(work_.touched()[i]))
        return held;
    for (std::size_t i = 0; i < own; ++i)
      if (auto held = judge_keys(work_.touched()[i]))
        return held;
    return std::nullopt;
  }

private:
  bool pending() const { return at_.sequence == pending_sequence; }
  static bool was_deleted(const workspace::entry& e) { return e.original != nullptr && e.original->deleted; }
  /// Live now, and not before this intent.
  static bool begins(const workspace::entry& e) {
    return !e.now.deleted && (e.original == nullptr || e.original->deleted);
  }

  // -- references --

  bool referred_to(collection_number target) const {
    for (const collection_schema& c : model_.collections)
      for (const field_schema& f : c.fields)
        if (f.type == field_type::reference && f.on_delete != on_delete::none && f.target == target)
          return true;
    return false;
  }

  std::vector<record_id> referrers_of(const record_id& parent) {
    std::vector<record_id> out = rows_.referrers_of(parent);
    for (const workspace::entry& e : work_.touched())
      if (reference_to(model_, e.now, parent) != on_delete::none)
        out.push_back(e.now.id);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  std::optional<decision> remove_referrers(const record_id& parent, collection_number collection) {
    if (!referred_to(collection))
      return std::nullopt;
    for (const record_id& id : referrers_of(parent)) {
      const row* child = work_.find(id);
      if (!live(child))
        continue;
      const on_delete asked = reference_to(model_, *child, parent);
      if (asked == on_delete::none)
        continue;
      if (asked == on_delete::cascade) {
        if (counts_.sabotaged(sabotage::cascade_forgets))
          continue;
        if (auto held = remove_with_parent(id))
          return held;
      } else if (!pending()) {
        return asked == on_delete::restrict ? rejected(verdict_rule::reference)
                                            : conflicted(child->presence_writer, {parent, collection, whole_record});
      }
    }
    return std::nullopt;
  }

  std::optional<decision> remove_with_parent(const record_id& id) {
    counts_.hit(probe::merge_removed_with_parent);
    row& r = work_.touch(id);
    r.deleted = true;
    r.presence_writer = in_.id;
    r.presence_sequence = r.last_sequence = at_.sequence;
    if (record_stamp* s = r.stamp.get(); s != nullptr && std::tie(s->stamp, s->holder) < std::tie(at_.stamp, in_.id))
      *s = {at_.stamp, in_.id};
    return remove_referrers(id, r.collection);
  }

  std::optional<decision> judge_references(const workspace::entry& e) {
    if (e.now.deleted)
      return std::nullopt;
    const auto& fields = model_.collections[e.now.collection].fields;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const auto* to = reference_in(fields[f], e.now.fields[f]);
      if (to == nullptr || (!begins(e) && e.original->fields[f].current == e.now.fields[f].current))
        continue;
      const row* target = work_.find(*to);
      if (live(target))
        continue;
      if (target == nullptr && rows_.foreign(*to))
        return rejected(verdict_rule::denied);
      if (target == nullptr)
        return rejected(rows_.create_was_rejected(to->creator()) ? verdict_rule::dependency : verdict_rule::gone);
      switch (fields[f].on_delete) {
        case on_delete::none: break;
        case on_delete::restrict: return rejected(verdict_rule::reference);
        case on_delete::cascade: return superseded(target->presence_writer);
        case on_delete::task: return conflicted(target->presence_writer, {*to, target->collection, whole_record});
      }
    }
    return std::nullopt;
  }

  // -- keys --

  std::optional<decision> judge_keys(const workspace::entry& e) {
    if (e.now.deleted)
      return std::nullopt;
    const auto& keys = model_.collections[e.now.collection].unique;
    for (std::size_t k = 0; k < keys.size(); ++k) {
      if (!begins(e) && same_key(model_, *e.original, e.now, k))
        continue;
      const auto number = key_number(model_, e.now, k);
      if (!number)
        continue;
      if (const row* other = holder(e.now, k, *number)) {
        counts_.hit(probe::merge_key_taken);
        decision out;
        out.outcome = {.kind = verdict_kind::conflicted,
                       .rule = verdict_rule::unique,
                       .winner = newest_key_writer(*other, keys[k])};
        out.subject = {other->id, other->collection, unique_key_subject(static_cast<std::uint16_t>(k))};
        return out;
      }
    }
    return std::nullopt;
  }

  /// Another live record that has the key of `r`.
  const row* holder(const row& r, std::size_t k, std::uint64_t number) {
    std::vector<record_id> others = rows_.holders_of(number);
    for (const workspace::entry& e : work_.touched())
      if (e.now.collection == r.collection)
        others.push_back(e.now.id);
    std::sort(others.begin(), others.end());
    for (const record_id& id : others) {
      const row* other = id != r.id ? work_.find(id) : nullptr;
      if (live(other) && other->collection == r.collection && same_key(model_, *other, r, k))
        return other;
    }
    return nullptr;
  }

  // -- verdicts --

  std::optional<decision> rejected(verdict_rule rule) {
    counts_.hit(rule == verdict_rule::reference ? probe::merge_remove_restricted : probe::merge_reference_unknown);
    decision out;
    out.outcome = {.kind = verdict_kind::rejected, .rule = rule};
    return out;
  }
  std::optional<decision> superseded(const intent_id& by) {
    counts_.hit(probe::merge_reference_deleted);
    decision out;
    out.outcome = {.kind = verdict_kind::superseded, .rule = verdict_rule::reference, .winner = by};
    return out;
  }
  std::optional<decision> conflicted(const intent_id& by, const task_subject& subject) {
    counts_.hit(probe::merge_reference_conflict);
    decision out;
    out.outcome = {.kind = verdict_kind::conflicted, .rule = verdict_rule::reference, .winner = by};
    out.subject = subject;
    return out;
  }

  const schema& model_;
  const intent& in_;
  position at_;
  row_access& rows_;
  workspace& work_;
  telemetry::counters& counts_;
};

} // namespace

bool has_references(const collection_schema& collection) noexcept {
  return std::any_of(collection.fields.begin(), collection.fields.end(), [](const field_schema& f) {
    return f.type == field_type::reference && f.on_delete != on_delete::none;
  });
}

on_delete reference_to(const schema& model, const row& r, const record_id& parent) {
  const auto& fields = model.collections[r.collection].fields;
  for (std::size_t f = 0; f < fields.size(); ++f)
    if (const auto* to = reference_in(fields[f], r.fields[f]); to != nullptr && *to == parent)
      return fields[f].on_delete;
  return on_delete::none;
}

intent_id newest_key_writer(const row& r, const std::vector<field_number>& key) {
  const auto newest = std::max_element(key.begin(), key.end(), [&](field_number a, field_number b) {
    return r.fields[a].sequence < r.fields[b].sequence;
  });
  return r.fields[*newest].writer;
}

std::optional<std::uint64_t> key_number(const schema& model, const row& r, std::size_t k) {
  std::uint64_t out = mix(r.collection, k);
  for (const field_number f : model.collections[r.collection].unique[k]) {
    if (kind_of(r.fields[f].current) == value_kind::none)
      return std::nullopt;
    out = number_of(r.fields[f].current, out);
  }
  return out;
}

bool same_key(const schema& model, const row& a, const row& b, std::size_t k) {
  const auto& key = model.collections[a.collection].unique[k];
  return std::all_of(key.begin(), key.end(), [&](field_number f) {
    return kind_of(a.fields[f].current) != value_kind::none && a.fields[f].current == b.fields[f].current;
  });
}

std::vector<std::uint64_t> key_numbers(const schema& model, const row& r) {
  std::vector<std::uint64_t> out;
  if (!r.deleted)
    for (std::size_t k = 0; k < model.collections[r.collection].unique.size(); ++k)
      if (const auto number = key_number(model, r, k))
        out.push_back(*number);
  return out;
}

std::vector<record_id> held_references(const schema& model, const row& r) {
  std::vector<record_id> out;
  const auto& fields = model.collections[r.collection].fields;
  for (std::size_t f = 0; f < fields.size() && !r.deleted; ++f)
    if (const auto* to = reference_in(fields[f], r.fields[f]))
      out.push_back(*to);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<decision> judge_constraints(const schema& model, const intent& in, position at, row_access& rows,
                                          workspace& work, telemetry::counters& counts) {
  return constraint_judge(model, in, at, rows, work, counts).run();
}

} // namespace squall::merge
