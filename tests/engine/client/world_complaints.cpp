// What is wrong with the world once it has settled: rows, intents, tasks, references and keys against the server's.
#include "tests/engine/client/world.hpp"

#include <gtest/gtest.h>

namespace squall::client {

// -- what came of it ---------------------------------------------------------------------------------------------------

void world::put(table& t, const io::row_view& row) {
  shown_row& out = t[row.id];
  out.collection = row.collection;
  out.deleted = row.deleted;
  for (const auto& f : row.fields)
    out.fields[f.field] = {f.current, f.writer};
}

world::table world::rows_of(std::uint32_t d, io::view_kind view) {
  table t;
  EXPECT_TRUE(client(d).export_rows(view, [&](const io::row_view& r) { put(t, r); }).ok());
  return t;
}

world::table world::rows_of_server() {
  table t;
  EXPECT_TRUE(server_->export_rows(team, [&](const io::row_view& r) { put(t, r); }).ok());
  return t;
}

std::string world::complaint_about_intents(std::int64_t shown) const {
  std::int64_t expected = 0;
  for (const auto& [id, times] : committed_) {
    if (times != 1)
      return to_string(id) + " took effect more than once";
    const auto known = counted_.count(id) ? counted_.find(id) : doubted_.find(id);
    if (known == counted_.end() || known == doubted_.end())
      return to_string(id) + " took effect, and nobody did it";
    expected += known->second;
  }
  for (const auto& [id, adds] : counted_) {
    const auto v = verdicts_.find(id);
    // A commit in doubt that survived: the verdict is durable, and the one who was to report it is dead.
    if (v == verdicts_.end() && failures_ > 0 && released_.count(id))
      continue;
    if (v == verdicts_.end())
      return to_string(id) + " was accepted and has no verdict";
    const bool committed = v->second == verdict_kind::applied || v->second == verdict_kind::merged;
    if (committed != (committed_.count(id) != 0))
      return to_string(id) + " has a verdict that is not the server's";
  }
  return shown == expected ? "" : "additions are missing or count twice";
}

std::string world::tasks_in(const std::function<result<void>(const std::function<void(const io::task_view&)>&)>& from) {
  std::string out;
  EXPECT_TRUE(from([&](const io::task_view& t) {
                out += std::to_string(t.task) + (t.open ? " open " : " closed by " + to_string(t.settled_by) + " ") +
                       to_string(t.record) + "." + std::to_string(t.subject) + ":";
                for (const auto& b : t.branches)
                  out += " " + to_string(b.intent);
                out += "\n";
              }).ok());
  return out;
}

/// Every device knows the server's tasks; every conflicted intent was kept, once.
std::string world::complaint_about_tasks() {
  const auto truth = tasks_in([&](const auto& sink) { return server_->export_tasks(team, sink); });
  for (std::uint32_t d = 1; d <= devices; ++d)
    if (tasks_in([&](const auto& sink) { return client(d).export_tasks(sink); }) != truth)
      return "device " + std::to_string(d) + " knows other tasks than the server";
  for (const auto& [id, v] : verdicts_)
    if ((v == verdict_kind::conflicted) != (kept_.count(id) == 1 && kept_.at(id) == 1))
      return to_string(id) + " is conflicted and no branch, or the other way round";
  return {};
}

std::string world::complaint_about_links(const table& truth) {
  std::set<std::string> texts;
  for (const auto& [id, row] : truth) {
    if (row.deleted)
      continue;
    if (row.collection == lines && truth.at(std::get<record_id>(row.fields.at(line_order).first)).deleted)
      return to_string(id) + " is a line of a removed order";
    if (row.collection == memos && !texts.insert(std::get<std::string>(row.fields.at(memo_text).first)).second)
      return "two memos say the same";
  }
  std::string trouble;
  for (std::uint32_t d = 1; d <= devices; ++d)
    EXPECT_TRUE(
        client(d)
            .export_rows(io::view_kind::visible,
                         [&](const io::row_view& r) { trouble = r.flags != 0 ? "a row is flagged at rest" : trouble; })
            .ok());
  return trouble;
}

std::string world::complaint() {
  if (!trouble_.empty())
    return trouble_;
  if (!settled())
    return "not settled";
  const table truth = rows_of_server();
  for (std::uint32_t d = 1; d <= devices; ++d) {
    if (rows_of(d, io::view_kind::confirmed) != truth)
      return "device " + std::to_string(d) + " confirms other rows than the server";
    if (rows_of(d, io::view_kind::visible) != truth)
      return "device " + std::to_string(d) + " shows other rows than the server";
    if (client(d).status().queue_depth + client(d).status().quarantined != 0)
      return "device " + std::to_string(d) + " has a queue left";
  }
  if (auto found = complaint_about_tasks(); !found.empty())
    return found;
  if (options_.linked) // an order that is removed takes its count with it
    return complaint_about_links(truth);
  std::int64_t shown = 0;
  for (const auto& [id, row] : truth)
    if (row.collection == orders && row.fields.count(order_count))
      shown += std::get<std::int64_t>(row.fields.at(order_count).first);
  return complaint_about_intents(shown);
}

} // namespace squall::client
