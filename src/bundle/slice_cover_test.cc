#include "bundle/slice_cover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace regraft::bundle {
namespace {

archive::StoredPiece Box(std::vector<std::int64_t> start, std::vector<std::int64_t> lengths) {
  archive::StoredPiece piece;
  piece.start = std::move(start);
  piece.shape = Shape::Make(std::move(lengths)).value();
  return piece;
}

std::string Slug(const Status& status) { return status ? "" : status.error().slug; }

TEST(SliceCover, AcceptsStrips) {
  EXPECT_TRUE(CheckCover({4, 2}, std::vector{Box({0, 0}, {2, 2}), Box({2, 0}, {2, 2})}));
  EXPECT_TRUE(CheckCover({3}, std::vector{Box({2}, {1}), Box({0}, {1}), Box({1}, {1})}));
}

TEST(SliceCover, AcceptsTensorFlowsPatchwork) {
  EXPECT_TRUE(CheckCover(
      {10, 4}, std::vector{Box({0, 0}, {5, 4}), Box({5, 0}, {5, 1}), Box({5, 1}, {5, 3})}));
  EXPECT_TRUE(CheckCover(
      {2, 12}, std::vector{Box({0, 0}, {1, 12}), Box({1, 0}, {1, 2}), Box({1, 2}, {1, 10})}));
  // Five boxes around a hole that no straight cut makes.
  EXPECT_TRUE(
      CheckCover({3, 3}, std::vector{Box({0, 0}, {2, 1}), Box({0, 1}, {1, 2}), Box({1, 2}, {2, 1}),
                                     Box({2, 0}, {1, 2}), Box({1, 1}, {1, 1})}));
}

TEST(SliceCover, NamesTheFirstMissingRegion) {
  const Status rows = CheckCover({4, 2}, std::vector{Box({0, 0}, {2, 2})});
  ASSERT_EQ(Slug(rows), "bundle/slices-missing");
  EXPECT_NE(rows.error().message.find("[2:4,0:2]"), std::string::npos) << rows.error().message;
  const Status hole = CheckCover({3, 3}, std::vector{Box({0, 0}, {2, 1}), Box({0, 1}, {1, 2}),
                                                     Box({1, 2}, {2, 1}), Box({2, 0}, {1, 2})});
  ASSERT_EQ(Slug(hole), "bundle/slices-missing");
  EXPECT_NE(hole.error().message.find("[1,1]"), std::string::npos) << hole.error().message;
}

TEST(SliceCover, NamesTheSlicesThatOverlap) {
  const Status status = CheckCover({4, 2}, std::vector{Box({0, 0}, {3, 2}), Box({2, 0}, {2, 2})});
  ASSERT_EQ(Slug(status), "bundle/slices-overlap");
  EXPECT_NE(status.error().message.find("[2,0]"), std::string::npos) << status.error().message;
  ASSERT_EQ(status.error().details.size(), 2u);
  EXPECT_EQ(status.error().details[0].text, "[0:3,0:2]");
  EXPECT_EQ(status.error().details[1].text, "[2:4,0:2]");
}

TEST(SliceCover, SeesAnOverlapThatMakesUpForAGap) {
  // The volumes add up, and so do the outer corners.
  EXPECT_EQ(Slug(CheckCover({4, 2}, std::vector{Box({0, 0}, {2, 2}), Box({1, 0}, {2, 2})})),
            "bundle/slices-overlap");
  EXPECT_EQ(Slug(CheckCover({4}, std::vector{Box({0}, {2}), Box({0}, {2})})),
            "bundle/slices-overlap");
  EXPECT_EQ(Slug(CheckCover({2}, std::vector{Box({0}, {2}), Box({0}, {2})})),
            "bundle/slices-overlap");
}

TEST(SliceCover, AgreesWithCountingElements) {
  std::mt19937 random(7);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(n));
  };
  const auto any_of = [&](std::vector<archive::StoredPiece>& pieces) -> archive::StoredPiece& {
    return pieces[random() % pieces.size()];
  };
  int tiled = 0;
  for (int round = 0; round < 3000; ++round) {
    const Shape whole{1 + below(4), 1 + below(4), 1 + below(3)};
    // Cuts boxes at random, then sometimes moves or drops one.
    std::vector<archive::StoredPiece> pieces = {Box({0, 0, 0}, {whole[0], whole[1], whole[2]})};
    for (int cut = 0; cut < 4; ++cut) {
      const auto axis = static_cast<std::size_t>(below(3));
      archive::StoredPiece& chosen = any_of(pieces);
      const archive::StoredPiece old = chosen;
      if (old.shape[axis] < 2) continue;
      const std::int64_t at = 1 + below(old.shape[axis] - 1);
      std::vector<std::int64_t> first(old.shape.dims().begin(), old.shape.dims().end());
      std::vector<std::int64_t> second = first, start = old.start;
      first[axis] = at;
      second[axis] -= at;
      start[axis] += at;
      chosen = Box(old.start, first);
      pieces.push_back(Box(start, second));
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    if (below(3) == 0) pieces.pop_back();
    if (below(3) == 0 && !pieces.empty()) {
      archive::StoredPiece& piece = any_of(pieces);
      const auto axis = static_cast<std::size_t>(below(3));
      piece.start[axis] = below(whole[axis] - piece.shape[axis] + 1);
    }
    if (pieces.empty()) continue;

    bool one_each = true;
    for (std::int64_t i = 0; i < whole[0]; ++i) {
      for (std::int64_t j = 0; j < whole[1]; ++j) {
        for (std::int64_t k = 0; k < whole[2]; ++k) {
          const std::int64_t at[] = {i, j, k};
          const auto holders =
              std::count_if(pieces.begin(), pieces.end(), [&](const archive::StoredPiece& piece) {
                for (std::size_t axis = 0; axis < 3; ++axis) {
                  const std::int64_t inside = at[axis] - piece.start[axis];
                  if (inside < 0 || inside >= piece.shape[axis]) return false;
                }
                return true;
              });
          one_each = one_each && holders == 1;
        }
      }
    }
    tiled += one_each;
    EXPECT_EQ(CheckCover(whole, pieces).has_value(), one_each);
  }
  EXPECT_GT(tiled, 500);
  EXPECT_LT(tiled, 2500);
}

TEST(SliceCover, IsQuickForManySlices) {
  // 90,000 tiles: looking at every pair would take minutes.
  std::vector<archive::StoredPiece> pieces;
  for (std::int64_t i = 0; i < 300; ++i) {
    for (std::int64_t j = 0; j < 300; ++j) pieces.push_back(Box({i, 2 * j}, {1, 2}));
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(CheckCover({300, 600}, pieces));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(SliceCover, BoundsTheAxesThatAreCut) {
  const Shape whole = Shape::Make(std::vector<std::int64_t>(20, 2)).value();
  const std::vector<archive::StoredPiece> corner = {
      Box(std::vector<std::int64_t>(20, 0), std::vector<std::int64_t>(20, 1))};
  const Status status = CheckCover(whole, corner);
  ASSERT_EQ(Slug(status), "bundle/slices-too-many");
  EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
  // Axes that nobody cuts are free.
  std::vector<std::int64_t> half(20, 2), start(20, 0);
  half[3] = 1;
  start[3] = 1;
  EXPECT_TRUE(CheckCover(
      whole, std::vector{Box(std::vector<std::int64_t>(20, 0), half), Box(start, half)}));
}

}  // namespace
}  // namespace regraft::bundle
