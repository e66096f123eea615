#include "tests/engine/client/bench.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace squall::client {

std::shared_ptr<const merge::schema> shop_model() {
  static const auto model = [] {
    merge::schema m;
    using merge::field_rule;
    using merge::field_type;
    merge::collection_schema o{"orders", "field_merge", {}};
    o.fields = {{.name = "status",
                 .type = field_type::text,
                 .rule = field_rule::precedence,
                 .precedence = {"cancelled", "shipped", "approved", "draft"}},
                {.name = "note"},
                {.name = "count", .type = field_type::counter, .rule = field_rule::counter},
                {.name = "total",
                 .type = field_type::derived,
                 .rule = field_rule::derived,
                 .derived = {.child = lines, .reference = line_order, .factors = {line_quantity, line_price}}}};
    merge::collection_schema l{"lines", "field_merge", {}};
    l.fields = {{.name = "order", .type = field_type::reference, .target = orders},
                {.name = "quantity", .type = field_type::counter, .rule = field_rule::counter},
                {.name = "price", .type = field_type::integer}};
    merge::collection_schema n{"memos", "lww_server", {}};
    n.fields = {{.name = "text"}};
    m.collections = {std::move(o), std::move(l), std::move(n)};
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
field_write set(field_number field, value v) { return {field, write_kind::set, std::move(v), {}}; }
field_write add(field_number field, std::int64_t n) { return {field, write_kind::add, n, {}}; }

// -- what a server says ------------------------------------------------------------------------------------------------

verdict applied(std::uint64_t sequence) { return {.kind = verdict_kind::applied, .sequence = sequence}; }
verdict ended(verdict_kind kind, verdict_rule rule) { return {.kind = kind, .rule = rule}; }

wire::ChangeEntry entry(std::uint64_t sequence, std::uint64_t previous, const intent_id& by) {
  wire::ChangeEntry out;
  out.set_sequence(sequence);
  out.set_previous(previous);
  wire::to_wire(by, *out.mutable_intent());
  return out;
}

void put_row(wire::ChangeEntry& e, const record_id& id, collection_number collection,
             std::vector<std::pair<field_number, value>> fields) {
  wire::RowState& row = *e.add_rows();
  wire::to_wire(id, *row.mutable_record());
  row.set_collection(collection);
  wire::to_wire(id.creator(), *row.mutable_presence_writer());
  row.set_presence_sequence(e.sequence());
  row.set_last_sequence(e.sequence());
  for (const auto& [field, v] : fields) {
    wire::FieldState& f = *row.add_fields();
    f.set_field(field);
    wire::to_wire(v, *f.mutable_value());
    *f.mutable_writer() = e.intent();
    f.set_sequence(e.sequence());
  }
}

void put_deleted(wire::ChangeEntry& e, const record_id& id, collection_number collection) {
  put_row(e, id, collection, {});
  e.mutable_rows(e.rows_size() - 1)->set_change(static_cast<std::uint32_t>(telemetry::row_change::deleted));
}

namespace {

void put(wire::Cursor& to, const io::cursor& from) {
  to.set_generation(from.generation);
  to.set_sequence(from.sequence);
  to.set_scope_version(from.scope_version);
}

} // namespace

wire::SnapshotResponse whole_snapshot(std::uint64_t of_generation, std::uint64_t at) {
  wire::SnapshotResponse out;
  out.set_status(200);
  out.set_snapshot(900);
  out.mutable_at()->set_generation(of_generation);
  out.mutable_at()->set_sequence(at);
  out.set_last(true);
  out.set_head(at);
  return out;
}

wire::PullResponse page(const io::cursor& from, std::vector<wire::ChangeEntry> entries, std::uint64_t next, bool more) {
  wire::PullResponse out;
  out.set_status(200);
  put(*out.mutable_from(), from);
  put(*out.mutable_next(), {from.generation == 0 ? generation : from.generation, next, from.scope_version});
  for (wire::ChangeEntry& e : entries)
    *out.add_entries() = std::move(e);
  out.set_head(next);
  out.set_more(more);
  return out;
}

// -- the bench ---------------------------------------------------------------------------------------------------------

bench::bench(bench_options o) {
  std::string pattern = (std::filesystem::temp_directory_path() / "squall_client_XXXXXX").string();
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
  settings.device = 1;
  settings.user = 7;
  settings.scope = {3};
  settings.server = server_endpoint;
  settings.issuer = issuer_endpoint;
  settings.enrolment_code = "open sesame";
  settings.model = shop_model();
  settings.store.path = folder_ + "/client.db";
  settings.store.synchronous_full = false; // the process survives: what was written is there
  for (const telemetry::sabotage s : o.sabotages)
    settings.sabotages.set(static_cast<std::size_t>(s));
  o.change(settings);
}

bench::~bench() {
  client.reset();
  std::filesystem::remove_all(folder_);
}

void bench::start() {
  settings.entropy = 1000 + ++starts_;
  auto opened = replica::open(settings);
  ASSERT_TRUE(opened.ok()) << opened.err().message;
  client = std::move(opened).value();
  tell(io::started{});
}

void bench::crash() {
  client.reset();
  timers.clear();
  sent.clear();
}

void bench::restart() {
  crash();
  start();
}

void bench::settle_in() {
  start();
  enrol_request();
  answer_token();
  answer_pull({}, 10);
  facts.clear();
}

void bench::tell(const io::event& e) {
  client->handle(e, now, out);
  if (out.failed) {
    EXPECT_TRUE(out.sends.empty() && out.facts.empty() && out.timers.empty());
    return;
  }
  for (const io::outgoing& s : out.sends)
    sent.push_back(s);
  facts.insert(facts.end(), out.facts.begin(), out.facts.end());
  for (const io::timer_request& t : out.timers) {
    if (t.delay == io::timer_request::cancel)
      timers.erase(t.id);
    else
      timers[t.id] = {t.generation, now.mono + t.delay};
  }
}

void bench::deliver(std::string_view bytes, endpoint_id from) { tell(io::received{from, bytes}); }

void bench::pass(duration_ns time) {
  const time_ns until = now.mono + time;
  for (int fired = 0; fired < 100'000; ++fired) {
    auto next = timers.end();
    for (auto t = timers.begin(); t != timers.end(); ++t)
      if (t->second.due <= until && (next == timers.end() || t->second.due < next->second.due))
        next = t;
    if (next == timers.end())
      break;
    const io::timer_fired event{next->first, next->second.generation};
    const duration_ns step = std::max<duration_ns>(next->second.due - now.mono, 0);
    now.mono += step;
    now.wall += step;
    timers.erase(next);
    tell(event);
  }
  now.wall += until - now.mono;
  now.mono = until;
}

io::change_result bench::accept(std::vector<operation> operations, std::vector<guard> guards) {
  tell(io::local_change{std::move(guards), std::move(operations)});
  EXPECT_TRUE(out.change.has_value());
  EXPECT_TRUE(out.change->ok()) << out.change->err().message;
  return out.change->value();
}

error bench::refuse(std::vector<operation> operations) {
  tell(io::local_change{{}, std::move(operations)});
  EXPECT_TRUE(out.change.has_value());
  EXPECT_FALSE(out.change->ok());
  return out.change->ok() ? error{} : out.change->err();
}

// -- requests and replies ----------------------------------------------------------------------------------------------

bool bench::asked(io::message_class cls) const { return count(cls) > 0; }

std::size_t bench::count(io::message_class cls) const {
  return static_cast<std::size_t>(
      std::count_if(sent.begin(), sent.end(), [&](const io::outgoing& s) { return s.cls == cls; }));
}

void bench::wait_for(io::message_class cls) {
  const duration_ns longest = 2 * settings.sync.poll_every;
  for (duration_ns waited = 0; waited < longest && !asked(cls); waited += 100 * millisecond_ns)
    pass(100 * millisecond_ns);
}

template <class Request>
Request bench::look_at(io::message_class cls) {
  Request out;
  const auto of_class = [&](const io::outgoing& s) { return s.cls == cls; };
  const auto newest = std::find_if(sent.rbegin(), sent.rend(), of_class);
  EXPECT_NE(newest, sent.rend()) << "no request of class " << io::to_string(cls);
  if (newest == sent.rend())
    return out;
  const auto at = std::prev(newest.base());
  wire::frame frame;
  EXPECT_TRUE(wire::open(at->bytes, frame).ok());
  EXPECT_TRUE(out.ParseFromArray(frame.body.data(), static_cast<int>(frame.body.size())));
  correlation = frame.correlation;
  std::erase_if(sent, of_class);
  return out;
}

wire::PushRequest bench::push_request() { return look_at<wire::PushRequest>(io::message_class::push); }
wire::PullRequest bench::pull_request() { return look_at<wire::PullRequest>(io::message_class::pull); }
wire::SnapshotRequest bench::snapshot_request() { return look_at<wire::SnapshotRequest>(io::message_class::snapshot); }
wire::EnrolRequest bench::enrol_request() { return look_at<wire::EnrolRequest>(io::message_class::enrol); }
wire::RefreshRequest bench::refresh_request() {
  auto out = look_at<wire::RefreshRequest>(io::message_class::refresh);
  last_nonce_ = out.nonce();
  return out;
}

std::string bench::sealed(const google::protobuf::MessageLite& r, wire::message_kind kind, std::uint64_t of) const {
  return wire::seal(r, {.kind = kind, .correlation = of});
}

void bench::reply(const wire::PushResponse& r) { deliver(sealed(r, wire::message_kind::push_response, correlation)); }
void bench::reply(const wire::PullResponse& r) { deliver(sealed(r, wire::message_kind::pull_response, correlation)); }
void bench::reply(const wire::SnapshotResponse& r) {
  deliver(sealed(r, wire::message_kind::snapshot_response, correlation));
}
void bench::reply(const wire::TokenResponse& r) {
  deliver(sealed(r, wire::message_kind::token_response, correlation), issuer_endpoint);
}

void bench::answer_push(const std::vector<verdict>& verdicts, std::uint64_t head, std::uint64_t backed_up_through) {
  const wire::PushRequest request = push_request();
  ASSERT_EQ(static_cast<std::size_t>(request.intents_size()), verdicts.size());
  wire::PushResponse r;
  r.set_status(200);
  r.set_generation(generation);
  r.set_head(head);
  r.set_backed_up_through(backed_up_through);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    wire::IntentVerdict& v = *r.add_verdicts();
    v.set_seq(request.intents(static_cast<int>(i)).seq());
    wire::to_wire(verdicts[i], *v.mutable_verdict());
    r.set_high_water(v.seq());
  }
  reply(r);
}

void bench::answer_pull(std::vector<wire::ChangeEntry> entries, std::uint64_t next, bool more) {
  wait_for(io::message_class::pull);
  const wire::PullRequest request = pull_request();
  const io::cursor from{request.cursor().generation(), request.cursor().sequence(), request.cursor().scope_version()};
  reply(page(from, std::move(entries), next, more));
}

void bench::answer_token(duration_ns lifetime) {
  wire::TokenResponse r;
  r.set_status(200);
  r.set_access_token("access " + std::to_string(++tokens_));
  r.set_refresh_token("refresh " + std::to_string(tokens_));
  r.set_issued_wall_ns(now.wall);
  r.set_expires_wall_ns(now.wall + lifetime);
  r.set_nonce(last_nonce_);
  reply(r);
}

// -- readings ----------------------------------------------------------------------------------------------------------

std::optional<io::row_view> bench::row(const record_id& id, io::view_kind view) {
  auto found = client->read(id, view);
  EXPECT_TRUE(found.ok()) << found.err().message;
  return *found;
}

value bench::field(const record_id& id, field_number f, io::view_kind view) {
  const auto found = row(id, view);
  if (found)
    for (const io::field_view& v : found->fields)
      if (v.field == f)
        return v.current;
  return {};
}

std::size_t bench::rows(io::view_kind view) {
  std::size_t n = 0;
  EXPECT_TRUE(client->export_rows(view, [&](const io::row_view&) { ++n; }).ok());
  return n;
}

std::vector<telemetry::fact> bench::facts_of(telemetry::fact_kind kind) const {
  std::vector<telemetry::fact> found;
  for (const telemetry::fact& f : facts)
    if (f.kind == kind)
      found.push_back(f);
  return found;
}

} // namespace squall::client
