#include "formats/hdf5/types.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "formats/hdf5/input.h"

namespace regraft::hdf5 {
namespace {

enum Class : unsigned {
  kInteger = 0,
  kFloat = 1,
  kTime = 2,
  kText = 3,
  kBits = 4,
  kOpaque = 5,
  kCompound = 6,
  kReference = 7,
  kEnum = 8,
  kSequence = 9,
  kArray = 10,
};

std::string_view NameOf(unsigned cls) {
  constexpr std::array<std::string_view, 11> kNames = {
      "an integer", "a float",     "a time",  "text",       "a bit field", "opaque bytes",
      "a compound", "a reference", "an enum", "a sequence", "an array"};
  return cls < kNames.size() ? kNames[cls] : "an unknown kind";
}

Type Unlike(Type type, std::string what) {
  type.dtype = DType::kInvalid;
  type.what = std::move(what);
  return type;
}

Type Integer(Type type, std::uint8_t bits, Fields& fields) {
  const bool is_signed = (bits & 0x08) != 0;
  const std::uint16_t offset = fields.U16(), precision = fields.U16();
  type.byte_order = (bits & 1) != 0 ? std::endian::big : std::endian::little;
  const bool whole = offset == 0 && precision == type.bytes * 8u;
  switch (whole ? type.bytes : 0) {
    case 1:
      type.dtype = is_signed ? DType::kInt8 : DType::kUint8;
      return type;
    case 2:
      type.dtype = is_signed ? DType::kInt16 : DType::kUint16;
      return type;
    case 4:
      type.dtype = is_signed ? DType::kInt32 : DType::kUint32;
      return type;
    case 8:
      type.dtype = is_signed ? DType::kInt64 : DType::kUint64;
      return type;
    default:
      return Unlike(std::move(type),
                    fmt::format("an integer of {} bits in {} bytes", precision, type.bytes));
  }
}

// How the bits of a float are dealt out.
struct FloatForm {
  DType dtype;
  std::uint32_t bytes;
  std::uint8_t sign;
  std::uint8_t exponent_at, exponent_bits, mantissa_bits;
  std::uint32_t bias;
};
constexpr std::array kFloats = {
    FloatForm{DType::kFloat32, 4, 31, 23, 8, 23, 127},
    FloatForm{DType::kFloat64, 8, 63, 52, 11, 52, 1023},
    FloatForm{DType::kFloat16, 2, 15, 10, 5, 10, 15},
    FloatForm{DType::kBfloat16, 2, 15, 7, 8, 7, 127},
};

Type Float(Type type, std::uint8_t bits, std::uint8_t sign, Fields& fields) {
  const std::uint16_t offset = fields.U16(), precision = fields.U16();
  const std::uint8_t exponent_at = fields.U8(), exponent_bits = fields.U8();
  const std::uint8_t mantissa_at = fields.U8(), mantissa_bits = fields.U8();
  const std::uint32_t bias = fields.U32();
  type.byte_order = (bits & 1) != 0 ? std::endian::big : std::endian::little;
  const bool usual = (bits & 0x7e) == 0x20 && offset == 0 && mantissa_at == 0 &&
                     precision == type.bytes * 8u;  // An implied leading bit, no padding.
  for (const FloatForm& form : kFloats) {
    if (usual && form.bytes == type.bytes && form.sign == sign && form.exponent_at == exponent_at &&
        form.exponent_bits == exponent_bits && form.mantissa_bits == mantissa_bits &&
        form.bias == bias) {
      type.dtype = form.dtype;
      return type;
    }
  }
  return Unlike(std::move(type),
                fmt::format("a float of {} bits, {} of them exponent", precision, exponent_bits));
}

// What h5py makes of NumPy's bool.
bool IsBool(std::string_view properties, unsigned version, unsigned members) {
  Fields fields(properties);
  if (members != 2) return false;
  const std::uint8_t base = fields.U8();
  fields.Skip(3);
  const std::uint32_t bytes = fields.U32();
  fields.Skip(4);
  if ((base & 0x0f) != kInteger || bytes != 1) return false;
  const std::size_t name_bytes = version < 3 ? 8 : 0;
  for (const std::string_view name :
       {std::string_view("FALSE\0\0\0", 8), std::string_view("TRUE\0\0\0\0", 8)}) {
    const std::size_t length = name_bytes != 0 ? name_bytes : name.find('\0') + 1;
    if (fields.Bytes(length) != name.substr(0, length)) return false;
  }
  return fields.U8() == 0 && fields.U8() == 1 && fields.whole();
}

}  // namespace

std::optional<Type> ParseType(std::string_view data) {
  Fields fields(data);
  const std::uint8_t head = fields.U8();
  const unsigned cls = head & 0x0f, version = head >> 4;
  const std::uint8_t bits = fields.U8(), more_bits = fields.U8();
  fields.Skip(1);
  Type type;
  type.bytes = fields.U32();
  if (!fields.whole() || version < 1 || version > 4 || type.bytes == 0) return std::nullopt;
  const std::string_view properties = data.substr(fields.at());
  switch (cls) {
    case kInteger:
      type = Integer(std::move(type), bits, fields);
      break;
    case kFloat:
      type = Float(std::move(type), bits, more_bits, fields);
      break;
    case kText:
      type.dtype = DType::kString;
      type.text = Type::Text::kFixed;
      type.padded_by_spaces = (bits & 0x0f) == 2;
      break;
    case kSequence:
      if ((bits & 0x0f) == 1 && type.bytes == 16) {
        type.dtype = DType::kString;
        type.text = Type::Text::kVariable;
      } else {
        type = Unlike(std::move(type), std::string(NameOf(cls)));
      }
      break;
    case kEnum:
      if (type.bytes == 1 && IsBool(properties, version, bits | std::uint32_t{more_bits} << 8)) {
        type.dtype = DType::kBool;
      } else {
        type = Unlike(std::move(type), std::string(NameOf(cls)));
      }
      break;
    case kOpaque:
      type.opaque_pair = type.bytes == 2;
      type = Unlike(std::move(type), std::string(NameOf(cls)));
      break;
    default:
      type = Unlike(std::move(type), std::string(NameOf(cls)));
  }
  if (!fields.whole()) return std::nullopt;
  return type;
}

std::optional<Space> ParseSpace(std::string_view data) {
  constexpr std::size_t kMostAxes = 32;
  Fields fields(data);
  const std::uint8_t version = fields.U8(), rank = fields.U8();
  fields.Skip(1);  // Whether largest sizes follow.
  Space space;
  if (version == 1) {
    fields.Skip(5);
  } else if (version == 2) {
    const std::uint8_t kind = fields.U8();
    space.null = kind == 2;
    if (kind > 2 || (kind != 1 && rank != 0)) return std::nullopt;
  } else {
    return std::nullopt;
  }
  if (rank > kMostAxes) return std::nullopt;
  std::vector<std::int64_t> dims;
  for (std::uint8_t axis = 0; axis < rank; ++axis) {
    const std::uint64_t dim = fields.U64();
    if (dim > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    dims.push_back(static_cast<std::int64_t>(dim));
  }
  auto shape = Shape::Make(std::move(dims));
  if (!fields.whole() || !shape) return std::nullopt;
  space.shape = *std::move(shape);
  return space;
}

std::optional<Layout> ParseLayout(std::string_view data) {
  Fields fields(data);
  const std::uint8_t version = fields.U8(), cls = fields.U8();
  Layout layout;
  if (!fields.whole()) return std::nullopt;
  if (version != 3 && version != 4) return layout;
  switch (cls) {
    case 0:
      layout.kind = Layout::Kind::kCompact;
      layout.bytes = fields.U16();
      layout.at = fields.at();
      fields.Bytes(static_cast<std::size_t>(layout.bytes));
      break;
    case 1:
      layout.kind = Layout::Kind::kContiguous;
      layout.address = fields.U64();
      layout.bytes = fields.U64();
      break;
    case 2:
      layout.kind = Layout::Kind::kChunked;
      break;
    case 3:
      layout.kind = Layout::Kind::kVirtual;
      break;
    default:
      return std::nullopt;
  }
  if (!fields.whole()) return std::nullopt;
  return layout;
}

}  // namespace regraft::hdf5
