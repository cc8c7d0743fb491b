// formats/hdf5/glance.h - what an HDF5 file looks like from the root, at a bounded cost.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/files.h"

namespace regraft::hdf5 {

/// The groups that are nearest to the root; which ones a file has tells who wrote it.
struct Glance {
  struct Group {
    std::set<std::string, std::less<>> attributes;
    std::vector<std::string> members;  ///< Ascending by name.
  };
  /// By path; the root is "".
  std::map<std::string, Group, std::less<>> groups;
};

/// Nothing but what could be read, which of a damaged file is less. Reads at most 64 objects and
/// a few megabytes.
Glance GlanceAt(const io::ByteSource& file);

/// True if the file is one of HDF5, whatever is in it.
bool LooksLikeHdf5(const io::ByteSource& file);

}  // namespace regraft::hdf5
