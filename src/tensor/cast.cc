#include <fmt/format.h>

#include <cassert>
#include <cmath>
#include <cstring>

#include "regraft/tensor.h"
#include "tensor/element.h"

namespace regraft {
namespace {

// The two conversions that nearly every cast is, without going through a Number.
template <typename From, typename To>
CastResult CastFloats(std::span<const std::byte> in, std::span<std::byte> out) {
  CastResult result;
  for (std::size_t i = 0; i < in.size() / sizeof(From); ++i) {
    From from;
    std::memcpy(&from, in.data() + i * sizeof(From), sizeof(From));
    const To to = static_cast<To>(from);
    result.overflowed += std::isinf(to) && std::isfinite(from);
    std::memcpy(out.data() + i * sizeof(To), &to, sizeof(To));
  }
  return result;
}

}  // namespace

Result<CastResult> CastElements(DType from, std::span<const std::byte> in, DType to,
                                std::span<std::byte> out) {
  const std::size_t in_bytes = ElementBytes(from), out_bytes = ElementBytes(to);
  assert(IsCastable(from) && IsCastable(to) && in.size() / in_bytes == out.size() / out_bytes);
  if (from == DType::kFloat32 && to == DType::kFloat64) return CastFloats<float, double>(in, out);
  if (from == DType::kFloat64 && to == DType::kFloat32) return CastFloats<double, float>(in, out);

  CastResult result;
  std::size_t lost = 0, first_lost = 0;
  const std::size_t count = in.size() / in_bytes;
  for (std::size_t i = 0; i < count; ++i) {
    switch (StoreElement(to, LoadElement(from, in.data() + i * in_bytes), out.data() + i * out_bytes)) {
      case StoreResult::kKept: break;
      case StoreResult::kOverflowed: ++result.overflowed; break;
      case StoreResult::kLost:
        if (lost++ == 0) first_lost = i;
        break;
    }
  }
  if (lost > 0) {
    return Fail(Error(ErrorCode::kUnmet, "tensor/cast-loss",
                      fmt::format("{} of {} elements cannot become {} without loss; the first is "
                                  "element {}, {}",
                                  lost, count, DTypeName(to), first_lost,
                                  ElementText(from, in.subspan(first_lost * in_bytes, in_bytes)))));
  }
  return result;
}

double ElementAsDouble(DType dtype, std::span<const std::byte> element) {
  const Number n = LoadElement(dtype, element.data());
  if (n.kind == Number::Kind::kSigned) return static_cast<double>(n.i);
  if (n.kind == Number::Kind::kUnsigned) return static_cast<double>(n.u);
  return n.re;
}

std::string ElementText(DType dtype, std::span<const std::byte> element) {
  // fmt's "{}" gives the shortest digits that read back as the same value of that type; for
  // the shorter formats those of the double they stand for are exact too.
  const auto real = [&](double v) {
    const bool single = dtype == DType::kFloat32 || dtype == DType::kComplex64;
    return single ? fmt::format("{}", static_cast<float>(v)) : fmt::format("{}", v);
  };
  const Number n = LoadElement(dtype, element.data());
  switch (n.kind) {
    case Number::Kind::kSigned: return fmt::format("{}", n.i);
    case Number::Kind::kUnsigned:
      if (dtype == DType::kBool) return n.u != 0 ? "true" : "false";
      return fmt::format("{}", n.u);
    case Number::Kind::kReal: return real(n.re);
    case Number::Kind::kComplex:
      return fmt::format("{}{}{}j", real(n.re), std::signbit(n.im) ? "" : "+", real(n.im));
  }
  return "";
}

}  // namespace regraft
