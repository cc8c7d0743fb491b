// render/stored.h - where entries are stored, in lists: nothing else of this module looks at it.
#pragma once

#include <cstdint>
#include <string>

#include "regraft/checkpoint.h"
#include "render/json.h"

namespace regraft::render {

using Place = CheckpointReader::StoredPlace;

/// " 0 @ 6568": the data file and the offset in it.
std::string PlaceCell(const Place& at);
/// "0273fbcb", "2 slices", or nothing if there is no checksum.
std::string ChecksumCell(const Place& at);
/// "256 B in shard 0 at 6568, CRC-32C 0273fbcb".
std::string StoredText(std::uint64_t bytes, const Place& at);
/// True if one lies before the other in the data files.
bool IsBefore(const Place& a, const Place& b);
/// The members of "regraft.ls/1" from "bytes" to "slices".
void AppendStored(Buffer& out, std::uint64_t bytes, const Place& at);

}  // namespace regraft::render
