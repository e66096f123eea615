#include "reports/story/words.hpp"

#include "reports/history/render.hpp"
#include "reports/writers/format.hpp"

#include <fmt/format.h>

#include <iterator>

namespace squall::story {

using reports::duration_text;
using reports::moment_text;

namespace {

/// A writer of few words: more than so many fields of one row are counted, not named.
constexpr std::size_t fields_named_max = 4;
constexpr std::size_t deeds_named_max = 2;

std::string ordinal(std::uint32_t n) {
  static constexpr const char* first[] = {"first", "second", "third"};
  return n >= 1 && n <= std::size(first) ? first[n - 1] : fmt::format("{}th", n);
}

std::string say(const scenarios::Assignment& to, std::uint64_t self, const scenarios::Plan& plan) {
  if (to.value_case() == scenarios::Assignment::kInteger)
    return std::to_string(to.integer());
  if (to.value_case() == scenarios::Assignment::kText)
    return fmt::format("'{}'", to.text());
  return to.record() >> 8 == self ? "the new record"
                                  : fmt::format("the record that {} made", operation(to.record() >> 8, plan));
}

std::string say(const scenarios::Act& act, std::uint64_t self, const scenarios::Plan& plan) {
  const auto row = fmt::format("the {} that {} made", act.collection(), operation(act.record() >> 8, plan));
  std::vector<std::string> fields;
  for (const auto& field : act.fields())
    fields.push_back(
        act.kind() == scenarios::Act::ADD      ? fmt::format("adds {} to {}", say(field, self, plan), field.field())
        : act.kind() == scenarios::Act::INSERT ? fmt::format("puts {} into {}", say(field, self, plan), field.field())
        : act.kind() == scenarios::Act::ERASE
            ? fmt::format("takes {} out of {}", say(field, self, plan), field.field())
            : fmt::format("{} {} {}", act.kind() == scenarios::Act::CREATE ? "with" : "sets", field.field(),
                          (act.kind() == scenarios::Act::CREATE ? "" : "to ") + say(field, self, plan)));
  if (fields.size() > fields_named_max)
    fields.resize(fields_named_max), fields.push_back("more");
  switch (act.kind()) {
    case scenarios::Act::CREATE:
      return fmt::format("creates {}{}{}", act.collection(), fields.empty() ? "" : " ", join(fields));
    case scenarios::Act::DELETE: return "deletes " + row;
    case scenarios::Act::RESTORE: return "restores " + row;
    case scenarios::Act::SETTLE:
      return fmt::format("settles what is in conflict about {}{}, {}",
                         act.settle().field().empty() ? "" : act.settle().field() + " of ", row,
                         act.settle().take() ? "taking the newest branch" : "keeping what is there");
    default: return fmt::format("{} of {}", join(fields), row);
  }
}

} // namespace

std::string join(const std::vector<std::string>& all) {
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i)
    out += (i == 0 ? "" : i + 1 == all.size() ? " and " : ", ") + all[i];
  return out;
}

std::string operation(std::uint64_t intention, const scenarios::Plan& plan) {
  for (int i = 0; i < plan.intentions_size(); ++i)
    if (plan.intentions(i).id() == intention)
      return fmt::format("operation {}", i + 1);
  return "an operation that is not in the plan";
}

std::string say(const scenarios::Intention& intention, const scenarios::Plan& plan) {
  std::vector<std::string> acts;
  for (const auto& act : intention.acts())
    acts.push_back(say(act, intention.id(), plan));
  return fmt::format("d{}'s user {}", intention.device(), join(acts));
}

