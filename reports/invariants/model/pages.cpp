#include "reports/invariants/model/pages.hpp"

#include <algorithm>

namespace squall::invariants {

namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash ^= word + 0x9E3779B97F4A7C15ULL + (hash << 6) + (hash >> 2);
  return hash * 0xD6E8FEB86659FD93ULL ^ hash >> 29;
}

std::uint64_t mix(std::uint64_t hash, const entry& e) {
  hash = mix(hash, std::uint64_t{e.record} << 32 | std::uint64_t{e.field} << 16 | std::uint64_t{e.code} << 8 |
                       static_cast<std::uint64_t>(e.tag) << 4 | (e.kind == entry_kind::feed_row ? 1U : 0U));
  hash = mix(hash, static_cast<std::uint64_t>(e.value));
  return mix(hash, e.s << 32 ^ e.intent);
}

} // namespace

void page_reader::trouble(page_flaw what, record_index record, intent_index intent, std::uint64_t s,
                          std::uint64_t expected) {
  w_.seen.pages.push_back({what, device_, intent, record, s, expected});
}

void page_reader::page_served(const entry& e) {
  close();
  const auto code = static_cast<history::page_code>(e.code);
  auto& replica = w_.device(e.peer).replica(e.scope);
  device_ = e.peer;
  if (code == history::page_code::resync)
    return;
  // The cursor that asked is the device's.
  const bool foreign = w_.server.ever_restored() && !replica.in_doubt && replica.generation != 0 &&
                       replica.generation != e.aux && e.ref != 0 && code == history::page_code::changes;
  if ((w_.generation != 0 && e.aux != w_.generation) || foreign)
    trouble(page_flaw::generation, 0, 0, e.ref, e.aux);
  if (replica.served.empty() || replica.served_in() < e.aux)
    replica.served.emplace_back(e.aux, 0);
  replica.served.back().second = std::max(replica.served.back().second, e.s);
  open_ = true;
  is_snapshot_ = code != history::page_code::changes;
  scope_ = e.scope;
  to_ = w_.server.at_sequence(e.s);
  next_ = w_.server.scope_count(scope_, w_.server.at_sequence(e.ref));
  if (!is_snapshot_ && e.s < e.ref)
    trouble(page_flaw::goes_back, 0, 0, e.s, e.ref);
  snapshot_s_ = e.s;
  if (is_snapshot_)
    static_cast<void>(snapshot_of(device_, scope_, to_));
}

page_reader::snapshot& page_reader::snapshot_of(std::uint32_t device, std::uint32_t scope, position place) {
  if (device >= snapshots_.size())
    snapshots_.resize(device + 1);
  auto& all = snapshots_[device];
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const snapshot& one) { return one.scope == scope && one.at == place; });
  return at != all.end() ? *at : all.emplace_back(snapshot{scope, place, {}});
}

void page_reader::feed_entry(const entry& e) {
  close_entry();
  if (!open_ || is_snapshot_)
    throw bad_history("a feed entry outside a page of changes");
  const auto commits = w_.server.scope_commits(scope_);
  const position expected = next_ < commits.size() ? commits[next_] : never;
  const auto expected_s = expected == never ? 0 : w_.server.sequence(expected);
  if (e.s != expected_s) {
    trouble(page_flaw::chain_broken, 0, e.intent, e.s, expected_s);
    const auto at = w_.server.at_sequence(e.s);
    next_ = w_.server.scope_count(scope_, at);
    if (at == 0 || w_.server.sequence(at) != e.s || w_.server.entry_of(scope_, at) == nullptr)
      return;
    entry_ = at;
  } else {
    entry_ = expected;
    ++next_;
  }
  const auto& commit = w_.server.commit(entry_);
  if (commit.intent != e.intent)
    trouble(page_flaw::wrong_order, 0, e.intent, e.s, commit.intent);
  const auto previous = w_.server.sequence(w_.server.entry_of(scope_, entry_)->previous);
  if (previous != e.ref)
    trouble(page_flaw::chain_broken, 0, e.intent, e.ref, previous);
  if (entry_ > to_)
    trouble(page_flaw::missing_entries, 0, e.intent, e.s, w_.server.sequence(to_));
}

