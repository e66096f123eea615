// Our engine behind the participant port: client, server and issuer replicas over SQLite on the simulated disks.
#pragma once

#include "actors/port/participant.hpp"
#include "engine/security/signature_memory.hpp"
#include "engine/server/replica.hpp"
#include "engine/store/sqlite.hpp"

namespace squall::actors {

class squall_system final : public system_under_test {
public:
  /// `store_pragmas` is SQL that every connection to every store runs when it is open; whatever does not change what SQL
  /// means must not change a run.
  explicit squall_system(std::string store_pragmas = {}) : store_pragmas_(std::move(store_pragmas)) {}

  /// The settings of a server as the knobs have them.
  static squall::server::options server_options(const engine_knobs& knobs);

  std::string name() const override { return "squall"; }
  capabilities can() const override { return {.administration = true, .grants = true, .blank_store = true}; }
  result<std::unique_ptr<participant>> start_client(const client_config& config) override;
  result<std::unique_ptr<participant>> start_server(const server_config& config) override;
  result<std::unique_ptr<participant>> start_issuer(const issuer_config& config) override;
  /// By SQL of its own on the replicas' tables, with nothing of the replicas' code (store_readings.cpp). Where content is
  /// exchanged under an open file, one connection reads all: it need not learn the same tables each time.
  result<client_reading> read_client(const store_place& store) override;
  result<std::vector<stored_commit>> read_commits(const store_place& store, std::uint64_t after) override;
  result<std::vector<stored_branch>> read_branches(const store_place& store, std::uint64_t from) override;
  result<stored_grants> read_grants(const store_place& store) override;
  result<std::vector<stored_fence>> read_fences(const store_place& store) override;
  result<std::vector<stored_verdicts>> read_verdicts(const store_place& store) override;
  void end_readings() override;
  result<std::optional<std::vector<stored_judgement>>> read_audit(const store_place& store) override;
  /// What the message would weigh uncompressed: sizes after compression differ between library versions.
  std::size_t charged_bytes(std::string_view message) const override;

private:
  std::string store_pragmas_;
  /// To places that are exchanged; null: none is open. What they know of their tables must never meet the other kind's.
  std::unique_ptr<store::connection> client_reader_, server_reader_;
  security::signature_memory signatures_;
};

} // namespace squall::actors
