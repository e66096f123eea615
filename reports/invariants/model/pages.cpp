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
  auto& device = w_.device(e.peer);
  device_ = e.peer;
  if (code == history::page_code::resync)
    return;
  // The cursor that asked is the device's.
  const bool foreign = w_.server.ever_restored() && !device.in_doubt && device.generation != 0 &&
                       device.generation != e.aux && e.ref != 0 && code == history::page_code::changes;
  if ((w_.generation != 0 && e.aux != w_.generation) || foreign)
    trouble(page_flaw::generation, 0, 0, e.ref, e.aux);
  if (device.served_in != e.aux) {
    device.served_before = device.served_to;
    device.served_to = 0;
    device.served_in = e.aux;
  }
  device.served_to = std::max(device.served_to, e.s);
  open_ = true;
  is_snapshot_ = code != history::page_code::changes;
  scope_ = e.scope;
  to_ = w_.server.at_sequence(e.s);
  next_ = w_.server.scope_count(scope_, w_.server.at_sequence(e.ref));
  if (!is_snapshot_ && e.s < e.ref)
    trouble(page_flaw::goes_back, 0, 0, e.s, e.ref);
  snapshot_s_ = e.s;
  if (is_snapshot_)
    static_cast<void>(snapshot_of(device_, to_));
}

page_reader::snapshot& page_reader::snapshot_of(std::uint32_t device, position place) {
  if (device >= snapshots_.size())
    snapshots_.resize(device + 1);
  auto& all = snapshots_[device];
  const auto at = std::find_if(all.begin(), all.end(), [&](const snapshot& one) { return one.at == place; });
  return at != all.end() ? *at : all.emplace_back(snapshot{place, {}});
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
    if (at == 0 || w_.server.sequence(at) != e.s || w_.server.commit(at).scope != scope_)
      return;
    entry_ = at;
  } else {
    entry_ = expected;
    ++next_;
  }
  const auto& commit = w_.server.commit(entry_);
  if (commit.intent != e.intent)
    trouble(page_flaw::wrong_order, 0, e.intent, e.s, commit.intent);
  if (w_.server.sequence(commit.previous) != e.ref)
    trouble(page_flaw::chain_broken, 0, e.intent, e.ref, w_.server.sequence(commit.previous));
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
    auto& commit = w_.server.commit(entry_);
    // An entry without parts is what a commit that changed nothing looks like; it has the hash 0, which is never kept.
    if (hash_ == 0 || hash_ != commit.content)
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
    if (!w_.server.known(e.record) || w_.server.scope_of(e.record) != scope_)
      trouble(page_flaw::foreign, e.record, w_.server.commit(entry_).intent, e.s, scope_);
    else
      as_of_entry &= e.kind == entry_kind::feed_row ? verify_row(e, then) : verify_field(e, then);
  }
  verify_complete(entry_, then);
  if (as_of_entry && w_.seen.pages.size() + w_.seen.differences.size() == troubles)
    w_.server.commit(entry_).content = hash_;
}

// A server may send a row as it is at the page's end instead of at the entry: the fold is the same. True if as of the entry.
bool page_reader::verify_row(const entry& e, const view& then) {
  const bool live = static_cast<history::row_code>(e.code) == history::row_code::upsert;
  const auto* now = w_.server.row(e.record, entry_);
  if (now != nullptr && now->live == live)
    return true;
  const auto* at_end = w_.server.row(e.record, to_);
  if (at_end != nullptr && at_end->live == live)
    return false;
  compare_row(w_, {place::feed, device_, &then}, e, live);
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
  if (fits(then.at()))
    return true;
  if (fits(to_))
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
  if (is_version(e, w_.server.cell(e.record, e.field, to_)))
    return false;
  const auto before = w_.seen.differences.size();
  compare_cell(w_, {place::feed, device_, &then}, e);
  const auto* field = w_.rules.field(e.collection, e.field);
  // Right but for the sequence that it names.
  if (w_.seen.differences.size() == before && !field->is_derived())
    trouble(page_flaw::wrong_order, e.record, e.intent, e.s, w_.server.sequence(then.cell(e.record, e.field).at));
  return false;
}

void page_reader::verify_complete(position at, const view& then) {
  for (const auto& row : w_.server.rows_of(at)) {
    const bool there = std::any_of(parts_.begin(), parts_.end(), [&](const entry& e) {
      return e.kind == entry_kind::feed_row && e.record == row.record;
    });
    if (!there)
      trouble(page_flaw::incomplete_entry, row.record, row.writer, w_.server.sequence(at), 0);
  }
  for (const auto& cell : w_.server.cells_of(at)) {
    const auto* field = w_.rules.field(w_.server.collection_of(cell.record), cell.field);
    if (field == nullptr)
      continue; // the record's stamp
    if (field->is_set()) {
      const bool whole = holds_set(cell.record, cell.field, at) || holds_set(cell.record, cell.field, to_);
      if (!whole && then.row(cell.record).live)
        trouble(page_flaw::incomplete_entry, cell.record, cell.writer, w_.server.sequence(at), 0);
      continue;
    }
    const bool there = std::any_of(parts_.begin(), parts_.end(), [&](const entry& e) {
      return e.kind == entry_kind::feed_field && e.record == cell.record && e.field == cell.field;
    });
    if (!there && then.row(cell.record).live)
      trouble(page_flaw::incomplete_entry, cell.record, cell.writer, w_.server.sequence(at), 0);
  }
}

void page_reader::close_row() {
  if (parts_.empty())
    return;
  ++w_.done.pages;
  const view then(w_.server, to_, no_overlay_);
  const exhibit shown{place::snapshot, device_, &then};
  const auto& row = parts_.front();
  if (!w_.server.known(row.record) || w_.server.scope_of(row.record) != scope_) {
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
      snapshot_of(device_, to_).rows.push_back(row.record);
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

void page_reader::snapshot_applied(std::uint32_t device, std::uint64_t s, std::uint64_t generation) {
  close();
  device_ = device;
  const auto scope = w_.device(device).scope;
  const auto at = w_.server.at_sequence(s, generation);
  ++w_.done.pages;
  auto rows = std::move(snapshot_of(device, at).rows);
  snapshots_[device].clear();
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  if (rows.size() == w_.server.live_rows(scope, at))
    return;
  record_index missing = 0;
  for (const auto record : w_.server.records_of(scope)) {
    const auto* row = w_.server.row(record, at);
    if (row != nullptr && row->live && !std::binary_search(rows.begin(), rows.end(), record)) {
      missing = record;
      break;
    }
  }
  trouble(page_flaw::incomplete_snapshot, missing, 0, s, w_.server.live_rows(scope, at));
}

} // namespace squall::invariants
