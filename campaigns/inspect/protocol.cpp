#include "campaigns/inspect/protocol.hpp"

#include <cstring>
#include <type_traits>

namespace squall::campaigns::inspect {

namespace {

class packer {
public:
  template <class T>
  packer& put(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  std::string end(const std::string& text) { return out_ + text; }

private:
  std::string out_;
};

class unpacker {
public:
  explicit unpacker(const std::string& bytes) : in_(bytes) {}
  template <class T>
  unpacker& take(T& to) {
    ok_ = ok_ && in_.size() - at_ >= sizeof to;
    if (ok_) {
      std::memcpy(&to, in_.data() + at_, sizeof to);
      at_ += sizeof to;
    }
    return *this;
  }
  bool end(std::string& text) {
    text = in_.substr(ok_ ? at_ : 0);
    return ok_;
  }

private:
  const std::string& in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

} // namespace

std::string encode(const request& r) { return packer().put(r.what).put(r.number).end(r.text); }

std::string encode(const reply& r) {
  return packer()
      .put(r.what)
      .put(r.moment)
      .put(r.at_ns)
      .put(r.entries)
      .put(r.digest)
      .put(r.wanted)
      .put(r.work_ns)
      .put(r.pid)
      .put(r.ended)
      .end(r.text);
}

std::optional<request> decode_request(const std::string& bytes) {
  request r;
  const bool ok = unpacker(bytes).take(r.what).take(r.number).end(r.text);
  return ok ? std::optional(std::move(r)) : std::nullopt;
}

std::optional<reply> decode_reply(const std::string& bytes) {
  reply r;
  const bool ok = unpacker(bytes)
                      .take(r.what)
                      .take(r.moment)
                      .take(r.at_ns)
                      .take(r.entries)
                      .take(r.digest)
                      .take(r.wanted)
                      .take(r.work_ns)
                      .take(r.pid)
                      .take(r.ended)
                      .end(r.text);
  return ok ? std::optional(std::move(r)) : std::nullopt;
}

} // namespace squall::campaigns::inspect
