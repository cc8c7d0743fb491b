#include "formats/numpy/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "base/fields.h"
#include "base/text.h"
#include "base/try.h"

namespace regraft::numpy {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kMagic = "\x93NUMPY"sv;
constexpr std::size_t kMostAxes = 64;

Error Damaged(std::string message) {
  return Error(ErrorCode::kCorrupt, "numpy/damaged", std::move(message))
      .Hint("the file is damaged: copy it again from where it came");
}

// The three values of the dictionary literal that NumPy writes.
struct Values {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;
};

// Reads "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }" and what other programs
// write for it. A description that is no text is kept as it is written.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Values> Read() {
    if (!Take('{')) return std::nullopt;
    while (!Take('}')) {
      const auto key = Text();
      if (!key || !Take(':') || !Value(*key)) return std::nullopt;
      if (!Take(',') && !Peek('}')) return std::nullopt;
    }
    Space();
    const bool all = values_.descr && values_.fortran_order && values_.shape;
    if (!all || at_ != text_.size()) return std::nullopt;
    return std::move(values_);
  }

 private:
  void Space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  bool Peek(char c) {
    Space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool Take(char c) {
    if (!Peek(c)) return false;
    ++at_;
    return true;
  }

  std::optional<std::string> Text() {
    Space();
    if (!Peek('\'') && !Peek('"')) return std::nullopt;
    const char quote = text_[at_];
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(text_.substr(at_ + 1, end - at_ - 1));
    if (text.find('\\') != std::string::npos) return std::nullopt;
    at_ = end + 1;
    return text;
  }

  bool Value(const std::string& key) {
    if (key == "descr" && !values_.descr) {
      values_.descr = Peek('[') ? List() : Text();
      return values_.descr.has_value();
    }
    if (key == "fortran_order" && !values_.fortran_order) {
      Space();
      for (const auto& [word, value] : {std::pair("True"sv, true), std::pair("False"sv, false)}) {
        if (!text_.substr(at_).starts_with(word)) continue;
        at_ += word.size();
        values_.fortran_order = value;
        return true;
      }
      return false;
    }
    if (key == "shape" && !values_.shape) {
      values_.shape = Tuple();
      return values_.shape.has_value();
    }
    return false;  // Another key, or one that was there before.
  }

  // A structured type, up to its own end.
  std::optional<std::string> List() {
    const std::size_t start = at_;
    std::size_t depth = 0;
    char quote = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote != 0) {
        if (c == quote) quote = 0;
        continue;
      }
      if (c == '\'' || c == '"') quote = c;
      if (c == '[' || c == '(') ++depth;
      if ((c == ']' || c == ')') && --depth == 0) {
        ++at_;
        return std::string(text_.substr(start, at_ - start));
      }
    }
    return std::nullopt;
  }

  std::optional<std::vector<std::int64_t>> Tuple() {
    if (!Take('(')) return std::nullopt;
    std::vector<std::int64_t> dims;
    bool comma = true;
    while (!Take(')')) {
      Space();
      std::int64_t dim = 0;
      const char* const start = text_.data() + at_;
      const auto [end, error] = std::from_chars(start, text_.data() + text_.size(), dim);
      const bool padded = end - start > 1 && *start == '0';  // No number in Python.
      if (!comma || error != std::errc() || dim < 0 || padded || dims.size() == kMostAxes) {
        return std::nullopt;
      }
      at_ = static_cast<std::size_t>(end - text_.data());
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2.
      dims.push_back(dim);
      comma = Take(',');
    }
    if (dims.size() == 1 && !comma) return std::nullopt;  // "(3)" is a number.
    return dims;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  Values values_;
};

struct Known {
  std::string_view descr;
  char kind;
  std::uint64_t bytes;
  DType dtype;
};
constexpr Known kKnown[] = {
    {"|b1", 'b', 1, DType::kBool},      {"|i1", 'i', 1, DType::kInt8},
    {"<i2", 'i', 2, DType::kInt16},     {"<i4", 'i', 4, DType::kInt32},
    {"<i8", 'i', 8, DType::kInt64},     {"|u1", 'u', 1, DType::kUint8},
    {"<u2", 'u', 2, DType::kUint16},    {"<u4", 'u', 4, DType::kUint32},
    {"<u8", 'u', 8, DType::kUint64},    {"<f2", 'f', 2, DType::kFloat16},
    {"<f4", 'f', 4, DType::kFloat32},   {"<f8", 'f', 8, DType::kFloat64},
    {"<c8", 'c', 8, DType::kComplex64}, {"<c16", 'c', 16, DType::kComplex128},
};

// The dtype of a kind and a number of bytes.
DType NumberOf(char kind, std::uint64_t bytes) {
  for (const Known& known : kKnown) {
    if (known.kind == kind && known.bytes == bytes) return known.dtype;
  }
  return DType::kInvalid;
}

