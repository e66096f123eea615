#include "reports/history/recorder.hpp"
#include "reports/history/render.hpp"

namespace squall::history {

namespace {

// One entry at a time, whatever the blocks.
class cursor {
public:
  explicit cursor(reader& source) : source_(source) {}

  /// Null at the end.
  const entry* next() {
    if (left_.empty())
      left_ = source_.next();
    if (left_.empty())
      return nullptr;
    const auto* found = &left_.front();
    left_ = left_.subspan(1);
    return found;
  }

private:
  reader& source_;
  std::span<const entry> left_;
};

// Indices stand for names: two histories agree only if these do too.
bool same_names(const entry& e, const name_table& a, const name_table& b) {
  const bool intents = e.intent == 0 || a.intent(e.intent) == b.intent(e.intent);
  return intents && (e.record == 0 || a.record(e.record) == b.record(e.record));
}

} // namespace

std::optional<difference> first_difference(const std::string& path, const std::string& other,
                                           const scenarios::DataModel& model, std::string& error) {
  auto first = reader::open(path, error);
  auto second = first ? reader::open(other, error) : std::nullopt;
  if (!second)
    return std::nullopt;
  cursor a(*first);
  cursor b(*second);
  for (std::uint64_t index = 0;; ++index) {
    const auto* left = a.next();
    const auto* right = b.next();
    error = first->error().empty() ? second->error() : first->error();
    if (!error.empty() || (left == nullptr && right == nullptr))
      return std::nullopt;
    if (left != nullptr && right != nullptr && *left == *right && same_names(*left, first->names(), second->names()))
      continue;
    const auto text = [&](const entry* e, const name_table& names) {
      return e == nullptr ? std::string("the history ends here") : render(*e, names, model);
    };
    return difference{index, text(left, first->names()), text(right, second->names())};
  }
}

} // namespace squall::history
