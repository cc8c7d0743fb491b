#include "identity/align.h"

#include <algorithm>

namespace regraft::identity {
namespace {

using Pair = std::pair<std::size_t, std::size_t>;
using Score = std::uint64_t;

// An exact pair outweighs any number of others.
constexpr Score kExact = Score{1} << 32;

Score Weight(Alike alike) {
  return alike == Alike::kExactly ? kExact : alike == Alike::kButForExtents ? 1 : 0;
}

// A table of scores, row by row.
class Scores {
 public:
  Scores(std::size_t rows, std::size_t columns)
      : columns_(columns + 1), cells_((rows + 1) * (columns + 1), 0) {}
  Score& At(std::size_t row, std::size_t column) { return cells_[row * columns_ + column]; }

 private:
  std::size_t columns_;
  std::vector<Score> cells_;
};

}  // namespace

std::vector<Pair> CertainPairs(std::size_t here, std::size_t there,
                               const std::function<Alike(std::size_t, std::size_t)>& alike) {
  std::vector<Pair> pairs;
  if (here == 0 || there == 0) return pairs;
  if (here == there) {
    // Pairing every member exactly leaves one best alignment.
    std::size_t same = 0;
    while (same < here && alike(same, same) == Alike::kExactly) ++same;
    if (same == here) {
      for (std::size_t i = 0; i < here; ++i) pairs.emplace_back(i, i);
      return pairs;
    }
  }
  if (here > kMostCells / there) return pairs;

  std::vector<std::uint8_t> likeness(here * there);
  for (std::size_t i = 0; i < here; ++i) {
    for (std::size_t j = 0; j < there; ++j) {
      likeness[i * there + j] = static_cast<std::uint8_t>(alike(i, j));
    }
  }
  const auto weight = [&](std::size_t i, std::size_t j) {
    return Weight(static_cast<Alike>(likeness[i * there + j]));
  };
  // The best score of what stands before, and of what stands from here on.
  Scores before(here, there), after(here, there);
  for (std::size_t i = 0; i < here; ++i) {
    for (std::size_t j = 0; j < there; ++j) {
      before.At(i + 1, j + 1) =
          std::max({before.At(i, j + 1), before.At(i + 1, j), before.At(i, j) + weight(i, j)});
    }
  }
  for (std::size_t i = here; i-- > 0;) {
    for (std::size_t j = there; j-- > 0;) {
      after.At(i, j) =
          std::max({after.At(i + 1, j), after.At(i, j + 1), after.At(i + 1, j + 1) + weight(i, j)});
    }
  }
  const Score best = before.At(here, there);

  // A pair of a best alignment takes the stretch of the score from what stands before it by
  // its weight, and the pairs of one alignment cover the whole score without gaps. So a pair
  // is in all of them if no other pair of any covers its stretch.
  struct Stretch {
    Score from, to;
    Pair pair;
  };
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < here; ++i) {
    for (std::size_t j = 0; j < there; ++j) {
      const Score own = weight(i, j);
      if (own == 0 || before.At(i, j) + own + after.At(i + 1, j + 1) != best) continue;
      stretches.push_back({before.At(i, j), before.At(i, j) + own, {i, j}});
    }
  }
  std::sort(stretches.begin(), stretches.end(),
            [](const Stretch& a, const Stretch& b) { return a.from < b.from; });
  Score covered = 0;
  for (std::size_t k = 0; k < stretches.size(); ++k) {
    const bool alone = stretches[k].from >= covered &&
                       (k + 1 == stretches.size() || stretches[k + 1].from >= stretches[k].to);
    if (alone) pairs.push_back(stretches[k].pair);
    covered = std::max(covered, stretches[k].to);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace regraft::identity
