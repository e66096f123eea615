// Histories told by hand. A tale keeps a naive server and naive devices that do as they are told, and writes down what an
// honest host would: so a good history is a few lines, and a bad one is a good one with an entry changed.
//
//   tale t(2);                                            // two devices of one team
//   const auto a = t.write(1, {create("orders", {set("status", "draft")})});
//   t.send(1); t.commit(a); t.answer(1); t.pull(1); t.pull(2);
//   t.rest();                                             // everything is exported and read; the run ends
#pragma once

#include "reports/history/names.hpp"
#include "scenarios/plan.pb.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace squall::told {

inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t minute = 60 * second;

using namespace squall::history;

struct value {
  value_tag tag = value_tag::none;
  std::int64_t number = 0;
  std::string text;
  record_index record = 0;
  bool operator==(const value& other) const { return tag == other.tag && number == other.number; }
};
value num(std::int64_t n);
value txt(const std::string& text);
value ref(record_index record);

struct field_write {
  std::string field;
  write_code code = write_code::set;
  value to;
};
field_write set(const std::string& field, const std::string& text);
field_write set(const std::string& field, std::int64_t n);
field_write set(const std::string& field, value to);
field_write add(const std::string& field, std::int64_t n);
field_write insert(const std::string& field, const std::string& text);
field_write take_out(const std::string& field, const std::string& text);

struct op {
  operation_code code = operation_code::create;
  std::string collection;
  record_index record = 0; ///< of a create: made by the tale
  std::vector<field_write> writes;
  std::uint32_t task = 0; ///< that it resolves, and the branches that its author saw
  std::vector<intent_index> branches = {};
  std::uint32_t to = 0; ///< of a move: the scope
};
op create(const std::string& collection, std::vector<field_write> writes);
op update(const std::string& collection, record_index record, std::vector<field_write> writes);
op remove(const std::string& collection, record_index record);
op restore(const std::string& collection, record_index record);
op move(const std::string& collection, record_index record, std::uint32_t to);
op settles(std::uint32_t task, std::vector<intent_index> branches, op by);

/// A collection for each policy and constraint: notes by stamps, briefs by hand, counts as a crdt, tagged with sets, boxes with a
/// unique name, and items that refer to them.
scenarios::DataModel enterprise_of_tales();

struct condition {
  std::string collection;
  record_index record = 0;
  std::string field;
  compare_code compare = compare_code::equal;
  value operand;
};

class tale {
public:
  /// Of the token that each device gets at the beginning.
  static constexpr std::int64_t token_ends = 30LL * 86'400'000'000'000;

  explicit tale(std::uint32_t devices);
  /// Tells what stamps counted as and what became of tasks, too.
  tale(std::uint32_t devices, const scenarios::DataModel& model);

