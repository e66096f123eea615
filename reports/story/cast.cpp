#include "reports/story/cast.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

namespace squall::story {

namespace {

using history::entry;
using history::entry_kind;
using history::intent_index;

constexpr std::size_t subjects_max = 4;
constexpr std::size_t related_max = 4;

class scanner {
public:
  scanner(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  bool take(char c) { return at_ < text_.size() && text_[at_] == c && ++at_; }
  std::optional<std::uint64_t> number() {
    const auto from = at_;
    std::uint64_t n = 0;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) && at_ - from < 18)
      n = n * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
    return at_ == from ? std::nullopt : std::optional(n);
  }
  std::size_t at() const { return at_; }
  void back_to(std::size_t at) { at_ = at; }

private:
  std::string_view text_;
  std::size_t at_;
};

template <class T>
void add_once(std::vector<T>& to, const T& what) {
  if (std::find(to.begin(), to.end(), what) == to.end())
    to.push_back(what);
}

/// One look at everything: who wrote the record, what was committed when, what still waits at the end.
/// Numbers in a sentence that stand alone: "moves the cursor to 5 without the entry 5" -> 5.
std::set<std::uint64_t> numbers_in(std::string_view text) {
  std::set<std::uint64_t> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = std::isdigit(static_cast<unsigned char>(text[i])) && (i == 0 || text[i - 1] == ' ');
    if (!begins)
      continue;
    scanner scan(text, i);
    const auto n = scan.number();
    const auto end = scan.at();
    if (n && (end == text.size() || std::ispunct(static_cast<unsigned char>(text[end])) || text[end] == ' '))
      out.insert(*n);
    i = end;
  }
  return out;
}

class survey final : public history::sink {
public:
  survey(cast& so_far, const reports::Violation& about)
      : cast_(so_far), until_(about.at_ns()), numbers_(numbers_in(about.message())) {}

  void append(std::span<const entry> entries, const history::name_table&) override {
    for (const auto& e : entries)
      if (until_ == 0 || e.at_ns <= until_)
        hear(e);
  }

  /// The latest writers before the violation, the creator among them.
  std::vector<intent_index> writers() const {
    std::vector<intent_index> out;
    for (const auto& [intent, is_creator] : writers_)
      if (is_creator)
        add_once(out, intent);
    const auto from = writers_.size() > related_max ? writers_.size() - related_max : 0;
    for (std::size_t i = from; i < writers_.size(); ++i)
      add_once(out, writers_[i].first);
    return out;
  }
  const std::vector<intent_index>& waiting() const { return waiting_; }
  const std::vector<intent_index>& winners() const { return winners_; }
  /// Those whose place in the order of commits the violation speaks of.
  const std::vector<intent_index>& numbered() const { return numbered_; }

private:
  void hear(const entry& e) {
    switch (e.kind) {
      case entry_kind::intent_operation:
        if (e.record == cast_.record && e.record != 0 &&
            e.code != static_cast<std::uint8_t>(history::operation_code::update))
          writers_.emplace_back(e.intent, e.code == static_cast<std::uint8_t>(history::operation_code::create));
        break;
      case entry_kind::intent_write:
        if (e.record == cast_.record && e.record != 0 && (!cast_.field_known || e.field == cast_.field) &&
            (writers_.empty() || writers_.back().first != e.intent))
          writers_.emplace_back(e.intent, false);
        break;
      case entry_kind::intent_committed:
        if (numbers_.contains(e.s))
          add_once(numbered_, e.intent);
        break;
      case entry_kind::queue_read: waiting_here_ = cast_.watched.contains(e.actor) && e.code == 0; break;
      case entry_kind::queue_row:
        if (waiting_here_ && e.code == 1)
          waiting_.push_back(e.intent);
        break;
      case entry_kind::verdict_released:
        if (e.ref != 0 && cast_.is_subject(e.intent))
          add_once(winners_, static_cast<intent_index>(e.ref));
        break;
      default: break;
    }
  }

