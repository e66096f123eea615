// An expected failure is a value. `result<T>` holds either a T or an `error`; no exception crosses a module.
#pragma once

#include "engine/base/check.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace squall {

/// A code exists only where a caller reacts to it differently.
enum class errc : std::uint8_t {
  invalid_argument,  ///< the caller's input cannot be acted upon; nothing changed
  not_found,         ///< the thing named does not exist (or is not visible here)
  corrupt,           ///< bytes fail their checksum or cannot be decoded
  unsupported,       ///< a version or feature this build does not have
  storage,           ///< the store failed (I/O, full, gone); the transaction did not happen
  in_doubt,          ///< COMMIT failed: the transaction may or may not survive
  unauthorized,      ///< a credential is missing, expired, forged or revoked
  unavailable,       ///< not now; trying again later may succeed
  queue_full,        ///< too much awaits the server: later, once that is sent
  offline_forbidden, ///< only while the server can be reached
};

/// The code's name as printed: "corrupt", "in_doubt", ...
const char* to_string(errc code) noexcept;

struct [[nodiscard]] error {
  errc code = errc::invalid_argument;
  std::string message; ///< what happened and to what, one line, for a person
};

/// Either a value or an error. Precondition of `value()`: `ok()`; of `err()`: `!ok()`.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error e) : state_(std::in_place_index<1>, std::move(e)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const error& err() const& {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

private:
  std::variant<T, error> state_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
public:
  result() = default;
  result(error e) : failed_(true), error_(std::move(e)) {}

  bool ok() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return ok(); }

  const error& err() const {
    CHECK(failed_);
    return error_;
  }

private:
  bool failed_ = false;
  error error_;
};

} // namespace squall
