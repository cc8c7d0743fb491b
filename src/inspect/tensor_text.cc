#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

#include "base/text.h"
#include "base/try.h"
#include "regraft/elements.h"
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
  using Element = std::function<std::string(std::size_t)>;
  Brackets(const Shape& shape, std::size_t edge, std::size_t width, const Element& element)
      : shape_(shape), edge_(edge), width_(width), element_(element) {}

  /// With `align` the elements of several rows stand below each other, at their right end.
  std::string Write(bool align) {
    // However long the other axes claim to be, there is nothing to write.
    if (shape_.num_elements() == 0) return "[]";
    const auto count = static_cast<std::size_t>(shape_.num_elements());
    if (align && (shape_.rank() > 1 || edge_ != kUncut)) {
      Visit(0, 0, count,
            [this](std::size_t i) { column_ = std::max(column_, element_(i).size()); });
      while (edge_ > 1 && IsCut(Last(), edge_) && width_ > 0 && CutRow() > width_) --edge_;
      if (shape_.rank() == 1) column_ = 0;
    }
    Axis(0, 0, count);
    return std::move(out_);
  }

 private:
  std::size_t Last() const {
    return shape_.rank() == 0 ? 1 : static_cast<std::size_t>(shape_[shape_.rank() - 1]);
  }

  // Columns of a row of which the ends are shown, each element with its comma and space.
  std::size_t CutRow() const { return 2 * shape_.rank() + 2 * edge_ * (column_ + 2) + 3; }

  // Calls `visit` for every element that is shown.
  template <typename Visitor>
  void Visit(std::size_t axis, std::size_t start, std::size_t count, const Visitor& visit) const {
    if (axis == shape_.rank()) return visit(start);
    const auto extent = static_cast<std::size_t>(shape_[axis]);
    const std::size_t stride = count / extent;
    for (std::size_t i = 0; i < extent; ++i) {
      if (IsCut(extent, edge_) && i == edge_) i = extent - edge_;
      Visit(axis + 1, start + i * stride, stride, visit);
    }
  }

  void Axis(std::size_t axis, std::size_t start, std::size_t count) {
    if (axis == shape_.rank()) {
      const std::string text = element_(start);
      Put(std::string(column_ - std::min(column_, text.size()), ' ') + text);
      return;
    }
    const auto extent = static_cast<std::size_t>(shape_[axis]);
    const std::size_t stride = count / extent;
    const bool innermost = axis + 1 == shape_.rank();
    out_ += '[';
    if (innermost) used_ = shape_.rank();
    for (std::size_t i = 0; i < extent; ++i) {
      first_ = i == 0;
      if (i > 0) out_ += innermost ? "," : ",\n" + std::string(axis + 1, ' ');
      if (IsCut(extent, edge_) && i == edge_) {
        if (innermost) {
          Put("...");
        } else {
          out_ += "...";
        }
        i = extent - edge_ - 1;
        continue;
      }
      Axis(axis + 1, start + i * stride, stride);
    }
    out_ += ']';
  }

  // An element of a row, on a line of its own if the one before is full: a comma or the
  // closing brackets follow it.
  void Put(const std::string& text) {
    const std::size_t columns = Columns(text), indent = shape_.rank();
    if (!first_ && width_ > 0 && used_ + 1 + columns + std::max<std::size_t>(indent, 1) > width_) {
      out_ += '\n' + std::string(indent, ' ');
      used_ = indent;
    } else if (!first_) {
      out_ += ' ';
      ++used_;
    }
    out_ += text;
    used_ += columns + 1;
    first_ = false;
  }

  // One a character: what follows the first byte of UTF-8 takes none.
  static std::size_t Columns(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  }

  const Shape& shape_;
  std::size_t edge_;
  const std::size_t width_;
  const Element& element_;
  std::size_t column_ = 0;  // Of an aligned element.
  std::size_t used_ = 0;    // Columns of the line so far.
  bool first_ = true;       // In its row.
  std::string out_;
};

std::string Quoted(const std::string& text, std::size_t most) {
  std::string_view shown = text;
  if (most > 0 && text.size() > kLongString) {
    shown = shown.substr(0, kLongString);
    // Not through the middle of a character, which has at most four bytes.
    for (int i = 0; i < 3 && (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80; ++i) {
      shown.remove_suffix(1);
    }
  }
  std::string out = "\"";
  for (const char c : shown) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out = Printable(out + "\"");
  return shown.size() == text.size() ? out : out + fmt::format("... of {} bytes", text.size());
}

tl::unexpected<Error> BadSlice(std::string_view text, std::string why) {
  return Fail(Error(ErrorCode::kInvalidArgument, "slice/syntax",
                    fmt::format("the slice '{}' cannot be read: {}", text, why))
                  .Offer({{{Option::kSlice, "0:3,:"}}, "has one range an axis", true})
                  .Offer({{{Option::kSlice, "5,2:4"}}, "takes one of an axis away", true}));
}

}  // namespace

std::string TensorText(const TensorSpec& spec, std::span<const std::byte> elements,
                       std::size_t most, std::size_t width) {
  const std::size_t size = ElementBytes(spec.dtype);
  return Brackets(spec.shape, EdgeFor(spec.shape, most), width,
                  [&](std::size_t i) {
                    return ElementText(spec.dtype, elements.subspan(i * size, size));
                  })
      .Write(/*align=*/true);
}

std::string StringsText(const Shape& shape, std::span<const std::string> elements, std::size_t most,
                        std::size_t width) {
  return Brackets(shape, EdgeFor(shape, most), width,
                  [&](std::size_t i) { return Quoted(elements[i], most); })
      .Write(/*align=*/false);
}

Result<std::vector<SliceRange>> ParseSlice(std::string_view text, const Shape& shape) {
  std::vector<SliceRange> ranges;
  for (std::string_view part : Split(text, ',')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const std::size_t axis = ranges.size();
    const std::int64_t extent = axis < shape.rank() ? shape[axis] : 0;
    const auto number = [&](std::string_view digits,
                            std::int64_t absent) -> std::optional<std::int64_t> {
      if (digits.empty()) return absent;
      std::int64_t value = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
      return value < 0 ? value + extent : value;
    };
    const std::size_t colon = part.find(':');
    const auto start = number(part.substr(0, colon), 0);
    if (!start || part.empty()) return BadSlice(text, fmt::format("'{}' is no range", part));
    if (*start < 0 && axis < shape.rank()) {
      return Fail(Error(ErrorCode::kInvalidArgument, "slice/out-of-range",
                        fmt::format("'{}' begins before the first of the {} elements of axis {}",
                                    part, extent, axis)));
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
