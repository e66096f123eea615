// Names of what has happened: the same for orders that nobody can tell apart, different for all others.
#include "campaigns/exhaustive/trace_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace squall::campaigns {
namespace {

using actors::turn;
using actors::turn_kind;

constexpr std::uint32_t devices = 2;

turn act(std::uint32_t device, std::uint64_t cause) {
  return {.kind = turn_kind::act, .actor = device, .device = device, .cause = cause};
}
turn request(std::uint32_t device, io::message_class cls, std::uint64_t cause) {
  return {.kind = turn_kind::message, .actor = 0, .device = device, .cls = cls, .cause = cause};
}
turn reply(std::uint32_t device, std::uint64_t cause) {
  return {
      .kind = turn_kind::message, .actor = device, .device = device, .cls = io::message_class::page, .cause = cause};
}

std::uint64_t name_of(const std::vector<turn>& order, bool acts_in_order = false) {
  trace_key key(devices, acts_in_order);
  actors::crossroads at;
  at.turns = order;
  for (const auto& t : order) {
    key.arrive(at);
    EXPECT_EQ(key.after(t, false), [&] {
      auto copy = key;
      copy.take(t, false);
      return copy.value();
    }());
    key.take(t, false);
  }
  return key.value();
}

TEST(TraceKey, DoesNotTellTheOrderOfTurnsAtDifferentDevices) {
  EXPECT_EQ(name_of({act(1, 11), act(2, 22)}), name_of({act(2, 22), act(1, 11)}));
  EXPECT_NE(name_of({act(1, 11), act(2, 22)}, true), name_of({act(2, 22), act(1, 11)}, true));
}

TEST(TraceKey, TellsTheOrderOfTurnsAtOneDevice) {
  EXPECT_NE(name_of({act(1, 11), reply(1, 22)}), name_of({reply(1, 22), act(1, 11)}));
}

TEST(TraceKey, TellsTheOrderOfWritesAtTheServerAndOfAWriteAndARead) {
  const auto push = request(1, io::message_class::push, 11), other = request(2, io::message_class::push, 22);
  const auto pull = request(2, io::message_class::pull, 33), further = request(1, io::message_class::pull, 44);
  EXPECT_NE(name_of({push, other}), name_of({other, push}));
  EXPECT_NE(name_of({push, pull}), name_of({pull, push}));
  EXPECT_EQ(name_of({further, pull}), name_of({pull, further}));
  EXPECT_EQ(name_of({push, further, pull}), name_of({push, pull, further}));
  EXPECT_NE(name_of({further, push, pull}), name_of({pull, push, further}));
}

TEST(TraceKey, TellsWhichTurnSentAMessage) {
  const auto name = [](const turn& sender) {
    trace_key key(devices, false);
    actors::crossroads at;
    at.turns = {act(1, 11), request(1, io::message_class::push, 12)};
    key.arrive(at);
    key.take(sender, false);
    at.turns = {reply(2, 22)}; // new now: the last turn sent it
    key.arrive(at);
    const auto before = key.value();
    key.take(reply(2, 22), false);
    return key.value() - before;
  };
  EXPECT_NE(name(act(1, 11)), name(request(1, io::message_class::push, 12)));
}

TEST(TraceKey, ALossIsNotAnArrivalAndMayComeAtAnyTime) {
  const auto message = reply(2, 22);
  const auto other = act(1, 11);
  trace_key first(devices, false), second(devices, false), arrived(devices, false);
  actors::crossroads at;
  at.turns = {message, other};
  for (auto* key : {&first, &second, &arrived})
    key->arrive(at);
  first.take(message, true);
  first.take(other, false);
  second.take(other, false);
  second.take(message, true);
  arrived.take(message, false);
  arrived.take(other, false);
  EXPECT_EQ(first.value(), second.value());
  EXPECT_NE(first.value(), arrived.value());
}

} // namespace
} // namespace squall::campaigns
