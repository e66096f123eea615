#include "reports/invariants/model/state.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace squall::invariants {

namespace {

template <class Number>
void append_bytes(std::string& to, Number number) {
  std::array<char, sizeof(Number)> bytes;
  std::memcpy(bytes.data(), &number, sizeof(Number));
  to.append(bytes.data(), bytes.size());
}

} // namespace

// As docs/semantics.md has it: its reference, then each field's kind and number.
std::int64_t hash_of_child(std::int64_t reference, std::span<const cell_value> fields) {
  std::string bytes;
  append_bytes(bytes, reference);
  for (const auto& field : fields) {
    append_bytes(bytes, static_cast<std::uint8_t>(field.tag));
    append_bytes(bytes, field.tag == value_tag::none ? std::int64_t{0} : field.number);
  }
  return history::digest_of(bytes);
}

state::state(const rule_book& rules, std::uint64_t first_sequence)
    : rules_(rules), line_(first_sequence), commits_(1), cells_(1), row_versions_(1) {
  commits_[0].cells_end = 1;
  commits_[0].rows_end = 1;
}

// -- commits ----------------------------------------------------------------------------------------------------------

std::span<const cell_version> state::cells_of(position at) const {
  return std::span(cells_).subspan(commits_[at - 1].cells_end, commits_[at].cells_end - commits_[at - 1].cells_end);
}

std::span<const row_version> state::rows_of(position at) const {
  return std::span(row_versions_).subspan(commits_[at - 1].rows_end, commits_[at].rows_end - commits_[at - 1].rows_end);
}

// -- reading ----------------------------------------------------------------------------------------------------------

const scope_commit* state::entry_of(std::uint32_t scope, position at) const {
  if (at == 0 || scope >= scopes_.size())
    return nullptr;
  const auto& all = scopes_[scope].entries;
  if (!all.empty() && all.back().at == at)
    return &all.back();
  const auto found = std::lower_bound(all.begin(), all.end(), at,
                                      [](const scope_commit& one, position wanted) { return one.at < wanted; });
  return found == all.end() || found->at != at ? nullptr : &*found;
}

const cell_version* state::cell(record_index record, std::uint16_t field, position at) const {
  if (!known(record) || !has_cell(rows_[record], field))
    return nullptr;
  std::uint32_t version = newest_cells_[cell_index(rows_[record], field)];
  while (version != 0 && !covers(at, cells_[version].at))
    version = cells_[version].previous;
  return version == 0 ? nullptr : &cells_[version];
}

const row_version* state::row(record_index record, position at) const {
  if (!known(record))
    return nullptr;
  std::uint32_t version = rows_[record].newest;
  while (version != 0 && !covers(at, row_versions_[version].at))
    version = row_versions_[version].previous;
  return version == 0 ? nullptr : &row_versions_[version];
}

bool state::was_in(record_index record, std::uint32_t scope, position at) const {
  const auto* found = row(record, at);
  while (found != nullptr && found->scope != scope)
    found = before(*found, at);
  return found != nullptr;
}

const row_version* state::row_in(record_index record, std::uint32_t scope, position at) const {
  const auto* found = row(record, at);
  while (found != nullptr && found->scope != scope) {
    const auto* earlier = before(*found, at);
    if (earlier != nullptr && earlier->scope == scope)
      break;
    found = earlier;
  }
  return found;
}

const row_version* state::presence(record_index record, position at) const {
  const auto* found = row(record, at);
  const auto* earlier = found == nullptr ? nullptr : before(*found, at);
  while (earlier != nullptr && earlier->scope != found->scope) {
    found = earlier;
    earlier = before(*found, at);
  }
  return found;
}

const row_version* state::before(const row_version& of, position at) const {
  auto version = of.previous;
  while (version != 0 && !covers(at, row_versions_[version].at))
    version = row_versions_[version].previous;
  return version == 0 ? nullptr : &row_versions_[version];
}

std::uint32_t state::fields_with_value(record_index record, position at) const {
  if (!known(record))
    return 0;
  const auto& fields = rules_.collection(rows_[record].collection)->fields;
  std::uint32_t count = 0;
  for (std::uint16_t field = 0; field < rows_[record].fields; ++field)
    count += !fields[field].is_set() && cell(record, field, at) != nullptr ? 1 : 0;
  return count;
}

std::vector<mark> state::marks_at(record_index record, std::uint16_t field, std::int64_t member, position at) const {
  std::vector<mark> alive;
  const auto all = marks_.of(record, field, member);
  for (const auto& one : all)
    if (one.made != never && covers(at, one.made) && !(one.gone != never && covers(at, one.gone)) &&
        !(ever_restored() && marks_.is_gone_otherwise(all, one, [&](position gone) { return covers(at, gone); })))
      alive.push_back(one);
  return alive;
}

bool state::has_member(record_index record, std::uint16_t field, std::int64_t member, position at) const {
  return is_member(marks_at(record, field, member, at),
                   rules_.field(rows_[record].collection, field)->rule == field_rule::remove_wins);
}

