// The judge at full size: 10,000 devices in 1,000 teams, 15 million entries, in one process. Says what an entry costs; what it
// asserts is that everything was judged and found right, and that memory stays bounded.
#include "tests/reports/invariants/judging.hpp"

#include <ctime>
#include <fstream>
#include <gtest/gtest.h>

namespace squall::told {
namespace {

constexpr std::uint32_t teams = 1'000;
constexpr std::uint32_t members = 10;
constexpr std::size_t records_of_team = 40;
constexpr std::uint64_t entries_wanted = 15'000'000;
// What the judge and the names may need together; the measured figure is well below.
constexpr std::uint64_t resident_bytes_max = 300ULL << 20;

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

struct page_row {
  record_index record = 0;
  std::int64_t title = 0;
  std::int64_t pinned = 0;
  intent_index writer = 0;
  std::uint64_t s = 0;
};

// An honest run, told as it is fed: nothing is kept but the newest values.
class stream {
public:
  explicit stream(invariants::judge& judge) : judge_(judge) {
    batch_.reserve(8192);
    for (std::uint32_t d = 1; d <= teams * members; ++d) {
      tell({.kind = entry_kind::participant, .actor = d, .scope = team_of(d), .ref = d});
      tell({.kind = entry_kind::grant, .scope = team_of(d), .ref = d, .aux = 1});
    }
  }

  void run() {
    for (std::uint64_t round = 0; total < entries_wanted; ++round)
      for (std::uint32_t team = 1; team <= teams && total < entries_wanted; ++team)
        turn(team, round);
    for (std::uint32_t d = 1; d <= teams * members; ++d)
      export_one(d);
    tell({.kind = entry_kind::run_ended});
    flush();
  }

  name_table names;
  std::uint64_t total = 0;
  std::int64_t judged_ns = 0;

private:
  struct team_state {
    std::vector<page_row> rows;
    std::uint64_t last_s = 0;
  };

  static std::uint32_t team_of(std::uint32_t device) { return (device - 1) / members + 1; }

  void turn(std::uint32_t team, std::uint64_t round) {
    now_ += 1'000;
    auto& state = teams_[team];
    const auto device = (team - 1) * members + static_cast<std::uint32_t>(round % members) + 1;
    const bool creates = state.rows.size() < records_of_team;
    const intent_name name{device, 1, ++seqs_[device]};
    const auto intent = names.intern(name);
    if (creates)
      state.rows.push_back({names.intern(record_name{name, 0})});
    auto& row = creates ? state.rows.back() : state.rows[round * 7 % records_of_team];
    if (!creates)
      read(device, row);
    accept(device, intent, row, creates);
    row.title = static_cast<std::int64_t>(round * 31 + team);
    row.pinned = static_cast<std::int64_t>(round);
    row.writer = intent;
    row.s = ++s_;
    write(device, intent, row);
    travel(device, intent);
    for (std::uint32_t i = 0; i < members; ++i)
      pull((team - 1) * members + 1 + i, team, state, row);
    state.last_s = s_;
  }

  void read(std::uint32_t device, const page_row& row) {
    tell({.kind = entry_kind::row_read, .actor = device, .record = row.record, .collection = 2});
    tell({.kind = entry_kind::value_read,
          .tag = value_tag::text,
          .actor = device,
          .intent = row.writer,
          .record = row.record,
          .collection = 2,
          .field = 0,
          .value = row.title});
    tell({.kind = entry_kind::value_read,
          .tag = value_tag::integer,
          .actor = device,
          .intent = row.writer,
          .record = row.record,
          .collection = 2,
          .field = 1,
          .value = row.pinned});
  }

  void accept(std::uint32_t device, intent_index intent, const page_row& row, bool creates) {
    tell({.kind = entry_kind::intention_invoked, .actor = device, .ref = intent});
    tell({.kind = entry_kind::clock_read, .actor = device, .value = now_});
    tell({.kind = entry_kind::intent_accepted,
          .actor = device,
          .intent = intent,
          .scope = team_of(device),
          .s = cursors_[device],
          .value = now_,
          .aux = 1});
    tell({.kind = entry_kind::intent_operation,
          .code = static_cast<std::uint8_t>(creates ? 0 : 1),
          .actor = device,
          .intent = intent,
          .record = row.record,
          .collection = 2});
    before_ = creates ? page_row{} : row;
  }

  void write(std::uint32_t device, intent_index intent, const page_row& row) {
    const bool had = before_.writer != 0;
    tell({.kind = entry_kind::intent_write,
          .tag = value_tag::text,
          .actor = device,
          .intent = intent,
          .record = row.record,
          .collection = 2,
          .field = 0,
          .flags = had ? 2U : 0U,
          .value = row.title,
          .aux = static_cast<std::uint64_t>(before_.title)});
    tell({.kind = entry_kind::intent_write,
          .tag = value_tag::integer,
          .actor = device,
          .intent = intent,
          .record = row.record,
          .collection = 2,
          .field = 1,
          .flags = had ? 1U : 0U,
          .value = row.pinned,
          .aux = static_cast<std::uint64_t>(before_.pinned)});
  }