std::string say(const scenarios::Fault& fault, const scenarios::Plan& plan) {
  std::vector<std::string> targets;
  for (const auto device : fault.devices())
    targets.push_back(fmt::format("d{}", device));
  if (targets.size() > fields_named_max) {
    const auto more = targets.size() - fields_named_max;
    targets.resize(fields_named_max);
    targets.push_back(fmt::format("{} more", more));
  }
  std::string out = fault.name() + " (";
  if (fault.has_message()) {
    const auto& m = fault.message();
    out += fmt::format("the {} {} of d{}", ordinal(m.ordinal()), m.message_class(), m.device());
    if (m.intention() != 0)
      out += " that carries " + operation(m.intention(), plan);
    return out + (fault.at_ns() > 0 ? " after " + moment_text(fault.at_ns()) : "") + ")";
  }
  out += targets.empty() ? "the server" : join(targets);
  out += fmt::format(", {} {}", fault.for_ns() > 0 ? "from" : "at", moment_text(fault.at_ns()));
  return out + (fault.for_ns() > 0 ? " for " + duration_text(fault.for_ns()) : "") + ")";
}

std::string vocabulary::who(std::uint32_t actor) const {
  const auto devices = static_cast<std::uint32_t>(plan_.topology().devices_size());
  if (actor == 0)
    return "the server";
  return devices > 0 && actor > devices ? "the issuer" : fmt::format("d{}", actor);
}

std::string vocabulary::intents(const std::vector<history::intent_index>& all) const {
  constexpr std::size_t named_max = 4;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < all.size() && i < named_max; ++i)
    names.push_back(all[i] <= names_.intents() ? to_string(names_.intent(all[i])) : "?");
  if (all.size() > named_max)
    names.push_back(fmt::format("{} more", all.size() - named_max));
  return join(names);
}

std::string vocabulary::record(history::record_index record, std::uint16_t collection) const {
  const auto name = record != 0 && record <= names_.records() ? to_string(names_.record(record)) : "?";
  return collection < plan_.model().collections_size()
             ? fmt::format("{} {}", plan_.model().collections(collection).name(), name)
             : name;
}

std::string vocabulary::field(std::uint16_t collection, std::uint16_t field) const {
  if (collection < plan_.model().collections_size() && field < plan_.model().collections(collection).fields_size())
    return plan_.model().collections(collection).fields(field).name();
  return fmt::format("field {}", field);
}

std::string vocabulary::value(history::value_tag tag, std::int64_t value) const {
  if (tag == history::value_tag::reference)
    for (history::record_index i = 1; i <= names_.records(); ++i)
      if (history::digest_of(names_.record(i)) == value)
        return to_string(names_.record(i));
  return history::describe(tag, value, names_);
}

std::string vocabulary::write_text(const history::entry& write, bool first) const {
  using history::write_code;
  const auto name = field(write.collection, write.field);
  const auto to = value(write.tag, write.value);
  switch (static_cast<write_code>(write.code)) {
    case write_code::set_insert: return fmt::format("{} gets {}", name, to);
    case write_code::set_erase: return fmt::format("{} loses {}", name, to);
    case write_code::add:
      return first ? fmt::format("{} {}", name, to) : fmt::format("{} by {}{}", name, write.value > 0 ? "+" : "", to);
    case write_code::set: break;
  }
  const auto was = value(static_cast<history::value_tag>(write.flags), static_cast<std::int64_t>(write.aux));
  return first ? fmt::format("{} {}", name, to) : fmt::format("{} from {} to {}", name, was, to);
}

std::string vocabulary::deed_text(const deed& one) const {
  const auto settles = one.task != 0 ? fmt::format(", to settle task {}", one.task) : std::string();
  return operation_text(one) + settles;
}

