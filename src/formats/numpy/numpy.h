// formats/numpy/numpy.h - NumPy's formats (docs/format/numpy.md).
#pragma once

#include "archive/format.h"

namespace regraft::numpy {

extern const archive::Format kArrayFormat;    ///< ".npy"
extern const archive::Format kArchiveFormat;  ///< ".npz"

}  // namespace regraft::numpy
