// formats/hdf5/hdf5.h - plain HDF5 files as a format (docs/format/hdf5.md).
#pragma once

#include "archive/format.h"

namespace regraft::hdf5 {

/// Any HDF5 file; those that Keras wrote are better known to its own formats.
extern const archive::Format kFormat;

}  // namespace regraft::hdf5
