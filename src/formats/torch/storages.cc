#include "formats/torch/storages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

#include "base/checked.h"
#include "base/text.h"
#include "base/try.h"
#include "regraft/dtype.h"
#include "transform/permute.h"

namespace regraft::torch {
namespace {

// What may be made of few values that are repeated.
constexpr std::uint64_t kMostRepeated = std::uint64_t{64} << 20;

// Elements from the first to behind the last; nothing if that is no number.
std::optional<std::uint64_t> ReachOf(const View& view) {
  if (view.spec.shape.num_elements() == 0) return 0;
  std::uint64_t last = 0;
  for (std::size_t axis = 0; axis < view.strides.size(); ++axis) {
    const auto steps =
        CheckedMul<std::uint64_t>(static_cast<std::uint64_t>(view.spec.shape[axis] - 1),
                                  static_cast<std::uint64_t>(view.strides[axis]));
    const auto sum = steps ? CheckedAdd<std::uint64_t>(last, *steps) : std::nullopt;
    if (!sum) return std::nullopt;
    last = *sum;
  }
  return CheckedAdd<std::uint64_t>(last, 1);
}

}  // namespace

bool Placed::IsInPlace() const {
  if (storage.method != zip::Method::kStored) return false;
  std::int64_t step = 1;
  for (std::size_t axis = view.strides.size(); axis-- > 0;) {
    const std::int64_t dim = view.spec.shape[axis];
    if (dim != 1 && view.strides[axis] != step) return false;
    step *= dim;
  }
  return true;
}

Result<Placed> Place(View view, const zip::Member& storage) {
  const auto size = static_cast<std::uint64_t>(ElementBytes(view.spec.dtype));
  const auto reach = ReachOf(view);
  const auto begin = CheckedMul<std::uint64_t>(view.offset, size);
  const auto reached = reach ? CheckedMul<std::uint64_t>(*reach, size) : std::nullopt;
  // An empty view needs nothing, wherever it begins.
  const bool fits =
      reached &&
      (*reached == 0 || (begin && *begin <= storage.bytes && *reached <= storage.bytes - *begin));
  if (!fits) {
    return Fail(Error(ErrorCode::kCorrupt, "torch/damaged",
                      fmt::format("the tensor {} reaches beyond its storage, which has {}",
                                  view.spec.ToString(), Plural(storage.bytes, "byte")))
                    .Hint("the file is damaged: copy it again from where it came"));
  }
  REGRAFT_TRY(const std::uint64_t bytes, view.spec.Bytes());
  if (bytes > storage.bytes && bytes > kMostRepeated) {
    return Fail(Error(ErrorCode::kUnsupported, "torch/limit",
                      fmt::format("the tensor {} repeats the same {} over and over",
                                  view.spec.ToString(), Plural(storage.bytes, "byte")))
                    .Hint("save its clone(), which has a storage of its own"));
  }
  Placed placed{std::move(view), storage, 0, *reached};
  if (*reached > 0) placed.begin = *begin;
  return placed;
}

Result<Buffer> Gather(const io::ByteSource& file, const Placed& placed) {
  Buffer from = Buffer::Unfilled(static_cast<std::size_t>(placed.reached));
  // All of it, so that it can be compared; or what is needed, where that does not help.
  if (placed.storage.method == zip::Method::kDeflated || placed.IsWhole()) {
    std::uint64_t at = 0;
    const std::uint64_t begin = placed.begin, end = placed.begin + placed.reached;
    REGRAFT_CHECK(
        zip::StreamMember(file, placed.storage, [&](std::span<const std::byte> part) -> Status {
          const std::uint64_t first = std::clamp(begin, at, at + part.size());
          const std::uint64_t last = std::clamp(end, at, at + part.size());
          if (first < last) {
            std::memcpy(from.bytes().data() + (first - begin), part.data() + (first - at),
                        static_cast<std::size_t>(last - first));
          }
          at += part.size();
          return {};
        }));
  } else {
    REGRAFT_CHECK(file.ReadAt(placed.storage.stored.offset + placed.begin, from.bytes()));
  }
  REGRAFT_TRY(const std::uint64_t bytes, placed.view.spec.Bytes());
  Buffer values = Buffer::Unfilled(static_cast<std::size_t>(bytes));
  transform::CopyStrided(ElementBytes(placed.view.spec.dtype), placed.view.spec.shape,
                         placed.view.strides, from.bytes(), values.bytes());
  return values;
}

}  // namespace regraft::torch
