#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "base/thread_pool.h"
#include "regraft/elements.h"
#include "tensor/block.h"
#include "tensor/bulk.h"
#include "tensor/element.h"
#include "tensor/loss.h"
#include "tensor/minifloat_bits.h"
#include "tensor/wide.h"

namespace regraft {
namespace {

// Elements that one thread converts at a time: enough to be worth handing out.
constexpr std::size_t kPart = std::size_t{1} << 18;

// The conversions that nearly every cast is: from float32 to a shorter float and back.
template <MiniFormat kFormat, typename Code>
struct Shorten {
  REGRAFT_IN_LOOP static tensor::StoredBlock Run(const std::byte* __restrict in, std::size_t count,
                                                 std::byte* __restrict out) {
    std::int32_t overflowed = 0, lost = 0;
    for (std::size_t i = 0; i < count; ++i) {
      float from;
      std::memcpy(&from, in + i * sizeof from, sizeof from);
      const tensor::EncodedBits<float> encoded = tensor::EncodeBits<kFormat, float>(from);
      overflowed += encoded.overflowed;
      lost |= encoded.lost;
      const auto code = static_cast<Code>(encoded.code);
      std::memcpy(out + i * sizeof code, &code, sizeof code);
    }
    return {overflowed, lost != 0};
  }
};

template <MiniFormat kFormat, typename Code>
struct Lengthen {
  REGRAFT_IN_LOOP static tensor::StoredBlock Run(const std::byte* __restrict in, std::size_t count,
                                                 std::byte* __restrict out) {
    for (std::size_t i = 0; i < count; ++i) {
      Code code;
      std::memcpy(&code, in + i * sizeof code, sizeof code);
      const float to = tensor::DecodeBits<kFormat>(code);
      std::memcpy(out + i * sizeof to, &to, sizeof to);
    }
    return {};
  }
};

using CastBlock = tensor::StoredBlock (*)(const std::byte*, std::size_t, std::byte*);

template <typename Loop>
CastBlock Best() {
  using Signature = tensor::StoredBlock(const std::byte*, std::size_t, std::byte*);
  return tensor::Compiled<Loop, Signature>::ForThisMachine();
}

CastBlock DirectCast(DType from, DType to) {
  if (to == DType::kFloat32) {
    if (from == DType::kFloat16) return Best<Lengthen<kFloat16Format, std::uint16_t>>();
    if (from == DType::kBfloat16) return Best<Lengthen<kBfloat16Format, std::uint16_t>>();
  }
  if (from != DType::kFloat32) return nullptr;
  switch (to) {
    case DType::kFloat16:
      return Best<Shorten<kFloat16Format, std::uint16_t>>();
    case DType::kBfloat16:
      return Best<Shorten<kBfloat16Format, std::uint16_t>>();
    case DType::kFloat8E5m2:
      return Best<Shorten<kFloat8E5m2Format, std::uint8_t>>();
    case DType::kFloat8E4m3fn:
      return Best<Shorten<kFloat8E4m3fnFormat, std::uint8_t>>();
    default:
      return nullptr;
  }
}

struct Loss {
  std::size_t elements = 0;
  std::size_t first = 0;
};

// What part of a cast came to.
struct PartCast {
  std::int64_t overflowed = 0;
  Loss lost;
  std::optional<double> largest_error = {};  // If it shall be known; at first, what it is before.
};

// Which of the elements are lost, one by one.
Loss FindLoss(DType from, const std::byte* in, std::size_t count, DType to) {
  Loss lost;
  std::byte out[16];
  for (std::size_t i = 0; i < count; ++i) {
    const Number number = LoadElement(from, in + i * ElementBytes(from));
    if (StoreElement(to, number, out) != StoreResult::kLost) continue;
    if (lost.elements++ == 0) lost.first = i;
  }
  return lost;
}

void CastPart(DType from, const std::byte* in, std::size_t count, DType to, std::byte* out,
              PartCast& result) {
  const std::size_t in_bytes = ElementBytes(from), out_bytes = ElementBytes(to);
  const CastBlock direct = DirectCast(from, to);
  tensor::Block block;
  for (std::size_t at = 0; at < count; at += tensor::kBlockElements) {
    const std::size_t length = std::min(tensor::kBlockElements, count - at);
    const std::byte* const source = in + at * in_bytes;
    std::byte* const target = out + at * out_bytes;
    tensor::StoredBlock stored;
    if (direct != nullptr) {
      stored = direct(source, length, target);
    } else {
      tensor::LoadBlock(from, source, length, block);
      stored = tensor::StoreBlock(to, block, target);
    }
    result.overflowed += stored.overflowed;
    if (!stored.lost) {
      // While both are in the nearest cache.
      if (result.largest_error) {
        result.largest_error =
            tensor::LargestError(from, source, to, target, length, *result.largest_error);
      }
      continue;
    }
    const Loss lost = FindLoss(from, source, length, to);
    if (result.lost.elements == 0) result.lost.first = at + lost.first;
    result.lost.elements += lost.elements;
  }
}

}  // namespace

Result<CastResult> CastElements(DType from, std::span<const std::byte> in, DType to,
                                std::span<std::byte> out) {
  return tensor::CastElements(from, in, to, out, /*threads=*/1);
}

Result<CastResult> tensor::CastElements(DType from, std::span<const std::byte> in, DType to,
                                        std::span<std::byte> out, std::size_t threads,
                                        double* largest_error) {
  const std::size_t in_bytes = ElementBytes(from), out_bytes = ElementBytes(to);
  assert(IsCastable(from) && IsCastable(to) && in.size() / in_bytes == out.size() / out_bytes);
  const std::size_t count = in.size() / in_bytes;
  std::vector<PartCast> parts((count + kPart - 1) / kPart);
  ParallelFor(parts.size(), threads, [&](std::size_t i) {
    const std::size_t start = i * kPart;
    if (largest_error != nullptr) parts[i].largest_error = *largest_error;
    CastPart(from, in.data() + start * in_bytes, std::min(kPart, count - start), to,
             out.data() + start * out_bytes, parts[i]);
  });
  CastResult result;
  Loss lost;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    result.overflowed += parts[i].overflowed;
    if (lost.elements == 0) lost.first = i * kPart + parts[i].lost.first;
    lost.elements += parts[i].lost.elements;
  }
  if (lost.elements > 0) {
    return Fail(Error(ErrorCode::kUnmet, "tensor/cast-loss",
                      fmt::format("{} of {} elements cannot become {} without loss; the first is "
                                  "element {}, {}",
                                  lost.elements, count, DTypeName(to), lost.first,
                                  ElementText(from, in.subspan(lost.first * in_bytes, in_bytes)))));
  }
  for (const PartCast& part : parts) {
    if (part.largest_error) *largest_error = std::max(*largest_error, *part.largest_error);
  }
  return result;
}

