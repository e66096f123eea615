// Confirmed rows refer to what is there, and no two of them have one key: wherever confirmed rows are exported, judged by those
// rows alone. A visible row for which that does not hold, while writes are pending, is flagged; and no other is.
#include "reports/history/names.hpp"
#include "reports/invariants/checks/all.hpp"
#include "reports/invariants/checks/wording.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace squall::invariants {

namespace {

class referential final : public invariant {
public:
  referential()
      : invariant("referential", {entry_kind::export_began, entry_kind::export_row, entry_kind::export_field,
                                  entry_kind::export_ended}) {}

  void step(const entry& e, const world& w) override {
    switch (e.kind) {
      case entry_kind::export_began:
        rows_.clear();
        open_ = static_cast<history::view_code>(e.code) != history::view_code::visible && w.rules.has_constraints();
        break;
      case entry_kind::export_row:
        if (open_ && static_cast<history::presence_code>(e.code) == history::presence_code::live)
          rows_.push_back({e.record, e.collection, {}});
        break;
      case entry_kind::export_field: field(e, w); break;
      default: ended(e, w); break;
    }
  }

  void conclude(const world& w) override {
    for (const auto& f : w.seen.flags)
      violate(w, f.shown < f.expected ? "broken row not flagged" : "row flagged without a reason",
              {f.device, f.record, 0}, [&] {
                return fmt::format("{} shows {} as {}; it should be {}", name_of_device(f.device),
                                   say_cell(w, f.record, f.collection, effect::row), say_flags(f.shown),
                                   say_flags(f.expected));
              });
  }

  void finish(const world& w) override { checked(w.done.flagged); }

private:
  struct cell {
    std::uint16_t field = 0;
    cell_value value;
  };
  struct row {
    record_index record = 0;
    std::uint16_t collection = 0;
    std::vector<cell> cells; ///< references and parts of keys
  };

  static std::string say_flags(std::uint32_t flags) {
    const bool key = (flags & static_cast<std::uint32_t>(history::flag_code::key_taken)) != 0;
    const bool reference = (flags & static_cast<std::uint32_t>(history::flag_code::reference_gone)) != 0;
    return key && reference ? "one whose key is taken and whose reference is gone"
           : key            ? "one whose key is taken"
           : reference      ? "one whose reference is gone"
                            : "one that is in order";
  }

  void field(const entry& e, const world& w) {
    if (!open_ || rows_.empty() || rows_.back().record != e.record)
      return;
    const auto* rules = w.rules.collection(e.collection);
    if (rules != nullptr && (!rules->keys.empty() || !rules->references.empty()))
      rows_.back().cells.push_back({e.field, {e.tag, e.value}});
  }

  static cell_value value_of(const row& of, std::uint16_t field) {
    for (const auto& one : of.cells)
      if (one.field == field)
        return one.value;
    return {};
  }

  void ended(const entry& e, const world& w) {
    if (!open_)
      return;
    open_ = false;
    live_.clear();
    for (const auto& one : rows_)
      live_.push_back(history::digest_of(w.names->record(one.record)));
    std::sort(live_.begin(), live_.end());
    keys_.clear();
    for (const auto& one : rows_) {
      references(e, w, one);
      keys(w, one);
    }
    same_keys(e, w);
  }

  void references(const entry& e, const world& w, const row& of) {
    const auto& rules = *w.rules.collection(of.collection);
    for (const auto field : rules.references) {
      const auto value = value_of(of, field);
      if (value.tag != value_tag::reference)
        continue;
      checked();
      if (!std::binary_search(live_.begin(), live_.end(), value.number))
        violate(w, "dangling reference", {e.actor, of.record, 0}, [&] {
          return fmt::format("{} of {} refers to a record that is not there",
                             say_cell(w, of.record, of.collection, field), name_of_device(e.actor));
        });
    }
  }

  void keys(const world& w, const row& of) {
    const auto& rules = *w.rules.collection(of.collection);
    for (std::size_t k = 0; k < rules.keys.size(); ++k) {
      taken one{of.collection, static_cast<std::uint16_t>(k), {}, of.record};
      for (const auto field : rules.keys[k])
        if (const auto value = value_of(of, field); value.tag != value_tag::none)
          one.values.push_back(value.number);
      if (one.values.size() < rules.keys[k].size())
        continue;
      checked();
      keys_.push_back(std::move(one));
    }
  }

  void same_keys(const entry& e, const world& w) {
    std::sort(keys_.begin(), keys_.end());
    for (std::size_t i = 1; i < keys_.size(); ++i) {
      const auto& a = keys_[i - 1];
      const auto& b = keys_[i];
      if (std::tie(a.collection, a.key, a.values) == std::tie(b.collection, b.key, b.values) && a.record != b.record)
        violate(w, "two rows with one key", {e.actor, b.record, 0}, [&] {
          return fmt::format("{} has {} and {} with the same unique key", name_of_device(e.actor),
                             say_cell(w, a.record, a.collection, effect::row), to_string(w.names->record(b.record)));
        });
    }
  }

  struct taken {
    std::uint16_t collection = 0;
    std::uint16_t key = 0;
    std::vector<std::int64_t> values;
    record_index record = 0;
    auto operator<=>(const taken&) const = default;
  };

  bool open_ = false;
  std::vector<row> rows_;
  std::vector<std::int64_t> live_;
  std::vector<taken> keys_;
};

} // namespace

std::unique_ptr<invariant> make_referential() { return std::make_unique<referential>(); }

} // namespace squall::invariants
