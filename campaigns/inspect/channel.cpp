#include "campaigns/inspect/channel.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace squall::campaigns::inspect {

namespace {

bool write_all(int fd, const char* at, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, at, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool read_all(int fd, char* at, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::recv(fd, at, size, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

/// Room for the one descriptor that may come with a message.
union control_room {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

} // namespace

std::pair<channel, channel> channel::pair() {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return {};
  return {channel(ends[0]), channel(ends[1])};
}

void channel::close() {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
}

bool channel::send(const std::string& bytes, const channel* attached) {
  std::uint64_t size = bytes.size();
  iovec part{&size, sizeof size};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  control_room room{};
  if (attached) {
    message.msg_control = room.bytes;
    message.msg_controllen = sizeof room.bytes;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &attached->fd_, sizeof(int));
  }
  ssize_t n = 0;
  do
    n = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == sizeof size && write_all(fd_, bytes.data(), bytes.size());
}

std::optional<received> channel::receive() {
  std::uint64_t size = 0;
  iovec part{&size, sizeof size};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  control_room room{};
  message.msg_control = room.bytes;
  message.msg_controllen = sizeof room.bytes;
  ssize_t n = 0;
  do
    n = ::recvmsg(fd_, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  while (n < 0 && errno == EINTR);
  if (n != sizeof size)
    return std::nullopt;
  received out;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message); header && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    out.attached = channel(fd);
  }
  out.bytes.resize(size);
  if (!read_all(fd_, out.bytes.data(), size))
    return std::nullopt;
  return out;
}

} // namespace squall::campaigns::inspect
