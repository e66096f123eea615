// A system that is not deterministic, on purpose: its clients set their timers by the machine's own clock.
#pragma once

#include "tests/actors/naive/naive.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace squall::restless {

class client final : public actors::participant {
public:
  explicit client(std::unique_ptr<actors::participant> inner) : inner_(std::move(inner)) {}

  void handle(const io::event& event, const clock_reading& now, io::effects& out) override {
    inner_->handle(event, now, out);
    for (auto& timer : out.timers)
      if (timer.delay > second_ns)
        timer.delay += std::chrono::steady_clock::now().time_since_epoch().count() % 1'000'000;
  }
  result<std::optional<io::row_view>> read(const record_id& id) override { return inner_->read(id); }
  result<void> export_rows(scope_id scope, io::view_kind view,
                           const std::function<void(const io::row_view&)>& sink) override {
    return inner_->export_rows(scope, view, sink);
  }
  io::replica_status status() override { return inner_->status(); }
  result<io::cursor> head(scope_id scope) override { return inner_->head(scope); }
  std::optional<std::vector<scope_id>> scopes() override { return inner_->scopes(); }
  const telemetry::counters* counters() const override { return nullptr; }

private:
  std::unique_ptr<actors::participant> inner_;
};

class restless_system final : public actors::system_under_test {
public:
  std::string name() const override { return "restless"; }
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

private:
  naive::naive_system inner_;
};

} // namespace squall::restless
