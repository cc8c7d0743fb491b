#include "edit/before_writing.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "io/disk.h"
#include "regraft/find.h"

namespace regraft::edit {

Status CheckDestination(const std::string& prefix, std::span<const CheckpointReader* const> sources,
                        std::uint64_t bytes) {
  for (const CheckpointReader* source : sources) {
    std::error_code ignored;
    if (!std::filesystem::equivalent(MainFileOf(prefix), source->main_file(), ignored)) {
      continue;
    }
    return Fail(Error(ErrorCode::kInvalidArgument, "edit/onto-source",
                      "the result would replace a checkpoint that it is made from")
                    .InFile(MainFileOf(prefix))
                    .Hint("write to another name; sources are never changed"));
  }
  const std::optional<std::uint64_t> free = io::RealDisk().FreeBytes(prefix);
  if (!free || *free >= bytes) return {};
  return Fail(Error(ErrorCode::kIo, "io/no-space",
                    fmt::format("there is no space for {}: {} are free", BytesText(bytes),
                                BytesText(*free)))
                  .InFile(prefix)
                  .Hint("make room, or write elsewhere"));
}

Status CheckFingerprint(const CheckpointReader& reader, const std::string& planned) {
  if (reader.catalog().fingerprint == planned) return {};
  return Fail(Error(ErrorCode::kUnmet, "edit/other-source",
                    "the plan was made for another checkpoint, or the checkpoint changed since")
                  .With("given", reader.prefix())
                  .Hint("plan again"));
}

Error Cancelled() {
  return Error(ErrorCode::kCancelled, "edit/cancelled", "cancelled; nothing was written");
}

}  // namespace regraft::edit