  // -- the story -------------------------------------------------------------------------------------------------------
  intent_index write(std::uint32_t device, std::vector<op> ops, std::vector<condition> guards = {});
  /// The record that the n-th create of the intent makes.
  record_index record(intent_index intent, std::size_t n = 0) const;
  /// All that waits on the device reaches the server.
  void send(std::uint32_t device);
  void send_and_lose(std::uint32_t device);
  /// The server commits it; `lost` names fields ("status") whose write is overridden by `winner`.
  void commit(intent_index intent, const std::set<std::string>& lost = {}, intent_index winner = 0,
              rule_code rule = rule_code::precedence);
  void refuse(intent_index intent, verdict_code code, rule_code rule, intent_index winner = 0);
  /// The server keeps it as a branch about the record's field, or all of it, or its first key ("key").
  void conflict(intent_index intent, rule_code rule, intent_index winner, record_index record,
                const std::string& field = "");
  /// The device warns its user about the record.
  void flag(std::uint32_t device, record_index record, flag_code what);
  void no_flags() { flags_.clear(); }
  /// What the server has decided about the device's intents reaches it.
  void answer(std::uint32_t device);
  void answer_and_lose(std::uint32_t device);
  /// Of each scope that it holds, ascending; and it takes the grants that the replies tell.
  void pull(std::uint32_t device);
  void pull_scope(std::uint32_t device, std::uint32_t scope);
  void snapshot(std::uint32_t device, std::uint32_t scope = 1);
  /// From the beginning on, the device's user holds that scope too. Everybody holds scope 1, with no role.
  void also_holds(std::uint32_t device, std::uint32_t scope, std::uint32_t role = 0);
  /// The server changes grants: of the device's user.
  void give(std::uint32_t device, std::uint32_t scope, std::uint32_t role = 0);
  void withdraw(std::uint32_t device, std::uint32_t scope);
  /// The device makes the newest grants durable.
  void take_grants(std::uint32_t device);
  /// Time passes; the others do it by themselves.
  void tick() { now_ += 1'000'000; }
  /// From the beginning on, tombstones are kept for so long by the server's clock, which shows the tale's time.
  void forgets(std::int64_t tombstones_for_ns, std::int64_t device_expires_after_ns = 0);
  void wait(std::int64_t ns) { now_ += ns; }
  /// The device's request, which follows, makes the server forget up to there.
  void move_fence(std::uint32_t device, std::uint64_t s, std::uint32_t scope = 1);
  /// The device pulls and is told to resync.
  void resync(std::uint32_t device, std::uint32_t scope = 1);
  // -- backups (tale_backups.cpp) ----------------------------------------------------------------------------------------
  /// From the beginning on, the plan asks for backups: devices keep what is acknowledged.
  void backs_up();
  /// `heard`: devices know at once, and drop what it holds.
  void back_up(bool heard = true);
  /// The server starts from the newest copy of that s, in the next generation.
  void restore_server(std::uint64_t s);
  /// The device, which knows the new generation in the scope, queues again what was undone there.
  void enter_generation(std::uint32_t device, std::uint32_t scope);
  /// All that was undone in any of its scopes awaits a verdict again; where the device does not know the new generation yet, its
  /// old cursor covers that.
  void await_again(std::uint32_t device);
  /// The device begins a new incarnation and gives a new name to all that awaits a verdict.
  std::vector<intent_index> relabel(std::uint32_t device);

  /// write, send, commit, answer, pull.
  intent_index put(std::uint32_t device, std::vector<op> ops);
  /// The user looks at a record.
  void read(std::uint32_t device, record_index record);
  void status(std::uint32_t device);
  void crash(std::uint32_t device);
  void export_all();
  /// Heals, exports, reads the queues, ends.
  void rest();

  // -- changing what was told --------------------------------------------------------------------------------------------
  entry& first(entry_kind kind, const std::function<bool(const entry&)>& which = nullptr);
  entry& last(entry_kind kind, const std::function<bool(const entry&)>& which = nullptr);
  void erase(const std::function<bool(const entry&)>& which);
  void insert_after(const entry& place, const entry& what);
  entry& tell(entry e);

  std::uint16_t collection(const std::string& name) const;
  std::uint16_t field(const std::string& collection_name, const std::string& name) const;

  scenarios::Plan plan;
  std::vector<entry> entries;
  name_table names;

private:
  struct cell {
    value is;
    intent_index writer = 0;
    std::uint64_t s = 0;
  };
  struct row {
    std::uint16_t collection = 0;
    bool live = false;
    std::uint64_t presence = 0; ///< when it was made live or deleted, or moved
    std::uint32_t scope = 0;
    std::map<std::uint16_t, cell> cells;
    std::map<std::uint16_t, std::map<std::int64_t, cell>> sets; ///< each member with its newest insert
  };
  struct task {
    entry about;
    std::vector<intent_index> branches;
  };
  using tasks = std::map<std::uint32_t, task>;
  using rows = std::map<record_index, row>;
  struct decision {
    verdict_code code = verdict_code::none;
    rule_code rule = rule_code::none;
    intent_index winner = 0;
    std::uint64_t s = 0;
    std::vector<std::pair<record_index, std::uint16_t>> lost;
    bool released = false;
    std::uint32_t task = 0;
  };
  struct intent_body {
    std::uint32_t device = 0;
    std::uint32_t scope = 0;
    std::vector<op> ops;
    decision is;
  };
  /// What a device has of a scope.
  struct holding {
    std::uint64_t cursor = 0;
    std::uint64_t generation = 1; ///< of the cursor
    std::size_t line = 0;         ///< which of the generations' states it is at
    tasks known;
    std::uint64_t fence = 0;
  };
  struct device_state {
    std::uint64_t seq = 0;
    std::vector<intent_index> pending;
    std::vector<intent_index> waiting; ///< no verdict yet
    std::vector<intent_index> acknowledged;
    std::set<intent_index> covered; ///< of those that wait: the old generation's cursor covers them
    std::uint32_t incarnation = 1;
    std::map<std::uint32_t, holding> holds;
    std::uint64_t grants = 1; ///< number of the user's change of grants that it was told
    std::uint64_t cursor(std::uint32_t scope) const { return holds.contains(scope) ? holds.at(scope).cursor : 0; }
    std::uint64_t generation(std::uint32_t scope) const {
      return holds.contains(scope) ? holds.at(scope).generation : 0;
    }
  };
  struct commit_told {
    intent_index intent = 0;
    std::uint32_t scope = 0;
    std::uint32_t to = 0;
    bool is_in(std::uint32_t one) const { return one == scope || one == to; }
  };
  /// A user's grants at the server, each scope with its role.
  struct user_state {
    std::uint64_t version = 1;
    std::uint64_t change = 1; ///< which no other has, whatever is undone
    std::map<std::uint32_t, std::uint32_t> scopes{{1, 0}};
  };

