// formats/safetensors/safetensors.h - the format (docs/format/safetensors.md).
#pragma once

#include "archive/format.h"

namespace regraft::safetensors {

extern const archive::Format kFormat;

}  // namespace regraft::safetensors
