#include "reports/invariants/story.hpp"

#include "reports/history/recorder.hpp"
#include "reports/history/render.hpp"
#include "reports/invariants/model/types.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <tsl/robin_map.h>
#include <tsl/robin_set.h>

namespace squall::invariants {

namespace {

using history::name_of_participant;

// What a line is worth when there is no room for all.
enum class weight : std::uint8_t { background = 0, related = 1, mishap = 2, subject = 3 };

struct line {
  std::int64_t at_ns = 0;
  std::string who;
  std::string what;
  weight worth = weight::background;
};

class teller final : public history::sink {
public:
  teller(const scenarios::Plan& plan, const reports::Violation& about) : plan_(plan), about_(about) {}

  void append(std::span<const entry> entries, const history::name_table& names) override {
    names_ = &names;
    for (const auto& e : entries)
      if (e.at_ns <= about_.at_ns() || about_.at_ns() == 0)
        hear(e);
  }

  std::vector<line> lines() && { return std::move(lines_); }

private:
  void hear(const entry& e) {
    switch (e.kind) {
      case entry_kind::intent_accepted: open_ = e; break;
      case entry_kind::intent_operation: operation(e); break;
      case entry_kind::intent_write: write(e); break;
      case entry_kind::intent_carried:
        if (matters(e.intent))
          cargo_.insert_or_assign(e.message, fmt::format("the message with {}", name(e.intent)));
        break;
      case entry_kind::intent_committed:
        if (matters(e.intent))
          tell(e, worth(e.intent), fmt::format("commits {} at {}", name(e.intent), e.s));
        break;
      case entry_kind::branch_kept:
        if (matters(e.intent))
          tell(e, worth(e.intent),
               fmt::format("keeps {} as a branch of the task {} about {}", name(e.intent), e.aux,
                           to_string(names_->record(e.record))));
        break;
      case entry_kind::task_shown:
        if (is_subject(e.actor) && is_record(e.record))
          tell(e, weight::related,
               fmt::format("shows its user the task {}, {} with {} branches", e.aux, e.code == 1 ? "open" : "closed",
                           e.value));
        break;
      case entry_kind::verdict_released:
      case entry_kind::verdict_received: verdict(e); break;
      case entry_kind::feed_entry:
        if (matters(e.intent) && about_.has_device() && e.peer == about_.device())
          tell(e, weight::related, fmt::format("serves {} (at {}) to d{}", name(e.intent), e.s, e.peer));
        break;
      case entry_kind::group_applied:
        if (matters(e.intent) && is_subject(e.actor))
          tell(e, weight::related, fmt::format("applies {} (at {})", name(e.intent), e.s));
        break;
      case entry_kind::cursor_moved:
        if (is_subject(e.actor) && e.code != 0)
          tell(e, weight::related, fmt::format("takes over a snapshot: its cursor is {} now", e.s));
        break;
      case entry_kind::value_read:
        if (is_subject(e.actor) && e.at_ns == about_.at_ns() && is_record(e.record))
          tell(e, weight::related,
               fmt::format("reads {} as {}", history::describe_field(e.collection, e.field, plan_.model()),
                           history::describe(e.tag, e.value, *names_)));
        break;
      default: adversity(e);
    }
  }

  void operation(const entry& e) {
    if (open_.intent != e.intent)
      return;
    const bool named_intent = name(e.intent) == about_.intent();
    if (!named_intent && !is_record(e.record))
      return;
    static constexpr std::array<std::string_view, 4> verbs{"creates", "changes", "deletes", "restores"};
    matter_.insert(e.intent);
    const auto collection = e.collection < plan_.model().collections_size()
                                ? plan_.model().collections(e.collection).name()
                                : std::string("record");
    tell(open_, worth(e.intent),
         fmt::format("{} {} {} ({}, having seen everything up to {})", verbs[e.code & 3U], collection,
                     to_string(names_->record(e.record)), name(e.intent), open_.s));
    if (e.aux != 0)
      lines_.back().what += fmt::format(", to resolve the task {}", e.aux);
    described_ = e.record;
  }

  // Continues the line of its operation.
  void write(const entry& e) {
    if (!matter_.contains(e.intent) || lines_.empty() || described_ != e.record)
      return;
    static constexpr std::array<std::string_view, 4> verbs{"=", "+", "gets", "loses"};
    lines_.back().what += fmt::format(", {} {} {}", history::describe_field(e.collection, e.field, plan_.model()),
                                      verbs[e.code & 3U], history::describe(e.tag, e.value, *names_));
  }

  void verdict(const entry& e) {
    if (!matters(e.intent))
      return;
    std::string what(history::name_of(static_cast<verdict_code>(e.code)));
    if (e.ref != 0 && e.ref <= names_->intents())
      what += " against " + name(static_cast<intent_index>(e.ref));
    if (e.rule != 0)
      what += fmt::format(" ({})", history::name_of(static_cast<rule_code>(e.rule)));
    if (e.kind == entry_kind::verdict_received) {
      tell(e, worth(e.intent), fmt::format("learns that {} was {}", name(e.intent), what));
      return;
    }
    cargo_.insert_or_assign(e.message, fmt::format("the answer about {}", name(e.intent)));
    tell(e, worth(e.intent),
         fmt::format("answers about {}{}: {}", name(e.intent), e.flags == 1 ? " once more" : "", what));
  }