  void travel(std::uint32_t device, intent_index intent) {
    const auto applied = static_cast<std::uint8_t>(verdict_code::applied);
    const auto push = message();
    tell({.kind = entry_kind::intent_carried, .actor = device, .intent = intent, .message = push});
    tell({.kind = entry_kind::message_sent, .actor = device, .message = push});
    tell({.kind = entry_kind::message_delivered, .peer = device, .message = push});
    tell({.kind = entry_kind::intent_committed, .intent = intent, .s = s_, .aux = 1});
    const auto reply = message();
    tell({.kind = entry_kind::verdict_released, .code = applied, .intent = intent, .s = s_, .message = reply});
    tell({.kind = entry_kind::message_sent, .peer = device, .message = reply});
    tell({.kind = entry_kind::message_delivered, .actor = device, .message = reply});
    tell({.kind = entry_kind::verdict_received, .code = applied, .actor = device, .intent = intent, .s = s_});
    tell({.kind = entry_kind::queue_exit, .code = applied, .actor = device, .intent = intent});
  }

  void pull(std::uint32_t device, std::uint32_t team, const team_state& state, const page_row& row) {
    const auto ask = message();
    tell({.kind = entry_kind::message_sent, .actor = device, .message = ask});
    tell({.kind = entry_kind::message_delivered, .peer = device, .message = ask});
    const auto page = message();
    tell({.kind = entry_kind::page_served,
          .peer = device,
          .scope = team,
          .s = s_,
          .message = page,
          .value = static_cast<std::int64_t>(s_),
          .ref = cursors_[device],
          .aux = 1});
    tell({.kind = entry_kind::feed_entry,
          .intent = row.writer,
          .peer = device,
          .scope = team,
          .s = s_,
          .ref = state.last_s});
    tell({.kind = entry_kind::feed_row, .record = row.record, .collection = 2, .peer = device, .scope = team, .s = s_});
    tell({.kind = entry_kind::feed_field,
          .tag = value_tag::text,
          .intent = row.writer,
          .record = row.record,
          .collection = 2,
          .field = 0,
          .peer = device,
          .scope = team,
          .s = s_,
          .value = row.title});
    tell({.kind = entry_kind::feed_field,
          .tag = value_tag::integer,
          .intent = row.writer,
          .record = row.record,
          .collection = 2,
          .field = 1,
          .peer = device,
          .scope = team,
          .s = s_,
          .value = row.pinned});
    tell({.kind = entry_kind::message_sent, .peer = device, .message = page});
    tell({.kind = entry_kind::message_delivered, .actor = device, .message = page});
    tell({.kind = entry_kind::group_applied, .actor = device, .intent = row.writer, .scope = team, .s = s_});
    tell(
        {.kind = entry_kind::cursor_moved, .actor = device, .scope = team, .s = s_, .ref = cursors_[device], .aux = 1});
    cursors_[device] = s_;
  }

  void export_one(std::uint32_t device) {
    const auto team = team_of(device);
    tell(
        {.kind = entry_kind::status_shown, .code = 1, .actor = device, .scope = team, .s = cursors_[device], .aux = 1});
    tell({.kind = entry_kind::export_began, .actor = device, .scope = team, .s = cursors_[device], .aux = 1});
    for (const auto& row : teams_[team].rows) {
      tell({.kind = entry_kind::export_row, .actor = device, .record = row.record, .collection = 2, .scope = team});
      tell({.kind = entry_kind::export_field,
            .tag = value_tag::text,
            .actor = device,
            .intent = row.writer,
            .record = row.record,
            .collection = 2,
            .field = 0,
            .value = row.title});
      tell({.kind = entry_kind::export_field,
            .tag = value_tag::integer,
            .actor = device,
            .intent = row.writer,
            .record = row.record,
            .collection = 2,
            .field = 1,
            .value = row.pinned});
    }
    tell({.kind = entry_kind::export_ended,
          .actor = device,
          .value = static_cast<std::int64_t>(teams_[team].rows.size())});
  }

  std::uint64_t message() { return ++messages_ * 0x9E3779B97F4A7C15ULL; }

  void tell(entry e) {
    e.at_ns = now_;
    batch_.push_back(e);
    if (batch_.size() == 8192)
      flush();
  }

  void flush() {
    const auto began = std::clock();
    judge_.append(batch_, names);
    judged_ns += (std::clock() - began) * (1'000'000'000 / CLOCKS_PER_SEC);
    total += batch_.size();
    batch_.clear();
  }

  invariants::judge& judge_;
  std::vector<entry> batch_;
  std::int64_t now_ = 1'000;
  std::uint64_t s_ = 0;
  std::uint64_t messages_ = 0;
  page_row before_;
  std::vector<team_state> teams_{teams + 1};
  std::vector<std::uint64_t> seqs_ = std::vector<std::uint64_t>(teams * members + 1);
  std::vector<std::uint64_t> cursors_ = std::vector<std::uint64_t>(teams * members + 1);
};

TEST(JudgeLoad, JudgesTenThousandDevicesInBoundedMemory) {
  const tale words(0);
  const auto before = resident_bytes();
  invariants::judge judge(words.plan);
  stream run(judge);
  run.run();
  const auto used = resident_bytes() - before;
  const auto out = judge.finish(run.names);
  for (const auto& result : out.invariants)
    EXPECT_NE(result.verdict(), reports::FAIL)
        << result.name() << ": " << (result.violations_size() > 0 ? result.violations(0).message() : "");
  EXPECT_GT(out.metrics.at("commits"), 80'000U);
  EXPECT_LT(used, resident_bytes_max);
  std::printf("%lu entries, %ld ns each, %lu MiB\n", run.total, run.judged_ns / static_cast<std::int64_t>(run.total),
              used >> 20);
}

} // namespace
} // namespace squall::told
