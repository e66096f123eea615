// What every invariant is: told of each entry that it asked for, after the model has understood it, it counts what it checked
// and what was wrong.
#pragma once

#include "reports/invariants/model/world.hpp"
#include "reports/run.pb.h"

#include <bitset>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace squall::invariants {

/// Whom and what a violation is about. What is not known is left out.
struct subject {
  static constexpr std::uint32_t nobody = UINT32_MAX;
  std::uint32_t device = nobody;
  record_index record = 0;
  intent_index intent = 0;
};

class invariant {
public:
  virtual ~invariant() = default;
  invariant(const invariant&) = delete;
  invariant& operator=(const invariant&) = delete;

  /// An entry of one of the kinds in `kinds()`. `w.seen` says what it means.
  virtual void step(const entry& e, const world& w) {}
  /// Whatever the entry was: `w.seen` holds differences, troubles of pages, or a thing that is complete now.
  virtual void conclude(const world& w) {}
  virtual void finish(const world& w) {}
  /// False: nothing that it speaks of happened in the run, so that it is left out of the report. Asked after `finish`.
  virtual bool applies(const world& w) const { return true; }

  const std::bitset<128>& kinds() const { return kinds_; }
  reports::InvariantResult& result() { return result_; }
  /// Adds what another member of the same name has found.
  void take_over(const reports::InvariantResult& other);

protected:
  invariant(std::string_view name, std::initializer_list<entry_kind> kinds);

  /// Asks for more kinds of entries; before the first one.
  void listen(std::initializer_list<entry_kind> kinds);

  /// It has checked something, or found it wrong.
  bool said() const { return result_.checked() + result_.violation_count() > 0; }
  void checked(std::uint64_t n = 1) { result_.set_checked(result_.checked() + n); }
  /// Counts a violation; the sentence is only made for the first few.
  template <class Sentence>
  void violate(const world& w, const char* shape, const subject& about, Sentence sentence) {
    result_.set_violation_count(result_.violation_count() + 1);
    if (result_.violations_size() < violations_kept)
      keep(w, shape, about, sentence());
  }
  /// For the report of a pass as well: what was left out.
  void remark(const std::string& text) { result_.set_reason(text); }

private:
  static constexpr int violations_kept = 8;
  void keep(const world& w, const char* shape, const subject& about, std::string sentence);

  std::bitset<128> kinds_;
  reports::InvariantResult result_;
};

} // namespace squall::invariants
