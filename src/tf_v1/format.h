// tf_v1/format.h - TensorFlow V1 checkpoints as one format among others.
#pragma once

#include "archive/format.h"

namespace regraft::tf_v1 {

extern const archive::Format kFormat;

}  // namespace regraft::tf_v1
