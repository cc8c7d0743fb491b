#include "archive/made_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace regraft::archive {
namespace {

Buffer Numbered(std::size_t size) {
  Buffer made(size);
  for (std::size_t i = 0; i < size; ++i) made.bytes()[i] = static_cast<std::byte>(i * 7);
  return made;
}

TEST(MadeSource, IsMadeOnceForWhoeverReadsAllOfIt) {
  int made = 0;
  const auto source = MadeSource("a", 1000, [&]() -> Result<Buffer> {
    ++made;
    return Numbered(1000);
  });
  EXPECT_EQ(source->size(), 1000u);
  EXPECT_EQ(made, 0);
  const Buffer expected = Numbered(1000);
  for (int round = 1; round <= 3; ++round) {
    for (std::size_t at = 0; at < 1000; at += 100) {
      std::vector<std::byte> part(100);
      ASSERT_TRUE(source->ReadAt(at, part));
      EXPECT_TRUE(std::equal(part.begin(), part.end(), expected.bytes().begin() + at));
    }
    EXPECT_EQ(made, round);
  }
}

TEST(MadeSource, ServesManyThreads) {
  std::atomic<int> made{0};
  const auto source = MadeSource("a", 4096, [&]() -> Result<Buffer> {
    ++made;
    return Numbered(4096);
  });
  const Buffer expected = Numbered(4096);
  std::atomic<bool> wrong{false};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t at = static_cast<std::size_t>(t) * 64; at < 4096; at += 256) {
          std::vector<std::byte> part(64);
          if (!source->ReadAt(at, part) ||
              !std::equal(part.begin(), part.end(), expected.bytes().begin() + at)) {
            wrong = true;
          }
        }
      });
    }
  }
  EXPECT_FALSE(wrong);
  EXPECT_EQ(made, 1);
}

TEST(MadeSource, FailsAsMakingFailsAndOutsideOfIt) {
  bool broken = true;
  const auto source = MadeSource("a", 4, [&]() -> Result<Buffer> {
    if (broken) return Fail(Error(ErrorCode::kCorrupt, "some/damage", "it is damaged"));
    return Numbered(3);
  });
  std::vector<std::byte> all(4), more(5);
  EXPECT_EQ(source->ReadAt(0, all).error().slug, "some/damage");
  broken = false;
  EXPECT_EQ(source->ReadAt(0, all).error().slug, "io/past-end");  // It gives less than it said.
  EXPECT_EQ(source->ReadAt(0, more).error().slug, "io/past-end");
  EXPECT_EQ(source->ReadAt(~0ull, all).error().slug, "io/past-end");
}

}  // namespace
}  // namespace regraft::archive
