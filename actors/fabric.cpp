#include "actors/fabric.hpp"

#include "actors/world.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace squall::actors {

namespace {

using faults::fault_number;
using history::entry_kind;
using history::loss_code;

static_assert(static_cast<int>(faults::loss_reason::offline) == static_cast<int>(loss_code::offline));

std::uint8_t number(fault_number n) { return static_cast<std::uint8_t>(n); }

} // namespace

void fabric::disarm(std::uint64_t fault) {
  std::erase_if(anchors_, [&](const message_anchor& a) { return a.fault == fault; });
}

void fabric::send(const sending& how, const io::outgoing& what) {
  const std::uint32_t to = what.to.value;
  const bool from_device = how.from >= 1 && how.from <= world_.devices();
  const bool to_device = to >= 1 && to <= world_.devices();
  if (from_device == to_device || to >= world_.actors() || (!world_.can.has_issuer && to == world_.issuer_actor()))
    return world_.give_up(fmt::format("participant {} sends to {}, where nobody listens", how.from, to));
  const auto bytes = static_cast<std::uint32_t>(std::max<std::size_t>(1, world_.system.charged_bytes(what.bytes)));
  world_.log.add({.kind = entry_kind::message_sent,
                  .code = static_cast<std::uint8_t>(what.cls),
                  .actor = how.from,
                  .peer = to,
                  .scope = what.hint.scope.value,
                  .s = what.hint.head,
                  .message = how.message,
                  .value = bytes,
                  .aux = what.hint.generation});
  ++world_.counts.messages;
  world_.counts.acknowledgements += how.from == 0 && what.cls == io::message_class::push_reply;
  // The links are asked for every message, also for one that an anchor takes: its slot must not change hands.
  auto fate = world_.links.send({how.from}, what.to, world_.now(), bytes);
  if (world_.chances != nullptr)
    tell_chances(how, what, fate);
  if (!anchors_.empty() && anchored(how, what, fate))
    return;
  deliver(how, what, fate);
}

bool fabric::wants_carried() const noexcept { return !anchors_.empty() || world_.chances != nullptr; }

void fabric::tell_chances(const sending& how, const io::outgoing& what, const faults::message_fate& fate) {
  const bool up = how.from >= 1 && how.from <= world_.devices();
  chance seen{.at_ns = world_.now(), .cls = what.cls, .device = up ? how.from : what.to.value};
  for (const auto& id : how.carried)
    if (const auto intention = world_.known.intention_of(id); intention != 0)
      seen.carried.push_back(intention);
  seen.lost = fate.lost == faults::loss_reason::noise;
  seen.duplicated = fate.copies > 1;
  seen.delayed = fate.reordered;
  seen.corrupted = fate.corrupted;
  seen.delay_ns = fate.delay_ns[0];
  seen.copy_ns = fate.copies > 1 ? fate.delay_ns[1] : 0;
  seen.bit = fate.corrupt_bit;
  world_.chances->push_back(std::move(seen));
}

/// What the links lost stays lost: there is nothing left to be late.
void fabric::strike(const message_anchor& anchor, const sending& how, faults::message_fate& fate) {
  if (fate.lost != faults::loss_reason::none)
    return;
  world_.counts.count(anchor.number);
  world_.log.add({.kind = entry_kind::fault_effect,
                  .code = number(anchor.number),
                  .actor = how.from,
                  .value = 1,
                  .ref = anchor.fault});
  switch (anchor.number) {
    case fault_number::delay_message: fate.delay_ns[0] += anchor.by; break;
    case fault_number::duplicate_message:
      fate.anchored_copy = fate.copies < 2;
      fate.copies = 2;
      fate.delay_ns[1] = fate.delay_ns[0] + anchor.by;
      break;
    case fault_number::corrupt_message:
      fate.corrupted = fate.anchored_bit = true;
      fate.corrupt_bit = static_cast<std::uint64_t>(anchor.by);
      break;
    default: CHECK(!"not a fault of one message");
  }
}

