// The engine, held against the table twice: what it decides over rows in memory, and what a server makes of real pushes.
#include "engine/wire/codec.hpp"
#include "tests/conformance/translation.hpp"
#include "tests/engine/server/workbench.hpp"

#include <gtest/gtest.h>

#include <set>

namespace squall::conformance {
namespace {

// -- decide, alone --------------------------------------------------------------------------------------------------------

class memory_rows final : public merge::row_access {
public:
  merge::row* find(const record_id& id) override {
    const auto at = all.find(id);
    return at == all.end() ? nullptr : &at->second;
  }
  merge::row& create(const record_id& id, collection_number collection) override {
    auto& r = all[id];
    r.id = id;
    r.collection = collection;
    r.fields.resize(engine_model()->collections[collection].fields.size());
    return r;
  }
  bool create_was_rejected(const intent_id& creator) override { return without_effect.contains(creator); }

  /// What a replica does with its derived fields after a commit.
  void derive() {
    const auto& collections = engine_model()->collections;
    for (auto& [id, parent] : all)
      for (std::size_t f = 0; f < parent.fields.size(); ++f) {
        const auto& field = collections[parent.collection].fields[f];
        if (field.type == merge::field_type::derived)
          parent.fields[f].current = merge::derive(field.derived, children_of(id, field.derived));
      }
  }

  std::map<record_id, merge::row> all;
  std::set<intent_id> without_effect;

private:
  std::vector<const merge::row*> children_of(const record_id& parent, const merge::derivation& d) const {
    std::vector<const merge::row*> out;
    for (const auto& [id, child] : all)
      if (!child.deleted && child.collection == d.child && child.fields[d.reference].current == squall::value{parent})
        out.push_back(&child);
    return out;
  }
};

class rows_run {
public:
  void run(const step& s) {
    const auto in = names_.next(s);
    const auto d = merge::decide(*engine_model(), in, {translator::generation, head_ + 1}, rows_, counts_);
    if (d.committed()) {
      EXPECT_EQ(d.outcome.sequence, ++head_);
      rows_.derive();
    } else {
      rows_.without_effect.insert(in.id);
    }
    names_.judged(head_);
    expect_same(d.outcome, expected_of(s, names_));
  }

  void check(const conformance::cell& c) {
    const auto* row = rows_.find(names_.record(c.record));
    if (c.field.empty()) {
      EXPECT_EQ(row != nullptr && !row->deleted, c.is.integer == 1);
      return;
    }
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->fields[translator::field(c.collection, c.field)].current, names_.plain(c.is));
  }

private:
  translator names_;
  memory_rows rows_;
  telemetry::counters counts_;
  std::uint64_t head_ = 0;
};

// -- a server ---------------------------------------------------------------------------------------------------------------

class server_run {
public:
  server_run()
      : bench_({.change = [](server::options& o) {
          o.model = engine_model();
          o.stamp_bound = 60 * second_ns;
          for (std::uint8_t role = 1; role <= roles().size(); ++role)
            o.grants.push_back({translator::user_of_first_role + role - 1, {1}, role});
        }}) {}

  /// As `run`, by a user who is granted what the step says, just before it.
  void run_granted(const step& s) {
    user_ = translator::user_of_first_device + static_cast<std::uint32_t>(s.device) - 1;
    for (const int scope : scopes) {
      const bool there = scope != s.scope && !s.operations.empty() && scope == s.operations.front().to;
      const bool withdrawn = (scope == s.scope && s.denied) || (there && s.denied_there);
      bench_.tell(io::grant_change{user_, {static_cast<std::uint32_t>(scope)}, role_number(s.role), withdrawn});
    }
    run(s);
  }

  void run(const step& s) {
    auto in = names_.next(s);
    if (user_ != 0)
      in.user = user_;
    server::device author{.id = in.id.device, .user = in.user};
    bench_.now.wall = s.server_s * second_ns;
    const auto reply = push(author, in);
    names_.judged(bench_.server->status().at.sequence);
    ASSERT_EQ(reply.status(), 200U);
    ASSERT_EQ(reply.verdicts_size(), 1);
    expect_same(wire::from_wire(reply.verdicts(0).verdict()), expected_of(s, names_));
    // An intent that comes again has its verdict again, and no second effect: `check` would see one.
    const auto again = push(author, in);
    ASSERT_EQ(again.verdicts_size(), 1);
    const auto repeated = wire::from_wire(again.verdicts(0).verdict());
    EXPECT_TRUE(repeated.was_duplicate);
    expect_same(repeated, expected_of(s, names_));
  }

