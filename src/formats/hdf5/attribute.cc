#include "formats/hdf5/attribute.h"

#include <utility>

#include "base/try.h"
#include "formats/hdf5/types.h"

namespace regraft::hdf5 {
namespace {

constexpr std::int64_t kMostElements = 1'048'576;

std::int64_t NumberAt(const Type& type, std::string_view element) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < element.size(); ++i) {
    const std::size_t at = type.byte_order == std::endian::big ? i : element.size() - 1 - i;
    value = value << 8 | static_cast<unsigned char>(element[at]);
  }
  const bool is_signed = type.dtype == DType::kInt8 || type.dtype == DType::kInt16 ||
                         type.dtype == DType::kInt32 || type.dtype == DType::kInt64;
  const std::size_t spare = 64 - 8 * element.size();
  if (is_signed && spare < 64) return static_cast<std::int64_t>(value << spare) >> spare;
  return static_cast<std::int64_t>(value);
}

bool IsWhole(DType dtype) {
  switch (dtype) {
    case DType::kInt8:
    case DType::kInt16:
    case DType::kInt32:
    case DType::kInt64:
    case DType::kUint8:
    case DType::kUint16:
    case DType::kUint32:
    case DType::kUint64:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<std::optional<Attribute>> ReadAttribute(const Input& input, const Message& message,
                                               TextValues& texts) {
  const auto damaged = [&] {
    return Fail(input.Damaged(message.address, "an attribute contradicts itself"));
  };
  Fields fields(message.data);
  const std::uint8_t version = fields.U8(), flags = fields.U8();
  const std::uint16_t name_bytes = fields.U16(), type_bytes = fields.U16();
  const std::uint16_t space_bytes = fields.U16();
  if (version < 1 || version > 3) return damaged();
  // Types that several objects share lie elsewhere.
  if (version > 1 && flags != 0) return std::nullopt;
  if (version == 3) fields.Skip(1);
  const auto part = [&](std::uint16_t bytes) {
    const std::string_view text = fields.Bytes(bytes);
    if (version == 1) fields.SkipToEight();
    return text;
  };
  Attribute attribute;
  const std::string_view name = part(name_bytes);
  attribute.name = name.substr(0, name.find('\0'));
  const std::string_view type_data = part(type_bytes), space_data = part(space_bytes);
  if (!fields.whole()) return damaged();
  const std::optional<Type> type = ParseType(type_data);
  const std::optional<Space> space = ParseSpace(space_data);
  if (!type || !space) return damaged();
  if (space->null) return std::nullopt;
  const std::int64_t elements = space->shape.num_elements();
  const bool is_text = type->text != Type::Text::kNone;
  if (!is_text && !IsWhole(type->dtype)) return std::nullopt;
  if (elements > kMostElements) {
    return Fail(input.Refused("hdf5/limit", message.address, "an attribute has too many elements"));
  }
  const std::uint64_t address = message.address + fields.at();
  const std::uint64_t bytes = static_cast<std::uint64_t>(elements) * type->bytes;
  if (bytes > fields.left()) return damaged();
  const std::string_view values = fields.Bytes(static_cast<std::size_t>(bytes));
  attribute.scalar = space->shape.rank() == 0;
  if (is_text) {
    REGRAFT_TRY(attribute.texts, texts.Decode(*type, values, address));
    return attribute;
  }
  for (std::size_t at = 0; at < values.size(); at += type->bytes) {
    attribute.numbers.push_back(NumberAt(*type, values.substr(at, type->bytes)));
  }
  return attribute;
}

std::string NameOfAttribute(const Message& message) {
  Fields fields(message.data);
  const std::uint8_t version = fields.U8();
  fields.Skip(1);
  const std::uint16_t name_bytes = fields.U16();
  fields.Skip(version == 3 ? 5 : 4);
  const std::string_view name = fields.Bytes(name_bytes);
  return fields.whole() ? std::string(name.substr(0, name.find('\0'))) : std::string();
}

}  // namespace regraft::hdf5
