#include <fmt/format.h>

#include "formats/numpy/header.h"
#include "regraft/inspect.h"

namespace regraft {
namespace {

// The type whose bytes are the same, of those that NumPy has: a quantised number is a whole one.
DType InNumpy(DType dtype) {
  switch (dtype) {
    case DType::kQint8:
      return DType::kInt8;
    case DType::kQuint8:
      return DType::kUint8;
    case DType::kQint16:
      return DType::kInt16;
    case DType::kQuint16:
      return DType::kUint16;
    case DType::kQint32:
      return DType::kInt32;
    case DType::kBfloat16:  // NumPy would show pairs of bytes.
      return DType::kInvalid;
    default:
      return dtype;
  }
}

}  // namespace

Result<std::string> NpyFile(const TensorSpec& spec, std::span<const std::byte> elements) {
  const std::string_view descr = numpy::DescrOf(InNumpy(spec.dtype));
  if (descr.empty()) {
    return Fail(Error(ErrorCode::kUnsupported, "inspect/npy-dtype",
                      fmt::format("NumPy has no type for {}", DTypeName(spec.dtype)))
                    .Offer({{{Option::kRaw}}, "gives the stored bytes"}));
  }
  std::string out = numpy::WriteHeader(descr, spec.shape);
  out.append(reinterpret_cast<const char*>(elements.data()), elements.size());
  return out;
}

}  // namespace regraft
