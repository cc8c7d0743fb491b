// bundle/format.h - TensorFlow V2 checkpoints as one format among others.
#pragma once

#include "archive/format.h"

namespace regraft::bundle {

/// Opens and creates by prefix; how people name prefixes is for find/locate.h.
extern const archive::Format kFormat;

}  // namespace regraft::bundle
