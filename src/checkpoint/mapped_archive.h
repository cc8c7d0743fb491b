// checkpoint/mapped_archive.h - an archive whose tensors are made of another's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "archive/archive.h"
#include "regraft/error.h"
#include "regraft/files.h"
#include "regraft/tensor_map.h"

namespace regraft::checkpoint {

/// `resolved` speaks of base->tensors() by their places. `prefix` is what made tensors are said to
/// be in; `framework` what the metadata of the result call "format", or nothing.
/// Errors: kUnsupported "tensor/too-large".
Result<std::unique_ptr<const archive::Archive>> MakeMappedArchive(
    const io::Files& files, std::shared_ptr<const archive::Archive> base, ResolvedMap resolved,
    std::string prefix, std::string_view framework, bool verify);

}  // namespace regraft::checkpoint
