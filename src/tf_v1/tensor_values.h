// tf_v1/tensor_values.h - the numbers and strings of a TensorProto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "regraft/dtype.h"
#include "regraft/error.h"

namespace regraft::tf_v1 {

/// Bytes that a value of the type takes in a message at least; 0 if the format has no place for
/// the type.
std::size_t LeastBytes(DType dtype);

/// Writes the values of a message, which states neither type nor shape, as elements in this
/// machine's byte order. Pre: LeastBytes(dtype) > 0; `out` is as large as the elements are.
/// Errors: kCorrupt "tf-v1/bad-value", also if there are more or fewer.
Status CopyNumbers(std::string_view tensor_proto, DType dtype, std::span<std::byte> out);

/// Views of the strings of a message. Errors: as CopyNumbers().
Result<std::vector<std::string_view>> Strings(std::string_view tensor_proto, std::uint64_t count);

}  // namespace regraft::tf_v1
