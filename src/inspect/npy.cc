#include <fmt/format.h>

#include "regraft/inspect.h"

namespace regraft {
namespace {

// NumPy's description of a type, or "".
std::string_view Descr(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return "<f2";
    case DType::kFloat32:
      return "<f4";
    case DType::kFloat64:
      return "<f8";
    case DType::kInt8:
    case DType::kQint8:
      return "|i1";
    case DType::kInt16:
    case DType::kQint16:
      return "<i2";
    case DType::kInt32:
    case DType::kQint32:
      return "<i4";
    case DType::kInt64:
      return "<i8";
    case DType::kUint8:
    case DType::kQuint8:
      return "|u1";
    case DType::kUint16:
    case DType::kQuint16:
      return "<u2";
    case DType::kUint32:
      return "<u4";
    case DType::kUint64:
      return "<u8";
    case DType::kBool:
      return "|b1";
    case DType::kComplex64:
      return "<c8";
    case DType::kComplex128:
      return "<c16";
    default:
      return "";
  }
}

}  // namespace

Result<std::string> NpyFile(const TensorSpec& spec, std::span<const std::byte> elements) {
  const std::string_view descr = Descr(spec.dtype);
  if (descr.empty()) {
    return Fail(Error(ErrorCode::kUnsupported, "inspect/npy-dtype",
                      fmt::format("NumPy has no type for {}", DTypeName(spec.dtype)))
                    .Offer({{{Option::kRaw}}, "gives the stored bytes"}));
  }
  std::string shape;
  for (const std::int64_t dim : spec.shape.dims()) shape += fmt::format("{}, ", dim);
  if (spec.shape.rank() > 1) shape.resize(shape.size() - 2);
  if (spec.shape.rank() == 1) shape.pop_back();
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
  // The data begins at a multiple of 64; the header ends in a newline.
  constexpr std::size_t kPreamble = 10;
  header.resize((kPreamble + header.size() + 1 + 63) / 64 * 64 - kPreamble - 1, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  out += header;
  out.append(reinterpret_cast<const char*>(elements.data()), elements.size());
  return out;
}

}  // namespace regraft