void tensor::ElementsAsDoubles(DType dtype, std::span<const std::byte> elements,
                               std::span<double> out) {
  tensor::Block block;
  for (std::size_t at = 0; at < out.size(); at += tensor::kBlockElements) {
    const std::size_t length = std::min(tensor::kBlockElements, out.size() - at);
    tensor::LoadBlock(dtype, elements.data() + at * ElementBytes(dtype), length, block);
    double* const to = out.data() + at;
    switch (block.kind) {
      case Number::Kind::kSigned:
        std::transform(block.i, block.i + length, to,
                       [](std::int64_t v) { return static_cast<double>(v); });
        break;
      case Number::Kind::kUnsigned:
        std::transform(block.u, block.u + length, to,
                       [](std::uint64_t v) { return static_cast<double>(v); });
        break;
      case Number::Kind::kReal:
      case Number::Kind::kComplex:
        std::copy_n(block.re, length, to);
        break;
    }
  }
}

double ElementAsDouble(DType dtype, std::span<const std::byte> element) {
  const Number n = LoadElement(dtype, element.data());
  if (n.kind == Number::Kind::kSigned) return static_cast<double>(n.i);
  if (n.kind == Number::Kind::kUnsigned) return static_cast<double>(n.u);
  return n.re;
}

std::string ElementText(DType dtype, std::span<const std::byte> element) {
  // fmt's "{}" gives the shortest digits that read back as the same value of that type; for
  // the shorter formats those of the double they stand for are exact too.
  const auto real = [&](double v) {
    const bool single = dtype == DType::kFloat32 || dtype == DType::kComplex64;
    return single ? fmt::format("{}", static_cast<float>(v)) : fmt::format("{}", v);
  };
  const Number n = LoadElement(dtype, element.data());
  switch (n.kind) {
    case Number::Kind::kSigned:
      return fmt::format("{}", n.i);
    case Number::Kind::kUnsigned:
      if (dtype == DType::kBool) return n.u != 0 ? "true" : "false";
      return fmt::format("{}", n.u);
    case Number::Kind::kReal:
      return real(n.re);
    case Number::Kind::kComplex:
      return fmt::format("{}{}{}j", real(n.re), std::signbit(n.im) ? "" : "+", real(n.im));
  }
  return "";
}

}  // namespace regraft
