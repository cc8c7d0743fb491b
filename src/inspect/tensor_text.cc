#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

#include "base/text.h"
#include "base/try.h"
#include "regraft/inspect.h"

namespace regraft {
namespace {

constexpr std::size_t kMostEdge = 3;  // Elements shown at each end of an axis that is cut.
constexpr std::size_t kUncut = 0;

// True if an axis is shown as its first and last elements; "..." in place of one gains nothing.
bool IsCut(std::size_t extent, std::size_t edge) { return edge != kUncut && extent > 2 * edge + 1; }

// Elements at each end of an axis so that at most `most` are shown if possible; kUncut if
// all of them are.
std::size_t EdgeFor(const Shape& shape, std::size_t most) {
  if (most == 0 || static_cast<std::size_t>(shape.num_elements()) <= most) return kUncut;
  for (std::size_t edge = kMostEdge; edge > 1; --edge) {
    std::size_t shown = 1;
    for (const std::int64_t dim : shape.dims()) {
      const auto extent = static_cast<std::size_t>(dim);
      shown *= IsCut(extent, edge) ? 2 * edge : extent;
      if (shown > most) break;
    }
    if (shown <= most) return edge;
  }
  return 1;
}

// Writes nested brackets; `element(i)` is the text of the i-th element in row-major order.
class Brackets {
 public:
  Brackets(const Shape& shape, std::size_t edge, const std::function<std::string(std::size_t)>& element)
      : shape_(shape), edge_(edge), element_(element) {}

  std::string Write() {
    // However long the other axes claim to be, there is nothing to write.
    if (shape_.num_elements() == 0) return "[]";
    Axis(0, 0, static_cast<std::size_t>(shape_.num_elements()));
    return std::move(out_);
  }

 private:
  void Axis(std::size_t axis, std::size_t start, std::size_t count) {
    if (axis == shape_.rank()) {
      out_ += element_(start);
      return;
    }
    const auto extent = static_cast<std::size_t>(shape_[axis]);
    const std::size_t stride = count / extent;
    const bool innermost = axis + 1 == shape_.rank();
    out_ += '[';
    for (std::size_t i = 0; i < extent; ++i) {
      if (i > 0) out_ += innermost ? ", " : ",\n" + std::string(axis + 1, ' ');
      if (IsCut(extent, edge_) && i == edge_) {
        out_ += "...";
        i = extent - edge_ - 1;
        continue;
      }
      Axis(axis + 1, start + i * stride, stride);
    }
    out_ += ']';
  }

  const Shape& shape_;
  const std::size_t edge_;
  const std::function<std::string(std::size_t)>& element_;
  std::string out_;
};

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return Printable(out + "\"");
}

tl::unexpected<Error> BadSlice(std::string_view text, std::string why) {
  return Fail(Error(ErrorCode::kInvalidArgument, "slice/syntax",
                    fmt::format("the slice '{}' cannot be read: {}", text, why))
                  .Hint("one range an axis, such as --slice '0:3,:' or --slice '5,2:4'"));
}

}  // namespace

std::string TensorText(const TensorSpec& spec, std::span<const std::byte> elements, std::size_t most) {
  const std::size_t size = ElementBytes(spec.dtype);
  return Brackets(spec.shape, EdgeFor(spec.shape, most), [&](std::size_t i) {
           return ElementText(spec.dtype, elements.subspan(i * size, size));
         }).Write();
}

std::string StringsText(const Shape& shape, std::span<const std::string> elements, std::size_t most) {
  return Brackets(shape, EdgeFor(shape, most), [&](std::size_t i) { return Quoted(elements[i]); }).Write();
}

Result<std::vector<SliceRange>> ParseSlice(std::string_view text, const Shape& shape) {
  std::vector<SliceRange> ranges;
  for (std::string_view part : Split(text, ',')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const std::size_t axis = ranges.size();
    const std::int64_t extent = axis < shape.rank() ? shape[axis] : 0;
    const auto number = [&](std::string_view digits, std::int64_t absent) -> std::optional<std::int64_t> {
      if (digits.empty()) return absent;
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
      return value < 0 ? value + extent : value;
    };
    const std::size_t colon = part.find(':');
    const auto start = number(part.substr(0, colon), 0);
    if (!start || part.empty()) return BadSlice(text, fmt::format("'{}' is no range", part));
    if (*start < 0 && axis < shape.rank()) {
      return Fail(Error(ErrorCode::kInvalidArgument, "slice/out-of-range",
                        fmt::format("'{}' begins before the first of the {} elements of axis {}", part, extent, axis)));
    }
    if (colon == std::string_view::npos) {
      ranges.push_back({*start, 1});
      continue;
    }
    const auto end = number(part.substr(colon + 1), extent);
    if (!end) return BadSlice(text, fmt::format("'{}' is no range", part));
    if (*end < *start) return BadSlice(text, fmt::format("'{}' ends before it starts", part));
    ranges.push_back({*start, *end - std::max<std::int64_t>(*start, 0)});
  }
  while (ranges.size() < shape.rank()) ranges.push_back({});
  return ResolveSlice(shape, ranges);
}

}  // namespace regraft
