// What a working set remembers from one transaction to the next.
#include "engine/client/working_set.hpp"

#include <gtest/gtest.h>

namespace squall::client {
namespace {

constexpr record_id parent{1, 1, 256}, child{1, 1, 512}, second{1, 1, 768};

struct WorkingSet : testing::Test {
  WorkingSet() {
    model.collections.resize(1);
    auto opened = client_store::open({.path = ":memory:"});
    CHECK(opened.ok());
    store = std::move(opened).value();
    with([&](working_set& rows) { rows.create_confirmed(parent, 0); });
  }

  /// One transaction.
  template <class Work>
  void with(const Work& work) {
    working_set rows(model, *store, &memory);
    store->begin();
    work(rows);
    rows.flush();
    store->commit();
    ASSERT_FALSE(store->failure());
  }
  std::vector<record_id> children() {
    std::vector<record_id> out;
    with([&](working_set& rows) { out = rows.children_of(parent); });
    return out;
  }

  merge::schema model;
  std::unique_ptr<client_store> store;
  row_memory memory;
};

TEST_F(WorkingSet, ShowsAChildLinkedWhileTheParentIsAtHand) {
  EXPECT_TRUE(children().empty());
  with([&](working_set& rows) {
    EXPECT_TRUE(rows.children_of(parent).empty());
    rows.create_confirmed(child, 0);
    rows.link(parent, child);
    EXPECT_EQ(rows.children_of(parent), std::vector{child});
  });
  EXPECT_EQ(children(), std::vector{child});
}

TEST_F(WorkingSet, ShowsAChildLinkedWhileTheParentIsOnlyRemembered) {
  EXPECT_TRUE(children().empty());
  EXPECT_TRUE(children().empty()); // now from memory
  for (const record_id& id : {second, child})
    with([&](working_set& rows) {
      rows.create_confirmed(id, 0);
      rows.link(parent, id);
    });
  EXPECT_EQ(children(), (std::vector{child, second}));
}

TEST_F(WorkingSet, ForgetsAChildWhoseLinkWasUndone) {
  EXPECT_TRUE(children().empty());
  {
    working_set rows(model, *store, &memory);
    store->begin();
    rows.create_confirmed(child, 0);
    rows.link(parent, child);
    EXPECT_EQ(rows.children_of(parent), std::vector{child});
    store->roll_back();
  }
  EXPECT_TRUE(children().empty());
}

} // namespace
} // namespace squall::client
