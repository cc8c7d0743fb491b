#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace regraft {
namespace {

TEST(ParallelFor, DoesEachIndexOnce) {
  for (const std::size_t threads : {0u, 1u, 3u, 100u}) {
    std::vector<std::atomic<int>> seen(37);
    ParallelFor(seen.size(), threads, [&](std::size_t i) { ++seen[i]; });
    for (const auto& count : seen) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, AcceptsNoWork) {
  ParallelFor(0, 4, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace regraft
