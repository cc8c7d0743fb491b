#include "identity/align.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace regraft::identity {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// Members are letters (the names) and digits (the extents): "a1".
using Rows = std::vector<std::string>;

Alike HowAlike(const std::string& a, const std::string& b) {
  return a == b ? Alike::kExactly : a[0] == b[0] ? Alike::kButForExtents : Alike::kNo;
}

Pairs Certain(const Rows& here, const Rows& there) {
  return CertainPairs(here.size(), there.size(),
                      [&](std::size_t i, std::size_t j) { return HowAlike(here[i], there[j]); });
}

// Tries every alignment.
class BruteForce {
 public:
  BruteForce(const Rows& here, const Rows& there) : here_(here), there_(there) {}

  Pairs Run() {
    Try(0, 0, 0, 0);
    Pairs common;
    for (const auto& [pair, count] : in_) {
      if (count == best_count_) common.push_back(pair);
    }
    return common;
  }

 private:
  void Try(std::size_t i, std::size_t j, int exact, int rough) {
    const std::pair score(exact, rough);
    if (i == here_.size()) {
      if (score < best_) return;
      if (score > best_) {
        best_ = score;
        best_count_ = 0;
        in_.clear();
      }
      ++best_count_;
      for (const auto& pair : now_) ++in_[pair];
      return;
    }
    Try(i + 1, j, exact, rough);
    for (std::size_t k = j; k < there_.size(); ++k) {
      const Alike alike = HowAlike(here_[i], there_[k]);
      if (alike == Alike::kNo) continue;
      now_.emplace_back(i, k);
      Try(i + 1, k + 1, exact + (alike == Alike::kExactly),
          rough + (alike == Alike::kButForExtents));
      now_.pop_back();
    }
  }

  const Rows &here_, &there_;
  std::pair<int, int> best_{-1, -1};
  std::size_t best_count_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> in_;
  Pairs now_;
};

TEST(Align, PairsWhatEveryBestAlignmentPairs) {
  std::mt19937 bits(7);
  for (int i = 0; i < 3000; ++i) {
    const auto row = [&] {
      Rows out;
      for (std::size_t n = bits() % 6; n > 0; --n) {
        out.push_back({static_cast<char>('a' + bits() % 2), static_cast<char>('1' + bits() % 2)});
      }
      return out;
    };
    const Rows here = row(), there = row();
    ASSERT_EQ(Certain(here, there), BruteForce(here, there).Run())
        << ::testing::PrintToString(here) << " " << ::testing::PrintToString(there);
  }
}

TEST(Align, RowsThatAreAlikeAreCertainThroughout) {
  EXPECT_EQ(Certain({"a1", "a1", "b1"}, {"a1", "a1", "b1"}), (Pairs{{0, 0}, {1, 1}, {2, 2}}));
}

TEST(Align, ThreeAlikeAndFourAlikeAreCertainForNone) {
  EXPECT_EQ(Certain({"a1", "a1", "a1"}, {"a1", "a1", "a1", "a1"}), Pairs{});
}

TEST(Align, AMemberOfAnotherShapeInItsPlaceIsCertain) {
  EXPECT_EQ(Certain({"c1", "d1", "d2"}, {"c1", "d1", "d3"}), (Pairs{{0, 0}, {1, 1}, {2, 2}}));
}

TEST(Align, WhatIsThereOnceIsCertainBesideWhatIsNot) {
  EXPECT_EQ(Certain({"a1", "a1", "b1"}, {"a1", "b1"}), (Pairs{{2, 1}}));
}

TEST(Align, NothingPairsWithNothing) {
  EXPECT_EQ(Certain({}, {"a1"}), Pairs{});
  EXPECT_EQ(Certain({"a1"}, {}), Pairs{});
}

TEST(Align, RowsTooLongToCompareAreCertainOnlyIfAlike) {
  const std::size_t length = 5000;
  const auto same = [](std::size_t, std::size_t) { return Alike::kExactly; };
  EXPECT_EQ(CertainPairs(length, length, same).size(), length);
  EXPECT_TRUE(CertainPairs(length, length + 1, same).empty());
}

}  // namespace
}  // namespace regraft::identity
