#include "bundle/slice_cover.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <compare>
#include <cstddef>
#include <utility>

namespace regraft::bundle {
namespace {

// A piece counts 1 for its elements and 0 elsewhere, which is the running sum of +1 and -1
// at its 2^k corners. The pieces tile the whole if and only if the sum of all their corners
// is that of the whole's own corners, so comparing sorted corners decides exactly, without
// looking at pairs of pieces. Axes that no piece cuts do not matter.
class Corners {
 public:
  Corners(const Shape& whole, std::span<const archive::StoredPiece> pieces)
      : whole_(whole), pieces_(pieces) {
    for (std::size_t axis = 0; axis < whole.rank(); ++axis) {
      const bool cut = std::any_of(
          pieces.begin(), pieces.end(),
          [&](const archive::StoredPiece& piece) { return piece.shape[axis] != whole[axis]; });
      if (cut) axes_.push_back(axis);
    }
  }

  // Small inputs may have many axes; otherwise the work stays in proportion to the pieces.
  bool too_many() const {
    constexpr std::size_t kAlwaysAxes = 6, kSmall = 8192;
    return axes_.size() > kAlwaysAxes &&
           (axes_.size() >= 13 || (pieces_.size() + 1) << axes_.size() > kSmall);
  }

  // The first point, in row-major order, where some element is in no piece (less than 0) or
  // in several (more than 0).
  struct Difference {
    std::vector<std::int64_t> at;
    int sign;
  };
  std::optional<Difference> Find() const {
    std::vector<Corner> corners;
    corners.reserve((pieces_.size() + 1) << axes_.size());
    for (std::size_t box = 0; box <= pieces_.size(); ++box) {
      for (std::uint32_t upper = 0; upper < 1u << axes_.size(); ++upper) {
        corners.push_back({static_cast<std::uint32_t>(box), upper});
      }
    }
    std::sort(corners.begin(), corners.end(),
              [this](const Corner& a, const Corner& b) { return Compare(a, b) < 0; });
    for (std::size_t i = 0; i < corners.size();) {
      std::int64_t sum = 0;
      const std::size_t first = i;
      for (; i < corners.size() && Compare(corners[first], corners[i]) == 0; ++i) {
        const bool odd = std::popcount(corners[i].upper) % 2 != 0;
        sum += odd != IsWhole(corners[i]) ? -1 : 1;
      }
      if (sum != 0) {
        Difference difference{std::vector<std::int64_t>(whole_.rank(), 0), sum < 0 ? -1 : 1};
        for (std::size_t k = 0; k < axes_.size(); ++k) {
          difference.at[axes_[k]] = Coordinate(corners[first], k);
        }
        return difference;
      }
    }
    return std::nullopt;
  }

 private:
  struct Corner {
    std::uint32_t box;    // Number of a piece, or pieces_.size() for the whole.
    std::uint32_t upper;  // Bit k: at the end, not the start, along axes_[k].
  };

  bool IsWhole(const Corner& corner) const { return corner.box == pieces_.size(); }
  std::int64_t Coordinate(const Corner& corner, std::size_t k) const {
    const bool upper = (corner.upper >> k & 1u) != 0;
    const std::size_t axis = axes_[k];
    if (IsWhole(corner)) return upper ? whole_[axis] : 0;
    const archive::StoredPiece& piece = pieces_[corner.box];
    return piece.start[axis] + (upper ? piece.shape[axis] : 0);
  }
  std::strong_ordering Compare(const Corner& a, const Corner& b) const {
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      const auto order = Coordinate(a, k) <=> Coordinate(b, k);
      if (order != 0) return order;
    }
    return std::strong_ordering::equal;
  }

  const Shape& whole_;
  std::span<const archive::StoredPiece> pieces_;
  std::vector<std::size_t> axes_;
};

bool Contains(const archive::StoredPiece& piece, std::span<const std::int64_t> at) {
  for (std::size_t axis = 0; axis < at.size(); ++axis) {
    if (at[axis] < piece.start[axis] || at[axis] - piece.start[axis] >= piece.shape[axis]) {
      return false;
    }
  }
  return true;
}

// Grows the one uncovered element `at` to a box that no piece touches.
std::vector<std::int64_t> GrowGap(const Shape& whole, std::span<const archive::StoredPiece> pieces,
                                  std::span<const std::int64_t> at) {
  std::vector<std::int64_t> lengths(at.size(), 1);
  for (std::size_t axis = at.size(); axis-- > 0;) {
    lengths[axis] = whole[axis] - at[axis];
    for (const archive::StoredPiece& piece : pieces) {
      bool ahead = piece.start[axis] > at[axis];
      for (std::size_t other = 0; ahead && other < at.size(); ++other) {
        ahead = other == axis || (piece.start[other] < at[other] + lengths[other] &&
                                  at[other] < piece.start[other] + piece.shape[other]);
      }
      if (ahead) lengths[axis] = std::min(lengths[axis], piece.start[axis] - at[axis]);
    }
  }
  return lengths;
}

Error OverlapError(const Shape& whole, std::span<const archive::StoredPiece> pieces,
                   std::span<const std::int64_t> at) {
  Error error(ErrorCode::kCorrupt, "bundle/slices-overlap",
              fmt::format("two stored slices of the tensor {} hold element {}", whole.ToString(),
                          RegionText(at, std::vector<std::int64_t>(at.size(), 1))));
  for (const archive::StoredPiece& piece : pieces) {
    if (error.details.size() == 2) break;
    if (!Contains(piece, at)) continue;
    error.details.push_back({"slice", RegionText(piece.start, piece.shape.dims())});
  }
  return error;
}

}  // namespace

std::string RegionText(std::span<const std::int64_t> start, std::span<const std::int64_t> lengths) {
  std::string out = "[";
  for (std::size_t axis = 0; axis < start.size(); ++axis) {
    out += fmt::format("{}{}", axis == 0 ? "" : ",", start[axis]);
    if (lengths[axis] != 1) out += fmt::format(":{}", start[axis] + lengths[axis]);
  }
  return out + "]";
}

Status CheckCover(const Shape& whole, std::span<const archive::StoredPiece> pieces) {
  const Corners corners(whole, pieces);
  if (corners.too_many()) {
    return Fail(Error(ErrorCode::kUnsupported, "bundle/slices-too-many",
                      fmt::format("the tensor {} is cut into {} slices along too many axes at once",
                                  whole.ToString(), pieces.size())));
  }
  const auto difference = corners.Find();
  if (!difference) return {};
  if (difference->sign > 0) return Fail(OverlapError(whole, pieces, difference->at));
  const std::vector<std::int64_t> gap = GrowGap(whole, pieces, difference->at);
  return Fail(Error(ErrorCode::kCorrupt, "bundle/slices-missing",
                    fmt::format("no stored slice of the tensor {} holds {}", whole.ToString(),
                                RegionText(difference->at, gap))));
}

}  // namespace regraft::bundle
