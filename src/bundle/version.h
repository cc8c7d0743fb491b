// bundle/version.h - whether a checkpoint lets this reader read it.
#pragma once

#include "regraft/error.h"
#include "wire/messages.h"

namespace regraft::bundle {

/// Of V1 and V2 checkpoints alike. Errors: kUnsupported "bundle/version".
Status CheckVersion(const wire::VersionDef& version);

}  // namespace regraft::bundle
