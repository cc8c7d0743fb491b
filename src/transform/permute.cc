#include "transform/permute.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace regraft::transform {
namespace {

struct Axis {
  std::size_t length;
  std::size_t from_step;  // In bytes.
  std::size_t to_step;
};

// Axes that lie one in the other in both arrays are one, and those of one element none.
std::vector<Axis> Merged(std::vector<Axis> axes) {
  std::vector<Axis> out;
  for (const Axis& axis : axes) {
    if (axis.length == 1) continue;
    if (!out.empty() && out.back().from_step == axis.length * axis.from_step &&
        out.back().to_step == axis.length * axis.to_step) {
      out.back() = {out.back().length * axis.length, axis.from_step, axis.to_step};
      continue;
    }
    out.push_back(axis);
  }
  return out;
}

template <std::size_t Bytes>
void CopyTile(const std::byte* from, std::byte* to, const Axis& row, const Axis& column) {
  for (std::size_t i = 0; i < row.length; ++i) {
    const std::byte* in = from + i * row.from_step;
    std::byte* out = to + i * row.to_step;
    for (std::size_t j = 0; j < column.length; ++j) {
      std::memcpy(out, in, Bytes);
      in += column.from_step;
      out += column.to_step;
    }
  }
}

void CopyTile(std::size_t bytes, const std::byte* from, std::byte* to, const Axis& row,
              const Axis& column) {
  switch (bytes) {
    case 1:
      return CopyTile<1>(from, to, row, column);
    case 2:
      return CopyTile<2>(from, to, row, column);
    case 4:
      return CopyTile<4>(from, to, row, column);
    case 8:
      return CopyTile<8>(from, to, row, column);
    case 16:
      return CopyTile<16>(from, to, row, column);
    default:
      for (std::size_t i = 0; i < row.length; ++i) {
        for (std::size_t j = 0; j < column.length; ++j) {
          std::memcpy(to + i * row.to_step + j * column.to_step,
                      from + i * row.from_step + j * column.from_step, bytes);
        }
      }
  }
}

void Copy(std::size_t element_bytes, std::vector<Axis> axes, std::span<const std::byte> in,
          std::span<std::byte> out) {
  if (out.empty()) return;
  std::vector<Axis> loops = Merged(std::move(axes));
  std::size_t unit = element_bytes;
  // A last axis that stays last is copied as it is.
  if (!loops.empty() && loops.back().from_step == unit && loops.back().to_step == unit) {
    unit *= loops.back().length;
    loops.pop_back();
  }
  // The two axes along which one of the arrays is contiguous become the tile.
  constexpr std::size_t kTile = 32;
  const Axis none = {1, 0, 0};
  Axis column = none, row = none;
  if (!loops.empty()) {
    column = loops.back();
    loops.pop_back();
  }
  if (!loops.empty()) {
    const auto nearest =
        std::min_element(loops.begin(), loops.end(),
                         [](const Axis& a, const Axis& b) { return a.from_step < b.from_step; });
    row = *nearest;
    loops.erase(nearest);
  }
  std::vector<std::size_t> at(loops.size());
  const std::byte* source = in.data();
  std::byte* target = out.data();
  while (true) {
    for (std::size_t i = 0; i < row.length; i += kTile) {
      for (std::size_t j = 0; j < column.length; j += kTile) {
        CopyTile(unit, source + i * row.from_step + j * column.from_step,
                 target + i * row.to_step + j * column.to_step,
                 {std::min(kTile, row.length - i), row.from_step, row.to_step},
                 {std::min(kTile, column.length - j), column.from_step, column.to_step});
      }
    }
    std::size_t axis = loops.size();
    while (axis > 0) {
      --axis;
      source += loops[axis].from_step;
      target += loops[axis].to_step;
      if (++at[axis] < loops[axis].length) break;
      source -= loops[axis].length * loops[axis].from_step;
      target -= loops[axis].length * loops[axis].to_step;
      at[axis] = 0;
      if (axis == 0) return;
    }
    if (loops.empty()) return;
  }
}

}  // namespace

void Permute(std::size_t element_bytes, const Shape& from, std::span<const std::size_t> axes,
             std::span<const std::byte> in, std::span<std::byte> out) {
  std::vector<std::size_t> from_steps(from.rank());
  std::size_t step = element_bytes;
  for (std::size_t axis = from.rank(); axis-- > 0;) {
    from_steps[axis] = step;
    step *= static_cast<std::size_t>(from[axis]);
  }
  std::vector<Axis> to_axes(axes.size());
  step = element_bytes;
  for (std::size_t i = axes.size(); i-- > 0;) {
    const auto length = static_cast<std::size_t>(from[axes[i]]);
    to_axes[i] = {length, from_steps[axes[i]], step};
    step *= length;
  }
  Copy(element_bytes, std::move(to_axes), in, out);
}

void CopyStrided(std::size_t element_bytes, const Shape& shape, std::span<const std::int64_t> steps,
                 std::span<const std::byte> in, std::span<std::byte> out) {
  std::vector<Axis> axes(shape.rank());
  std::size_t step = element_bytes;
  for (std::size_t i = axes.size(); i-- > 0;) {
    const auto length = static_cast<std::size_t>(shape[i]);
    axes[i] = {length, static_cast<std::size_t>(steps[i]) * element_bytes, step};
    step *= length;
  }
  Copy(element_bytes, std::move(axes), in, out);
}

}  // namespace regraft::transform
