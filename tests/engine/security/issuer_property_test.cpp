// A network that loses, repeats and delays requests and replies, and an issuer that restarts, never lock out a device that
// keeps its newest token, and enrols with a new key when it is told that an old one was shown.
#include "tests/engine/security/office.hpp"

#include <rapidcheck/gtest.h>

#include <vector>

namespace squall::security {
namespace {

using wire::message_kind;

RC_GTEST_PROP(IssuerProperty, NeverLocksADeviceOut, ()) {
  office issuer("property");
  std::uint64_t keys = 1;
  auto key = derive_key_pair(keys, "device");
  std::string token = issuer.ask(enrolment_of(key), message_kind::enrol_request)->refresh_token();
  std::vector<wire::RefreshRequest> in_flight;
  std::vector<wire::EnrolRequest> enrolments{enrolment_of(key)};
  std::uint64_t nonce = 0;
  const auto signed_in = [&](const wire::TokenResponse& reply) {
    if (reply.reason() != wire::REFUSED_REUSED)
      return reply.status() == 200u;
    key = derive_key_pair(++keys, "device");
    enrolments.push_back(enrolment_of(key));
    token = issuer.ask(enrolment_of(key), message_kind::enrol_request)->refresh_token();
    return !token.empty();
  };
  const int steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    switch (*rc::gen::inRange(0, 7)) {
      case 0: issuer.restart(); break;
      case 1: // an old request arrives late; nobody waits for its reply
        if (!in_flight.empty())
          (void)issuer.ask(in_flight[*rc::gen::inRange<std::size_t>(0, in_flight.size())],
                           message_kind::refresh_request);
        break;
      case 2: // a copy of an enrolment, of a key that is used no longer, too
      case 3:
        (void)issuer.ask(enrolments[*rc::gen::inRange<std::size_t>(0, enrolments.size())], message_kind::enrol_request);
        break;
      default: {
        in_flight.push_back(refresh_with(token, key, ++nonce));
        if (*rc::gen::arbitrary<bool>())
          break; // lost on the way there, or only late
        const auto reply = issuer.ask(in_flight.back(), message_kind::refresh_request);
        RC_ASSERT(reply.has_value());
        RC_ASSERT(signed_in(*reply));
        if (reply->status() == 200u && *rc::gen::arbitrary<bool>())
          token = reply->refresh_token(); // else lost on the way back
      }
    }
  }
  RC_ASSERT(signed_in(*issuer.ask(refresh_with(token, key, ++nonce), message_kind::refresh_request)));
  RC_ASSERT(issuer.ask(refresh_with(token, key, ++nonce), message_kind::refresh_request)->status() == 200u);
}

} // namespace
} // namespace squall::security