  struct copy {
    std::uint64_t s = 0;
    tasks open;
    std::map<intent_index, decision> decided;
    std::map<std::uint32_t, std::uint64_t> fences;
    std::vector<user_state> users;
  };

  void mean(std::uint64_t plan_id, const std::vector<op>& ops, const std::vector<condition>& guards,
            intent_index intent);
  void apply(rows& to, intent_index intent, std::uint64_t s, const op& what, const std::set<std::string>& lost) const;
  void move_row(rows& in, record_index record, std::uint32_t to, std::uint64_t s) const;
  void tell_body(intent_index intent, const std::vector<op>& ops, const std::vector<condition>& guards,
                 const rows& before);
  /// What a device has, whose scopes are at these cursors: a record once.
  rows confirmed(std::uint32_t device) const;
  std::uint32_t scope_of(std::uint32_t device, const std::vector<op>& ops) const;
  std::uint64_t entry_before(std::uint32_t scope, std::uint64_t s) const;
  std::set<std::uint32_t> scopes() const;
  void page(std::uint32_t device, std::uint32_t scope);
  void tell_entry(std::uint32_t device, std::uint32_t scope, std::uint64_t s);
  rows visible(std::uint32_t device) const;
  void release(std::uint32_t device, bool arrives);
  void drop_confirmed(std::uint32_t device);
  std::int64_t derived(const rows& in, record_index record) const;
  void ask(std::uint32_t device);
  void told(std::uint32_t device, std::uint32_t scope);
  bool is_shown(const row& of, std::uint64_t fence) const { return of.live || (mortal_ && of.presence > fence); }
  void tell_cells(const row& of, entry with, bool empty_sets, bool dated);
  void tell_tasks(const tasks& all, entry with);
  void tell_queue(std::uint32_t device, std::uint8_t at_crash);
  void resolve(intent_index intent, const op& by);
  void rename(op& item, const std::map<record_index, record_index>& renamed) const;
  void tell_again(intent_index old, intent_index intent, const std::map<record_index, record_index>& renamed);
  void tell_row(const rows& in, record_index record, entry_kind row_kind, entry_kind field_kind, entry with);

  std::int64_t now_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t plan_ids_ = 0;
  std::vector<rows> states_{1}; ///< by s
  std::vector<commit_told> committed_{1};
  std::map<intent_index, intent_body> bodies_;
  std::map<record_index, std::uint64_t> symbols_;
  std::vector<device_state> devices_;
  std::vector<user_state> users_; ///< by device: each has its own user
  bool enterprise_ = false;
  bool shows_flags_ = false;
  bool mortal_ = false;
  std::map<std::uint32_t, std::uint64_t> fences_; ///< by scope
  tasks tasks_;
  std::map<std::pair<std::uint32_t, record_index>, std::uint32_t> flags_;
  bool backs_up_ = false;
  std::uint64_t generation_ = 1;
  std::uint64_t backed_up_ = 0;
  std::vector<copy> copies_;
  std::vector<std::vector<rows>> lines_; ///< the states of the generations before, by s
  std::uint64_t changes_ = 1;            ///< of grants
};

} // namespace squall::told
