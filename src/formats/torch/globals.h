// formats/torch/globals.h - which of Python's names may stand in a pickle, and what they make.
#pragma once

#include <string_view>

namespace regraft::torch {

enum class Maker {
  kRefused,
  kDict,      ///< Makes a dict of pairs.
  kSequence,  ///< Makes a sequence of a sequence.
  kTensor,    ///< Makes a tensor of a storage, whose type is that of the storage.
  kTyped,     ///< The same with a type of its own.
  kFirst,     ///< Makes its first argument.
  kOpaque,    ///< Makes a tensor that cannot be read.
  kInert,     ///< Makes what does not matter, or is a name only.
};

/// `name` is "module name", as "collections OrderedDict".
Maker MakerOf(std::string_view name);

}  // namespace regraft::torch
