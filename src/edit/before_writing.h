// edit/before_writing.h - what can be refused before the first byte is written.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "regraft/checkpoint.h"
#include "regraft/copy.h"
#include "regraft/edit.h"
#include "regraft/error.h"

namespace regraft::edit {

/// `main_file`: by which the result will be known (Written::main_file).
/// Errors: kInvalidArgument "edit/onto-source" if that is a file of a checkpoint that is read, by
///         whatever name; kIo "io/no-space" if the system says that `bytes` do not fit.
Status CheckDestination(const std::string& main_file,
                        std::span<const CheckpointReader* const> sources, std::uint64_t bytes);

/// Errors: kUnsupported "edit/cannot-link".
Status CheckLinkable(std::span<const EditSource> sources, const CopyPlan& plan,
                     const EditOptions& options);

/// Errors: kUnmet "edit/other-source".
Status CheckFingerprint(const CheckpointReader& reader, const std::string& planned);

Error Cancelled();

}  // namespace regraft::edit
