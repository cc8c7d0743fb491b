// formats/safetensors/dtypes.h - what safetensors calls its types.
#pragma once

#include <optional>
#include <string_view>

#include "regraft/dtype.h"

namespace regraft::safetensors {

struct TypeName {
  std::string_view name;
  unsigned bits;
  DType dtype;  ///< kInvalid: no type here is like it; only its bytes can be had.
};

/// The type of that name; types are spelled in capitals.
std::optional<TypeName> FindType(std::string_view name);
/// The type as safetensors has it; nothing if it has none.
std::optional<TypeName> FindType(DType dtype);
/// The place of a type in the order that writers follow; larger ones come first.
std::size_t RankOf(DType dtype);

}  // namespace regraft::safetensors
