// tensor/element.h - one element of any numeric type as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regraft/dtype.h"

namespace regraft {

/// A number as it was stored, without loss.
struct Number {
  enum class Kind { kSigned, kUnsigned, kReal, kComplex };
  Kind kind = Kind::kReal;
  std::int64_t i = 0;   ///< kSigned.
  std::uint64_t u = 0;  ///< kUnsigned.
  double re = 0;        ///< kReal, kComplex.
  double im = 0;        ///< kComplex.
};

/// Pre: a numeric type (quantised ones read as their integers), a span of one element.
Number LoadElement(DType dtype, const std::byte* element);

enum class StoreResult { kKept, kOverflowed, kLost };
/// Writes the number as an element of a castable type; kLost leaves `element` unspecified.
StoreResult StoreElement(DType dtype, const Number& number, std::byte* element);

}  // namespace regraft
