// formats/tfjs/tfjs.h - the format (docs/format/tfjs.md).
#pragma once

#include "archive/format.h"

namespace regraft::tfjs {

extern const archive::Format kFormat;

}  // namespace regraft::tfjs
