#include "regraft/dtype.h"

#include <array>

namespace regraft {
namespace {

struct TypeRow {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
  std::size_t swap_unit;
  DTypeKind kind;
  bool castable;
};

constexpr auto kNumeric = DTypeKind::kNumeric;

constexpr std::array kTypes = {
    TypeRow{DType::kFloat32, "float32", 4, 4, kNumeric, true},
    TypeRow{DType::kFloat64, "float64", 8, 8, kNumeric, true},
    TypeRow{DType::kInt32, "int32", 4, 4, kNumeric, true},
    TypeRow{DType::kUint8, "uint8", 1, 1, kNumeric, true},
    TypeRow{DType::kInt16, "int16", 2, 2, kNumeric, true},
    TypeRow{DType::kInt8, "int8", 1, 1, kNumeric, true},
    TypeRow{DType::kString, "string", 0, 0, DTypeKind::kString, false},
    TypeRow{DType::kComplex64, "complex64", 8, 4, kNumeric, true},
    TypeRow{DType::kInt64, "int64", 8, 8, kNumeric, true},
    TypeRow{DType::kBool, "bool", 1, 1, kNumeric, true},
    TypeRow{DType::kQint8, "qint8", 1, 1, kNumeric, false},
    TypeRow{DType::kQuint8, "quint8", 1, 1, kNumeric, false},
    TypeRow{DType::kQint32, "qint32", 4, 4, kNumeric, false},
    TypeRow{DType::kBfloat16, "bfloat16", 2, 2, kNumeric, true},
    TypeRow{DType::kQint16, "qint16", 2, 2, kNumeric, false},
    TypeRow{DType::kQuint16, "quint16", 2, 2, kNumeric, false},
    TypeRow{DType::kUint16, "uint16", 2, 2, kNumeric, true},
    TypeRow{DType::kComplex128, "complex128", 16, 8, kNumeric, true},
    TypeRow{DType::kFloat16, "float16", 2, 2, kNumeric, true},
    TypeRow{DType::kResource, "resource", 0, 0, DTypeKind::kOpaque, false},
    TypeRow{DType::kVariant, "variant", 0, 0, DTypeKind::kVariant, false},
    TypeRow{DType::kUint32, "uint32", 4, 4, kNumeric, true},
    TypeRow{DType::kUint64, "uint64", 8, 8, kNumeric, true},
    TypeRow{DType::kFloat8E5m2, "float8_e5m2", 1, 1, kNumeric, true},
    TypeRow{DType::kFloat8E4m3fn, "float8_e4m3fn", 1, 1, kNumeric, true},
    TypeRow{DType::kFloat8E4m3fnuz, "float8_e4m3fnuz", 1, 1, kNumeric, true},
    TypeRow{DType::kFloat8E4m3b11fnuz, "float8_e4m3b11fnuz", 1, 1, kNumeric, true},
    TypeRow{DType::kFloat8E5m2fnuz, "float8_e5m2fnuz", 1, 1, kNumeric, true},
    TypeRow{DType::kInt4, "int4", 1, 1, kNumeric, true},
    TypeRow{DType::kUint4, "uint4", 1, 1, kNumeric, true},
    TypeRow{DType::kInt2, "int2", 1, 1, kNumeric, true},
    TypeRow{DType::kUint2, "uint2", 1, 1, kNumeric, true},
    TypeRow{DType::kFloat4E2m1fn, "float4_e2m1fn", 1, 1, kNumeric, true},
};

constexpr const TypeRow* Row(DType dtype) {
  for (const TypeRow& row : kTypes) {
    if (row.dtype == dtype) return &row;
  }
  return nullptr;
}

}  // namespace

std::string DTypeName(DType dtype) {
  if (const TypeRow* row = Row(dtype)) return std::string(row->name);
  return "dtype(" + std::to_string(static_cast<std::int32_t>(dtype)) + ")";
}

std::optional<DType> ParseDType(std::string_view name) {
  if (name == "half") return DType::kFloat16;
  for (const TypeRow& row : kTypes) {
    if (row.name == name) return row.dtype;
  }
  return std::nullopt;
}

std::size_t ElementBytes(DType dtype) {
  const TypeRow* row = Row(dtype);
  return row ? row->bytes : 0;
}

std::size_t SwapUnitBytes(DType dtype) {
  const TypeRow* row = Row(dtype);
  return row ? row->swap_unit : 0;
}

DTypeKind KindOf(DType dtype) {
  const TypeRow* row = Row(dtype);
  return row ? row->kind : DTypeKind::kOpaque;
}

bool IsCastable(DType dtype) {
  const TypeRow* row = Row(dtype);
  return row && row->castable;
}

}  // namespace regraft