  void adversity(const entry& e) {
    const auto found = cargo_.find(e.message);
    if (e.message != 0 && found != cargo_.end()) {
      if (e.kind == entry_kind::message_lost)
        tell(e, weight::mishap, fmt::format("to {}: {} is lost", name_of_participant(e.peer), found->second));
      else if (e.kind == entry_kind::message_duplicated)
        tell(e, weight::mishap, fmt::format("to {}: {} is duplicated", name_of_participant(e.peer), found->second));
      else if (e.kind == entry_kind::message_corrupted)
        tell(e, weight::mishap, fmt::format("to {}: {} is corrupted", name_of_participant(e.peer), found->second));
      return;
    }
    const bool near = is_subject(e.actor) || e.actor == 0 || involved_.contains(e.actor);
    if (!near)
      return;
    if (e.kind == entry_kind::crashed)
      tell(e, weight::mishap,
           e.value > 0 ? fmt::format("crashes; {} unsynced bytes are lost", e.value) : std::string("crashes"));
    else if (e.kind == entry_kind::restarted)
      tell(e, weight::background, "starts again");
    else if (e.kind == entry_kind::fault_began)
      adversity_tells(e, fmt::format("{} begins at {}", fault(e.ref), name_of_participant(e.actor)));
    else if (e.kind == entry_kind::healed)
      adversity_tells(e, "ends; what follows is settlement");
  }

  std::string fault(std::uint64_t id) const {
    for (const auto& one : plan_.faults())
      if (one.id() == id)
        return fmt::format("'{}'", one.name());
    return "a fault";
  }

  void adversity_tells(const entry& e, std::string what) {
    lines_.push_back({e.at_ns, "adversity", std::move(what), weight::background});
  }

  void tell(const entry& e, weight worth, std::string what) {
    lines_.push_back({e.at_ns, name_of_participant(e.actor), std::move(what), worth});
    if (worth >= weight::related)
      involved_.insert(e.actor);
  }

  std::string name(intent_index intent) const { return to_string(names_->intent(intent)); }
  bool matters(intent_index intent) const { return matter_.contains(intent); }
  bool is_subject(std::uint32_t actor) const { return about_.has_device() && actor == about_.device(); }
  bool is_record(record_index record) const {
    return record != 0 && !about_.record().empty() && to_string(names_->record(record)) == about_.record();
  }
  weight worth(intent_index intent) const {
    return name(intent) == about_.intent() ? weight::subject : weight::related;
  }

  const scenarios::Plan& plan_;
  const reports::Violation& about_;
  const history::name_table* names_ = nullptr;
  entry open_;
  record_index described_ = 0;
  std::vector<line> lines_;
  // Looked up only.
  tsl::robin_set<intent_index, spread> matter_;
  tsl::robin_set<std::uint32_t, spread> involved_;
  tsl::robin_map<std::uint64_t, std::string, spread> cargo_;
};

// Leaves out what is worth least, the oldest first.
void shorten(std::vector<line>& lines, std::size_t room) {
  for (auto least = weight::background; lines.size() > room && least <= weight::subject;
       least = static_cast<weight>(static_cast<int>(least) + 1)) {
    auto excess = lines.size() - room;
    std::erase_if(lines, [&](const line& one) {
      if (excess == 0 || one.worth != least)
        return false;
      --excess;
      return true;
    });
  }
}

reports::StoryLine to_proto(const line& from) {
  reports::StoryLine out;
  out.set_at_ns(from.at_ns);
  out.set_who(from.who);
  out.set_what(from.what);
  return out;
}

} // namespace

std::vector<reports::StoryLine> story(const std::string& history, const scenarios::Plan& plan,
                                      const reports::Violation& violation) {
  teller tells(plan, violation);
  std::string error;
  const bool read = history::replay(
      history, tells, [](const history::name_table&) {}, error);
  std::vector<line> lines;
  if (read)
    lines = std::move(tells).lines();
  else
    lines.push_back({0, "squall", error});
  shorten(lines, story_lines_max - 1);
  lines.push_back({violation.at_ns(), "the judge", violation.message()});
  std::vector<reports::StoryLine> out;
  for (const auto& one : lines)
    out.push_back(to_proto(one));
  return out;
}

std::vector<reports::StoryLine> story(const std::string& history, const scenarios::Plan& plan,
                                      const reports::Run& run) {
  for (const auto& invariant : run.invariants())
    if (invariant.verdict() == reports::FAIL && invariant.violations_size() > 0)
      return story(history, plan, invariant.violations(0));
  return {};
}

} // namespace squall::invariants
