// formats/hdf5/types.h - element types, extents and places, as HDF5's messages say them.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "regraft/dtype.h"
#include "regraft/tensor.h"

namespace regraft::hdf5 {

/// An element type. What no tensor here is like has the dtype kInvalid, and `what` names it.
struct Type {
  enum class Text : std::uint8_t { kNone, kFixed, kVariable };

  DType dtype = DType::kInvalid;
  std::endian byte_order = std::endian::little;
  std::uint32_t bytes = 0;  ///< Of an element, as stored.
  Text text = Text::kNone;  ///< How a string is stored; its dtype is kString.
  bool padded_by_spaces = false;
  /// Two bytes of which the file says nothing: bfloat16, as Keras writes it.
  bool opaque_pair = false;
  std::string what;
};

/// Reads the data of a datatype message; nothing if it is cut off or contradicts itself.
std::optional<Type> ParseType(std::string_view data);

/// What a dataspace message says.
struct Space {
  bool null = false;  ///< No element, and no shape either.
  Shape shape;
};
/// Nothing if it is cut off, has more than 32 axes, or more elements than can be counted.
std::optional<Space> ParseSpace(std::string_view data);

/// Where the values of a dataset are.
struct Layout {
  enum class Kind { kCompact, kContiguous, kChunked, kVirtual, kOther };
  Kind kind = Kind::kOther;
  std::uint64_t address = 0;  ///< Of contiguous ones; undefined if nothing was written.
  std::uint64_t bytes = 0;    ///< Of compact and contiguous ones.
  std::size_t at = 0;         ///< Of compact ones: where in the message they begin.
};
/// Nothing if it is cut off.
std::optional<Layout> ParseLayout(std::string_view data);

}  // namespace regraft::hdf5
