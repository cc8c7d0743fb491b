// formats/numpy/array.h - where the values of an array are, and how they are made if need be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "archive/stored_tensor.h"
#include "formats/numpy/header.h"
#include "formats/zip/directory.h"
#include "regraft/buffer.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::numpy {

/// The content of a .npy file or of a member, as far as opening reads it.
struct Array {
  Header header;
  archive::Extent stored;                    ///< Its values in the file, if they are stored there.
  std::optional<zip::Member> deflated = {};  ///< Where they are otherwise.
  std::optional<std::uint32_t> crc32 = {};   ///< Of the values as they are stored.

  /// True if the values are not in the file as a tensor needs them.
  bool IsMade() const;
};

/// The header of a .npy file. Errors: ParseHeader()'s; kUnsupported "numpy/pickle".
Result<Array> ReadArray(const io::ByteSource& file);

/// The same of a member, whose checksum, without that of the header, is that of the values; nothing
/// if the member does not begin as an array does. Errors: also kCorrupt "numpy/damaged" for a
/// member of another size.
Result<std::optional<Array>> ReadArray(const io::ByteSource& file, const zip::Member& member);

/// The values in row-major order. Stored values are compared with their checksum, if there is one.
/// Errors: kCorrupt "zip/damaged", "numpy/checksum".
Result<Buffer> MakeValues(const io::ByteSource& file, const Array& array);

}  // namespace regraft::numpy
