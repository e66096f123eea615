// Numbers as people write them (`80ms`, `6/h`, `30%`, `64KiB`) to integers, and back. Exact: decimal digits, no floating
// point. Each parser gives nothing for text that is not of its form or out of range of the integer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace squall::scenarios {

/// "80ms", "1.5h", "-2m": ns, us, ms, s, m, h, d.
std::optional<std::int64_t> parse_duration(std::string_view text);
/// "30%", "0.5%", "250ppm" in ppm.
std::optional<std::int64_t> parse_share(std::string_view text);
/// "6/h", "0.5/m", "2/s", "1/d" in millionths of an event per hour.
std::optional<std::int64_t> parse_rate(std::string_view text);
/// "20ppm", "-5ppb", "0.1%" in parts per billion.
std::optional<std::int64_t> parse_drift(std::string_view text);
/// "64KiB", "1MB", "512B".
std::optional<std::int64_t> parse_bytes(std::string_view text);
/// "0.5" in thousandths.
std::optional<std::int64_t> parse_milli(std::string_view text);
/// "12", "-3".
std::optional<std::int64_t> parse_integer(std::string_view text);

/// "80ms", "6h", "1500ms": the largest unit that divides it.
std::string duration_text(std::int64_t ns);
/// "30%", "0.5%".
std::string share_text(std::int64_t ppm);

} // namespace squall::scenarios
