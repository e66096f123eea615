#include "faults/link.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/keyed_draw.hpp"
#include "faults/sampling.hpp"

#include <algorithm>

namespace squall::faults {
namespace {

constexpr std::uint32_t all_ppm = 1'000'000;
constexpr std::uint64_t latency_ppm_max = 1'000'000'000;

/// What a draw decides; the index of its block.
enum purpose : std::uint32_t { passage = 0, duplicate = 1, reorder = 2, corrupt = 3 };

/// The chance that at least one of two independent things happens.
std::uint32_t either(std::uint32_t a_ppm, std::uint32_t b_ppm) {
  const std::uint64_t neither = std::uint64_t{all_ppm - a_ppm} * (all_ppm - b_ppm);
  return all_ppm - static_cast<std::uint32_t>(neither / all_ppm);
}

void add_rate(std::uint32_t& total, cause_id& blamed, std::uint32_t rate, cause_id cause) {
  CHECK(rate <= all_ppm);
  if (rate == 0)
    return;
  total = either(total, rate);
  if (blamed == 0)
    blamed = cause;
}

std::uint32_t upper(std::uint64_t bits) { return static_cast<std::uint32_t>(bits >> 32); }
std::uint32_t lower(std::uint64_t bits) { return static_cast<std::uint32_t>(bits); }

} // namespace

link_model::link_model(const options& o) : options_(o), devices_(std::size_t{o.devices} + 1) {
  const link_settings& b = o.base;
  CHECK(b.loss_ppm <= all_ppm && b.duplicate_ppm <= all_ppm && b.reorder_ppm <= all_ppm && b.corrupt_ppm <= all_ppm);
  CHECK(b.latency.low_ns >= 0 && b.jitter_ns >= 0 && b.reorder_by_ns >= 0);
  CHECK(b.latency.kind != latency_kind::uniform || b.latency.high_ns >= b.latency.low_ns);
  faulted_device none;
  refold(none);
  base_ = none.folded;
}

// -- one message -------------------------------------------------------------------------------------------------------

link_end link_model::end_of(endpoint_id from, endpoint_id to) const {
  const bool both = from != to && (from == options_.server || from == options_.issuer) &&
                    (to == options_.server || to == options_.issuer);
  if (both) // the server is to the issuer what a device is, on links that no fault is done to
    return {options_.server, options_.issuer, to == options_.issuer};
  const bool up = to == options_.server || to == options_.issuer;
  const link_end link{up ? from : to, up ? to : from, up};
  CHECK(link.device.value >= 1 && link.device.value <= options_.devices);
  CHECK(link.peer == options_.server || link.peer == options_.issuer);
  return link;
}

const link_model::summary& link_model::in_force(endpoint_id device) const {
  const std::int32_t index = devices_[device.value].faulted;
  return index < 0 ? base_ : faulted_[static_cast<std::size_t>(index)].folded;
}

duration_ns link_model::latency_of(const summary& s, std::uint32_t latency_bits, std::uint32_t jitter_bits) const {
  const latency_model& m = options_.base.latency;
  duration_ns drawn = m.low_ns;
  if (m.kind == latency_kind::uniform)
    drawn = uniform_ns(m.low_ns, m.high_ns, latency_bits);
  else if (m.kind == latency_kind::lognormal)
    drawn = lognormal_ns(m.low_ns, m.sigma_milli, latency_bits);
  drawn += uniform_ns(0, options_.base.jitter_ns, jitter_bits);
  if (s.latency_ppm != all_ppm)
    drawn = static_cast<duration_ns>(static_cast<unsigned __int128>(drawn) * s.latency_ppm / all_ppm);
  return std::max<duration_ns>(1, drawn + s.latency_add_ns);
}

message_fate link_model::send(endpoint_id from, endpoint_id to, time_ns at, std::uint32_t bytes) {
  const link_end link = end_of(from, to);
  slot_counter& counter = devices_[link.device.value].slots[link.peer == options_.issuer][link.up];
  const std::int64_t slot = at / millisecond_ns;
  CHECK(slot >= counter.slot);
  if (slot != counter.slot)
    counter = {slot, 0};
  return decide(link, at, counter.next++, bytes);
}

message_fate link_model::decide(const link_end& link, time_ns at, std::uint32_t ordinal, std::uint32_t bytes) const {
  CHECK(bytes > 0);
  const summary& s = in_force(link.device);
  const bool to_issuer = link.peer == options_.issuer;
  message_fate fate;
  fate.lost = s.cut[to_issuer][link.up];
  fate.loss_cause = s.cut_cause[to_issuer][link.up];
  if (fate.lost != loss_reason::none)
    return fate;

  const std::uint64_t direction = std::uint64_t{link.device.value} << 2 | std::uint64_t{to_issuer} << 1 | link.up;
  const std::uint64_t key = mix(mix(direction, static_cast<std::uint64_t>(at / millisecond_ns)), ordinal);
  const draw_block passes = draw(options_.seed, draw_domain::link, key, purpose::passage);
  if (happens(passes.high, s.loss_ppm)) {
    fate.lost = loss_reason::noise;
    fate.loss_cause = happens(passes.high, base_.loss_ppm) ? 0 : s.loss_cause;
    return fate;
  }
  fate.copies = 1;
  fate.latency_cause = s.latency_cause;
  fate.delay_ns[0] = latency_of(s, lower(passes.low), upper(passes.low));
  if (s.rare)
    draw_rare(s, key, bytes, fate);
  return fate;
}

void link_model::draw_rare(const summary& s, std::uint64_t key, std::uint32_t bytes, message_fate& fate) const {
  // The base's rate is the smaller one: what would have happened without any fault is noise.
  if (s.duplicate_ppm != 0) {
    const draw_block d = draw(options_.seed, draw_domain::link, key, purpose::duplicate);
    if (happens(d.low, s.duplicate_ppm)) {
      fate.copies = 2;
      fate.delay_ns[1] = latency_of(s, lower(d.high), upper(d.high));
      fate.duplicate_cause = happens(d.low, base_.duplicate_ppm) ? 0 : s.duplicate_cause;
    }
  }
  if (s.reorder_ppm != 0 && s.reorder_by_ns > 0) {
    const draw_block d = draw(options_.seed, draw_domain::link, key, purpose::reorder);
    if (happens(d.low, s.reorder_ppm)) {
      fate.reordered = true;
      fate.delay_ns[0] += 1 + static_cast<duration_ns>(below(d.high, static_cast<std::uint64_t>(s.reorder_by_ns)));
      fate.reorder_cause = happens(d.low, base_.reorder_ppm) ? 0 : s.reorder_cause;
    }
  }
  if (s.corrupt_ppm != 0) {
    const draw_block d = draw(options_.seed, draw_domain::link, key, purpose::corrupt);
    if (happens(d.low, s.corrupt_ppm)) {
      fate.corrupted = true;
      fate.corrupt_bit = below(d.high, std::uint64_t{bytes} * 8);
      fate.corrupt_cause = happens(d.low, base_.corrupt_ppm) ? 0 : s.corrupt_cause;
    }
  }
}

// -- what is in force --------------------------------------------------------------------------------------------------

void link_model::fold_cuts(const cause_state& c, summary& s) {
  const link_influence& i = c.influence;
  for (int issuer = 0; issuer < 2; ++issuer)
    for (int up = 0; up < 2; ++up) {
      loss_reason& cut = s.cut[issuer][up];
      // Being offline explains more than a partition does, whichever came first.
      if (i.offline && cut != loss_reason::offline) {
        cut = loss_reason::offline;
        s.cut_cause[issuer][up] = c.cause;
      }
      const bool this_way = i.direction == cut_direction::both || (i.direction == cut_direction::up) == (up == 1);
      if (i.partitioned && issuer == 0 && this_way && cut == loss_reason::none) {
        cut = loss_reason::partition;
        s.cut_cause[issuer][up] = c.cause;
      }
    }
}

void link_model::refold(faulted_device& f) const {
  summary s;
  s.loss_ppm = options_.base.loss_ppm;
  s.duplicate_ppm = options_.base.duplicate_ppm;
  s.reorder_ppm = options_.base.reorder_ppm;
  s.corrupt_ppm = options_.base.corrupt_ppm;
  s.reorder_by_ns = options_.base.reorder_by_ns;
  for (const cause_state& c : f.causes) {
    const link_influence& i = c.influence;
    fold_cuts(c, s);
    s.latency_ppm = std::min(s.latency_ppm * i.latency_ppm / all_ppm, latency_ppm_max);
    s.latency_add_ns += i.latency_add_ns;
    if (s.latency_cause == 0 && (i.latency_ppm != all_ppm || i.latency_add_ns != 0))
      s.latency_cause = c.cause;
    add_rate(s.loss_ppm, s.loss_cause, i.loss_ppm, c.cause);
    add_rate(s.duplicate_ppm, s.duplicate_cause, i.duplicate_ppm, c.cause);
    add_rate(s.reorder_ppm, s.reorder_cause, i.reorder_ppm, c.cause);
    add_rate(s.corrupt_ppm, s.corrupt_cause, i.corrupt_ppm, c.cause);
    s.reorder_by_ns = std::max(s.reorder_by_ns, i.reorder_by_ns);
  }
  s.rare = s.duplicate_ppm != 0 || s.reorder_ppm != 0 || s.corrupt_ppm != 0;
  f.folded = s;
}

void link_model::begin(endpoint_id device, cause_id cause, const link_influence& influence) {
  CHECK(device.value >= 1 && device.value <= options_.devices);
  std::int32_t& index = devices_[device.value].faulted;
  if (index < 0) {
    index = static_cast<std::int32_t>(faulted_.size());
    faulted_.emplace_back();
  }
  faulted_device& f = faulted_[static_cast<std::size_t>(index)];
  CHECK(std::none_of(f.causes.begin(), f.causes.end(), [&](const cause_state& c) { return c.cause == cause; }));
  f.causes.push_back({cause, influence});
  refold(f);
}

void link_model::end(endpoint_id device, cause_id cause) {
  CHECK(device.value >= 1 && device.value <= options_.devices);
  const std::int32_t index = devices_[device.value].faulted;
  if (index < 0)
    return;
  faulted_device& f = faulted_[static_cast<std::size_t>(index)];
  std::erase_if(f.causes, [&](const cause_state& c) { return c.cause == cause; });
  refold(f);
}

void link_model::end_all() {
  for (faulted_device& f : faulted_) {
    f.causes.clear();
    refold(f);
  }
}

void link_model::quieten_base() {
  link_settings& b = options_.base;
  b.loss_ppm = b.duplicate_ppm = b.reorder_ppm = b.corrupt_ppm = 0;
  faulted_device none;
  refold(none);
  base_ = none.folded;
  for (faulted_device& f : faulted_)
    refold(f);
}

bool link_model::offline(endpoint_id device) const { return in_force(device).cut[0][0] == loss_reason::offline; }

bool link_model::cut(endpoint_id from, endpoint_id to) const {
  const link_end link = end_of(from, to);
  return in_force(link.device).cut[link.peer == options_.issuer][link.up] != loss_reason::none;
}

} // namespace squall::faults
