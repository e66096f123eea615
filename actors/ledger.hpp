// The one writer of a run's history. Facts of replicas and the host's own observations become entries; identities are
// interned; batches go to the sinks; a rolling digest covers everything. It holds digests of content, never content, pages
// or compressed bytes.
#pragma once

#include "engine/base/intent.hpp"
#include "engine/base/time.hpp"
#include "engine/io/io.hpp"
#include "engine/telemetry/fact.hpp"
#include "reports/history/digest.hpp"
#include "reports/history/entry.hpp"
#include "reports/history/names.hpp"
#include "reports/history/sink.hpp"

#include <cstdint>
#include <vector>

namespace squall::actors {

class ledger {
public:
  struct settings {
    std::vector<history::sink*> sinks;
    bool remember_texts = false;
    std::vector<std::uint32_t> scopes{}; ///< of each actor, for systems whose facts name none; 0 for server and issuer
  };
  explicit ledger(settings s);

  /// From now on entries carry this time. Precondition: not before the last.
  void set_now(time_ns now) noexcept { now_ = now; }

  /// Appends; `at_ns` is filled in.
  void add(history::entry e);
  /// The server's store is that of a copy again: `e.s` is its newest commit.
  void restored(const history::entry& e) {
    newest_commit_ = e.s;
    add(e);
  }
  /// What a replica reported. `message` is the lineage of the message that the fact names, 0 if it names none.
  void add_fact(std::uint32_t actor, const telemetry::fact& f, std::uint64_t message);
  /// An accepted intent, with the intention that it came from.
  void add_accepted(std::uint32_t actor, const telemetry::fact& f, std::uint64_t intention);
  /// The entries of one row as a user or the host reads it; `field_kind` is value_read or export_field.
  void add_fields(std::uint32_t actor, const io::row_view& row, history::entry_kind field_kind);
  /// A task as the host reads it, and its branches.
  void add_task(std::uint32_t actor, std::uint32_t scope, const io::task_view& task);

  history::intent_index index(const intent_id& id);
  history::record_index index(const record_id& id);
  /// Puts a value's digest into the entry.
  void put(history::entry& e, const value& v);

  /// Hands what is buffered to the sinks.
  void flush();
  /// Entries and names. Flushes.
  std::uint64_t digest();
  std::uint64_t entries() const noexcept { return count_; }
  /// Ends the ledger: flushes and gives the names away.
  history::name_table take_names();

private:
  /// Where a fact of `actor` is about, if it does not say.
  std::uint32_t scope_of(std::uint32_t actor, const telemetry::fact& f) const;
  history::entry task_fact(std::uint32_t actor, const telemetry::fact& f);
  static void put_stamp(history::entry& e, const hlc_stamp& stamp);
  history::entry page_fact(std::uint32_t actor, const telemetry::fact& f, std::uint64_t message);

  settings settings_;
  history::name_table names_;
  history::digest digest_;
  std::vector<history::entry> batch_;
  time_ns now_ = 0;
  std::uint64_t count_ = 0;
  std::uint32_t page_peer_ = 0; ///< of the page_served last seen: its rows follow
  std::uint32_t page_scope_ = 0;
  std::uint64_t page_entry_s_ = 0;
  std::uint64_t newest_commit_ = 0;
};

/// True for facts that only hold once the message they name has left.
bool names_a_message(telemetry::fact_kind kind) noexcept;

} // namespace squall::actors