void page_reader::feed_part(const entry& e) {
  if (is_snapshot_ && e.kind == entry_kind::feed_row)
    close_row();
  parts_.push_back(e);
  hash_ = mix(hash_, e);
}

void page_reader::close() {
  if (!open_)
    return;
  if (is_snapshot_) {
    close_row();
  } else {
    close_entry();
    const auto last = w_.server.scope_count(scope_, to_);
    if (next_ < last)
      trouble(page_flaw::missing_entries, 0, 0, w_.server.sequence(to_),
              w_.server.sequence(w_.server.scope_commits(scope_)[next_]));
  }
  open_ = false;
}

void page_reader::close_entry() {
  if (entry_ != 0) {
    ++w_.done.pages;
    // An entry without parts is what a commit that changed nothing looks like; it has the hash 0, which is never kept.
    if (hash_ == 0 || hash_ != w_.server.entry_of(scope_, entry_)->content)
      verify_entry();
  }
  entry_ = 0;
  parts_.clear();
  hash_ = 0;
}

void page_reader::verify_entry() {
  const auto troubles = w_.seen.pages.size() + w_.seen.differences.size();
  const view then(w_.server, entry_, no_overlay_);
  bool as_of_entry = true;
  for (const auto& e : parts_) {
    if (!belongs(e))
      trouble(page_flaw::foreign, e.record, w_.server.commit(entry_).intent, e.s, scope_);
    else
      as_of_entry &= e.kind == entry_kind::feed_row ? verify_row(e, then) : verify_field(e, then);
  }
  verify_complete(entry_, then);
  if (as_of_entry && w_.seen.pages.size() + w_.seen.differences.size() == troubles)
    w_.server.entry_of(scope_, entry_)->content = hash_;
}

// The record is in the page's scope, at the entry or at the page's end; or it has just left.
bool page_reader::belongs(const entry& e) const {
  const auto& server = w_.server;
  if (!server.known(e.record))
    return false;
  if (server.scope_of(e.record, entry_) == scope_ || server.scope_of(e.record, to_) == scope_)
    return true;
  const bool exit =
      e.kind == entry_kind::feed_row && static_cast<history::row_code>(e.code) != history::row_code::upsert;
  return exit && server.scope_of(e.record, server.before(entry_)) == scope_;
}

history::row_code page_reader::code_of(record_index record, position at) const {
  const auto* row = w_.server.row(record, at);
  if (row == nullptr || row->scope != scope_)
    return history::row_code::exit;
  return row->live ? history::row_code::upsert : history::row_code::deleted;
}

// A server may send a row as it is at the page's end instead of at the entry: the fold is the same. True if as of the entry.
bool page_reader::verify_row(const entry& e, const view& then) {
  const auto code = static_cast<history::row_code>(e.code);
  if (code == code_of(e.record, entry_))
    return true;
  if (w_.server.known(e.record) && code == code_of(e.record, to_))
    return false;
  const auto now = w_.server.scope_of(e.record, entry_);
  if (code == history::row_code::exit || (now != 0 && now != scope_))
    trouble(page_flaw::wrong_exit, e.record, w_.server.commit(entry_).intent, e.s, 0);
  else
    compare_row(w_, {place::feed, device_, &then}, e, code == history::row_code::upsert);
  return false;
}

bool page_reader::is_version(const entry& e, const cell_version* version) const {
  return version != nullptr && w_.server.sequence(version->at) == e.s && version->writer == e.intent &&
         version->tag == e.tag && version->number == e.value;
}

// A set that changed is served whole: each member an entry with its newest insert, or one without a value if there is none.
bool page_reader::verify_member(const entry& e, const view& then, const field_rules& field) {
  const auto fits = [&](position at) {
    const view there(w_.server, at, no_overlay_);
    const bool remove_wins = field.rule == field_rule::remove_wins;
    if (e.tag == value_tag::none) {
      const auto* version = w_.server.cell(e.record, e.field, at);
      return there.members(e.record, e.field, remove_wins).empty() &&
             (version == nullptr ? e.s == 0 : w_.server.sequence(version->at) == e.s);
    }
    const auto marks = there.marks(e.record, e.field, e.value);
    const mark* newest = nullptr;
    for (const mark& one : marks)
      if (!one.erase && (newest == nullptr || newest->made <= one.made))
        newest = &one;
    return is_member(marks, remove_wins) && newest->intent == e.intent && w_.server.sequence(newest->made) == e.s;
  };
  const auto at = is_snapshot_ ? to_ : entry_;
  if (fits(at))
    return true;
  if (!left_by_the_end(e.record) && fits(to_))
    return false;
  const auto before = w_.seen.differences.size();
  compare_cell(w_, {is_snapshot_ ? place::snapshot : place::feed, device_, &then}, e);
  if (w_.seen.differences.size() == before)
    trouble(page_flaw::wrong_order, e.record, e.intent, e.s, w_.server.sequence(then.cell(e.record, e.field).at));
  return false;
}

