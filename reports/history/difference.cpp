#include "reports/history/recorder.hpp"
#include "reports/history/render.hpp"

#include <algorithm>
#include <utility>

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

constexpr std::size_t shared_shown = 3;
constexpr std::size_t after_shown = 2;

using both_names = std::pair<const name_table&, const name_table&>;

// Indices stand for names: two histories agree only if these do too.
bool same_intent(const entry& a, const entry& b, both_names names) {
  if (a.intent == 0 || b.intent == 0)
    return a.intent == b.intent;
  return names.first.intent(a.intent) == names.second.intent(b.intent);
}

bool same_record(const entry& a, const entry& b, both_names names) {
  if (a.record == 0 || b.record == 0)
    return a.record == b.record;
  return names.first.record(a.record) == names.second.record(b.record);
}

bool same(const entry& a, const entry& b, both_names names) {
  return a == b && same_intent(a, b, names) && same_record(a, b, names);
}

std::string what_differs(const entry& a, const entry& b, both_names names) {
  std::string out;
  const auto add = [&](bool differs, const char* what) {
    if (differs)
      out += (out.empty() ? "" : ", ") + std::string(what);
  };
  add(a.at_ns != b.at_ns, "time");
  add(a.kind != b.kind, "what happened");
  add(a.actor != b.actor, "who");
  add(!same_intent(a, b, names), "intent");
  add(!same_record(a, b, names), "record");
  add(a.collection != b.collection || a.field != b.field, "field");
  add(a.code != b.code || a.rule != b.rule, "code");
  add(a.peer != b.peer, "peer");
  add(a.s != b.s, "sequence");
  add(a.message != b.message, "message");
  add(a.value != b.value || a.tag != b.tag, "value");
  add(a.ref != b.ref || a.aux != b.aux || a.flags != b.flags || a.scope != b.scope, "reference");
  return out;
}

/// What follows; the entry at which they part is gone already.
std::vector<std::string> go_on(cursor& in, reader& from, const scenarios::DataModel& model) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < after_shown; ++i)
    if (const auto* e = in.next())
      out.push_back(render(*e, from.names(), model));
  return out;
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
  std::vector<entry> shared;
  for (std::uint64_t index = 0;; ++index) {
    const auto* left = a.next();
    const auto* right = b.next();
    error = first->error().empty() ? second->error() : first->error();
    if (!error.empty() || (left == nullptr && right == nullptr))
      return std::nullopt;
    const both_names names{first->names(), second->names()};
    if (left != nullptr && right != nullptr && same(*left, *right, names)) {
      shared.push_back(*left);
      if (shared.size() > shared_shown)
        shared.erase(shared.begin());
      continue;
    }
    const auto text = [&](const entry* e, const name_table& of) {
      return e == nullptr ? std::string("the history ends here") : render(*e, of, model);
    };
    difference out{.index = index, .first = text(left, names.first), .second = text(right, names.second)};
    out.at_ns = left == nullptr ? right->at_ns : right == nullptr ? left->at_ns : std::min(left->at_ns, right->at_ns);
    if (left != nullptr && right != nullptr)
      out.in = what_differs(*left, *right, names);
    for (const auto& e : shared)
      out.before.push_back(render(e, names.first, model));
    out.first_after = go_on(a, *first, model);
    out.second_after = go_on(b, *second, model);
    return out;
  }
}

} // namespace squall::history
