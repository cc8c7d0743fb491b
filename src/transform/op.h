// transform/op.h - what may be done with arrays on their way from a source to a target.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/dtype.h"
#include "regraft/error.h"

namespace regraft::transform {

/// What an op does to values: whether it can be undone, and what of them is kept.
enum class Exactness {
  kBijective,    ///< Values are moved; nothing is lost or made.
  kLossy,        ///< A part is left behind.
  kRounded,      ///< Values are computed.
  kConstructed,  ///< Values come from nowhere.
};

/// One extent of a reshape: a number, a product of extents of the source ("d0*d1"), or the rest.
struct Extent {
  enum class Kind : std::uint8_t { kNumber, kProduct, kRest };
  Kind kind = Kind::kNumber;
  std::int64_t number = 0;
  std::vector<std::size_t> axes = {};  ///< Of a product.
  bool operator==(const Extent&) const = default;
};

/// One op, as "transpose 3 2 0 1" spells it. A plain value.
///
/// | op | it takes | it makes |
/// |---|---|---|
/// | `transpose [axes]` | one array | its axes in that order; without them, reversed |
/// | `reshape extents` | one | the same elements, of that shape: numbers, `d0`, `d0*d1`, one `-1` |
/// | `flatten i [j]` | one | axes i to j as one; j is the last without it |
/// | `squeeze i`, `expand i` | one | without axis i, which has one element; with such an axis |
/// | `blocks i n order` | one | axis i, which is n equal blocks, with its blocks in that order |
/// | `concat i` | several | one along axis i, in the order in which they are given |
/// | `stack i` | several | one with a new axis i |
/// | `split i n`, `split i a b c` | one | n equal parts of axis i, or parts of these sizes |
/// | `unstack i` | one | as many as axis i has elements, without it |
/// | `select i k` | one | element k of axis i, without the axis |
/// | `slice i a b` | one | elements a to b, without b, of axis i |
/// | `add c [at i a b]` | one | c added to all elements, or to those of a part of axis i |
/// | `sum` | several of one shape | their sum |
/// | `fill c` | one | the same shape, every element c |
/// | `cast t` | one | the same values as another type of numbers |
struct Op {
  enum class Kind : std::uint8_t {
    kTranspose,
    kReshape,
    kFlatten,
    kSqueeze,
    kExpand,
    kBlocks,
    kConcat,
    kStack,
    kSplit,
    kUnstack,
    kSelect,
    kSlice,
    kAdd,
    kSum,
    kFill,
    kCast,
  };

  Kind kind = Kind::kTranspose;
  std::size_t axis = 0;                 ///< Of all but transpose, reshape, and add to all.
  std::vector<std::int64_t> numbers{};  ///< The others, in the order of the spelling.
  std::vector<Extent> extents{};        ///< Of a reshape.
  double constant = 0;                  ///< Of add and fill.
  DType dtype = DType::kInvalid;        ///< Of cast.

  bool operator==(const Op&) const = default;
};

/// Reads the spelling above. Errors: kInvalidArgument "transform/bad-op", showing the form.
Result<Op> ParseOp(std::string_view text);
/// The spelling that ParseOp() reads as the same op.
std::string OpText(const Op& op);

Exactness ExactnessOf(const Op& op);

/// True of what makes one array of several.
inline bool IsJoining(Op::Kind kind) {
  return kind == Op::Kind::kConcat || kind == Op::Kind::kStack || kind == Op::Kind::kSum;
}

}  // namespace regraft::transform
