// formats/numpy/reader.h - NumPy's files: an array, or an archive of them.
#pragma once

#include <memory>
#include <string>

#include "archive/archive.h"
#include "archive/format.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::numpy {

/// True for a .npy file.
bool IsArray(const io::ByteSource& file);
/// True for an archive that has arrays, and for an empty one.
bool IsArchive(const io::ByteSource& file);

/// The only file of the folder whose name ends in ".npz".
std::string ArchiveInFolder(const io::Files& files, const std::string& folder);

/// One tensor, called as the file without its ending.
/// Errors: ReadArray()'s; kCorrupt "numpy/truncated".
Result<std::unique_ptr<const archive::Archive>> OpenArray(const io::Files& files,
                                                          const std::string& path,
                                                          const archive::OpenOptions& options);

/// A tensor for each member, called as the member without ".npy". What is no array is opaque; an
/// array that cannot be read has a fault.
/// Errors: zip::ReadDirectory()'s; kCorrupt "numpy/twice".
Result<std::unique_ptr<const archive::Archive>> OpenArchive(const io::Files& files,
                                                            const std::string& path,
                                                            const archive::OpenOptions& options);

}  // namespace regraft::numpy