std::string vocabulary::operation_text(const deed& one) const {
  using history::operation_code;
  const auto row = record(one.record, one.collection);
  const auto kind = static_cast<operation_code>(one.operation);
  if (kind == operation_code::remove)
    return "deletes " + row;
  if (kind == operation_code::restore)
    return "restores " + row;
  std::vector<std::string> changes;
  std::size_t as_read = 0;
  for (const auto& write : one.writes) {
    const bool same = write.flags == static_cast<std::uint32_t>(write.tag) &&
                      static_cast<std::int64_t>(write.aux) == write.value &&
                      static_cast<history::write_code>(write.code) == history::write_code::set;
    if (same && kind != operation_code::create)
      ++as_read;
    else
      changes.push_back(write_text(write, kind == operation_code::create));
  }
  if (changes.size() > fields_named_max)
    changes.resize(fields_named_max), changes.push_back("more");
  if (kind == operation_code::create)
    return fmt::format("creates {}{}", row, changes.empty() ? "" : " with " + join(changes));
  if (changes.empty())
    return fmt::format("writes {} as it is", row);
  return fmt::format("changes {}: {}{}", row, join(changes), as_read > 0 ? " (and writes the rest as read)" : "");
}

std::string vocabulary::deeds(const std::vector<deed>& all) const {
  std::vector<std::string> parts;
  for (const auto& one : all)
    parts.push_back(deed_text(one));
  if (parts.size() > deeds_named_max) {
    const auto more = parts.size() - deeds_named_max;
    parts.resize(deeds_named_max);
    parts.push_back(fmt::format("does {} more {}", more, more == 1 ? "thing" : "things"));
  }
  return join(parts);
}

std::string vocabulary::verdict(const std::vector<history::intent_index>& of, std::uint8_t code, std::uint8_t rule,
                                std::uint64_t winner) const {
  using history::verdict_code;
  const auto kind = static_cast<verdict_code>(code);
  const auto by = [&](const char* how) {
    return winner != 0 ? how + intent(static_cast<history::intent_index>(winner)) : std::string();
  };
  const bool many = of.size() > 1;
  std::string out = intents(of);
  switch (kind) {
    case verdict_code::none: out += many ? " have no verdict" : " has no verdict"; break;
    case verdict_code::conflicted: out += (many ? " conflict" : " conflicts") + by(" with "); break;
    case verdict_code::duplicate: out += " had come before"; break;
    case verdict_code::fork:
      out += fmt::format(" {} not known of this device: its queue and what the server has of it have parted (fork)",
                         many ? "are" : "is");
      break;
    case verdict_code::gap: out += " cannot be taken yet: an earlier change of that device has not come (gap)"; break;
    case verdict_code::retry: out += many ? " are to be sent again" : " is to be sent again"; break;
    default: out += (many ? " were " : " was ") + std::string(history::name_of(kind)) + by(" by "); break;
  }
  if (rule != 0)
    out += fmt::format(" ({})", history::name_of(static_cast<history::rule_code>(rule)));
  return out;
}

std::string vocabulary::fault(std::uint64_t id) const {
  for (const auto& one : plan_.faults())
    if (one.id() == id)
      return "the fault " + say(one, plan_);
  return id == 0 ? "the network's own noise" : "a fault that the plan does not have";
}

std::string vocabulary::fate(const letter& l) const {
  using history::loss_code;
  const auto why = l.cause ? fault(*l.cause) : std::string();
  if (l.lost && static_cast<loss_code>(l.loss) == loss_code::receiver_down)
    return fmt::format("it is lost: {} is down", who(l.to));
  if (l.lost && l.arrived_at.empty())
    return "it is LOST" + (why.empty() ? "" : ": " + why);
  if (l.arrived_at.empty())
    return "it has not arrived when the story ends";
  const auto after = [&](std::int64_t at) { return duration_text(at - l.sent_at); };
  std::string out = l.arrived_at.size() == 1 ? fmt::format("it arrives {} later", after(l.arrived_at[0]))
                                             : fmt::format("it arrives {}, {} and {} later",
                                                           l.arrived_at.size() == 2 ? "TWICE" : "many times",
                                                           after(l.arrived_at.front()), after(l.arrived_at.back()));
  if (l.corrupted)
    out += ", one bit of it flipped";
  else if (l.held_back)
    out += ", held back";
  const bool struck = l.duplicated || l.corrupted || l.held_back;
  return struck && !why.empty() ? out + ": " + why : out;
}

} // namespace squall::story
