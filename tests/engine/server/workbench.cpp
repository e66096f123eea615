#include "tests/engine/server/workbench.hpp"

#include "engine/base/hash.hpp"
#include "engine/security/token.hpp"
#include "engine/wire/codec.hpp"
#include "engine/wire/serialize.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <unistd.h>

namespace squall::server {

namespace {

const security::key_pair& issuer_key() {
  static const auto key = security::derive_key_pair(7, "issuer");
  return key;
}

std::string fresh_path() {
  static int count = 0;
  return testing::TempDir() + "squall_server_" + std::to_string(getpid()) + "_" + std::to_string(count++) + ".db";
}

void remove_store(const std::string& path) {
  std::remove(path.c_str());
  std::remove((path + "-journal").c_str());
}

merge::field_schema plain(const char* name, merge::field_type type) {
  return {.name = name, .type = type, .rule = merge::field_rule::lww_server};
}

} // namespace

std::shared_ptr<const merge::schema> shop_model() {
  static const auto model = [] {
    merge::field_schema status = plain("status", merge::field_type::text);
    status.rule = merge::field_rule::precedence;
    status.precedence = {"cancelled", "shipped", "approved", "draft"};
    merge::field_schema count = plain("count", merge::field_type::counter);
    count.rule = merge::field_rule::counter;
    merge::field_schema quantity = count;
    quantity.name = "quantity";
    merge::field_schema total = plain("total", merge::field_type::derived);
    total.rule = merge::field_rule::derived;
    total.derived = {.child = lines, .reference = line_order, .factors = {line_quantity, line_price}};
    merge::schema m;
    m.collections = {
        {"orders", "field_merge", {status, plain("note", merge::field_type::text), count, total}},
        {"lines",
         "field_merge",
         {plain("order", merge::field_type::reference), quantity, plain("price", merge::field_type::integer)}},
        {"notes", "lww_server", {plain("text", merge::field_type::text)}},
    };
    return std::make_shared<const merge::schema>(std::move(m));
  }();
  return model;
}

operation create(collection_number collection, std::vector<field_write> writes) {
  return {operation_kind::create, collection, {}, std::move(writes)};
}
operation update(collection_number collection, const record_id& record, std::vector<field_write> writes) {
  return {operation_kind::update, collection, record, std::move(writes)};
}
operation remove(collection_number collection, const record_id& record) {
  return {operation_kind::remove, collection, record, {}};
}
operation restore(collection_number collection, const record_id& record) {
  return {operation_kind::restore, collection, record, {}};
}
field_write set(field_number field, value v) { return {field, write_kind::set, std::move(v), {}}; }
field_write add(field_number field, std::int64_t n) { return {field, write_kind::add, n, {}}; }
value text(const char* s) { return std::string(s); }

intent device::act(std::vector<operation> operations, std::vector<guard> guards) {
  intent in;
  in.id = {id, incarnation, ++seq};
  in.scope = scope;
  in.user = user;
  in.context = {seen.generation, seen.sequence, {}};
  in.guards = std::move(guards);
  in.operations = std::move(operations);
  for (std::size_t k = 0; k < in.operations.size(); ++k)
    if (in.operations[k].kind == operation_kind::create)
      in.operations[k].record = record_id::derive(in.id, static_cast<std::uint8_t>(k));
  return in;
}

wire::FramedIntent framed(const intent& in) {
  wire::FramedIntent f;
  f.set_seq(in.id.seq);
  f.set_body(wire::encode(in));
  f.set_hash(content_hash(f.body()));
  return f;
}

bench::bench(bench_options o) {
  settings.self = {1000};
  settings.model = shop_model();
  settings.issuer_key = issuer_key().public_key;
  settings.grants = {{1, {1}}, {2, {1}}, {3, {2}}, {4, {1}}, {4, {2}}};
  settings.store.path = fresh_path();
  settings.store.synchronous_full = false; // the process outlives every crash here
  for (const auto s : o.sabotages)
    settings.sabotages.set(static_cast<std::size_t>(s));
  o.change(settings);
  remove_store(settings.store.path);
  restart();
}

bench::~bench() {
  server.reset();
  remove_store(settings.store.path);
}

void bench::restart() {
  server.reset();
  runnable.clear();
  auto opened = replica::open(settings);
  ASSERT_TRUE(opened.ok()) << opened.err().message;
  server = std::move(*opened);
  tell(io::started{});
}

std::string bench::token(std::uint32_t device, std::uint32_t user, time_ns expires_wall) {
  wire::TokenClaims claims;
  claims.set_device(device);
  claims.set_user(user);
  claims.add_scopes(user == 3 ? 2 : 1);
  claims.set_expires_wall_ns(expires_wall);
  return security::sign_token(claims, issuer_key());
}

wire::PushRequest bench::push_request(const device& d, const std::vector<intent>& intents, push_settings s) {
  wire::PushRequest r;
  r.set_token(token(d.id, d.user, s.expires_wall));
  r.set_device(d.id);
  r.set_incarnation(d.incarnation);
  r.set_verdicts_through(s.verdicts_through);
  for (const intent& in : intents)
    *r.add_intents() = framed(in);
  return r;
}

std::uint64_t bench::send(const wire::PushRequest& r) {
  deliver(r.device(), wire::seal(r, {wire::message_kind::push_request, next_correlation_}));
  return next_correlation_++;
}
std::uint64_t bench::send(const wire::PullRequest& r) {
  deliver(r.device(), wire::seal(r, {wire::message_kind::pull_request, next_correlation_}));
  return next_correlation_++;
}
std::uint64_t bench::send(const wire::SnapshotRequest& r) {
  deliver(r.device(), wire::seal(r, {wire::message_kind::snapshot_request, next_correlation_}));
  return next_correlation_++;
}

void bench::deliver(std::uint32_t from, std::string_view bytes) { tell(io::received{{from}, bytes}); }

void bench::tell(const io::event& e) {
  server->handle(e, now, effects_);
  take(effects_);
}

void bench::take(const io::effects& out) {
  ASSERT_FALSE(out.failed) << out.failed->message;
  for (const auto& sent : out.sends) {
    wire::frame frame;
    ASSERT_TRUE(wire::open(sent.bytes, frame).ok());
    EXPECT_TRUE(replies.emplace(frame.correlation, sent).second) << "a request was answered twice";
  }
  runnable.insert(runnable.end(), out.runnable.begin(), out.runnable.end());
  facts.insert(facts.end(), out.facts.begin(), out.facts.end());
}

void bench::resume(io::job_id job) { tell(io::resume{job}); }

void bench::drain() {
  while (!runnable.empty()) {
    const auto job = runnable.front();
    runnable.pop_front();
    resume(job);
  }
}

template <class Response>
Response bench::reply(std::uint64_t correlation) {
  Response r;
  wire::frame frame;
  const auto found = replies.find(correlation);
  EXPECT_NE(found, replies.end()) << "no reply";
  if (found != replies.end()) {
    EXPECT_TRUE(wire::open(found->second.bytes, frame).ok());
    EXPECT_TRUE(wire::parse(frame.body, r));
  }
  return r;
}

wire::PushResponse bench::push_reply(std::uint64_t correlation) { return reply<wire::PushResponse>(correlation); }
wire::PullResponse bench::pull_reply(std::uint64_t correlation) { return reply<wire::PullResponse>(correlation); }
wire::SnapshotResponse bench::snapshot_reply(std::uint64_t correlation) {
  return reply<wire::SnapshotResponse>(correlation);
}

wire::PushResponse bench::push(const device& d, const std::vector<intent>& intents, push_settings s) {
  const auto correlation = send(push_request(d, intents, s));
  drain();
  return push_reply(correlation);
}

wire::PullResponse bench::pull(const device& d, const io::cursor& from, std::uint32_t limit, bool compact) {
  wire::PullRequest r;
  r.set_token(token(d.id, d.user));
  r.set_device(d.id);
  r.set_scope(d.scope.value);
  r.mutable_cursor()->set_generation(from.generation);
  r.mutable_cursor()->set_sequence(from.sequence);
  r.mutable_cursor()->set_scope_version(from.scope_version);
  r.set_limit(limit);
  r.set_compact(compact);
  const auto correlation = send(r);
  drain();
  return pull_reply(correlation);
}

wire::SnapshotResponse bench::snapshot(const device& d, std::uint64_t id, std::uint32_t page) {
  wire::SnapshotRequest r;
  r.set_token(token(d.id, d.user));
  r.set_device(d.id);
  r.set_scope(d.scope.value);
  r.set_snapshot(id);
  r.set_page(page);
  const auto correlation = send(r);
  drain();
  return snapshot_reply(correlation);
}

std::uint64_t bench::commit(device& d, std::vector<operation> operations) {
  const auto reply = push(d, {d.act(std::move(operations))});
  EXPECT_EQ(reply.verdicts_size(), 1);
  if (reply.verdicts_size() != 1)
    return 0;
  EXPECT_EQ(reply.verdicts(0).verdict().kind(), static_cast<std::uint32_t>(verdict_kind::applied));
  return reply.verdicts(0).verdict().sequence();
}

std::map<record_id, io::row_view> bench::rows(scope_id scope) {
  std::map<record_id, io::row_view> out;
  const auto read = server->export_rows(scope, [&](const io::row_view& row) {
    EXPECT_TRUE(out.empty() || out.rbegin()->first < row.id) << "rows must ascend";
    out[row.id] = row;
  });
  EXPECT_TRUE(read.ok());
  return out;
}

value field_of(const io::row_view& row, field_number field) {
  for (const auto& f : row.fields)
    if (f.field == field)
      return f.current;
  return {};
}

} // namespace squall::server