std::span<const record_index> state::referrers(std::int64_t digest) const {
  const auto found = children_.find(digest);
  return found == children_.end() ? std::span<const record_index>() : std::span<const record_index>(found->second);
}

record_index state::record_of(std::int64_t digest) const {
  const auto found = by_digest_.find(digest);
  return found == by_digest_.end() ? 0 : found->second;
}

std::span<const record_index> state::had_key(std::uint64_t hash) const {
  const auto found = by_key_.find(hash);
  return found == by_key_.end() ? std::span<const record_index>() : std::span<const record_index>(found->second);
}

std::uint64_t key_hash(std::uint32_t scope, std::uint16_t collection, std::size_t key,
                       std::span<const cell_value> values) {
  std::uint64_t hash = std::uint64_t{scope} << 32 | std::uint64_t{collection} << 16 | key;
  for (const auto& value : values)
    hash = spread()(hash * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(value.number));
  return hash;
}

std::int64_t state::derived(record_index record, std::uint16_t field, position at,
                            const history::name_table& names) const {
  const auto* rule = rules_.field(rows_[record].collection, field);
  const auto reference = history::digest_of(names.record(record));
  const auto found = children_.find(reference);
  if (found == children_.end())
    return 0;
  const auto scope = scope_of(record, at);
  std::int64_t sum = 0;
  for (const auto child : found->second) {
    if (rows_[child].collection != rule->child)
      continue;
    const auto* row_now = row(child, at);
    const auto* parent = cell(child, rule->child_reference, at);
    if (row_now == nullptr || !row_now->live || row_now->scope != scope || parent == nullptr ||
        parent->number != reference)
      continue;
    if (rule->hashes) {
      std::vector<cell_value> values;
      for (const auto factor : rule->factors) {
        const auto* found_value = cell(child, factor, at);
        values.push_back(found_value == nullptr ? cell_value{} : found_value->value());
      }
      sum = wrapping_add(sum, hash_of_child(history::digest_of(names.record(child)), values));
      continue;
    }
    std::int64_t product = 1;
    for (const auto factor : rule->factors) {
      const auto* value = cell(child, factor, at);
      product = wrapping_multiply(product, value == nullptr ? 0 : value->number);
    }
    sum = wrapping_add(sum, product);
  }
  return sum;
}

std::span<const position> state::scope_commits(std::uint32_t scope) const {
  return scope < scopes_.size() ? std::span<const position>(scopes_[scope].commits) : std::span<const position>();
}

position state::last_of_scope(std::uint32_t scope, position at) const {
  if (scope >= scopes_.size())
    return 0;
  const auto& of = scopes_[scope];
  if (covers(head(), at)) {
    const auto next = of.commits.empty() || of.commits.back() <= at
                          ? of.commits.end()
                          : std::upper_bound(of.commits.begin(), of.commits.end(), at);
    return next == of.commits.begin() ? 0 : *std::prev(next);
  }
  auto next = std::upper_bound(of.entries.begin(), of.entries.end(), at,
                               [](position wanted, const scope_commit& one) { return wanted < one.at; });
  while (next != of.entries.begin() && !covers(at, std::prev(next)->at))
    --next;
  return next == of.entries.begin() ? 0 : std::prev(next)->at;
}

std::size_t state::scope_count(std::uint32_t scope, position at) const {
  const auto* last = entry_of(scope, last_of_scope(scope, at));
  return last == nullptr ? 0 : last->number;
}

std::size_t state::reached(std::uint32_t scope, position at) const {
  const auto commits = scope_commits(scope);
  if (covers(head(), at))
    return scope_count(scope, at);
  const auto next = std::partition_point(commits.begin(), commits.end(), [&](position one) { return covers(at, one); });
  return static_cast<std::size_t>(next - commits.begin());
}

std::uint32_t state::live_rows(std::uint32_t scope, position at) const {
  const auto* last = entry_of(scope, last_of_scope(scope, at));
  return last == nullptr ? 0 : last->live_after;
}

stamp state::latest(std::uint32_t scope, position at) const {
  const auto* last = entry_of(scope, last_of_scope(scope, at));
  return last == nullptr ? stamp{} : last->latest;
}

std::span<const record_index> state::records_of(std::uint32_t scope) const {
  return scope < scopes_.size() ? std::span<const record_index>(scopes_[scope].records)
                                : std::span<const record_index>();
}

// -- writing ----------------------------------------------------------------------------------------------------------

state::scope_entry& state::scope(std::uint32_t number) {
  if (number >= scopes_.size())
    scopes_.resize(number + 1);
  return scopes_[number];
}

position state::begin_commit(intent_index intent, std::uint32_t scope_number, std::uint64_t s, std::uint32_t to) {
  if (!line_.knows_first())
    line_.set_first(s);
  commits_.push_back({intent, scope_number, commits_.back().cells_end, commits_.back().rows_end});
  enter(scope_number);
  moved_to_ = to;
  if (to != 0 && to != scope_number)
    enter(to);
  return head();
}

