#include "tf_v1/tensor_values.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/try.h"
#include "wire/reading.h"

namespace regraft::tf_v1 {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using wire::BadField;

constexpr std::uint32_t kStrings = 8;

// Where a message keeps values of a type, and in units of how many bytes; 0: as varints.
struct Place {
  std::uint32_t field = 0;
  std::size_t fixed = 0;
};

Place PlaceOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return {5, 4};
    case DType::kFloat64:
      return {6, 8};
    case DType::kInt32:
    case DType::kInt16:
    case DType::kInt8:
    case DType::kUint16:
    case DType::kUint8:
    case DType::kQint8:
    case DType::kQuint8:
    case DType::kQint16:
    case DType::kQuint16:
    case DType::kQint32:
      return {7, 0};
    case DType::kComplex64:
      return {9, 4};
    case DType::kInt64:
      return {10, 0};
    case DType::kBool:
      return {11, 0};
    case DType::kComplex128:
      return {12, 8};
    case DType::kFloat16:
    case DType::kBfloat16:
      return {13, 0};
    case DType::kUint32:
      return {16, 0};
    case DType::kUint64:
      return {17, 0};
    default:
      return {};
  }
}

Error BadValue(std::string message) {
  return Error(ErrorCode::kCorrupt, "tf-v1/bad-value", std::move(message));
}

// Places one element after another.
class Elements {
 public:
  Elements(DType dtype, std::span<std::byte> out)
      : size_(ElementBytes(dtype)), is_bool_(dtype == DType::kBool), rest_(out) {}

  void Add(std::string_view bytes) {
    if (bytes.size() > rest_.size()) throw BadField{"there are more values than elements"};
    if (!bytes.empty()) std::memcpy(rest_.data(), bytes.data(), bytes.size());
    rest_ = rest_.subspan(bytes.size());
  }
  // Of narrow types the writer spells negative values with all 64 bits: the low ones count.
  void AddVarint(std::uint64_t value) {
    if (is_bool_) value = value != 0 ? 1 : 0;
    Add({reinterpret_cast<const char*>(&value), size_});
  }
  std::size_t left() const { return rest_.size(); }

 private:
  const std::size_t size_;
  const bool is_bool_;
  std::span<std::byte> rest_;
};

// Repeated numbers come packed or one by one; a reader takes both.
void ReadField(pbf_reader& reader, const Place& place, Elements& out) {
  if (reader.wire_type() == pbf_wire_type::length_delimited) {
    const std::string_view packed = wire::View(reader.get_view());
    if (place.fixed != 0) {
      if (packed.size() % place.fixed != 0) throw BadField{"a number is cut off"};
      out.Add(packed);
      return;
    }
    const char* at = packed.data();
    const char* const end = at + packed.size();
    while (at != end) out.AddVarint(protozero::decode_varint(&at, end));
  } else if (place.fixed == 0 && reader.wire_type() == pbf_wire_type::varint) {
    out.AddVarint(reader.get_uint64());
  } else if (place.fixed == 4 && reader.wire_type() == pbf_wire_type::fixed32) {
    const std::uint32_t bits = reader.get_fixed32();
    out.Add({reinterpret_cast<const char*>(&bits), sizeof bits});
  } else if (place.fixed == 8 && reader.wire_type() == pbf_wire_type::fixed64) {
    const std::uint64_t bits = reader.get_fixed64();
    out.Add({reinterpret_cast<const char*>(&bits), sizeof bits});
  } else {
    throw BadField{"a field has the wrong wire type"};
  }
}

struct Nothing {};

}  // namespace

std::size_t LeastBytes(DType dtype) {
  const Place place = PlaceOf(dtype);
  if (place.field == 0) return 0;
  return place.fixed != 0 ? ElementBytes(dtype) : 1;
}

Status CopyNumbers(std::string_view tensor_proto, DType dtype, std::span<std::byte> out) {
  const Place place = PlaceOf(dtype);
  Elements elements(dtype, out);
  const auto read =
      wire::ReadMessage<Nothing>("TensorProto", tensor_proto, [&](pbf_reader reader, Nothing&) {
        while (reader.next()) {
          if (reader.tag() == place.field) {
            ReadField(reader, place, elements);
          } else {
            reader.skip();
          }
        }
      });
  if (!read) return Fail(BadValue("its value cannot be decoded: " + read.error().message));
  if (elements.left() == 0) return {};
  return Fail(BadValue(
      fmt::format("its value ends {} bytes before its type and shape do", elements.left())));
}

Result<std::vector<std::string_view>> Strings(std::string_view tensor_proto, std::uint64_t count) {
  using Views = std::vector<std::string_view>;
  auto read =
      wire::ReadMessage<Views>("TensorProto", tensor_proto, [&](pbf_reader reader, Views& out) {
        while (reader.next()) {
          if (reader.tag() != kStrings) {
            reader.skip();
            continue;
          }
          if (reader.wire_type() != pbf_wire_type::length_delimited) {
            throw BadField{"a field has the wrong wire type"};
          }
          if (out.size() == count) throw BadField{"there are more values than elements"};
          out.push_back(wire::View(reader.get_view()));
        }
      });
  if (!read) return Fail(BadValue("its strings cannot be decoded: " + read.error().message));
  if (read->size() == count) return *std::move(read);
  return Fail(BadValue(fmt::format("it has {} strings, and its shape {}", read->size(), count)));
}

}  // namespace regraft::tf_v1
