#include "faults/catalogue.hpp"

// The declarations themselves; what one can ask of them is in catalogue.cpp.
namespace squall::faults {
namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t ten_years_ns = std::int64_t{3652} * 24 * hour_ns;

/// What no fault of this version may break, once it is over and the system had time to settle.
std::vector<std::string_view> everything() {
  return {
      "convergence",   "liveness",         "no_lost_write",   "exactly_once",  "ack_honest",
      "feed_complete", "read_your_writes", "monotonic_reads", "atomicity",     "policy",
      "intention",     "no_resurrection",  "replay_safe",     "authorization", "determinism",
  };
}

constexpr const char* nothing = "Nothing: what does not arrive is sent again.";
constexpr const char* what_a_crash_destroys = "Memory, messages in flight to it, and what the disk had not been told "
                                              "to sync. A local change whose commit had not "
                                              "returned may have happened or not; one whose commit returned is safe.";
constexpr const char* what_a_kill_destroys = "Memory and messages in flight to it. The disk keeps all that was "
                                             "written; a local change whose commit had not returned "
                                             "may have happened or not.";

parameter_info rate(std::int64_t fallback_ppm, const char* meaning) {
  return {"rate", parameter_unit::ppm, 0, million, fallback_ppm, meaning};
}

std::vector<parameter_info> crash_parameters() {
  return {
      {"disk_operation", parameter_unit::count, 0, million, 0,
       "Strike at the k-th operation that changes the disk, counted from the fault's time; 0: strike at that time."},
      {"within", parameter_unit::ns, 1, 24 * hour_ns, 10 * second_ns,
       "Strike at the latest so long after the fault's time, if that operation has not come."},
      {"moment", parameter_unit::count, 0, 2, 1,
       "0: before the operation, 1: while it is in flight, 2: when it is done and its caller does not know."},
  };
}

void add_link_faults(std::vector<fault_info>& all) {
  all.push_back({fault_number::offline,
                 "offline",
                 "The device has no network: its links are cut both ways.",
                 target_kind::link,
                 extent::lasting,
                 true,
                 {},
                 nothing,
                 everything(),
                 "messages lost"});
  all.push_back({fault_number::partition,
                 "partition",
                 "The devices cannot exchange messages with the server; they still reach the issuer.",
                 target_kind::link,
                 extent::lasting,
                 true,
                 {{"direction", parameter_unit::count, 0, 2, 0,
                   "0: both ways, 1: from the device to the server only, 2: from the server to the device only."}},
                 nothing,
                 everything(),
                 "messages lost"});
  all.push_back({fault_number::latency,
                 "latency",
                 "Messages of the devices take longer.",
                 target_kind::link,
                 extent::lasting,
                 true,
                 {{"factor", parameter_unit::ppm, 0, 1000 * million, 10 * million,
                   "The delay that the network draws, jitter included, is multiplied by so many millionths."},
                  {"add", parameter_unit::ns, 0, hour_ns, 0, "And then prolonged by this."}},
                 nothing,
                 everything(),
                 "messages delayed"});
  all.push_back({fault_number::loss,
                 "loss",
                 "Messages of the devices get lost, each by chance.",
                 target_kind::link,
                 extent::lasting,
                 true,
                 {rate(200'000, "The chance for each message, beside the network's own.")},
                 nothing,
                 everything(),
                 "messages lost"});
  all.push_back({fault_number::duplication,
                 "duplication",
                 "Messages of the devices arrive twice, each by chance.",
                 target_kind::link,
                 extent::lasting,
                 true,
                 {rate(100'000, "The chance for each message; the copy has a delay of its own.")},
                 nothing,
                 everything(),
                 "messages duplicated"});
  all.push_back({fault_number::reordering,
                 "reordering",
                 "Messages of the devices are held back, so that later ones overtake them.",
                 target_kind::link,
                 extent::lasting,
                 true,
                 {rate(200'000, "The chance for each message."),
                  {"by", parameter_unit::ns, 1, 10 * minute_ns, 500 * millisecond_ns, "Held back by up to this."}},
                 nothing,
                 everything(),
                 "messages held back"});
  all.push_back({fault_number::corruption,
                 "corruption",
                 "One bit flips in messages of the devices, each by chance.",
                 target_kind::link,
                 extent::lasting,
                 true,
                 {rate(50'000, "The chance for each message; a copy made by duplication stays good.")},
                 nothing,
                 everything(),
                 "messages corrupted"});
  all.push_back({fault_number::drop_message,
                 "drop_message",
                 "One message, named by what it is about, is lost.",
                 target_kind::message,
                 extent::momentary,
                 true,
                 {},
                 nothing,
                 everything(),
                 "messages lost"});
}

/// What chance can do to a message, done to one: a failure that is frozen names its noise by these.
void add_message_faults(std::vector<fault_info>& all) {
  const auto message = [&](fault_number number, const char* name, const char* meaning, parameter_info parameter,
                           const char* effect) {
    all.push_back({number,
                   name,
                   meaning,
                   target_kind::message,
                   extent::momentary,
                   true,
                   {parameter},
                   nothing,
                   everything(),
                   effect});
  };
  message(fault_number::delay_message, "delay_message", "One message, named by what it is about, arrives late.",
          {"by", parameter_unit::ns, 1, 10 * minute_ns, second_ns, "How much later than it would."},
          "messages held back");
  message(fault_number::duplicate_message, "duplicate_message",
          "One message, named by what it is about, arrives twice.",
          {"by", parameter_unit::ns, 0, 10 * minute_ns, 100 * millisecond_ns, "How much later the copy arrives."},
          "messages duplicated");
  message(fault_number::corrupt_message, "corrupt_message", "One bit flips in one message, named by what it is about.",
          {"bit", parameter_unit::count, 0, 1'000'000'000, 0,
           "Which bit, from 0; counted anew from the front past the end."},
          "messages corrupted");
}

void add_clock_faults(std::vector<fault_info>& all) {
  constexpr const char* none = "Nothing.";
  all.push_back({fault_number::clock_offset,
                 "clock_offset",
                 "The wall clock is wrong by a constant, and right again afterwards.",
                 target_kind::device,
                 extent::lasting,
                 true,
                 {{"offset", parameter_unit::ns, -ten_years_ns, ten_years_ns, hour_ns, "How far ahead it is."}},
                 none,
                 everything(),
                 "ns that the wall clock was moved by"});
  all.push_back({fault_number::clock_drift,
                 "clock_drift",
                 "Wall and monotonic clock run at a wrong rate; what they gained meanwhile stays.",
                 target_kind::device,
                 extent::lasting,
                 true,
                 {{"drift", parameter_unit::ppb, -200 * million, 200 * million, million,
                   "What they gain, in ns a second; negative: they run slow."}},
                 none,
                 everything(),
                 "ppb that the rate was changed by"});
  all.push_back({fault_number::clock_step,
                 "clock_step",
                 "The wall clock jumps, and stays wrong.",
                 target_kind::device,
                 extent::momentary,
                 true,
                 {{"step", parameter_unit::ns, -ten_years_ns, ten_years_ns, hour_ns, "By how much it jumps forward."}},
                 none,
                 everything(),
                 "ns that the wall clock was moved by"});
}

void add_process_faults(std::vector<fault_info>& all) {
  all.push_back({fault_number::crash, "crash",
                 "Power is lost at the device; it starts again when the duration is over.", target_kind::device,
                 extent::either, true, crash_parameters(), what_a_crash_destroys, everything(), "unsynced bytes lost"});
  all.push_back({fault_number::restart,
                 "restart",
                 "The process is killed while the machine stays up; it starts again when the duration is over.",
                 target_kind::device,
                 extent::either,
                 true,
                 {},
                 what_a_kill_destroys,
                 everything(),
                 "restarts"});
  all.push_back(
      {fault_number::slow_disk,
       "slow_disk",
       "The disk is slow: the replica is busy and its effects are late. The server's, where no device is named.",
       target_kind::device,
       extent::lasting,
       true,
       {{"sync", parameter_unit::ns, 0, 10 * second_ns, 50 * millisecond_ns, "Added to the cost of a sync."},
        {"write", parameter_unit::ns, 0, second_ns, millisecond_ns, "Added to the cost of a write."}},
       "Nothing.",
       everything(),
       "ns that operations took longer"});
}

void add_identity_faults(std::vector<fault_info>& all) {
  all.push_back({fault_number::token_expiry,
                 "token_expiry",
                 "Every access token that the device holds is refused from this time on, because the issuer gave it a "
                 "short life.",
                 target_kind::device,
                 extent::either,
                 true,
                 {{"lifetime", parameter_unit::ns, second_ns, 24 * hour_ns, 5 * minute_ns,
                   "Tokens that the device gets while the fault lasts live so long."},
                  {"spare", parameter_unit::ns, 0, hour_ns, minute_ns,
                   "A token obtained less than this before the fault's time keeps its life: no client is driven to "
                   "refresh without "
                   "end."}},
                 "Nothing: a refresh gets a new token.",
                 everything(),
                 "tokens cut short"});
  all.push_back({fault_number::refused_refresh,
                 "refused_refresh",
                 "The issuer answers every refresh with 401.",
                 target_kind::issuer,
                 extent::lasting,
                 true,
                 {},
                 "Nothing: queues lock, and unlock when a refresh succeeds.",
                 everything(),
                 "refreshes refused"});
}

void add_server_faults(std::vector<fault_info>& all) {
  all.push_back({fault_number::server_unavailable,
                 "server_unavailable",
                 "The server answers every request with 503.",
                 target_kind::server,
                 extent::lasting,
                 true,
                 {{"retry_after", parameter_unit::ns, 0, hour_ns, 5 * second_ns, "What it asks clients to wait."}},
                 nothing,
                 everything(),
                 "requests refused"});
  all.push_back({fault_number::server_crash, "server_crash",
                 "Power is lost at the server; it starts again when the duration is over.", target_kind::server,
                 extent::either, true, crash_parameters(), what_a_crash_destroys, everything(), "unsynced bytes lost"});
  all.push_back(
      {fault_number::server_restart,
       "server_restart",
       "The server's process is killed while the machine stays up; it starts again when the duration is over.",
       target_kind::server,
       extent::either,
       true,
       {},
       what_a_kill_destroys,
       everything(),
       "restarts"});
}

void add_operator_faults(std::vector<fault_info>& all) {
  all.push_back(
      {fault_number::offline_flag,
       "offline_flag",
       "The server's operator restricts what devices may change while they are out of contact, for a time or until "
       "healing. Of several restrictions the strictest holds.",
       target_kind::server,
       extent::either,
       true,
       {{"level", parameter_unit::count, 1, 2, 1,
         "1: limited to the collections with `offline: true`, 2: stopped, no change at all."}},
       "Nothing: what is refused was never accepted.",
       everything(),
       "rulings"});
}

void add_grant_faults(std::vector<fault_info>& all) {
  const auto grant = [&](fault_number number, const char* name, const char* meaning,
                         std::vector<parameter_info> parameters, const char* may_destroy) {
    all.push_back({number, name, meaning, target_kind::device, extent::either, true, std::move(parameters), may_destroy,
                   everything(), "grants changed"});
  };
  constexpr std::int64_t teams_max = 1'000'000;
  constexpr std::int64_t roles_max = 100;
  grant(fault_number::grant_withdrawn, "grant_withdrawn",
        "An administrator takes the device's user out of the own team, and gives the grant back when the duration is "
        "over; without one, for good.",
        {}, "What the device shows of the team. What is queued there is denied, and the user is told.");
  grant(fault_number::grant_given, "grant_given",
        "An administrator gives the device's user another team's scope, and takes it back when the duration is over.",
        {{"team", parameter_unit::count, 0, teams_max, 0, "Which; 0: the one after the user's own."},
         {"role", parameter_unit::count, -1, roles_max, -1,
          "In which role, by its number in the scenario's list, 0 for none; -1: the same as in the own team."}},
        "What the device shows of the team, once the grant is gone again.");
  grant(fault_number::role_changed, "role_changed",
        "An administrator changes the role of the device's user in the own team, and back when the duration is over.",
        {{"role", parameter_unit::count, 0, roles_max, 0, "Its number in the scenario's list; 0: none."}},
        "Nothing: what the new role may not is denied, and the user is told.");
}

void add_administration(std::vector<fault_info>& all) {
  const auto act = [&](fault_number number, const char* name, const char* meaning, target_kind target, extent lasts,
                       std::vector<parameter_info> parameters, const char* may_destroy, const char* effect) {
    all.push_back(
        {number, name, meaning, target, lasts, true, std::move(parameters), may_destroy, everything(), effect});
  };
  act(fault_number::device_revoked, "device_revoked",
      "An administrator revokes the device at the issuer; with a duration it is allowed again when that is over, "
      "without one it is for good.",
      target_kind::device, extent::either, {},
      "Nothing while it may come back: its queue locks. Of a device that is revoked for good what it could not "
      "send stays on it.",
      "revocations");
  act(fault_number::refresh_reused, "refresh_reused",
      "Somebody who listened shows the issuer a refresh token of the device that was replaced long ago: a request "
      "of the device arrives once more.",
      target_kind::device, extent::momentary, {}, "The credential: the device enrols again.",
      "requests that arrived once more");
  act(fault_number::issuer_key_rotation, "issuer_key_rotation",
      "The issuer's operator retires the key that tokens are signed with, and begins to use the next.",
      target_kind::issuer, extent::momentary, {}, "Nothing: the server learns of the new key.", "keys retired");
  act(fault_number::server_restore, "server_restore",
      "The server is stopped, and started with the newest backup that is old enough, in a new generation; when the "
      "duration is over, if there is one.",
      target_kind::server, extent::either,
      {{"age", parameter_unit::ns, 0, 400 * 24 * hour_ns, 0,
        "The backup is at least so old. 0: the newest; anything older takes what devices no longer keep."}},
      "What the server did after the backup, until devices offer it again: commits, verdicts, tasks, grants. Verdicts "
      "without effect and tasks may be lost for good; so may what an older backup than the newest lacks.",
      "restores");
}

void add_noise(std::vector<fault_info>& all) {
  const auto noise = [&](fault_number number, const char* name, const char* meaning, const char* effect) {
    all.push_back(
        {number, name, meaning, target_kind::message, extent::momentary, false, {}, nothing, everything(), effect});
  };
  noise(fault_number::noise_loss, "noise_loss", "The network's own noise lost a message.", "messages lost");
  noise(fault_number::noise_duplicate, "noise_duplicate", "The network's own noise duplicated a message.",
        "messages duplicated");
  noise(fault_number::noise_corrupt, "noise_corrupt", "The network's own noise flipped a bit of a message.",
        "messages corrupted");
  noise(fault_number::noise_reorder, "noise_reorder", "The network's own noise held a message back.",
        "messages held back");
}

std::vector<fault_info> declare() {
  std::vector<fault_info> all;
  add_link_faults(all);
  add_clock_faults(all);
  add_process_faults(all);
  add_identity_faults(all);
  add_server_faults(all);
  add_message_faults(all);
  add_operator_faults(all);
  add_grant_faults(all);
  add_administration(all);
  add_noise(all);
  return all;
}

} // namespace

const std::vector<fault_info>& catalogue() {
  static const std::vector<fault_info> all = declare();
  return all;
}

} // namespace squall::faults
