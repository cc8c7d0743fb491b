// formats/torch/torch.h - PyTorch's format (docs/format/torch.md).
#pragma once

#include "archive/format.h"

namespace regraft::torch {

extern const archive::Format kFormat;

}  // namespace regraft::torch
