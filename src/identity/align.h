// identity/align.h - which members of two rows are the same whatever the best alignment is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace regraft::identity {

/// How alike two members of rows are.
enum class Alike : std::uint8_t {
  kNo,
  kButForExtents,  ///< The same names, ranks and types.
  kExactly,        ///< The same shapes, too.
};

/// The pairs (member here, member there) that every best alignment has. An alignment keeps the
/// order; the best ones pair most members exactly and, among these, most but for extents.
/// Rows of the same length that are alike member by member are certain throughout if alike
/// exactly. Rows too long to compare (kMostCells) are certain only then.
/// Cost: linear for such rows, else the product of the lengths.
std::vector<std::pair<std::size_t, std::size_t>> CertainPairs(
    std::size_t here, std::size_t there,
    const std::function<Alike(std::size_t here, std::size_t there)>& alike);

inline constexpr std::size_t kMostCells = 16'000'000;

}  // namespace regraft::identity
