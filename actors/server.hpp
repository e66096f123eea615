// The server and the issuer. Work that the server leaves at a yield point is resumed after a service time drawn by its cause,
// so that the requests of many devices interleave there.
#pragma once

#include "actors/host.hpp"

#include <map>

namespace squall::actors {

class disk_copy;

class server : public host {
public:
  server(caf::actor_config& config, node_seat seat, world& shared, std::uint32_t id = 0);
  std::string_view role() const noexcept override { return "server"; }

protected:
  result<std::unique_ptr<participant>> make(std::uint64_t entropy, const store_place& store) override;
  void release_jobs(const io::effects& fx, lineage cause) override;
  void record(const io::effects& fx) override;
  /// The operator may put a copy of the store in place first.
  void starts() override;
  /// Reports commits, branches and fences that survived a crash which struck before they were reported.
  void recover() override;
  void dispatch(kernel_event& event) override;
  void lose(kernel_event& event) override;
  server_config config_for(std::uint64_t entropy, const store_place& store) const;

private:
  void report(const telemetry::fact& fact);
  void tell_clock();

  void recover_fences(const disk_copy& copy);
  void recover_grants(const disk_copy& copy);

  std::map<std::uint32_t, std::uint64_t> fences_; ///< by scope, as reported
  std::uint64_t newest_commit_ = 0;               ///< sequence of the last one reported
  std::uint64_t branches_kept_ = 0;               ///< reported so far
};

class issuer final : public server {
public:
  issuer(caf::actor_config& config, node_seat seat, world& shared);
  std::string_view role() const noexcept override { return "issuer"; }

protected:
  void starts() override {}
  result<std::unique_ptr<participant>> make(std::uint64_t entropy, const store_place& store) override;
  void recover() override {}
  /// Behind by as much as makes a token end early, where the plan says so.
  clock_reading clocks_for(const kernel_event* event) const override;
};

} // namespace squall::actors
