// render/entry_json.h - one entry as JSON.
#pragma once

#include "regraft/entry.h"
#include "regraft/render.h"
#include "render/json.h"

namespace regraft::render {

/// As "regraft.ls/1" has it; without a digest if it is null.
void AppendEntry(Buffer& out, const CheckpointReader& reader, const Entry& entry,
                 const Digest* digest);

}  // namespace regraft::render
