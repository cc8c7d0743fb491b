#include "edit/before_writing.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "archive/archive.h"
#include "base/text.h"
#include "checkpoint/reader_access.h"
#include "io/disk.h"
#include "regraft/find.h"

namespace regraft::edit {
namespace {

// The one that names the others, and those that values are in.
std::vector<std::string> FilesOf(const CheckpointReader& reader) {
  std::vector<std::string> files = {reader.main_file()};
  const archive::Archive& archive = checkpoint::ReaderAccess::ArchiveOf(reader);
  for (std::uint32_t i = 0; i < archive.num_files(); ++i) {
    if (archive.IsOnDisk(i)) files.push_back(archive.FilePath(i));
  }
  return files;
}

}  // namespace

Status CheckDestination(const std::string& main_file,
                        std::span<const CheckpointReader* const> sources, std::uint64_t bytes) {
  for (const CheckpointReader* source : sources) {
    for (const std::string& file : FilesOf(*source)) {
      std::error_code ignored;
      if (!std::filesystem::equivalent(main_file, file, ignored)) continue;
      return Fail(Error(ErrorCode::kInvalidArgument, "edit/onto-source",
                        "the result would replace a checkpoint that it is made from")
                      .InFile(file)
                      .Hint("write to another name; sources are never changed"));
    }
  }
  const std::optional<std::uint64_t> free = io::RealDisk().FreeBytes(main_file);
  if (!free || *free >= bytes) return {};
  return Fail(Error(ErrorCode::kIo, "io/no-space",
                    fmt::format("there is no space for {}: {} are free", BytesText(bytes),
                                BytesText(*free)))
                  .InFile(main_file)
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