bool fabric::anchored(const sending& how, const io::outgoing& what, faults::message_fate& fate) {
  bool taken = false;
  for (auto& anchor : anchors_) {
    if (anchor.cls != what.cls || (anchor.device != how.from && anchor.device != what.to.value))
      continue;
    const auto carries = [&](const intent_id& id) { return world_.known.intention_of(id) == anchor.intention; };
    if (anchor.intention != 0 && std::none_of(how.carried.begin(), how.carried.end(), carries))
      continue;
    if (++anchor.seen != anchor.ordinal || taken)
      continue;
    if (anchor.number != fault_number::drop_message) {
      strike(anchor, how, fate);
      continue;
    }
    taken = true;
    world_.counts.count(fault_number::drop_message);
    world_.log.add({.kind = entry_kind::fault_effect,
                    .code = number(fault_number::drop_message),
                    .actor = how.from,
                    .value = 1,
                    .ref = anchor.fault});
    world_.log.add({.kind = entry_kind::message_lost,
                    .code = static_cast<std::uint8_t>(loss_code::anchored),
                    .actor = how.from,
                    .peer = what.to.value,
                    .message = how.message});
  }
  return taken;
}

void fabric::noise(std::uint32_t from, faults::cause_id cause, fault_number planned, fault_number noise_number) {
  const auto n = cause == 0 ? noise_number : planned;
  world_.counts.count(n);
  world_.log.add({.kind = entry_kind::fault_effect, .code = number(n), .actor = from, .value = 1, .ref = cause});
}

void fabric::deliver(const sending& how, const io::outgoing& what, const faults::message_fate& fate) {
  const std::uint32_t to = what.to.value;
  if (fate.lost != faults::loss_reason::none) {
    const auto planned = fate.lost == faults::loss_reason::offline     ? fault_number::offline
                         : fate.lost == faults::loss_reason::partition ? fault_number::partition
                                                                       : fault_number::loss;
    noise(how.from, fate.loss_cause, planned, fault_number::noise_loss);
    world_.log.add({.kind = entry_kind::message_lost,
                    .code = static_cast<std::uint8_t>(fate.lost),
                    .actor = how.from,
                    .peer = to,
                    .message = how.message});
    return;
  }
  if (fate.latency_cause != 0)
    world_.counts.count(fault_number::latency);
  if (fate.reordered)
    noise(how.from, fate.reorder_cause, fault_number::reordering, fault_number::noise_reorder);
  if (fate.copies > 1) {
    if (!fate.anchored_copy)
      noise(how.from, fate.duplicate_cause, fault_number::duplication, fault_number::noise_duplicate);
    world_.log.add({.kind = entry_kind::message_duplicated, .actor = how.from, .peer = to, .message = how.message});
  }
  if (fate.corrupted) {
    if (!fate.anchored_bit)
      noise(how.from, fate.corrupt_cause, fault_number::corruption, fault_number::noise_corrupt);
    world_.log.add({.kind = entry_kind::message_corrupted,
                    .actor = how.from,
                    .peer = to,
                    .message = how.message,
                    .value = static_cast<std::int64_t>(fate.corrupt_bit)});
  }
  for (std::uint32_t copy = 0; copy < fate.copies; ++copy) {
    const lineage own = copy == 0 ? how.message : child_lineage(how.message, {cause_kind::copy, to, copy});
    auto [handle, event] = world_.schedule(
        {.at = world_.now() + fate.delay_ns[copy], .receiver = to, .kind = event_kind::message, .cause = own});
    event.a = how.from;
    event.b = how.message;
    event.d = static_cast<std::uint64_t>(what.cls);
    event.e = how.exchange;
    event.bytes = what.bytes;
    if (copy == 0 && fate.corrupted && !event.bytes.empty()) {
      // The bit is drawn over the charged length; the bytes as they are may be fewer.
      const auto bit = fate.corrupt_bit % (event.bytes.size() * 8);
      event.bytes[bit / 8] = static_cast<char>(event.bytes[bit / 8] ^ 1 << bit % 8);
    }
  }
}

void fabric::lose(const kernel_event& message) {
  const auto from = static_cast<std::uint32_t>(message.a);
  noise(from, 0, fault_number::loss, fault_number::noise_loss);
  world_.log.add({.kind = entry_kind::message_lost,
                  .code = static_cast<std::uint8_t>(loss_code::noise),
                  .actor = from,
                  .peer = message.receiver,
                  .message = message.b});
}

void fabric::receiver_down(std::uint32_t from, std::uint32_t to, lineage message) {
  world_.log.add({.kind = entry_kind::message_lost,
                  .code = static_cast<std::uint8_t>(loss_code::receiver_down),
                  .actor = from,
                  .peer = to,
                  .message = message});
}

} // namespace squall::actors
