#include <algorithm>
#include <cstring>
#include <limits>

#include "tensor/block.h"
#include "tensor/minifloat_bits.h"

namespace regraft::tensor {
namespace {

template <typename Stored, typename Wide, typename Convert>
void LoadEach(const std::byte* in, std::size_t count, Wide* __restrict out, Convert convert) {
  for (std::size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, in + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(stored);
  }
}

template <typename Stored>
void LoadSigned(const std::byte* in, Block& block) {
  block.kind = Number::Kind::kSigned;
  LoadEach<Stored>(in, block.count, block.i, [](Stored v) { return std::int64_t{v}; });
}

template <typename Stored>
void LoadUnsigned(const std::byte* in, Block& block, std::uint8_t mask = 0xff) {
  block.kind = Number::Kind::kUnsigned;
  if constexpr (sizeof(Stored) == 1) {
    LoadEach<Stored>(in, block.count, block.u,
                     [mask](Stored v) { return std::uint64_t{v} & mask; });
  } else {
    LoadEach<Stored>(in, block.count, block.u, [](Stored v) { return std::uint64_t{v}; });
  }
}

// Integers of fewer than eight bits keep their value in the low ones.
template <int kBits>
void LoadLowBits(const std::byte* in, Block& block) {
  block.kind = Number::Kind::kSigned;
  constexpr int kSign = 1 << (kBits - 1);
  LoadEach<std::uint8_t>(in, block.count, block.i, [](std::uint8_t code) {
    return std::int64_t{((code & (2 * kSign - 1)) ^ kSign) - kSign};
  });
}

template <typename Real>
void LoadReal(const std::byte* in, Block& block) {
  LoadEach<Real>(in, block.count, block.re, [](Real v) { return static_cast<double>(v); });
}

template <typename Real>
void LoadComplex(const std::byte* in, Block& block) {
  block.kind = Number::Kind::kComplex;
  for (std::size_t i = 0; i < block.count; ++i) {
    Real parts[2];
    std::memcpy(parts, in + i * sizeof parts, sizeof parts);
    block.re[i] = static_cast<double>(parts[0]);
    block.im[i] = static_cast<double>(parts[1]);
  }
}

template <MiniFormat kFormat>
void LoadMini(const std::byte* in, Block& block) {
  using Code = std::conditional_t<kFormat.SignBit() == 0x8000, std::uint16_t, std::uint8_t>;
  float values[kBlockElements];
  LoadEach<Code>(in, block.count, values, [](Code code) { return DecodeBits<kFormat>(code); });
  for (std::size_t i = 0; i < block.count; ++i) block.re[i] = static_cast<double>(values[i]);
}

}  // namespace

void LoadBlock(DType dtype, const std::byte* in, std::size_t count, Block& block) {
  block.kind = Number::Kind::kReal;
  block.count = count;
  switch (dtype) {
    case DType::kFloat16:
      return LoadMini<kFloat16Format>(in, block);
    case DType::kBfloat16:
      return LoadMini<kBfloat16Format>(in, block);
    case DType::kFloat8E5m2:
      return LoadMini<kFloat8E5m2Format>(in, block);
    case DType::kFloat8E4m3fn:
      return LoadMini<kFloat8E4m3fnFormat>(in, block);
    case DType::kFloat8E4m3fnuz:
      return LoadMini<kFloat8E4m3fnuzFormat>(in, block);
    case DType::kFloat8E4m3b11fnuz:
      return LoadMini<kFloat8E4m3b11fnuzFormat>(in, block);
    case DType::kFloat8E5m2fnuz:
      return LoadMini<kFloat8E5m2fnuzFormat>(in, block);
    case DType::kFloat4E2m1fn:
      return LoadMini<kFloat4E2m1fnFormat>(in, block);
    case DType::kFloat32:
      return LoadReal<float>(in, block);
    case DType::kFloat64:
      return LoadReal<double>(in, block);
    case DType::kComplex64:
      return LoadComplex<float>(in, block);
    case DType::kComplex128:
      return LoadComplex<double>(in, block);
    case DType::kInt8:
    case DType::kQint8:
      return LoadSigned<std::int8_t>(in, block);
    case DType::kInt16:
    case DType::kQint16:
      return LoadSigned<std::int16_t>(in, block);
    case DType::kInt32:
    case DType::kQint32:
      return LoadSigned<std::int32_t>(in, block);
    case DType::kInt64:
      return LoadSigned<std::int64_t>(in, block);
    case DType::kUint8:
    case DType::kQuint8:
      return LoadUnsigned<std::uint8_t>(in, block);
    case DType::kUint16:
    case DType::kQuint16:
      return LoadUnsigned<std::uint16_t>(in, block);
    case DType::kUint32:
      return LoadUnsigned<std::uint32_t>(in, block);
    case DType::kUint64:
      return LoadUnsigned<std::uint64_t>(in, block);
    case DType::kBool:
      block.kind = Number::Kind::kUnsigned;
      return LoadEach<std::uint8_t>(in, count, block.u,
                                    [](std::uint8_t v) { return std::uint64_t{v != 0}; });
    case DType::kInt4:
      return LoadLowBits<4>(in, block);
    case DType::kInt2:
      return LoadLowBits<2>(in, block);
    case DType::kUint4:
      return LoadUnsigned<std::uint8_t>(in, block, 0xf);
    case DType::kUint2:
      return LoadUnsigned<std::uint8_t>(in, block, 0x3);
    default:
      std::fill_n(block.re, count, std::numeric_limits<double>::quiet_NaN());
  }
}

}  // namespace regraft::tensor
