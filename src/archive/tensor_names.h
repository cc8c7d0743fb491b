// archive/tensor_names.h - what a format tells of a tensor besides its key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regraft/entry.h"
#include "regraft/part_kind.h"

namespace regraft::archive {

/// The names of one tensor. Where something is empty, the format does not tell.
struct TensorNames {
  std::string full_name;  ///< The variable's own: names of layers, and the last part.
  /// Its place among the objects, such as "layers/dense/kernel", with the kind of each part.
  std::string path;
  std::vector<PartKind> kinds;
  /// Another path to it, which nobody goes by and which tells who it is: its position alone,
  /// "layers/dense/0", or what an optimizer's objects call it.
  std::string place;
  std::vector<PartKind> place_kinds;
  std::optional<EntryClass> cls;
  std::string class_reason;
  /// As Entry has them.
  std::string slot, slot_of, optimizer;
};

}  // namespace regraft::archive
