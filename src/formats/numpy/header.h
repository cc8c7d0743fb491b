// formats/numpy/header.h - what stands in front of the values of a .npy file.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft::numpy {

/// An array's description. Its values begin at a multiple of 64 in what NumPy has written.
struct Header {
  enum class Text : std::uint8_t { kNone, kBytes, kUtf32 };

  TensorSpec spec;  ///< The type kInvalid: no tensor is like this one, and `descr` says what it is.
  std::string descr;             ///< "<f4".
  std::uint64_t item_bytes = 0;  ///< Of an element; 0 of what is opaque.
  std::endian byte_order = std::endian::little;
  Text text = Text::kNone;  ///< How strings are stored; their type is kString.
  bool column_major = false;
  bool pickled = false;  ///< Objects of Python; nothing of them can be read without running them.
  bool of_unnamed_pairs = false;  ///< "V2": bfloat16, whose name is not stored.

  /// Bytes of the values.
  std::uint64_t bytes = 0;
  /// Bytes in front of them.
  std::uint64_t header_bytes = 0;
};

/// A header may have so many bytes, as in NumPy, with the magic in front of it.
inline constexpr std::uint64_t kMostHeader = 10'000 + 12;

/// True if the bytes begin as an array does.
bool LooksLikeArray(std::string_view start);

/// How many bytes the header takes, as far as the bytes tell; at most kMostHeader.
std::uint64_t HeaderBytes(std::string_view start);

/// NumPy's description of a type: "<f4", and "<V2" for bfloat16, whose name has no place there.
/// Empty for types that have none.
std::string_view DescrOf(DType dtype);

/// What NumPy writes in front of a row-major array of this description.
std::string WriteHeader(std::string_view descr, const Shape& shape);

/// Reads the header at the beginning of `start`, which has kMostHeader bytes, or all that there
/// are. The error has no file.
/// Errors: kCorrupt "numpy/damaged"; kUnsupported "numpy/refused" for versions and headers that
///         NumPy refuses, too.
Result<Header> ParseHeader(std::string_view start);

}  // namespace regraft::numpy
