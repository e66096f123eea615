#include "scenarios/keys_sections.hpp"

namespace squall::scenarios {

namespace {

std::vector<std::string_view> comparison_names() { return {"equal", "not_equal", "at_least", "at_most"}; }

std::vector<std::string_view> choice_names() { return {"keep", "take"}; }

key word(std::string_view name, std::string_view field, std::string_view about, bool required = false) {
  return {.name = name, .field = field, .is = form::name, .about = about, .required = required};
}

const section& act_section() {
  static const section s{
      "an act",
      {
          word("create", "create", "Makes a record of this collection."),
          word("update", "update", "Changes this record."),
          word("delete", "remove", "Deletes this record."),
          word("restore", "restore", "Makes this deleted record live again."),
          word("move", "move", "Moves this record, with what goes along, ..."),
          {.name = "to_team",
           .field = "to_team",
           .is = form::integer,
           .about = "... to this team ...",
           .low = 1,
           .high = 1'000'000},
          {.name = "or_team",
           .field = "or_team",
           .is = form::integer,
           .about = "... or, if the user sees it there already, to this one.",
           .low = 1,
           .high = 1'000'000},
          word("settle", "settle", "Resolves the newest open task of this record that the device knows ..."),
          word("field", "subject", "... about this field; where not given, about the whole record or a key of it ..."),
          {.name = "choose",
           .field = "choose",
           .is = form::choice,
           .about =
               "... so that what is visible stays (keep) or the newest branch takes its place (take). Default keep.",
           .names = choice_names},
          word("as", "label", "What other acts call the record that this one creates."),
          {.name = "set",
           .field = "set",
           .is = form::values,
           .about = "Fields become these values; of a reference, a record by its name."},
          {.name = "add", .field = "add", .is = form::values, .about = "Fields change by these integers."},
          {.name = "insert", .field = "insert", .is = form::values, .about = "Sets gain these texts."},
          {.name = "erase", .field = "erase", .is = form::values, .about = "Sets lose these texts."},
      }};
  return s;
}

const section& guard_section() {
  static const section s{
      "a condition",
      {
          word("record", "record", "The record, by its name.", true),
          word("field", "field", "One of its fields ...", true),
          {.name = "compare",
           .field = "compare",
           .is = form::choice,
           .about = "... compared in this way ...",
           .required = true,
           .names = comparison_names},
          {.name = "value", .field = "value", .is = form::text, .about = "... with this, when the change commits ..."},
          {.name = "as_seen",
           .field = "as_seen",
           .is = form::flag,
           .about = "... or with what the user reads when acting."},
      }};
  return s;
}

} // namespace

const section& step_section() {
  static const section s{
      "a step",
      {
          {.name = "at",
           .field = "at_ns",
           .is = form::duration,
           .about = "When, from the start, or from the end of the step that `after` names."},
          {.name = "device",
           .field = "device",
           .is = form::integer,
           .about = "Whose user acts, from 1.",
           .required = true,
           .low = 1,
           .high = devices_max},
          word("name", "name", "What other steps and faults call this one."),
          word("after", "after", "Not before this step was done."),
          {.name = "wait",
           .field = "wait_ns",
           .is = form::duration,
           .about = "A record that the device does not have yet is waited for so long. Default: to the end."},
          {.name = "do",
           .field = "acts",
           .is = form::sections,
           .about = "What changes: all of it or nothing.",
           .required = true,
           .inner = &act_section()},
          {.name = "if",
           .field = "guards",
           .is = form::sections,
           .about = "Conditions that the server checks when the change commits.",
           .inner = &guard_section()},
      }};
  return s;
}

} // namespace squall::scenarios
