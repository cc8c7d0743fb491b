// formats/hdf5/text_values.h - strings, which HDF5 stores in the values or beside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/hdf5/input.h"
#include "formats/hdf5/types.h"
#include "regraft/error.h"

namespace regraft::hdf5 {

/// Reads the elements of string types. Collections of strings that several elements share are
/// read once.
class TextValues {
 public:
  explicit TextValues(const Input& input) : input_(input) {}

  /// The strings of as many elements as `stored` has; `address` is where it begins.
  /// Pre:    the type is one of text.
  /// Errors: kCorrupt "hdf5/damaged"; kUnsupported "hdf5/limit" above 256 MiB in all.
  Result<std::vector<std::string>> Decode(const Type& type, std::string_view stored,
                                          std::uint64_t address);

 private:
  struct Collection {
    std::string bytes;
    std::map<std::uint32_t, std::pair<std::size_t, std::size_t>> objects;  // Place and size.
  };
  Result<const Collection*> CollectionAt(std::uint64_t address);
  Result<std::string> Variable(std::string_view element, std::uint64_t address);

  const Input& input_;
  std::map<std::uint64_t, Collection> collections_;
  std::uint64_t bytes_ = 0;  // Read or made so far.
};

}  // namespace regraft::hdf5