bool page_reader::holds_set(record_index record, std::uint16_t field, position at) {
  const bool remove_wins = w_.rules.field(w_.server.collection_of(record), field)->rule == field_rule::remove_wins;
  std::vector<std::int64_t> shown;
  bool any = false;
  for (const auto& e : parts_) {
    if (e.kind != entry_kind::feed_field || e.record != record || e.field != field)
      continue;
    any = true;
    if (e.tag != value_tag::none)
      shown.push_back(e.value);
  }
  auto members = view(w_.server, at, no_overlay_).members(record, field, remove_wins);
  std::sort(shown.begin(), shown.end());
  std::sort(members.begin(), members.end());
  return shown == members && (any || is_snapshot_);
}

bool page_reader::verify_field(const entry& e, const view& then) {
  const auto* rules = w_.rules.field(e.collection, e.field);
  if (rules != nullptr && rules->is_set())
    return verify_member(e, then, *rules);
  if (is_version(e, w_.server.cell(e.record, e.field, entry_)))
    return true;
  if (!left_by_the_end(e.record) && is_version(e, w_.server.cell(e.record, e.field, to_)))
    return false;
  const auto before = w_.seen.differences.size();
  compare_cell(w_, {place::feed, device_, &then}, e);
  const auto* field = w_.rules.field(e.collection, e.field);
  // Right but for the sequence that it names.
  if (w_.seen.differences.size() == before && !field->is_derived())
    trouble(page_flaw::wrong_order, e.record, e.intent, e.s, w_.server.sequence(then.cell(e.record, e.field).at));
  return false;
}

bool page_reader::tells(record_index record, std::uint16_t field) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const entry& e) {
    return e.kind == entry_kind::feed_field && e.record == record && e.field == field;
  });
}

void page_reader::verify_complete(position at, const view& then) {
  const auto incomplete = [&](record_index record, intent_index writer) {
    trouble(page_flaw::incomplete_entry, record, writer, w_.server.sequence(at), 0);
  };
  for (const auto& row : w_.server.rows_of(at)) {
    // A move's entry in each scope tells of what left it, or came.
    if (row.scope != scope_ && w_.server.scope_of(row.record, w_.server.before(at)) != scope_)
      continue;
    const bool there = std::any_of(parts_.begin(), parts_.end(), [&](const entry& e) {
      return e.kind == entry_kind::feed_row && e.record == row.record;
    });
    if (!there)
      incomplete(row.record, row.writer);
    else
      verify_whole(row, at);
  }
  for (const auto& cell : w_.server.cells_of(at)) {
    const auto* field = w_.rules.field(w_.server.collection_of(cell.record), cell.field);
    if (field == nullptr)
      continue; // the record's stamp
    if (!then.row(cell.record).live || left_by_the_end(cell.record))
      continue;
    const bool whole = field->is_set()
                           ? holds_set(cell.record, cell.field, at) || holds_set(cell.record, cell.field, to_)
                           : tells(cell.record, cell.field);
    if (!whole)
      incomplete(cell.record, cell.writer);
  }
}

