// formats/hdf5/object_header.h - the messages by which an HDF5 object is described.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "formats/hdf5/input.h"
#include "regraft/error.h"

namespace regraft::hdf5 {

enum MessageType : std::uint16_t {
  kNil = 0x00,
  kDataspace = 0x01,
  kLinkInfo = 0x02,
  kDatatype = 0x03,
  kOldFillValue = 0x04,
  kFillValue = 0x05,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kGroupInfo = 0x0a,
  kFilters = 0x0b,
  kAttribute = 0x0c,
  kComment = 0x0d,
  kOldModificationTime = 0x0e,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kModificationTime = 0x12,
  kAttributeInfo = 0x15,
  kReferenceCount = 0x16,
};

struct Message {
  std::uint16_t type = kNil;
  std::uint8_t flags = 0;
  std::string data;
  std::uint64_t address = 0;  ///< Of its data.

  /// Its data lies elsewhere, with other objects'.
  bool shared() const { return (flags & 0x02) != 0; }
  /// Whoever does not know it must not go on.
  bool must_be_known() const { return (flags & 0x80) != 0; }
};

/// All messages of the object, but NIL and continuations.
/// Errors: kCorrupt "hdf5/damaged"; kUnsupported "hdf5/new-layout" for a header of the newer kind.
Result<std::vector<Message>> ReadObjectHeader(const Input& input, std::uint64_t address);

}  // namespace regraft::hdf5
