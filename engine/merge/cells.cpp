#include "engine/merge/cells.hpp"

#include "engine/base/check.hpp"

#include <algorithm>

namespace squall::merge {

using telemetry::probe;
using telemetry::sabotage;

std::int64_t wrapping_add(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

std::int64_t integer_or_zero(const value& v) noexcept {
  const auto* n = std::get_if<std::int64_t>(&v);
  return n != nullptr ? *n : 0;
}

namespace {

void sign(const writing& how, cell& c) {
  c.writer = how.in.id;
  c.sequence = how.at.sequence;
}

/// So that cells which say the same are the same.
void drop_if_empty(cell& c) {
  if (c.details && *c.details.get() == cell_details{})
    c.details.reset();
}

/// Where the text is, or is to be.
std::vector<set_member>::iterator place_of(std::vector<set_member>& members, const std::string& text) {
  return std::lower_bound(members.begin(), members.end(), text,
                          [](const set_member& m, const std::string& t) { return m.text < t; });
}

void leave(const writing& how, std::vector<set_mark>& marks) {
  if (marks.empty() || marks.back().intent != how.in.id)
    marks.push_back({how.in.id, how.at.sequence});
}

bool author_saw(const writing& how, const set_mark& m) {
  return had_seen(how.in, m.intent, {how.at.generation, m.sequence});
}

void insert(const writing& how, set_member& m) {
  if (!m.erases.empty() && !how.counts.sabotaged(sabotage::insert_spares_erases))
    std::erase_if(m.erases, [&](const set_mark& k) { return author_saw(how, k); });
  leave(how, m.inserts);
}

void erase(const writing& how, set_member& m) {
  const bool remove_wins = how.field.rule == field_rule::remove_wins;
  std::erase_if(m.inserts, [&](const set_mark& k) {
    return author_saw(how, k) || (!remove_wins && how.counts.sabotaged(sabotage::erase_takes_unseen));
  });
  if (remove_wins)
    leave(how, m.erases);
}

std::optional<obstacle> in_the_way(write_kind kind, const set_member& m) {
  if (kind == write_kind::set_insert && !m.erases.empty())
    return obstacle{newest(m.erases).intent, verdict_rule::remove_wins};
  if (kind == write_kind::set_erase && is_member(m))
    return obstacle{newest(m.inserts).intent, verdict_rule::add_wins};
  return std::nullopt;
}

/// What a set that is written as a whole does to what its author had not seen.
void replace_whole(const writing& how, std::vector<set_member>& members) {
  for (set_member& m : members)
    std::erase_if(m.inserts, [&](const set_mark& k) { return !author_saw(how, k); });
}

} // namespace

void put_value(const writing& how, cell& c, value v) {
  c.current = std::move(v);
  sign(how, c);
  if (!how.rules.by_field_rules)
    return;
  if (how.field.rule == field_rule::lww_clock)
    c.details.need().stamp = how.at.stamp;
  else if (how.field.rule == field_rule::role_precedence)
    c.details.need().role = how.at.role;
  drop_if_empty(c);
}

std::int64_t sum_of(const writing& how, const field_write& w, const cell& c, bool concurrent) {
  const std::int64_t delta = integer_or_zero(w.to);
  std::int64_t from = integer_or_zero(c.current);
  if (concurrent && how.counts.sabotaged(sabotage::counter_set))
    from = integer_or_zero(w.before);
  if (concurrent && how.counts.sabotaged(sabotage::increment_twice))
    from = wrapping_add(from, delta);
  return wrapping_add(from, delta);
}

std::optional<obstacle> put_member(const writing& how, const field_write& w, cell& c, bool concurrent) {
  sign(how, c);
  const auto* text = std::get_if<std::string>(&w.to);
  CHECK(text != nullptr);
  auto& members = c.details.need().members;
  if (concurrent && how.counts.sabotaged(sabotage::set_replaced))
    replace_whole(how, members);
  auto at = place_of(members, *text);
  if (at == members.end() || at->text != *text)
    at = members.insert(at, {*text, {}, {}});
  w.kind == write_kind::set_insert ? insert(how, *at) : erase(how, *at);
  const auto out = in_the_way(w.kind, *at);
  if (out)
    how.counts.hit(w.kind == write_kind::set_insert ? probe::merge_insert_kept_out : probe::merge_erase_kept_in);
  std::erase_if(members, [](const set_member& m) { return m.inserts.empty() && m.erases.empty(); });
  drop_if_empty(c);
  return out;
}

} // namespace squall::merge
