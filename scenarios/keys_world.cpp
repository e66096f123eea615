#include "scenarios/keys_sections.hpp"

#include "engine/base/time.hpp"
#include "scenarios/names.hpp"

namespace squall::scenarios {

namespace {

constexpr std::int64_t all_ppm = 1'000'000;
constexpr std::int64_t count_max = 0xffff'ffff;

std::vector<std::string_view> message_class_names() { return names_of(message_classes()); }

const section& lognormal_section() {
  static const section s{"lognormal",
                         {
                             {.name = "median",
                              .field = "median_ns",
                              .is = form::duration,
                              .about = "Half of them are shorter.",
                              .required = true},
                             {.name = "sigma",
                              .field = "sigma_milli",
                              .is = form::milli,
                              .about = "Standard deviation of the logarithm, such as 0.5.",
                              .required = true,
                              .high = 3'000},
                         }};
  return s;
}

} // namespace

const section& spread_section() {
  static const section s{
      "a length of time",
      {
          {.name = "constant", .field = "constant_ns", .is = form::duration, .about = "Always this long."},
          {.name = "uniform",
           .field = "uniform",
           .is = form::range,
           .about = "Between the two, evenly.",
           .element = form::duration},
          {.name = "lognormal",
           .field = "lognormal",
           .is = form::section,
           .about = "Mostly around the median, sometimes far longer.",
           .inner = &lognormal_section()},
      },
      "constant",
      true};
  return s;
}

namespace {

key knob(std::string_view name, std::string_view field, form is, std::int64_t low, std::int64_t high,
         std::string_view about) {
  return {.name = name, .field = field, .is = is, .about = about, .low = low, .high = high};
}

} // namespace

const section& network_section() {
  static const section s{
      "network",
      {
          {.name = "latency",
           .field = "latency",
           .is = form::section,
           .about = "From sending to arrival. Default 40ms.",
           .inner = &spread_section()},
          {.name = "jitter", .field = "jitter_ns", .is = form::duration, .about = "Up to so much on top, evenly."},
          {.name = "loss", .field = "loss_ppm", .is = form::share, .about = "Messages that never arrive."},
          {.name = "duplicate", .field = "duplicate_ppm", .is = form::share, .about = "Messages that arrive twice."},
          {.name = "reorder", .field = "reorder_ppm", .is = form::share, .about = "Messages held back ..."},
          {.name = "reorder_by",
           .field = "reorder_by_ns",
           .is = form::duration,
           .about = "... by up to this. Default 500ms."},
          {.name = "corrupt", .field = "corrupt_ppm", .is = form::share, .about = "Messages of which one bit flips."},
      }};
  return s;
}

const section& fault_section() {
  static const section s{
      "a fault",
      {
          {.name = "at", .field = "at_ns", .is = form::duration, .about = "Once, at this time."},
          {.name = "name",
           .field = "name",
           .is = form::name,
           .about = "Names its draws. Default: the fault, numbered if it is not the first of its kind."},
          {.name = "fault",
           .field = "fault",
           .is = form::choice,
           .about = "What goes wrong; see docs/faults.md.",
           .required = true,
           .names = fault_names},
          {.name = "every",
           .field = "every_ns",
           .is = form::duration,
           .about = "Again and again, so far apart.",
           .low = 1'000'000},
          {.name = "rate",
           .field = "rate_uph",
           .is = form::rate,
           .about = "At random, so often on each device (or on the server).",
           .low = 1,
           .high = 360'000'000'000},
          {.name = "from",
           .field = "from_ns",
           .is = form::duration,
           .about = "With every or rate: not before. Default 0s; with every, its first time is one interval later."},
          {.name = "until",
           .field = "until_ns",
           .is = form::duration,
           .about = "With every or rate: not after. Default: the duration."},
          {.name = "share",
           .field = "share_ppm",
           .is = form::share,
           .about = "The share of the devices that it hits, drawn each time. Default 100%."},
          {.name = "devices",
           .field = "devices",
           .is = form::integers,
           .about = "Only these devices, from 1.",
           .low = 1,
           .high = devices_max},
          {.name = "team",
           .field = "team",
           .is = form::integer,
           .about = "Only the devices of this team, from 1.",
           .low = 1,
           .high = devices_max},
          {.name = "for",
           .field = "duration",
           .is = form::section,
           .about = "How long it lasts.",
           .inner = &spread_section()},
          {.name = "chance",
           .field = "chance_ppm",
           .is = form::share,
           .about = "The share of the seeds that have this fault at all. Default 100%."},
          {.name = "message",
           .field = "message",
           .is = form::choice,
           .about = "The class of message that it is about.",
           .names = message_class_names},
          {.name = "ordinal",
           .field = "ordinal",
           .is = form::integer,
           .about = "Which message of that class, from 1. Default 1.",
           .low = 1,
           .high = all_ppm},
          {.name = "carries",
           .field = "carries",
           .is = form::name,
           .about = "Only messages that carry the change of this step of the script."},
      },
      {},
      false,
      true};
  return s;
}

const section& engine_section() {
  constexpr std::int64_t ms = millisecond_ns;
  constexpr std::int64_t day = 24 * hour_ns;
  static const section s{
      "engine",
      {
          knob("poll_every", "poll_every_ns", form::duration, 100 * ms, 30 * day, "Between a client's pulls."),
          knob("request_timeout", "request_timeout_ns", form::duration, 100 * ms, hour_ns,
               "Until a request counts as lost."),
          knob("backoff_base", "backoff_base_ns", form::duration, ms, hour_ns, "The first delay before a retry."),
          knob("backoff_cap", "backoff_cap_ns", form::duration, ms, day, "The longest delay before a retry."),
          knob("access_token_lifetime", "access_token_lifetime_ns", form::duration, second_ns, 30 * day,
               "An access token's life."),
          knob("token_leeway", "token_leeway_ns", form::duration, 1, day,
               "How long after its end the server still takes a token."),
          knob("push_batch_max", "push_batch_max", form::integer, 1, 1000, "Intents in one push."),
          knob("page_limit", "page_limit", form::integer, 1, 1000, "Feed entries in one page."),
          knob("snapshot_page_rows", "snapshot_page_rows", form::integer, 1, 10'000, "Rows in one page of a snapshot."),
          knob("retention_entries", "retention_entries", form::integer, 1, count_max,
               "Feed entries that the server keeps for each team; older cursors must start from a snapshot."),
          knob("compact_above", "compact_above", form::integer, 1, count_max,
               "A device that is more feed entries behind asks for a snapshot instead of them."),
          knob("queue_max", "queue_max", form::integer, 0, count_max,
               "Changes that may await the server on a device; one more is refused. 0: any."),
          knob("jobs_max", "jobs_max", form::integer, 0, count_max,
               "Requests under way at the server; one more is refused with 503. 0: any."),
          knob("requests_per_minute", "requests_per_minute", form::integer, 0, 100'000,
               "Requests of one device in a minute; one more is refused with 429. 0: any."),
          knob("retry_after", "overload_retry_after_ns", form::duration, ms, hour_ns,
               "What a server that has too much to do asks devices to wait. Default 1s."),
          knob("breaker_after", "breaker_after", form::integer, 0, count_max,
               "After so many failed requests in a row a device leaves the server alone. 0: never."),
          knob("breaker_for", "breaker_for_ns", form::duration, ms, day,
               "It then tries once in so long, until the server answers. Default 30s."),
          knob("invalidate_for", "invalidate_for_ns", form::duration, 0, 30 * day,
               "The server tells devices of commits for so long after their last pull. 0: never."),
          knob("contact_within", "contact_within_ns", form::duration, ms, 30 * day,
               "A device is in contact while the server's last answer is no older. Default twice poll_every."),
          knob("tombstones_for", "tombstones_for_ns", form::duration, second_ns, 4000 * day,
               "How long the server remembers a deleted record, at least. Without it: for ever."),
          knob("device_expires_after", "device_expires_after_ns", form::duration, second_ns, 4000 * day,
               "A device unheard of for longer no longer keeps deleted records remembered. Without it: never."),
          knob("backup_every", "backup_every_ns", form::duration, 0, 400 * day,
               "Between copies of the server's store. 0: none is taken, and the store is never lost."),
          knob("first_sequence", "first_sequence", form::integer, 1, std::int64_t{1} << 62,
               "The commit sequence of the first intent."),
          knob("stamp_bound", "stamp_bound_ns", form::duration, ms, 400 * day,
               "How far ahead of the server's time a stamp counts as it is; beyond, as so far ahead. Default 60s."),
          knob("store_cache_pages", "store_cache_pages", form::integer, 4, 100'000, "Pages in a store's cache."),
          knob("disk_sync", "disk_sync_ns", form::duration, 1, hour_ns, "What a sync of a disk takes."),
          knob("disk_write", "disk_write_ns", form::duration, 1, hour_ns, "What a write to a disk takes."),
          knob("server_step_low", "server_step_low_ns", form::duration, 1, hour_ns,
               "The shortest that the server takes for one transaction."),
          knob("server_step_high", "server_step_high_ns", form::duration, 1, hour_ns, "The longest."),
      }};
  return s;
}

namespace {

const section& device_clock_section() {
  static const section s{"a device's clock",
                         {
                             {.name = "device",
                              .field = "device",
                              .is = form::integer,
                              .about = "Which, from 1.",
                              .required = true,
                              .low = 1,
                              .high = devices_max},
                             {.name = "offset",
                              .field = "offset_ns",
                              .is = form::duration,
                              .about = "How far ahead it is.",
                              .low = std::numeric_limits<std::int64_t>::min()},
                             {.name = "drift",
                              .field = "drift_ppb",
                              .is = form::drift,
                              .about = "What it gains.",
                              .low = -100'000'000,
                              .high = 100'000'000},
                         }};
  return s;
}

} // namespace

const section& clock_section() {
  static const section s{
      "clocks",
      {
          {.name = "skew",
           .field = "skew_ns",
           .is = form::duration,
           .about = "Each device's wall clock is off by up to this, either way."},
          {.name = "drift",
           .field = "drift_ppb",
           .is = form::drift,
           .about = "Each device's clocks run fast or slow by up to this.",
           .high = 100'000'000},
          {.name = "share", .field = "share_ppm", .is = form::share, .about = "Of the devices. Default 100%."},
          {.name = "devices",
           .field = "devices",
           .is = form::sections,
           .about = "These devices' clocks, exactly; the others as above.",
           .inner = &device_clock_section()},
      }};
  return s;
}

} // namespace squall::scenarios
