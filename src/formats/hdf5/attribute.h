// formats/hdf5/attribute.h - what a file notes about its groups and datasets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/hdf5/object_header.h"
#include "formats/hdf5/text_values.h"
#include "regraft/error.h"

namespace regraft::hdf5 {

/// A note of a kind that is of use here: texts, or whole numbers.
struct Attribute {
  std::string name;
  bool scalar = false;
  std::vector<std::string> texts;
  std::vector<std::int64_t> numbers;
};

/// Nothing if it is of another kind, or stored in a way that is not read here.
/// Errors: kCorrupt "hdf5/damaged"; kUnsupported "hdf5/limit".
Result<std::optional<Attribute>> ReadAttribute(const Input& input, const Message& message,
                                               TextValues& texts);

/// What an attribute is called; "" if that is cut off. Reads nothing else.
std::string NameOfAttribute(const Message& message);

}  // namespace regraft::hdf5
