#include "formats/safetensors/dtypes.h"

#include <algorithm>
#include <array>

namespace regraft::safetensors {
namespace {

// In the order of the library's writer, smallest first (docs/format/safetensors.md).
constexpr std::array kTypes = {
    TypeName{"BOOL", 8, DType::kBool},
    TypeName{"F4", 4, DType::kInvalid},
    TypeName{"F6_E2M3", 6, DType::kInvalid},
    TypeName{"F6_E3M2", 6, DType::kInvalid},
    TypeName{"U8", 8, DType::kUint8},
    TypeName{"I8", 8, DType::kInt8},
    TypeName{"F8_E5M2", 8, DType::kFloat8E5m2},
    TypeName{"F8_E4M3", 8, DType::kFloat8E4m3fn},
    TypeName{"F8_E8M0", 8, DType::kInvalid},
    TypeName{"F8_E4M3FNUZ", 8, DType::kFloat8E4m3fnuz},
    TypeName{"F8_E5M2FNUZ", 8, DType::kFloat8E5m2fnuz},
    TypeName{"I16", 16, DType::kInt16},
    TypeName{"U16", 16, DType::kUint16},
    TypeName{"F16", 16, DType::kFloat16},
    TypeName{"BF16", 16, DType::kBfloat16},
    TypeName{"I32", 32, DType::kInt32},
    TypeName{"U32", 32, DType::kUint32},
    TypeName{"F32", 32, DType::kFloat32},
    TypeName{"C64", 64, DType::kComplex64},
    TypeName{"F64", 64, DType::kFloat64},
    TypeName{"I64", 64, DType::kInt64},
    TypeName{"U64", 64, DType::kUint64},
};

template <typename Same>
std::optional<TypeName> Find(Same same) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), same);
  return found == kTypes.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<TypeName> FindType(std::string_view name) {
  return Find([&](const TypeName& type) { return type.name == name; });
}

std::optional<TypeName> FindType(DType dtype) {
  return Find(
      [&](const TypeName& type) { return type.dtype == dtype && type.dtype != DType::kInvalid; });
}

std::size_t RankOf(DType dtype) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const TypeName& type) { return type.dtype == dtype; });
  return static_cast<std::size_t>(found - kTypes.begin());
}

}  // namespace regraft::safetensors
