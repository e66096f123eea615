// SQLite's memory while disks are simulated: asked for and given back through SQLite's own calls.
#include "faults/disk/vfs.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace squall::faults {
namespace {

struct held {
  unsigned char* at = nullptr;
  int size = 0;
  unsigned char filled_with = 0;
};

bool intact(const held& h) {
  for (int i = 0; i < h.size; ++i)
    if (h.at[i] != h.filled_with)
      return false;
  return true;
}

int some_size() {
  return *rc::gen::oneOf(rc::gen::inRange(1, 300), rc::gen::inRange(1'900, 2'200), rc::gen::just(100'000));
}

RC_GTEST_PROP(SqliteHeap, KeepsEveryBlockWhileOthersComeAndGo, ()) {
  const disk_set disks(1);
  std::vector<held> blocks;
  for (int turn = 0; turn < 200; ++turn) {
    const auto victim = blocks.empty() ? 0 : *rc::gen::inRange<std::size_t>(0, blocks.size());
    const int what = blocks.empty() ? 0 : *rc::gen::inRange(0, 3);
    const int size = some_size();
    const auto mark = static_cast<unsigned char>(turn);
    if (what == 0) {
      blocks.push_back({static_cast<unsigned char*>(sqlite3_malloc(size)), size, mark});
      RC_ASSERT(reinterpret_cast<std::uintptr_t>(blocks.back().at) % 8 == 0u);
      RC_ASSERT(sqlite3_msize(blocks.back().at) >= static_cast<sqlite3_uint64>(size));
      std::memset(blocks.back().at, mark, static_cast<std::size_t>(size));
    } else if (what == 1) {
      held& h = blocks[victim];
      h.at = static_cast<unsigned char*>(sqlite3_realloc(h.at, size));
      h.size = std::min(h.size, size);
      RC_ASSERT(intact(h));
    } else {
      RC_ASSERT(intact(blocks[victim]));
      sqlite3_free(blocks[victim].at);
      blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(victim));
    }
  }
  for (const held& h : blocks) {
    RC_ASSERT(intact(h));
    sqlite3_free(h.at);
  }
}

} // namespace
} // namespace squall::faults
