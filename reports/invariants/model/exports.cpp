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
  if (kind == history::view_code::server) {
    shown_.where = place::server;
    against_.emplace(w_.server, w_.server.head(), no_overlay_);
    return;
  }
  auto& device = w_.device(e.actor);
  settle_cursor(w_, device, e.aux, e.s);
  device.exported = true;
  device.settled = false;
  shown_.device = e.actor;
  shown_.synced = device.synced_shown;
  if (!w_.is_granted(device) || device.in_doubt)
    return;
  const auto at = w_.server.at_sequence(e.s, e.aux);
  const bool newest = !w_.server.ever_restored() || e.aux == w_.generation;
  const bool at_head = newest && w_.server.scope_count(scope_, at) == w_.server.scope_commits(scope_).size();
  const bool idle = e.value == 0 && device.unverdicted.empty() && device.pending.empty();
  device.settled = at_head && idle;
  shown_.where = device.settled ? place::settled : place::replica;
  if (kind == history::view_code::confirmed || device.pending.empty())
    against_.emplace(w_.server, at, no_overlay_);
  else if (e.s == device.cursor && !device.overlay_in_doubt && !w_.resolves_closed_task(device) &&
           !w_.tombstones_in_doubt(device))
    against_.emplace(visible(w_, device));
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
  compare_flags(w_, shown_, e, against_->at());
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
  auto count = w_.server.live_rows(scope_, against_->at());
  const auto& overlay = against_->overlay();
  for (std::size_t i = 0; i < overlay.size(); ++i) {
    if (overlay[i].field != effect::row)
      continue;
    bool last = true;
    for (std::size_t j = i + 1; j < overlay.size(); ++j)
      last &= overlay[j].field != effect::row || overlay[j].record != overlay[i].record;
    const auto* base = w_.server.row(overlay[i].record, against_->at());
    if (last)
      count += (overlay[i].live ? 1U : 0U) - (base != nullptr && base->live ? 1U : 0U);
  }
  return count;
}

void export_reader::report_missing_rows() {
  int reported = 0;
  const auto report = [&](record_index record) {
    const auto row = against_->row(record);
    const bool marked = record < marks_.size() && marks_[record] == number_;
    if (!row.live || marked || reported == missing_rows_reported)
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
    if (item.field == effect::row && !w_.server.known(item.record))
      report(item.record);
}

// A difference that says nothing of what users saw.
void export_reader::differs(flaw why, record_index record, std::uint16_t collection) {
  difference d{shown_.where, why, shown_.device, record, collection};
  if (const auto* row = w_.server.row(record, against_->at()); row != nullptr)
    d.expected_writer = row->writer;
  w_.seen.differences.push_back(d);
}

void export_reader::tombstone(const entry& e) {
  const auto* row = w_.server.row(e.record, against_->at());
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
  for (; one != deaths.end() && one->at <= against_->at(); ++one) {
    const auto* row = w_.server.row(one->record, against_->at());
    const bool marked = one->record < marks_.size() && marks_[one->record] == number_;
    if (row->live || row->at != one->at || marked)
      continue;
    ++w_.done.tombstones;
    differs(flaw::forgotten, one->record, w_.server.collection_of(one->record));
  }
}

void export_reader::ended(const entry&) {
  close_row();
  if (compares()) {
    shown_.against = &*against_;
    if (rows_ < expected_rows())
      report_missing_rows();
    if (tombstones_)
      report_missing_tombstones();
  }
  open_ = false;
}

} // namespace squall::invariants
