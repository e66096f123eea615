// What must hold between records when an intent commits: references that name live records, and keys that only one record has.
// Looked at when all operations have been judged, on the rows as they would be left. Costs nothing where the schema asks
// for neither.
#pragma once

#include "engine/merge/decide.hpp"
#include "engine/merge/workspace.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace squall::merge {

/// Where a schema asks for something between records. Made anew for each intent it would cost; so it is asked field by field.
bool has_references(const collection_schema& collection) noexcept;

/// What the first field of a row that names `parent` asks for; none if there is no such field.
on_delete reference_to(const schema& model, const row& r, const record_id& parent);
/// Who wrote the key's fields last.
intent_id newest_key_writer(const row& r, const std::vector<field_number>& key);

/// One number for what the row has as the `k`-th key of its collection; nothing if a field of it has no value. Equal keys
/// have equal numbers, others nearly never.
std::optional<std::uint64_t> key_number(const schema& model, const row& r, std::size_t k);
/// True if both rows, of one collection, have the `k`-th key and it is the same.
bool same_key(const schema& model, const row& a, const row& b, std::size_t k);
/// The numbers of all keys that a live row has; none of a deleted one.
std::vector<std::uint64_t> key_numbers(const schema& model, const row& r);
/// The records that a live row refers to by references with `on_delete`, ascending, each once; none of a deleted one.
std::vector<record_id> held_references(const schema& model, const row& r);

/// Judges references and keys of the rows that `work` has touched, and removes there what is removed with them (`cascade`).
/// Result: how the intent is held back; nothing if it is not. Where no server has ordered the intent yet
/// (`pending_sequence`) nothing is held back, and only the removals happen.
std::optional<decision> judge_constraints(const schema& model, const intent& in, position at, row_access& rows,
                                          workspace& work, telemetry::counters& counts);

} // namespace squall::merge
