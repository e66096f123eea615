// A second engine, as naive as can be: all in memory, every collection `lww_server`, no credentials, no guards, no snapshots,
// no retries but a timeout. It shares no code with the real one but the base types, and is judged by the same oracle.
#pragma once

#include "actors/port/participant.hpp"

namespace squall::naive {

class naive_system final : public actors::system_under_test {
public:
  std::string name() const override { return "naive"; }
  actors::capabilities can() const override {
    return {
        .durable = false, .has_issuer = false, .field_merge = false, .guards = false, .resync = false, .fences = false};
  }
  result<std::unique_ptr<actors::participant>> start_client(const actors::client_config& config) override;
  result<std::unique_ptr<actors::participant>> start_server(const actors::server_config& config) override;
  result<std::unique_ptr<actors::participant>> start_issuer(const actors::issuer_config&) override {
    return error{errc::unsupported, "the naive engine has no issuer"};
  }
  result<actors::client_reading> read_client(const actors::store_place&) override {
    return error{errc::unsupported, "the naive engine keeps nothing"};
  }
  result<std::vector<actors::stored_commit>> read_commits(const actors::store_place&, std::uint64_t) override {
    return error{errc::unsupported, "the naive engine keeps nothing"};
  }
};

} // namespace squall::naive
