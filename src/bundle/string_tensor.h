// bundle/string_tensor.h - stored bytes of string and variant tensors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"

namespace regraft::bundle {

/// How the bytes of a piece are to be understood (docs/format/bundle.md, "Strings").
struct StringLayout {
  std::uint64_t count = 0;   ///< Elements.
  bool big_endian = false;   ///< Of the file.
  bool verify = true;        ///< Check the checksums.
  std::uint32_t crc32c = 0;  ///< Of the piece, unmasked.
};

/// Errors: kCorrupt "bundle/bad-strings", "bundle/checksum".
/// Cost:   allocates only what the bytes hold.
Result<std::vector<std::string>> DecodeStrings(std::string_view bytes, const StringLayout& layout);

/// The same checks as DecodeStrings without keeping the elements.
Status CheckStrings(std::string_view bytes, const StringLayout& layout);

/// Checks the lengths and checksums of the elements of a variant tensor.
/// Errors: as DecodeStrings.
Status CheckVariants(std::string_view bytes, const StringLayout& layout);

/// Bytes that the checksum of the lengths takes, which is stored of any number of strings.
inline constexpr std::uint64_t kLengthsChecksumBytes = 4;
/// Bytes that a string and its length take together.
std::uint64_t StoredStringBytes(std::uint64_t length);

/// What is stored before the bytes of strings written by this machine: their lengths, and the
/// checksum of these.
std::string EncodeStringLengths(std::span<const std::string> values);

}  // namespace regraft::bundle
