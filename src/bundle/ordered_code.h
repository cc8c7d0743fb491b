// bundle/ordered_code.h - the keys of slices (docs/format/bundle.md, "Slice keys").
#pragma once

#include <string>
#include <string_view>

#include "regraft/error.h"
#include "wire/messages.h"

namespace regraft::bundle {

/// The index key of one slice of the tensor `name`.
std::string EncodeSliceKey(std::string_view name, const wire::TensorSlice& slice);

struct SliceKey {
  std::string name;
  wire::TensorSlice slice;
};
/// Errors: kCorrupt "bundle/bad-slice-key".
Result<SliceKey> DecodeSliceKey(std::string_view key);

}  // namespace regraft::bundle
