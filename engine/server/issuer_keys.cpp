#include "engine/server/issuer_keys.hpp"

#include "engine/server/sql.hpp"
#include "engine/wire/codec.hpp"

namespace squall::server {

using telemetry::probe;
using telemetry::sabotage;

const issuer_keys::key* issuer_keys::find(std::uint32_t number) const {
  const auto found = keys_.find(number);
  return found == keys_.end() ? nullptr : &found->second;
}

void issuer_keys::ask(time_ns mono, io::effects& out) {
  if (asked_ && mono - *asked_ < second_ns)
    return;
  asked_ = mono;
  counts_.hit(probe::keys_asked);
  out.sends.push_back(
      {settings_.issuer, io::message_class::keys,
       wire::seal(wire::KeysRequest(), {.kind = wire::message_kind::keys_request, .correlation = ++questions_})});
}

result<bool> issuer_keys::learn(const wire::KeysResponse& told) {
  std::map<std::uint32_t, key> news;
  for (const wire::SigningKey& k : told.keys()) {
    const key* known = find(k.key_id());
    if (known && (known->retired || !k.retired()))
      continue;
    news[k.key_id()] = {known ? known->public_key : k.public_key(),
                        k.retired() ? std::optional<time_ns>(k.retired_wall_ns()) : std::nullopt};
  }
  if (news.empty())
    return false;
  if (!counts_.sabotaged(sabotage::keys_in_memory_only)) {
    auto transaction = store::transaction::begin(db_);
    if (!transaction)
      return transaction.err();
    for (const auto& [number, k] : news) {
      auto put = sql::run(db_,
                          "INSERT OR REPLACE INTO issuer_keys(number, public_key, retired, retired_wall) "
                          "VALUES(?, ?, ?, ?)",
                          number, k.public_key, k.retired ? 1 : 0, k.retired.value_or(0));
      if (!put)
        return put.err();
    }
    if (auto committed = transaction->commit(); !committed)
      return committed.err();
  }
  counts_.hit(probe::keys_learned);
  for (auto& [number, k] : news)
    keys_[number] = std::move(k);
  return true;
}

result<void> issuer_keys::load() {
  keys_.clear();
  keys_[1] = {settings_.first_key, std::nullopt};
  return sql::each(sql::start(db_, "SELECT number, public_key, retired, retired_wall FROM issuer_keys"),
                   [&](const store::statement& s) {
                     keys_[static_cast<std::uint32_t>(s.integer(0))] = {
                         std::string(s.blob(1)),
                         s.integer(2) != 0 ? std::optional<time_ns>(s.integer(3)) : std::nullopt};
                   });
}

} // namespace squall::server
