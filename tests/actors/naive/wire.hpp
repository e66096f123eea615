// The naive engine's own bytes: little-endian words and length-prefixed texts behind one checksum.
#pragma once

#include "engine/base/hash.hpp"
#include "engine/base/intent.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace squall::naive {

class writer {
public:
  writer& word(std::uint64_t w) {
    char bytes[8];
    std::memcpy(bytes, &w, 8);
    out_.append(bytes, 8);
    return *this;
  }
  writer& put(const intent_id& id) { return word(id.device).word(id.incarnation).word(id.seq); }
  writer& put(const record_id& id) { return word(id.device).word(id.incarnation).word(id.seq_ordinal); }
  writer& put(const value& v) {
    word(v.index());
    if (const auto* number = std::get_if<std::int64_t>(&v))
      word(static_cast<std::uint64_t>(*number));
    if (const auto* text = std::get_if<std::string>(&v))
      word(text->size()), out_.append(*text);
    if (const auto* reference = std::get_if<record_id>(&v))
      put(*reference);
    return *this;
  }
  std::string seal() const {
    writer sealed;
    sealed.word(content_hash(out_));
    return sealed.out_ + out_;
  }

private:
  std::string out_;
};

class reader {
public:
  explicit reader(std::string_view sealed) : in_(sealed) {
    const auto sum = word();
    ok_ = ok_ && content_hash(in_) == sum;
  }
  bool ok() const { return ok_; }
  std::uint64_t word() {
    std::uint64_t w = 0;
    if (in_.size() < 8) {
      ok_ = false;
      return 0;
    }
    std::memcpy(&w, in_.data(), 8);
    in_.remove_prefix(8);
    return w;
  }
  std::uint32_t half() { return static_cast<std::uint32_t>(word()); }
  intent_id id() {
    const auto device = half(), incarnation = half();
    return {device, incarnation, word()};
  }
  record_id record() {
    const auto device = half(), incarnation = half();
    return {device, incarnation, word()};
  }
  value any() {
    switch (word()) {
      case 1: return static_cast<std::int64_t>(word());
      case 2: {
        const auto size = static_cast<std::size_t>(word());
        std::string text(in_.substr(0, size));
        in_.remove_prefix(std::min(size, in_.size()));
        return text;
      }
      case 3: return record();
      default: return {};
    }
  }

private:
  std::string_view in_;
  bool ok_ = true;
};

enum class tag : std::uint64_t { push = 1, push_reply = 2, pull = 3, page = 4 };

inline void put_operations(writer& w, const std::vector<operation>& operations) {
  w.word(operations.size());
  for (const auto& op : operations) {
    w.word(static_cast<std::uint64_t>(op.kind)).word(op.collection).put(op.record).word(op.writes.size());
    for (const auto& write : op.writes)
      w.word(write.field).put(write.to);
  }
}

inline std::vector<operation> operations_from(reader& r) {
  std::vector<operation> operations(r.word());
  for (auto& op : operations) {
    op.kind = static_cast<operation_kind>(r.word());
    op.collection = static_cast<collection_number>(r.word());
    op.record = r.record();
    op.writes.resize(r.word());
    for (auto& write : op.writes) {
      write.field = static_cast<field_number>(r.word());
      write.to = r.any();
    }
  }
  return operations;
}

} // namespace squall::naive