// Fills what the description tells. False if it is none.
bool ReadDescr(Header& header) {
  const std::string_view descr = header.descr;
  if (descr.starts_with('[')) return true;  // A structure: opaque.
  if (descr.size() < 2) return false;
  const char order = descr[0], kind = descr[1];
  if (order != '<' && order != '>' && order != '|') return false;
  header.byte_order = order == '>' ? std::endian::big : std::endian::little;
  if (kind == 'O') {
    header.pickled = true;
    return true;
  }
  if (kind == 'M' || kind == 'm') return true;  // A time: opaque.
  std::uint64_t bytes = 0;
  const std::string_view digits = descr.substr(2);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  if (error != std::errc() || end != digits.data() + digits.size() || bytes > (1u << 30)) {
    return false;
  }
  // Any number of such strings takes no bytes.
  if ((kind == 'S' || kind == 'U') && bytes == 0) return true;
  switch (kind) {
    case 'S':
      header.spec.dtype = DType::kString;
      header.text = Header::Text::kBytes;
      header.item_bytes = bytes;
      return true;
    case 'U':
      header.spec.dtype = DType::kString;
      header.text = Header::Text::kUtf32;
      header.item_bytes = bytes * 4;
      return true;
    case 'V':
      header.of_unnamed_pairs = bytes == 2;
      if (bytes == 2) header.spec.dtype = DType::kBfloat16;
      header.item_bytes = bytes;
      return true;
    default:
      header.spec.dtype = NumberOf(kind, bytes);
      header.item_bytes = bytes;
      // One byte has no order, and others have one.
      if ((bytes > 1) == (order == '|')) return false;
      return header.spec.dtype != DType::kInvalid || kind == 'f' || kind == 'c';
  }
}

}  // namespace

bool LooksLikeArray(std::string_view start) { return start.starts_with(kMagic); }

std::uint64_t HeaderBytes(std::string_view start) {
  Fields fields(start);
  fields.Skip(kMagic.size());
  const std::uint8_t major = fields.U8();
  fields.Skip(1);
  const std::uint64_t length = major == 1 ? fields.U16() : fields.U32();
  return std::min<std::uint64_t>(fields.at() + length, kMostHeader);
}

std::string_view DescrOf(DType dtype) {
  for (const Known& known : kKnown) {
    if (known.dtype == dtype) return known.descr;
  }
  return dtype == DType::kBfloat16 ? "<V2" : "";
}

std::string WriteHeader(std::string_view descr, const Shape& shape) {
  const auto dims = shape.dims();
  std::string tuple;
  for (const std::int64_t dim : dims) tuple += fmt::format("{}, ", dim);
  if (dims.size() > 1) tuple.resize(tuple.size() - 2);
  if (dims.size() == 1) tuple.pop_back();
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, tuple);
  // Room for the first axis to grow, as in a file to which rows are appended.
  constexpr std::size_t kMostDigits = 21;
  if (!dims.empty()) text.append(kMostDigits - std::to_string(dims.front()).size(), ' ');
  constexpr std::size_t kPreamble = 10;
  text.resize((kPreamble + text.size() + 1 + 63) / 64 * 64 - kPreamble - 1, ' ');
  text += '\n';
  std::string out(kMagic);
  out += std::string("\x01\0", 2);
  out += static_cast<char>(text.size() & 0xff);
  out += static_cast<char>(text.size() >> 8);
  return out + text;
}

Result<Header> ParseHeader(std::string_view start) {
  Fields fields(start);
  if (fields.Bytes(kMagic.size()) != kMagic) return Fail(Damaged("the file is no NumPy array"));
  const std::uint8_t major = fields.U8(), minor = fields.U8();
  const std::uint32_t length = major == 1 ? fields.U16() : fields.U32();
  if (!fields.whole()) return Fail(Damaged("the array's header is cut off"));
  if (major < 1 || major > 3 || minor != 0) {
    return Fail(Error(ErrorCode::kUnsupported, "numpy/refused",
                      fmt::format("the array is of the version {}.{}, which NumPy does not write",
                                  major, minor)));
  }
  Header header;
  header.header_bytes = fields.at() + std::uint64_t{length};
  if (header.header_bytes > kMostHeader) {
    return Fail(Error(ErrorCode::kUnsupported, "numpy/refused",
                      fmt::format("the array's header has {}; NumPy refuses more than 10,000, too",
                                  Plural(length, "byte"))));
  }
  const std::string_view text = fields.Bytes(length);
  if (!fields.whole()) return Fail(Damaged("the array's header is cut off"));
  auto values = Parser(text).Read();
  if (!values) return Fail(Damaged("the array's header is none that NumPy writes"));
  header.descr = *std::move(values->descr);
  header.column_major = *values->fortran_order;
  if (!ReadDescr(header)) {
    return Fail(Error(
        ErrorCode::kUnsupported, "numpy/refused",
        fmt::format("the array's type '{}' is none that NumPy writes", Printable(header.descr))));
  }
  auto shape = Shape::Make(*std::move(values->shape));
  if (!shape) return Fail(std::move(shape).error());
  header.spec.shape = *std::move(shape);
  const auto bytes = CheckedMul<std::uint64_t>(
      static_cast<std::uint64_t>(header.spec.shape.num_elements()), header.item_bytes);
  if (!bytes) return Fail(Damaged("the array is larger than any file"));
  header.bytes = *bytes;
  return header;
}

}  // namespace regraft::numpy
