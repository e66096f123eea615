#include "reports/invariants/model/exports.hpp"

#include <algorithm>

namespace squall::invariants {

namespace {

// Enough to see the pattern; the rest is counted by nobody.
constexpr int missing_rows_reported = 3;

} // namespace

void export_reader::began(const entry& e) {
  open_ = true;
  against_.reset();
  record_ = 0;
  rows_ = 0;
  ++number_;
  scope_ = e.scope;
  shown_ = {};
  const auto kind = static_cast<history::view_code>(e.code);
  tombstones_ = w_.lifetimes.forgets() && kind != history::view_code::visible;
  forgotten_ = tombstones_ ? w_.server.at_sequence(e.ref, e.aux) : 0;
  shown_.scope = scope_;
  if (kind == history::view_code::server) {
    shown_.where = place::server;
    at_ = w_.server.head();
    against_.emplace(w_.server, at_, no_overlay_);
    return;
  }
  auto& device = w_.device(e.actor);
  show_cursor(w_, device, {e.scope, e.aux, e.s});
  auto& replica = device.replica(e.scope);
  replica.exported = true;
  replica.settled = false;
  at_ = w_.server.at_sequence(e.s, e.aux);
  shown_.device = e.actor;
  shown_.synced = device.synced_shown;
  // Who has moved is where its newest cursor has it: then one that is in doubt is as bad as all.
  if (replica.in_doubt || w_.moves_in_doubt(device))
    return;
  hold_against(e, device, replica);
}

void export_reader::hold_against(const entry& e, device_fact& device, const replica_fact& replica) {
  const bool newest = !w_.server.ever_restored() || e.aux == w_.generation;
  const bool at_head = newest && w_.server.scope_count(scope_, at_) == w_.server.scope_commits(scope_).size();
  const bool idle = e.value == 0 && device.unverdicted.empty() && device.pending.empty();
  device.replica(scope_).settled = at_head && idle && replica.held;
  shown_.where = replica.settled ? place::settled : place::replica;
  const bool confirmed = static_cast<history::view_code>(e.code) == history::view_code::confirmed;
  if (confirmed || device.pending.empty()) {
    static_cast<void>(visible(w_, device)); // brings the horizons up to date
    horizons_ = device.horizons;
    for (auto& one : horizons_) {
      one.forgotten = 0;
      one.at = one.scope == scope_ && !one.purged ? at_ : one.at;
    }
    against_.emplace(view(w_.server, horizons_, no_overlay_).without(device.unseen));
  } else if (e.s == replica.cursor && !device.in_doubt() && !w_.overlay_in_doubt(device)) {
    against_.emplace(visible(w_, device));
  }
}

void export_reader::row(const entry& e) {
  close_row();
  if (!compares())
    return;
  shown_.against = &*against_;
  const bool live = static_cast<history::presence_code>(e.code) == history::presence_code::live;
  if (e.record >= marks_.size())
    marks_.resize(std::max<std::size_t>(e.record + 1, w_.names->records() + 1));
  compare_row(w_, shown_, e, live);
  if (!live)
    return tombstone(e);
  compare_flags(w_, shown_, e);
  if (marks_[e.record] == number_)
    w_.seen.differences.push_back({shown_.where, flaw::unfounded, shown_.device, e.record, e.collection});
  marks_[e.record] = number_;
  ++rows_;
  record_ = e.record;
  collection_ = e.collection;
  fields_ = 0;
  derived_shown_ = 0;
  members_.clear();
}

void export_reader::field(const entry& e) {
  if (!compares() || e.record != record_)
    return;
  shown_.against = &*against_;
  compare_cell(w_, shown_, e);
  const auto* field = w_.rules.field(e.collection, e.field);
  if (field->is_set())
    members_.push_back({e.field, e.tag, e.value});
  else if (field->is_derived())
    derived_shown_ |= 1ULL << (e.field & 63U);
  else if (e.tag != value_tag::none)
    ++fields_;
}

void export_reader::close_row() {
  if (record_ == 0 || !compares())
    return;
  const auto record = record_;
  record_ = 0;
  const auto row = against_->row(record);
  if (!row.known || !row.live)
    return;
  const auto* collection = w_.rules.collection(row.collection);
  std::uint32_t expected = 0;
  for (std::uint16_t f = 0; f < collection->fields.size(); ++f)
    expected +=
        !collection->fields[f].is_derived() && !collection->fields[f].is_set() && against_->cell(record, f).present ? 1
                                                                                                                    : 0;
  shown_.against = &*against_;
  report_missing_members(w_, shown_, record, row.collection, members_, true);
  if (expected > fields_)
    w_.seen.differences.push_back({shown_.where, flaw::stale, shown_.device, record, row.collection});
  for (const auto f : collection->derived) {
    // A field that is left out stands for 0.
    if ((derived_shown_ >> (f & 63U) & 1U) == 0 && against_->overlay().empty() &&
        against_->derived(record, f, *w_.names) != 0)
      w_.seen.differences.push_back({shown_.where, flaw::derived, shown_.device, record, row.collection, f});
  }
}

std::uint32_t export_reader::expected_rows() const {
  auto count = w_.server.live_rows(scope_, at_);
  const auto& overlay = against_->overlay();
  for (std::size_t i = 0; i < overlay.size(); ++i) {
    if (overlay[i].field != effect::row)
      continue;
    bool last = true;
    for (std::size_t j = i + 1; j < overlay.size(); ++j)
      last &= overlay[j].field != effect::row || overlay[j].record != overlay[i].record;
    const auto* base = w_.server.row(overlay[i].record, at_);
    const bool was_here = base != nullptr && base->live && base->scope == scope_;
    if (last)
      count += (overlay[i].live && overlay[i].scope == scope_ ? 1U : 0U) - (was_here ? 1U : 0U);
  }
  return count;
}

void export_reader::report_missing_rows() {
  int reported = 0;
  const auto report = [&](record_index record) {
    const auto row = against_->row(record);
    const bool marked = record < marks_.size() && marks_[record] == number_;
    if (!row.live || row.scope != scope_ || marked || reported == missing_rows_reported)
      return;
    entry absent;
    absent.record = record;
    absent.collection = row.collection;
    compare_row(w_, shown_, absent, false);
    ++reported;
  };
  for (const auto record : w_.server.records_of(scope_))
    report(record);
  for (const auto& item : against_->overlay())
    if (item.field == effect::row && (!w_.server.known(item.record) || w_.server.scope_of(item.record) != scope_))
      report(item.record);
}

// A difference that says nothing of what users saw.
void export_reader::differs(flaw why, record_index record, std::uint16_t collection) {
  difference d{shown_.where, why, shown_.device, record, collection};
  if (const auto* row = w_.server.row(record, at_); row != nullptr)
    d.expected_writer = row->writer;
  w_.seen.differences.push_back(d);
}

void export_reader::tombstone(const entry& e) {
  const auto* row = w_.server.row(e.record, at_);
  if (row != nullptr && row->scope != scope_)
    return differs(flaw::elsewhere, e.record, e.collection); // it has left, which is no deletion
  if (!tombstones_ || row == nullptr || row->live)
    return;
  ++w_.done.tombstones;
  marks_[e.record] = number_;
  if (row->at <= forgotten_ && !(shown_.device != 0 && is_kept(w_.device(shown_.device).kept, e.record)))
    differs(flaw::unforgotten, e.record, e.collection);
}

// Each that is ahead of the fence must be there.
void export_reader::report_missing_tombstones() {
  const auto& deaths = w_.lifetimes.find_scope(scope_).deaths;
  auto one = std::upper_bound(deaths.begin(), deaths.end(), forgotten_,
                              [](position through, const death& d) { return through < d.at; });
  for (; one != deaths.end() && one->at <= at_; ++one) {
    const auto row = against_->row(one->record);
    const bool marked = one->record < marks_.size() && marks_[one->record] == number_;
    if (!row.known || row.live || row.at != one->at || marked)
      continue;
    ++w_.done.tombstones;
    differs(flaw::forgotten, one->record, w_.server.collection_of(one->record));
  }
}

void export_reader::ended(const entry&) {
  close_row();
  if (compares()) {
    shown_.against = &*against_;
    if (w_.server.any_moved() || rows_ < expected_rows())
      report_missing_rows();
    if (tombstones_)
      report_missing_tombstones();
  }
  open_ = false;
}

} // namespace squall::invariants
