#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "archive/archive_writer.h"
#include "archive/template_writer.h"
#include "base/try.h"
#include "checkpoint/reader_access.h"
#include "find/formats.h"
#include "find/prefix.h"
#include "io/disk.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/find.h"
#include "regraft/writer.h"

namespace regraft {

struct CheckpointWriter::Impl {
  std::string prefix, main_file;
  std::unique_ptr<archive::ArchiveWriter> archive;
};

CheckpointWriter::CheckpointWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CheckpointWriter::CheckpointWriter(CheckpointWriter&&) noexcept = default;
CheckpointWriter& CheckpointWriter::operator=(CheckpointWriter&&) noexcept = default;
CheckpointWriter::~CheckpointWriter() = default;

Result<CheckpointWriter> CheckpointWriter::Create(const std::string& prefix,
                                                  const WriteOptions& options) {
  return Create(io::RealDisk(), prefix, options);
}

Result<CheckpointWriter> CheckpointWriter::Create(io::Disk& disk, const std::string& prefix,
                                                  const WriteOptions& options) {
  REGRAFT_CHECK(find::CheckNewPrefix(prefix));
  const archive::Format& format = find::FormatToWrite(prefix);
  if (Status can = find::CheckIsWritten(format); !can) {
    return Fail(std::move(can).error().InFile(prefix));
  }
  REGRAFT_TRY(auto writer, format.create(disk, prefix,
                                         {.max_file_bytes = options.max_shard_bytes,
                                          .data_alignment = options.data_alignment,
                                          .overwrite = options.overwrite}));
  return CheckpointWriter(
      std::make_unique<Impl>(Impl{prefix, MainFileOf(prefix), std::move(writer)}));
}

Result<CheckpointWriter> CheckpointWriter::CreateLike(const CheckpointReader& like,
                                                      const std::string& path,
                                                      const WriteOptions& options) {
  return CreateLike(io::RealDisk(), like, path, options);
}

Result<CheckpointWriter> CheckpointWriter::CreateLike(io::Disk& disk, const CheckpointReader& like,
                                                      const std::string& path,
                                                      const WriteOptions& options) {
  REGRAFT_CHECK(find::CheckNewPrefix(path));
  const archive::Format& format = checkpoint::ReaderAccess::FormatOf(like);
  if (!format.abilities.in_place) {
    return Fail(Error(ErrorCode::kUnsupported, "checkpoint/not-written",
                      fmt::format("values of {} cannot be replaced in a copy", format.what))
                    .InFile(like.prefix()));
  }
  REGRAFT_TRY(auto writer, archive::WriteInto(disk, path, checkpoint::ReaderAccess::ArchiveOf(like),
                                              {.overwrite = options.overwrite}));
  return CheckpointWriter(std::make_unique<Impl>(Impl{path, path, std::move(writer)}));
}

Result<std::vector<std::size_t>> CheckpointWriter::Declare(
    std::span<const std::pair<std::string, TensorSpec>> tensors) {
  std::vector<archive::DeclaredTensor> declared;
  declared.reserve(tensors.size());
  for (const auto& [key, spec] : tensors) declared.push_back({key, spec});
  return impl_->archive->Declare(declared);
}

void CheckpointWriter::SetMetadata(std::map<std::string, std::string> metadata) {
  impl_->archive->SetMetadata(std::move(metadata));
}

Status CheckpointWriter::Add(const std::string& key, const TensorSpec& spec,
                             std::span<const std::byte> bytes) {
  REGRAFT_CHECK(Begin(key, spec));
  REGRAFT_CHECK(Append(bytes));
  return End();
}

Status CheckpointWriter::Begin(const std::string& key, const TensorSpec& spec) {
  return impl_->archive->Begin(key, spec);
}

Status CheckpointWriter::Append(std::span<const std::byte> bytes) {
  return impl_->archive->Append(bytes);
}

Status CheckpointWriter::End() { return impl_->archive->End(); }

Status CheckpointWriter::AddStrings(const std::string& key, const Shape& shape,
                                    std::span<const std::string> values) {
  return impl_->archive->AddStrings(key, shape, values);
}

Status CheckpointWriter::AddSlice(const std::string& key, const TensorSpec& spec,
                                  std::span<const SliceRange> ranges,
                                  std::span<const std::byte> bytes) {
  return impl_->archive->AddSlice(key, spec, ranges, bytes);
}

Status CheckpointWriter::AddStored(const std::string& key, const CheckpointReader& from,
                                   const Entry& entry) {
  // Strings are stored in another way by every format.
  if (entry.spec.dtype == DType::kString && from.catalog().format != find::Formats()[0]->name) {
    REGRAFT_TRY(const std::vector<std::string> values, from.ReadStrings(entry));
    return AddStrings(key, entry.spec.shape, values);
  }
  const std::size_t pieces = std::max<std::size_t>(from.StoredAt(entry).slices, 1);
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    REGRAFT_CHECK(AddStoredPiece(key, from, entry, piece));
  }
  return {};
}

Status CheckpointWriter::AddStoredPiece(const std::string& key, const CheckpointReader& from,
                                        const Entry& entry, std::size_t piece) {
  return checkpoint::ReaderAccess::WithStored(
      from, entry,
      [&](const archive::Archive& archive, const archive::StoredTensor& tensor, bool verify) {
        return impl_->archive->AddStoredPiece(key, archive, tensor, piece, verify);
      });
}

Status CheckpointWriter::StartShard() { return impl_->archive->StartFile(); }

Result<Written> CheckpointWriter::Finish() {
  REGRAFT_TRY(const archive::WrittenFiles files, impl_->archive->Finish());
  Written written;
  written.prefix = impl_->prefix;
  written.main_file = impl_->main_file;
  written.entries = files.tensors;
  written.shards = static_cast<std::int32_t>(files.files);
  written.bytes = files.bytes;
  return written;
}

}  // namespace regraft
