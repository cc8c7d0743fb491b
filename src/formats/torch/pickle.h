// formats/torch/pickle.h - reading the pickles that PyTorch writes, without running anything.
#pragma once

#include <string_view>

#include "formats/torch/value.h"
#include "regraft/error.h"

namespace regraft::torch {

/// The values of a pickle of tensors and plain data: dicts, lists, numbers, texts.
/// Errors: kCorrupt "torch/damaged"; kUnsupported "torch/object", naming the type of an object that
///         is no plain data, "torch/opcode" for what PyTorch does not write, "torch/limit". They
///         have no file; an offset counts from the beginning of the pickle.
/// Memory: linear in the pickle.
Result<Values> ReadPickle(std::string_view pickle);

}  // namespace regraft::torch
