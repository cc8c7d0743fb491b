// formats/tfjs/reader.h - the weights of a TF.js model.
#pragma once

#include <memory>
#include <string>

#include "archive/archive.h"
#include "archive/format.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::tfjs {

/// True for a model.json, and for a manifest of weights alone.
bool Matches(const io::ByteSource& file);

/// The model.json of a folder, or its only manifest.
std::string InFolder(const io::Files& files, const std::string& folder);

/// Opens the manifest, and looks for its files. If those of a group are missing or of another size,
/// its weights have faults. Reads no weights but the lengths of strings.
/// Errors: ParseManifest()'s; those of reading.
Result<std::unique_ptr<const archive::Archive>> Open(const io::Files& files,
                                                     const std::string& path,
                                                     const archive::OpenOptions& options);

}  // namespace regraft::tfjs
