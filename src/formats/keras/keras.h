// formats/keras/keras.h - the files of Keras as formats (docs/format/keras.md).
#pragma once

#include "archive/format.h"

namespace regraft::keras {

extern const archive::Format kV3Format;      ///< .weights.h5 of Keras 3, and shards of it.
extern const archive::Format kZipFormat;     ///< .keras.
extern const archive::Format kLegacyFormat;  ///< .h5 of Keras 1 and 2, and shards of it.

}  // namespace regraft::keras
