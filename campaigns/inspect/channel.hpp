// One end of a conversation between two processes of one machine: whole messages, each with at most one further end attached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace squall::campaigns::inspect {

struct received;

class channel {
public:
  channel() = default;
  explicit channel(int fd) : fd_(fd) {}
  ~channel() { close(); }
  channel(channel&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  channel& operator=(channel&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }

  /// Two connected ends; both closed where the system has none to give.
  static std::pair<channel, channel> pair();

  bool open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }
  void close();

  /// False: the other side is gone. `attached` stays open here.
  bool send(const std::string& bytes, const channel* attached = nullptr);
  /// Waits. Nothing: the other side is gone.
  std::optional<received> receive();

private:
  int fd_ = -1;
};

struct received {
  std::string bytes;
  channel attached; ///< closed if there was none
};

} // namespace squall::campaigns::inspect
