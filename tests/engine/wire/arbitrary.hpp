// Generators of the values that travel, for properties.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/merge/decide.hpp"

#include <rapidcheck.h>

#include <string>
#include <vector>

namespace squall::wire {

template <class Enum>
rc::Gen<Enum> up_to(Enum last) {
  return rc::gen::map(rc::gen::inRange(0, static_cast<int>(last) + 1), [](int n) { return static_cast<Enum>(n); });
}

inline rc::Gen<intent_id> arbitrary_intent_id() {
  return rc::gen::construct<intent_id>(rc::gen::arbitrary<std::uint32_t>(), rc::gen::arbitrary<std::uint32_t>(),
                                       rc::gen::arbitrary<std::uint64_t>());
}

inline rc::Gen<record_id> arbitrary_record_id() {
  return rc::gen::construct<record_id>(rc::gen::arbitrary<std::uint32_t>(), rc::gen::arbitrary<std::uint32_t>(),
                                       rc::gen::arbitrary<std::uint64_t>());
}

inline rc::Gen<value> arbitrary_value() {
  return rc::gen::oneOf(
      rc::gen::just(value{}), rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t n) { return value{n}; }),
      rc::gen::map(rc::gen::arbitrary<std::string>(), [](std::string s) { return value{std::move(s)}; }),
      rc::gen::map(arbitrary_record_id(), [](record_id r) { return value{r}; }));
}

inline rc::Gen<operation> arbitrary_operation() {
  return rc::gen::build<operation>(
      rc::gen::set(&operation::kind, up_to(operation_kind::restore)), rc::gen::set(&operation::collection),
      rc::gen::set(&operation::record, arbitrary_record_id()),
      rc::gen::set(&operation::writes, rc::gen::container<std::vector<field_write>>(rc::gen::construct<field_write>(
                                           rc::gen::arbitrary<field_number>(), up_to(write_kind::set_erase),
                                           arbitrary_value(), arbitrary_value()))),
      rc::gen::set(&operation::task),
      rc::gen::set(&operation::branches_seen, rc::gen::container<std::vector<intent_id>>(arbitrary_intent_id())));
}

inline rc::Gen<guard> arbitrary_guard() {
  return rc::gen::construct<guard>(arbitrary_record_id(), rc::gen::arbitrary<collection_number>(),
                                   rc::gen::arbitrary<field_number>(), up_to(guard_kind::at_most), arbitrary_value());
}

inline rc::Gen<intent_context> arbitrary_context() {
  return rc::gen::construct<intent_context>(
      rc::gen::arbitrary<std::uint64_t>(), rc::gen::arbitrary<std::uint64_t>(),
      rc::gen::container<std::vector<seen_beyond>>(
          rc::gen::construct<seen_beyond>(rc::gen::arbitrary<std::uint32_t>(), rc::gen::arbitrary<std::uint32_t>(),
                                          rc::gen::arbitrary<std::uint64_t>())));
}

inline rc::Gen<intent> arbitrary_intent() {
  return rc::gen::build<intent>(
      rc::gen::set(&intent::id, arbitrary_intent_id()),
      rc::gen::set(&intent::scope, rc::gen::construct<scope_id>(rc::gen::arbitrary<std::uint32_t>())),
      rc::gen::set(&intent::user), rc::gen::set(&intent::schema_version), rc::gen::set(&intent::policy_version),
      rc::gen::set(&intent::stamp,
                   rc::gen::construct<hlc_stamp>(rc::gen::arbitrary<time_ns>(), rc::gen::arbitrary<std::uint32_t>())),
      rc::gen::set(&intent::client_wall), rc::gen::set(&intent::context, arbitrary_context()),
      rc::gen::set(&intent::guards, rc::gen::container<std::vector<guard>>(arbitrary_guard())),
      rc::gen::set(&intent::operations, rc::gen::container<std::vector<operation>>(arbitrary_operation())));
}

inline rc::Gen<verdict> arbitrary_verdict() {
  return rc::gen::build<verdict>(
      rc::gen::set(&verdict::kind, up_to(verdict_kind::retry)),
      rc::gen::set(&verdict::rule, up_to(verdict_rule::reference)), rc::gen::set(&verdict::sequence),
      rc::gen::set(&verdict::task), rc::gen::set(&verdict::winner, arbitrary_intent_id()),
      rc::gen::set(&verdict::fields,
                   rc::gen::container<std::vector<field_outcome>>(rc::gen::construct<field_outcome>(
                       arbitrary_record_id(), rc::gen::arbitrary<collection_number>(),
                       rc::gen::arbitrary<field_number>(), arbitrary_intent_id(), up_to(verdict_rule::reference)))),
      rc::gen::set(&verdict::was_duplicate));
}

} // namespace squall::wire
