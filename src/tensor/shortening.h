// tensor/shortening.h - the casts that nearly every one is: of float32 to a shorter float.
#pragma once

#include <cstdint>

#include "regraft/dtype.h"
#include "tensor/minifloat.h"
#include "tensor/wide.h"

namespace regraft::tensor {

/// Loop<format, code>::Run of the shorter float as this machine runs it best; null for a cast that
/// is none of these.
template <template <MiniFormat, typename> typename Loop, typename Signature>
Signature* ShorteningLoop(DType from, DType to) {
  if (from != DType::kFloat32) return nullptr;
  switch (to) {
    case DType::kFloat16:
      return Compiled<Loop<kFloat16Format, std::uint16_t>, Signature>::ForThisMachine();
    case DType::kBfloat16:
      return Compiled<Loop<kBfloat16Format, std::uint16_t>, Signature>::ForThisMachine();
    case DType::kFloat8E5m2:
      return Compiled<Loop<kFloat8E5m2Format, std::uint8_t>, Signature>::ForThisMachine();
    case DType::kFloat8E4m3fn:
      return Compiled<Loop<kFloat8E4m3fnFormat, std::uint8_t>, Signature>::ForThisMachine();
    default:
      return nullptr;
  }
}

}  // namespace regraft::tensor