  cast& cast_;
  std::int64_t until_;
  std::set<std::uint64_t> numbers_;
  bool waiting_here_ = false;
  std::vector<std::pair<intent_index, bool>> writers_;
  std::vector<intent_index> waiting_;
  std::vector<intent_index> winners_;
  std::vector<intent_index> numbered_;
};

/// The judge says "title of orders d1:1/0": which field that is.
void find_field(cast& to, const reports::Violation& about, const scenarios::Plan& plan,
                const history::name_table& names) {
  if (to.record == 0)
    return;
  const std::string record = to_string(names.record(to.record));
  for (int c = 0; c < plan.model().collections_size(); ++c) {
    const auto& collection = plan.model().collections(c);
    for (int f = 0; f < collection.fields_size(); ++f) {
      const auto phrase = collection.fields(f).name() + " of " + collection.name() + " " + record;
      const auto at = about.message().find(phrase);
      const bool whole = at != std::string::npos && (at == 0 || about.message()[at - 1] == ' ');
      if (whole && collection.fields(f).type() != "derived") {
        to.field_known = true;
        to.collection = static_cast<std::uint16_t>(c);
        to.field = static_cast<std::uint16_t>(f);
        return;
      }
    }
  }
}

} // namespace

named_in_text names_in(std::string_view text) {
  named_in_text out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = text[i] == 'd' && (i == 0 || !std::isalnum(static_cast<unsigned char>(text[i - 1])));
    if (!begins)
      continue;
    scanner scan(text, i + 1);
    const auto device = scan.number();
    const auto incarnation = device && scan.take('.') ? scan.number() : std::optional<std::uint64_t>(1);
    const auto seq = device && incarnation && scan.take(':') ? scan.number() : std::nullopt;
    if (!seq)
      continue;
    const history::intent_name intent{static_cast<std::uint32_t>(*device), static_cast<std::uint32_t>(*incarnation),
                                      *seq};
    const auto ordinal = scan.take('/') ? scan.number() : std::nullopt;
    if (ordinal)
      add_once(out.records, history::record_name{intent, static_cast<std::uint8_t>(*ordinal)});
    else
      add_once(out.intents, intent);
    i = scan.at() - 1;
  }
  return out;
}

bool cast::is_subject(intent_index intent) const {
  return std::find(subjects.begin(), subjects.end(), intent) != subjects.end();
}

bool cast::plays(intent_index intent) const {
  return intent != 0 && (is_subject(intent) || std::find(related.begin(), related.end(), intent) != related.end());
}

cast cast_of(const reports::Violation& about, const scenarios::Plan& plan, const history::name_table& names,
             const history_source& source) {
  cast out;
  const auto named = names_in(about.intent() + " " + about.message());
  const auto records = names_in(about.record() + " " + about.message()).records;
  for (const auto& name : named.intents)
    if (const auto index = names.find(name); index != 0 && out.subjects.size() < subjects_max)
      out.subjects.push_back(index);
  for (const auto& name : records)
    if (const auto index = names.find(name); index != 0 && out.record == 0)
      out.record = index;
  if (about.has_device() && about.device() != 0)
    out.watched.insert(about.device());
  find_field(out, about, plan, names);
  std::string error;
  survey seen(out, about);
  if (!source(seen, error))
    return out;
  for (const auto* list : {&seen.waiting(), &seen.numbered()})
    if (out.subjects.empty() && out.record == 0)
      for (const auto intent : *list)
        if (out.subjects.size() < subjects_max / 2)
          add_once(out.subjects, intent);
  auto others = seen.winners();
  for (const auto intent : seen.writers())
    others.push_back(intent);
  for (const auto intent : others)
    if (!out.is_subject(intent))
      add_once(out.related, intent);
  for (const auto intent : out.subjects)
    out.watched.insert(names.intent(intent).device);
  return out;
}

} // namespace squall::story
