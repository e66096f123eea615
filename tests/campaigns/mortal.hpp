// A system that dies of bad luck, on purpose: a client of it that has heard nothing since its last push aborts at the next.
#pragma once

#include "actors/system/squall_system.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace squall::mortal {

class client final : public actors::participant {
public:
  explicit client(std::unique_ptr<actors::participant> inner) : inner_(std::move(inner)) {}

  void handle(const io::event& event, const clock_reading& now, io::effects& out) override {
    if (std::holds_alternative<io::received>(event))
      pushed_ = false;
    inner_->handle(event, now, out);
    for (const auto& sent : out.sends) {
      if (sent.cls != io::message_class::push)
        continue;
      if (pushed_)
        std::abort();
      pushed_ = true;
    }
  }
  result<std::optional<io::row_view>> read(const record_id& id) override { return inner_->read(id); }
  result<void> export_rows(scope_id scope, io::view_kind view,
                           const std::function<void(const io::row_view&)>& sink) override {
    return inner_->export_rows(scope, view, sink);
  }
  io::replica_status status() override { return inner_->status(); }
  result<io::cursor> head(scope_id scope) override { return inner_->head(scope); }
  const telemetry::counters* counters() const override { return inner_->counters(); }

private:
  std::unique_ptr<actors::participant> inner_;
  bool pushed_ = false; ///< and has heard nothing since
};

class mortal_system final : public actors::system_under_test {
public:
  std::string name() const override { return "mortal"; }
  actors::capabilities can() const override { return inner_.can(); }
  result<std::unique_ptr<actors::participant>> start_client(const actors::client_config& config) override {
    auto made = inner_.start_client(config);
    if (!made)
      return made.err();
    return std::unique_ptr<actors::participant>(std::make_unique<client>(std::move(*made)));
  }
  result<std::unique_ptr<actors::participant>> start_server(const actors::server_config& config) override {
    return inner_.start_server(config);
  }
  result<std::unique_ptr<actors::participant>> start_issuer(const actors::issuer_config& config) override {
    return inner_.start_issuer(config);
  }
  result<actors::client_reading> read_client(const actors::store_place& store) override {
    return inner_.read_client(store);
  }
  result<std::vector<actors::stored_commit>> read_commits(const actors::store_place& store,
                                                          std::uint64_t after) override {
    return inner_.read_commits(store, after);
  }
  void end_readings() override { inner_.end_readings(); }

private:
  actors::squall_system inner_;
};

} // namespace squall::mortal
