#include "bundle/ordered_code.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/try.h"

namespace regraft::bundle {
namespace {

// What SignedNumIncreasing puts over the first two bytes of a number of `length` bytes, so
// that longer positive numbers sort after shorter ones: `length` one bits, then a zero.
constexpr std::array<std::array<std::uint8_t, 2>, 11> kLengthMasks = {{{0x00, 0x00},
                                                                       {0x80, 0x00},
                                                                       {0xc0, 0x00},
                                                                       {0xe0, 0x00},
                                                                       {0xf0, 0x00},
                                                                       {0xf8, 0x00},
                                                                       {0xfc, 0x00},
                                                                       {0xfe, 0x00},
                                                                       {0xff, 0x00},
                                                                       {0xff, 0x80},
                                                                       {0xff, 0xc0}}};
constexpr std::size_t kMaxSignedBytes = 10;

std::size_t SignedBytes(std::int64_t value) {
  const auto magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
  return static_cast<std::size_t>(std::bit_width(magnitude)) / 7 + 1;
}

void AppendUnsigned(std::uint64_t value, std::string* out) {
  const int bytes = (static_cast<int>(std::bit_width(value)) + 7) / 8;
  out->push_back(static_cast<char>(bytes));
  for (int i = bytes - 1; i >= 0; --i) out->push_back(static_cast<char>(value >> (8 * i)));
}

void AppendSigned(std::int64_t value, std::string* out) {
  const std::size_t length = SignedBytes(value);
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t shift = 8 * (length - 1 - i);
    // Shifting past the width is not defined; the sign fills those bytes.
    auto byte = static_cast<std::uint8_t>(shift >= 64 ? (value < 0 ? 0xff : 0) : value >> shift);
    if (i < 2) byte = static_cast<std::uint8_t>(byte ^ kLengthMasks[length][i]);
    out->push_back(static_cast<char>(byte));
  }
}

// Takes items off the front of a key.
class Decoder {
 public:
  explicit Decoder(std::string_view rest) : rest_(rest) {}

  std::optional<std::uint64_t> Unsigned() {
    const std::optional<std::uint8_t> bytes = Byte();
    if (!bytes || *bytes > 8 || rest_.size() < *bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < *bytes; ++i) value = value << 8 | *Byte();
    // The writer never leaves a leading zero: another spelling is not a slice key.
    if ((static_cast<int>(std::bit_width(value)) + 7) / 8 != *bytes) return std::nullopt;
    return value;
  }

  std::optional<std::string> Text() {
    std::string out;
    while (const std::optional<std::uint8_t> byte = Byte()) {
      if (*byte != 0x00 && *byte != 0xff) {
        out.push_back(static_cast<char>(*byte));
        continue;
      }
      const std::optional<std::uint8_t> escape = Byte();
      if (*byte == 0x00 && escape == 0x01) return out;
      if (escape != (*byte == 0x00 ? 0xff : 0x00)) return std::nullopt;
      out.push_back(static_cast<char>(*byte));
    }
    return std::nullopt;
  }

  std::optional<std::int64_t> Signed() {
    if (rest_.empty()) return std::nullopt;
    // A negative number is the complement of a positive one of the same length.
    const bool negative = (At(0) & 0x80) == 0;
    const auto flip = static_cast<std::uint8_t>(negative ? 0xff : 0x00);
    const auto leading_ones = [&](std::size_t i) {
      return static_cast<std::size_t>(std::countl_one(static_cast<std::uint8_t>(At(i) ^ flip)));
    };
    std::size_t length = leading_ones(0);
    if (length == 8) {
      if (rest_.size() < 2) return std::nullopt;
      length += leading_ones(1);
    }
    if (length > kMaxSignedBytes || rest_.size() < length) return std::nullopt;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < length; ++i) {
      std::uint8_t byte = At(i);
      if (i < 2) byte = static_cast<std::uint8_t>(byte ^ kLengthMasks[length][i]);
      value = value << 8 | byte;
    }
    std::string again;
    AppendSigned(static_cast<std::int64_t>(value), &again);
    if (rest_.substr(0, length) != again) return std::nullopt;  // Not the only spelling.
    rest_.remove_prefix(length);
    return static_cast<std::int64_t>(value);
  }

  bool done() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  std::uint8_t At(std::size_t i) const { return static_cast<std::uint8_t>(rest_[i]); }
  std::optional<std::uint8_t> Byte() {
    if (rest_.empty()) return std::nullopt;
    const std::uint8_t byte = At(0);
    rest_.remove_prefix(1);
    return byte;
  }

  std::string_view rest_;
};

std::optional<SliceKey> Decode(std::string_view text) {
  Decoder decoder(text);
  if (decoder.Unsigned() != 0u) return std::nullopt;
  std::optional<std::string> name = decoder.Text();
  if (!name) return std::nullopt;
  const std::optional<std::uint64_t> rank = decoder.Unsigned();
  // An extent takes at least two bytes.
  if (!rank || *rank == 0 || *rank > decoder.left() / 2) return std::nullopt;
  SliceKey key{*std::move(name), {}};
  for (std::uint64_t axis = 0; axis < *rank; ++axis) {
    const std::optional<std::int64_t> start = decoder.Signed();
    const std::optional<std::int64_t> length = decoder.Signed();
    if (!start || !length) return std::nullopt;
    key.slice.push_back({*start, *length});
  }
  if (!decoder.done()) return std::nullopt;
  return key;
}

}  // namespace

std::string EncodeSliceKey(std::string_view name, const wire::TensorSlice& slice) {
  std::string out;
  AppendUnsigned(0, &out);
  for (const char c : name) {
    out.push_back(c);
    if (c == '\x00') out.push_back('\xff');
    if (c == '\xff') out.push_back('\x00');
  }
  out.append({'\x00', '\x01'});
  AppendUnsigned(slice.size(), &out);
  for (const wire::SliceExtent& extent : slice) {
    AppendSigned(extent.start, &out);
    AppendSigned(extent.length, &out);
  }
  return out;
}

Result<SliceKey> DecodeSliceKey(std::string_view key) {
  std::optional<SliceKey> decoded = Decode(key);
  if (!decoded) {
    return Fail(Error(ErrorCode::kCorrupt, "bundle/bad-slice-key",
                      "the key is not that of a slice, though it begins like one"));
  }
  return *std::move(decoded);
}

}  // namespace regraft::bundle