// The newest commit is in the scope's feed.
void state::enter(std::uint32_t number) {
  auto& of_scope = scope(number);
  scope_commit next;
  if (!of_scope.commits.empty())
    next = *entry_of(number, of_scope.commits.back());
  next.previous = next.at;
  next.at = head();
  next.content = 0;
  ++next.number;
  of_scope.entries.push_back(next);
  of_scope.commits.push_back(head());
}

void state::count_live(std::uint32_t number, std::uint32_t more) {
  if (number < scopes_.size() && !scopes_[number].commits.empty())
    entry_of(number, scopes_[number].commits.back())->live_after += more;
}

void state::restore(position to, std::uint64_t generation, std::uint64_t old) {
  if (!ever_restored())
    line_.name_first(old);
  for (auto& one : scopes_)
    one.commits.erase(std::upper_bound(one.commits.begin(), one.commits.end(), to), one.commits.end());
  line_.restore(generation, to, made());
  // A record that was made since is where it was made, if it is made again.
  for (auto& row : rows_)
    for (auto version = row.newest; version != 0; version = row_versions_[version].previous) {
      row.scope = row_versions_[version].scope;
      if (covers(to, row_versions_[version].at))
        break;
    }
}

void state::put_row(record_index record, std::uint16_t collection, bool live, std::uint32_t scope_number) {
  auto& commit = commits_.back();
  if (record >= rows_.size())
    rows_.resize(std::max<std::size_t>(record + 1, rows_.size() * 3 / 2));
  auto& row = rows_[record];
  const auto* before = this->row(record, head());
  const bool was_live = before != nullptr && before->live;
  if (row.newest == 0) {
    row.collection = collection;
    row.scope = scope_number;
    row.fields = static_cast<std::uint16_t>(rules_.collection(collection)->fields.size());
    row.cells = static_cast<std::uint32_t>(newest_cells_.size());
    newest_cells_.resize(newest_cells_.size() + row.fields + (rules_.collection(collection)->is_register() ? 1U : 0U));
    scope(scope_number).records.push_back(record);
  }
  count_live(row.scope, was_live ? UINT32_MAX : 0);
  if (row.scope != scope_number) {
    row.scope = scope_number;
    row.moved = true;
    any_moved_ = true;
    auto& there = scope(scope_number).records;
    if (std::find(there.begin(), there.end(), record) == there.end())
      there.push_back(record);
  }
  count_live(row.scope, live ? 1 : 0);
  row_versions_.push_back({head(), commit.intent, record, row.newest, row.scope, live});
  row.newest = static_cast<std::uint32_t>(row_versions_.size() - 1);
  commit.rows_end = static_cast<std::uint32_t>(row_versions_.size());
}

void state::put_cell(record_index record, std::uint16_t field, cell_value value) {
  auto& commit = commits_.back();
  auto& newest = newest_cells_[cell_index(rows_[record], field)];
  const bool same_reference = newest != 0 && cells_[newest].value() == value;
  cells_.push_back({value.number, head(), commit.intent, record, newest, field, value.tag});
  newest = static_cast<std::uint32_t>(cells_.size() - 1);
  commit.cells_end = static_cast<std::uint32_t>(cells_.size());
  if (field != stamp_cell && !same_reference && rules_.field(rows_[record].collection, field)->indexes_parents)
    index_child(record, value.number);
}

void state::put_mark(record_index record, std::uint16_t field, std::int64_t member, bool erase) {
  marks_.add(record, field, member, {commits_.back().intent, head(), never, erase});
}

void state::drop_mark(record_index record, std::uint16_t field, std::int64_t member, intent_index of, bool erase) {
  marks_.drop(record, field, member, of, erase, head());
}

void state::end_commit(const stamp& counted) {
  for (const auto number : {commits_.back().scope, moved_to_})
    if (auto* one = entry_of(number, head()); one != nullptr)
      one->latest = std::max(one->latest, counted);
  for (const auto& row : rows_of(head()))
    index_keys(row.record);
  for (const auto& cell : cells_of(head()))
    index_keys(cell.record);
}

void state::index_keys(record_index record) {
  const auto& row = rows_[record];
  const auto& keys = rules_.collection(row.collection)->keys;
  std::vector<cell_value> values;
  for (std::size_t k = 0; k < keys.size(); ++k) {
    values.clear();
    for (const auto field : keys[k]) {
      const auto* found = cell(record, field, head());
      values.push_back(found == nullptr ? cell_value{} : found->value());
    }
    auto& all = by_key_[key_hash(row.scope, row.collection, k, values)];
    if (std::find(all.begin(), all.end(), record) == all.end())
      all.push_back(record);
  }
}

void state::index_child(record_index child, std::int64_t parent) {
  auto& all = children_[parent];
  if (std::find(all.begin(), all.end(), child) == all.end())
    all.push_back(child);
}

} // namespace squall::invariants
