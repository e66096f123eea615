// A record as whoever judges knows it: its cells, each with the write that put its value there and what else the rule of
// its field compares. A cell that needs nothing else costs one null pointer for it.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/intent.hpp"
#include "engine/base/value.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squall::merge {

/// A value of T that is mostly not there: copied and compared by content.
template <class T>
class rarely {
public:
  rarely() = default;
  rarely(const rarely& other) : there_(other.there_ ? std::make_unique<T>(*other.there_) : nullptr) {}
  rarely(rarely&&) noexcept = default;
  rarely& operator=(const rarely& other) {
    if (this != &other)
      there_ = other.there_ ? std::make_unique<T>(*other.there_) : nullptr;
    return *this;
  }
  rarely& operator=(rarely&&) noexcept = default;

  const T* get() const noexcept { return there_.get(); }
  T* get() noexcept { return there_.get(); }
  explicit operator bool() const noexcept { return there_ != nullptr; }
  /// Makes it if it is not there.
  T& need() {
    if (!there_)
      there_ = std::make_unique<T>();
    return *there_;
  }
  void reset() noexcept { there_.reset(); }

  bool operator==(const rarely& other) const {
    return there_ && other.there_ ? *there_ == *other.there_ : !there_ && !other.there_;
  }

private:
  std::unique_ptr<T> there_;
};

/// What an insert or an erase left on a member of a set.
struct set_mark {
  intent_id intent;
  std::uint64_t sequence = 0;
  bool operator==(const set_mark&) const = default;
};

/// A text that marks were left on. Whether it is in the set: `is_member`.
struct set_member {
  std::string text;
  std::vector<set_mark> inserts, erases; ///< in the order in which they committed
  bool operator==(const set_member&) const = default;
};

/// What some rules compare beside value and writer.
struct cell_details {
  hlc_stamp stamp;                 ///< of the visible write, for `lww_clock`
  std::uint8_t role = 0;           ///< of its author, for `role_precedence`
  std::vector<set_member> members; ///< of a set, ascending by text; each has a mark
  bool operator==(const cell_details&) const = default;
};

/// A field's current value and the write that put it there. A set's value is in its details; its write is the last insert
/// or erase.
struct cell {
  value current;
  intent_id writer;           ///< null: never written
  std::uint64_t sequence = 0; ///< commit sequence of that write
  rarely<cell_details> details{};
  bool operator==(const cell&) const = default;
};

/// Under `lww_clock` a record is one register.
struct record_stamp {
  hlc_stamp stamp;
  intent_id holder; ///< the last intent that took effect on it
  bool operator==(const record_stamp&) const = default;
};

/// A record's state. `fields` has one cell for each field of its collection.
struct row {
  record_id id;
  collection_number collection = 0;
  scope_id scope{}; ///< whose records it is among
  bool deleted = false;
  intent_id presence_writer; ///< the intent that last created, removed or restored it
  std::uint64_t presence_sequence = 0;
  std::uint64_t last_sequence = 0; ///< the newest write of any kind
  std::vector<cell> fields;        ///< derived fields too, with a null writer
  rarely<record_stamp> stamp{};    ///< of a record under `lww_clock`
  bool operator==(const row&) const = default;
};

inline bool is_member(const set_member& m) noexcept { return !m.inserts.empty() && m.erases.empty(); }

/// The texts that marks were left on, members or not; nothing of a set that nobody wrote.
inline const std::vector<set_member>& members_of(const cell& c) noexcept {
  static const std::vector<set_member> none;
  return c.details ? c.details.get()->members : none;
}

/// The newest of marks; precondition: there is one.
inline const set_mark& newest(const std::vector<set_mark>& marks) {
  const set_mark* out = &marks.front();
  for (const set_mark& m : marks)
    if (m.sequence >= out->sequence)
      out = &m;
  return *out;
}

} // namespace squall::merge
