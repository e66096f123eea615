// How violations speak of values, fields and outcomes.
#pragma once

#include "reports/invariants/model/world.hpp"

#include <string>

namespace squall::invariants {

std::string name_of_device(std::uint32_t device);
/// "7", "'shipped'", "nothing".
std::string say(const world& w, const cell_value& value);
/// "2026-01-01 00:31:02.120000000", and "+3" after it where its logical part is 3.
std::string say(const stamp& s);
/// "status of orders d3:7/0", or "orders d3:7/0" for the row.
std::string say_cell(const world& w, record_index record, std::uint16_t collection, std::uint16_t field);
/// "superseded by d1:2 (precedence)".
std::string say(const world& w, const verdict& given);
std::string say(const world& w, const outcome& expected);
std::string_view name_of(verdict_code code);
std::string_view name_of(rule_code rule);
/// "d3 shows 'draft' (by d1:2) as status of orders d3:7/0; it should be 'shipped' (by d2:1)".
std::string say(const world& w, const difference& d);
/// A stable word for what kind of difference it is: "stale value", "resurrected row", ...
const char* shape_of(const difference& d);
std::string say(const world& w, const task_trouble& t);
const char* shape_of(const task_trouble& t);
/// With the reason why it matters.
std::string say(const world& w, const fence_trouble& t);
const char* shape_of(const fence_trouble& t);
std::string say(const grant_trouble& t);
const char* shape_of(const grant_trouble& t);

} // namespace squall::invariants
