#include "faults/disk/sqlite_heap.hpp"

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__has_feature) // clang's way to tell
#define SQUALL_HAS_FEATURE(what) __has_feature(what)
#else
#define SQUALL_HAS_FEATURE(what) 0
#endif

namespace squall::faults {
namespace {

#if defined(__SANITIZE_ADDRESS__) || SQUALL_HAS_FEATURE(address_sanitizer)
constexpr bool address_sanitizer = true;
#else
constexpr bool address_sanitizer = false;
#endif

constexpr std::size_t step_bytes = 16;
constexpr std::size_t header_bytes = 8;
constexpr std::size_t small_bytes_max = 2048; ///< a page and what SQLite keeps beside it fit
constexpr std::size_t slab_bytes = 64 * 1024;

/// What is before each block that SQLite has: the bytes of both.
struct header {
  std::size_t whole;
};
static_assert(sizeof(header) == header_bytes);

struct free_block {
  free_block* next;
};

struct heap {
  std::array<free_block*, small_bytes_max / step_bytes + 1> free{}; ///< by whole bytes, in steps
  char* fresh = nullptr;                                            ///< the rest of the newest slab
  std::size_t fresh_bytes = 0;
};

heap blocks;

std::size_t whole_of(std::size_t count) noexcept {
  return (count + header_bytes + step_bytes - 1) / step_bytes * step_bytes;
}
header& header_of(void* block) noexcept { return static_cast<header*>(block)[-1]; }

void put_free(char* at, std::size_t whole) noexcept {
  auto*& first = blocks.free[whole / step_bytes];
  first = new (at) free_block{first};
}

char* carve(std::size_t whole) noexcept {
  if (blocks.fresh_bytes < whole) {
    if (blocks.fresh_bytes > 0) // a multiple of the step, and less than any block that did not fit
      put_free(blocks.fresh, blocks.fresh_bytes);
    blocks.fresh_bytes = 0;
    blocks.fresh = static_cast<char*>(std::malloc(slab_bytes));
    if (blocks.fresh == nullptr)
      return nullptr;
    blocks.fresh_bytes = slab_bytes;
  }
  char* const at = blocks.fresh;
  blocks.fresh += whole;
  blocks.fresh_bytes -= whole;
  return at;
}

void* take(int count) {
  const std::size_t whole = whole_of(static_cast<std::size_t>(count));
  char* at = nullptr;
  if (whole > small_bytes_max) {
    at = static_cast<char*>(std::malloc(whole));
  } else if (free_block*& first = blocks.free[whole / step_bytes]; first != nullptr) {
    at = reinterpret_cast<char*>(first);
    first = first->next;
  } else {
    at = carve(whole);
  }
  return at == nullptr ? nullptr : new (at) header{whole} + 1;
}

void give_back(void* block) {
  header& head = header_of(block);
  const std::size_t whole = head.whole;
  if (whole > small_bytes_max)
    std::free(&head);
  else
    put_free(reinterpret_cast<char*>(&head), whole);
}

int size_of(void* block) { return block == nullptr ? 0 : static_cast<int>(header_of(block).whole - header_bytes); }

int round_up(int count) { return static_cast<int>(whole_of(static_cast<std::size_t>(count)) - header_bytes); }

void* resize(void* block, int count) {
  const int had = size_of(block);
  if (count <= had && whole_of(static_cast<std::size_t>(count)) == header_of(block).whole)
    return block;
  void* const moved = take(count);
  if (moved == nullptr)
    return nullptr;
  std::memcpy(moved, block, static_cast<std::size_t>(count < had ? count : had));
  give_back(block);
  return moved;
}

int begin(void*) { return SQLITE_OK; }
void end(void*) {}

} // namespace

void configure_sqlite_heap() {
  static sqlite3_mem_methods methods{take, give_back, resize, size_of, round_up, begin, end, nullptr};
  if (!address_sanitizer)
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

} // namespace squall::faults