  void check(const cell& c) {
    std::map<record_id, io::row_view> rows;
    for (const int scope : scopes)
      rows.merge(bench_.rows({static_cast<std::uint32_t>(scope)}));
    const auto row = rows.find(names_.record(c.record));
    if (c.field.empty()) {
      if (c.scope != 0 && row != rows.end()) {
        EXPECT_EQ(row->second.scope.value, static_cast<std::uint32_t>(c.scope));
      }
      EXPECT_EQ(row != rows.end() && !row->second.deleted, c.is.integer == 1);
      return;
    }
    ASSERT_NE(row, rows.end());
    // What a deleted record held shows at nobody's; `decide` over rows in memory answers for it.
    if (c.set) {
      EXPECT_EQ(members(row->second, translator::field(c.collection, c.field)), c.members);
    } else if (!row->second.deleted) {
      EXPECT_EQ(server::field_of(row->second, translator::field(c.collection, c.field)), names_.plain(c.is));
    }
  }

  void check(const std::vector<task>& expected) {
    std::vector<task_outline> want;
    for (const auto& t : expected)
      want.push_back(names_.translate(t));
    std::map<std::uint64_t, task_outline> by_number;
    for (const int scope : scopes)
      ASSERT_TRUE(bench_.server->export_tasks({static_cast<std::uint32_t>(scope)}, [&](const io::task_view& t) {
        auto& seen = by_number[t.task] = {t.record, t.collection, t.subject, t.open, {}};
        for (const auto& b : t.branches)
          seen.branches.push_back(b.intent);
      }));
    std::vector<task_outline> got;
    for (auto& [number, t] : by_number)
      got.push_back(std::move(t));
    EXPECT_EQ(got, want);
  }

private:
  wire::PushResponse push(const server::device& author, const intent& in) {
    return bench_.push(author, {in}, {.expires_wall = 1'000'000 * second_ns});
  }

  static std::vector<std::string> members(const io::row_view& row, field_number f) {
    std::vector<std::string> out;
    for (const auto& v : row.fields)
      if (v.field == f)
        out.push_back(std::get<std::string>(v.current));
    return out;
  }

  static constexpr int scopes[] = {1, 2, 3};
  translator names_;
  server::bench bench_;
  std::uint32_t user_ = 0; ///< 0: the one that the translator names
};

template <class Run>
void run_row(const row& r) {
  SCOPED_TRACE(r.name + ": " + r.reason);
  Run run;
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i + 1));
    run.run(r.steps[i]);
  }
  for (const auto& c : r.then) {
    SCOPED_TRACE(c.field + " of " + c.record);
    run.check(c);
  }
}

void run_enterprise_row(const row& r, bool about_scopes = false) {
  SCOPED_TRACE(r.name + ": " + r.reason);
  server_run run;
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    SCOPED_TRACE("step " + std::to_string(i + 1));
    about_scopes ? run.run_granted(r.steps[i]) : run.run(r.steps[i]);
  }
  for (const auto& c : r.then) {
    SCOPED_TRACE(c.field + " of " + c.record);
    run.check(c);
  }
  run.check(r.tasks);
}

bool speaks_of_grants(const row& r) {
  return std::any_of(r.steps.begin(), r.steps.end(), [](const step& s) { return s.denied; });
}

/// Grants are the server's business.
std::vector<row> rows_without_grants() {
  auto all = table();
  std::erase_if(all, speaks_of_grants);
  return all;
}

std::string name_of(const testing::TestParamInfo<row>& info) {
  std::string name = std::to_string(info.index) + "_";
  for (const char c : info.param.name)
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

class DecideConformance : public testing::TestWithParam<row> {};
TEST_P(DecideConformance, DecidesAsTheTableSays) { run_row<rows_run>(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Table, DecideConformance, testing::ValuesIn(rows_without_grants()), name_of);

class ServerConformance : public testing::TestWithParam<row> {};
TEST_P(ServerConformance, AnswersAsTheTableSays) { run_row<server_run>(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Table, ServerConformance, testing::ValuesIn(table()), name_of);

class EnterpriseConformance : public testing::TestWithParam<row> {};
TEST_P(EnterpriseConformance, AnswersAsTheTableSays) { run_enterprise_row(GetParam()); }
INSTANTIATE_TEST_SUITE_P(Table, EnterpriseConformance, testing::ValuesIn(enterprise_table()), name_of);

class ScopeConformance : public testing::TestWithParam<row> {};
TEST_P(ScopeConformance, AnswersAsTheTableSays) { run_enterprise_row(GetParam(), true); }
INSTANTIATE_TEST_SUITE_P(Table, ScopeConformance, testing::ValuesIn(scope_table()), name_of);

TEST(EngineConformance, LeavesToTheServerAloneOnlyRowsAboutGrants) {
  const auto left_out = table().size() - rows_without_grants().size();
  EXPECT_GT(left_out, 0U);
  EXPECT_LT(left_out, 6U);
}

} // namespace
} // namespace squall::conformance