// Of a record that lives again, or has come from another scope, an entry holds all: who gets it may know nothing of it.
void page_reader::verify_whole(const row_version& row, position at) {
  const auto* before = w_.server.row(row.record, w_.server.before(at));
  const bool comes = row.live && row.scope == scope_ && before != nullptr && (!before->live || before->scope != scope_);
  if (!comes || left_by_the_end(row.record) || code_of(row.record, to_) != history::row_code::upsert)
    return;
  const auto& fields = w_.rules.collection(w_.server.collection_of(row.record))->fields;
  for (std::uint16_t f = 0; f < fields.size(); ++f) {
    const auto* cell = w_.server.cell(row.record, f, at);
    if (cell == nullptr || cell->at == at || fields[f].is_derived() || fields[f].is_set())
      continue; // what the commit wrote itself is looked for anyway
    if (!tells(row.record, f))
      return trouble(page_flaw::incomplete_entry, row.record, row.writer, w_.server.sequence(at), 0);
  }
  const auto& sets = w_.rules.collection(w_.server.collection_of(row.record))->sets;
  for (const auto f : sets)
    if (w_.server.cell(row.record, f, at) != nullptr && !holds_set(row.record, f, at) && !holds_set(row.record, f, to_))
      return trouble(page_flaw::incomplete_entry, row.record, row.writer, w_.server.sequence(at), 0);
}

void page_reader::close_row() {
  if (parts_.empty())
    return;
  ++w_.done.pages;
  const view then(w_.server, to_, no_overlay_);
  const exhibit shown{place::snapshot, device_, &then, false, scope_};
  const auto& row = parts_.front();
  if (!w_.server.known(row.record) || w_.server.scope_of(row.record, to_) != scope_) {
    trouble(page_flaw::foreign, row.record, 0, 0, scope_);
  } else {
    const bool live = static_cast<history::row_code>(row.code) == history::row_code::upsert;
    compare_row(w_, shown, row, live);
    if (!live)
      buried_row(row.record);
    std::uint32_t fields = 0;
    for (const auto& e : std::span(parts_).subspan(1)) {
      if (e.record != row.record)
        throw bad_history("a field of a snapshot does not follow its row");
      const auto* field = w_.rules.field(e.collection, e.field);
      fields += field->is_derived() || field->is_set() || e.tag == value_tag::none ? 0 : 1;
      if (field->is_set() || !is_version(e, w_.server.cell(e.record, e.field, to_)))
        static_cast<void>(verify_field(e, then));
    }
    if (live) {
      snapshot_of(device_, scope_, to_).rows.push_back(row.record);
      const auto& sets = w_.rules.collection(w_.server.collection_of(row.record))->sets;
      if (fields != w_.server.fields_with_value(row.record, to_) ||
          !std::all_of(sets.begin(), sets.end(), [&](std::uint16_t f) { return holds_set(row.record, f, to_); }))
        trouble(page_flaw::incomplete_snapshot, row.record, 0, w_.server.sequence(to_), 0);
    }
  }
  parts_.clear();
  hash_ = 0;
}

// A snapshot does not show what was forgotten before the position that it shows was reached.
void page_reader::buried_row(record_index record) {
  const auto* row = w_.server.row(record, to_);
  if (!w_.lifetimes.forgets() || row == nullptr || row->live)
    return;
  const auto forgotten = w_.lifetimes.in_force(scope_, to_, to_, 0).front();
  if (row->at <= forgotten)
    w_.seen.fences.push_back({fence_flaw::in_snapshot, device_, record, snapshot_s_, w_.server.sequence(forgotten)});
}

void page_reader::snapshot_applied(std::uint32_t device, const cursor_told& to) {
  close();
  device_ = device;
  const auto scope = to.scope;
  const auto at = w_.server.at_sequence(to.s, to.generation);
  ++w_.done.pages;
  auto rows = std::move(snapshot_of(device, scope, at).rows);
  purged(device, scope);
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  if (rows.size() == w_.server.live_rows(scope, at))
    return;
  record_index missing = 0;
  for (const auto record : w_.server.records_of(scope)) {
    const auto* row = w_.server.row(record, at);
    if (row != nullptr && row->live && row->scope == scope && !std::binary_search(rows.begin(), rows.end(), record)) {
      missing = record;
      break;
    }
  }
  trouble(page_flaw::incomplete_snapshot, missing, 0, to.s, w_.server.live_rows(scope, at));
}

void page_reader::purged(std::uint32_t device, std::uint32_t scope) {
  if (device < snapshots_.size())
    std::erase_if(snapshots_[device], [&](const snapshot& one) { return one.scope == scope; });
}

} // namespace squall::invariants
