#include "campaigns/exhaustive/common_ground.hpp"

#include "engine/base/check.hpp"

#include <cerrno>
#include <new>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>

namespace squall::campaigns {

namespace {

// Names lie in rows, each twice as long as the one before. A row that is half full is followed by the next, so that a small
// search touches little memory and nothing is ever moved. Row r is the slots from 2^r up to 2^(r + 1).
constexpr unsigned first_row = 12;
constexpr unsigned last_row = 24;
constexpr std::size_t slots = std::size_t{2} << last_row;

} // namespace

struct common_ground::shared {
  pthread_mutex_t lock;
  search_counts counts;
  volatile sig_atomic_t stopped; // a signal handler may set it
  int spare_places;
  unsigned row;              ///< that takes new names
  std::uint64_t names_in_it; ///< in that row
  std::uint64_t names[slots];
};

result<std::unique_ptr<common_ground>> common_ground::make() {
  void* at = ::mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return error{errc::unavailable, "no memory for the names of an exhaustive search"};
  auto* made = static_cast<shared*>(at); // of plain members: zeros are all that it begins with
  made->row = first_row;
  pthread_mutexattr_t kind;
  CHECK(::pthread_mutexattr_init(&kind) == 0);
  CHECK(::pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED) == 0);
  CHECK(::pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST) == 0);
  CHECK(::pthread_mutex_init(&made->lock, &kind) == 0);
  ::pthread_mutexattr_destroy(&kind);
  return std::unique_ptr<common_ground>(new common_ground(made));
}

common_ground::~common_ground() { ::munmap(shared_, sizeof(shared)); }

common_ground::guard::guard(const common_ground& of) : of_(*of.shared_) {
  if (::pthread_mutex_lock(&of_.lock) == EOWNERDEAD) // whoever held it is dead, and the search with it
    CHECK(::pthread_mutex_consistent(&of_.lock) == 0);
}

common_ground::guard::~guard() { ::pthread_mutex_unlock(&of_.lock); }

// -- names -------------------------------------------------------------------------------------------------------------

/// Where the name is in the row, or would be.
std::uint64_t* common_ground::slot(std::uint64_t name, unsigned row) const {
  const std::size_t size = std::size_t{1} << row;
  std::uint64_t* begin = shared_->names + size;
  std::size_t i = name & (size - 1);
  while (begin[i] != 0 && begin[i] != name)
    i = (i + 1) & (size - 1);
  return begin + i;
}

bool common_ground::known(std::uint64_t name) const {
  for (unsigned row = first_row; row <= shared_->row; ++row)
    if (*slot(name, row) == name)
      return true;
  return false;
}

bool common_ground::claim(std::uint64_t name) {
  name = name == 0 ? 1 : name;
  const guard held(*this);
  if (known(name))
    return false;
  if (shared_->names_in_it == std::uint64_t{1} << (shared_->row - 1)) {
    if (shared_->row == last_row) {
      stop(stopped_by::memory);
      return false;
    }
    ++shared_->row;
    shared_->names_in_it = 0;
  }
  *slot(name, shared_->row) = name;
  ++shared_->names_in_it;
  return true;
}

// -- counts ------------------------------------------------------------------------------------------------------------

search_counts& common_ground::counted() const { return shared_->counts; }

search_counts common_ground::counts() const {
  const guard held(*this);
  return shared_->counts;
}

void common_ground::stop(stopped_by why) noexcept {
  if (static_cast<int>(why) > shared_->stopped)
    shared_->stopped = static_cast<int>(why);
}

stopped_by common_ground::stopped() const noexcept { return static_cast<stopped_by>(shared_->stopped); }

void common_ground::set_spare_places(int n) { shared_->spare_places = n; }

bool common_ground::take_place() {
  const guard held(*this);
  if (shared_->spare_places == 0)
    return false;
  --shared_->spare_places;
  return true;
}

void common_ground::give_place() {
  const guard held(*this);
  ++shared_->spare_places;
}

} // namespace squall::campaigns
