// render/stored.h - where entries are stored, in lists: nothing else of this module looks at it.
#pragma once

#include <string>

#include "regraft/entry.h"
#include "render/json.h"

namespace regraft::render {

/// " 0 @ 6568": the data file and the offset in it.
std::string PlaceCell(const Entry& entry);
/// "0273fbcb", "2 slices", or nothing if there is no checksum.
std::string ChecksumCell(const Entry& entry);
/// "256 B in shard 0 at 6568, CRC-32C 0273fbcb".
std::string StoredText(const Entry& entry);
/// True if one lies before the other in the data files.
bool StoredBefore(const Entry& a, const Entry& b);
/// The members of "regraft.ls/1" from "bytes" to "slices".
void AppendStored(Buffer& out, const Entry& entry);

}  // namespace regraft::render
