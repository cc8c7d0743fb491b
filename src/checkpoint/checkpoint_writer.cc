#include <algorithm>
#include <utility>

#include "base/try.h"
#include "bundle/bundle_writer.h"
#include "checkpoint/prefix.h"
#include "checkpoint/reader_access.h"
#include "io/disk.h"
#include "regraft/writer.h"

namespace regraft {

struct CheckpointWriter::Impl {
  Impl(std::string path, bundle::BundleWriter writer, std::uint64_t most)
      : prefix(std::move(path)), bundle(std::move(writer)), max_shard_bytes(most) {}

  // Begins a data file if so many bytes more would make the present one too large.
  Status MakeRoom(std::uint64_t bytes) {
    const std::uint64_t used = bundle.shard_bytes();
    if (max_shard_bytes == 0 || used == 0) return {};
    if (used <= max_shard_bytes && bytes <= max_shard_bytes - used) return {};
    return bundle.StartShard();
  }

  const std::string prefix;
  bundle::BundleWriter bundle;
  const std::uint64_t max_shard_bytes;
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
  REGRAFT_CHECK(checkpoint::CheckNewPrefix(prefix));
  const bundle::WriteOptions bundle_options{.data_alignment = options.data_alignment,
                                            .overwrite = options.overwrite};
  REGRAFT_TRY(auto writer, bundle::BundleWriter::Create(disk, prefix, bundle_options));
  return CheckpointWriter(
      std::make_unique<Impl>(prefix, std::move(writer), options.max_shard_bytes));
}

Status CheckpointWriter::Add(const std::string& key, const TensorSpec& spec,
                             std::span<const std::byte> bytes) {
  REGRAFT_CHECK(impl_->MakeRoom(bytes.size()));
  return impl_->bundle.Add(key, spec, bytes);
}

Status CheckpointWriter::Begin(const std::string& key, const TensorSpec& spec) {
  if (const auto bytes = spec.Bytes()) REGRAFT_CHECK(impl_->MakeRoom(*bytes));
  return impl_->bundle.Begin(key, spec);
}

Status CheckpointWriter::Append(std::span<const std::byte> bytes) {
  return impl_->bundle.Append(bytes);
}

Status CheckpointWriter::End() { return impl_->bundle.End(); }

Status CheckpointWriter::AddStrings(const std::string& key, const Shape& shape,
                                    std::span<const std::string> values) {
  std::uint64_t bytes = 4;  // The checksum of the lengths.
  for (const std::string& value : values) {
    for (std::size_t rest = value.size(); rest >= 0x80; rest >>= 7) ++bytes;
    bytes += 1 + value.size();
  }
  REGRAFT_CHECK(impl_->MakeRoom(bytes));
  return impl_->bundle.AddStrings(key, shape, values);
}

Status CheckpointWriter::AddSlice(const std::string& key, const TensorSpec& spec,
                                  std::span<const SliceRange> ranges,
                                  std::span<const std::byte> bytes) {
  REGRAFT_CHECK(impl_->MakeRoom(bytes.size()));
  return impl_->bundle.AddSlice(key, spec, ranges, bytes);
}

Status CheckpointWriter::AddStored(const std::string& key, const CheckpointReader& from,
                                   const Entry& entry) {
  for (std::size_t piece = 0; piece < std::max<std::size_t>(entry.slices, 1); ++piece) {
    REGRAFT_CHECK(AddStoredPiece(key, from, entry, piece));
  }
  return {};
}

Status CheckpointWriter::AddStoredPiece(const std::string& key, const CheckpointReader& from,
                                        const Entry& entry, std::size_t piece) {
  return checkpoint::ReaderAccess::WithStored(
      from, entry,
      [&](const archive::Archive& reader, const archive::StoredTensor& tensor,
          bool verify) -> Status {
        if (piece < tensor.pieces.size()) REGRAFT_CHECK(impl_->MakeRoom(tensor.pieces[piece].where.bytes));
        return impl_->bundle.AddStoredPiece(key, reader, tensor, piece, verify);
      });
}

Status CheckpointWriter::StartShard() { return impl_->bundle.StartShard(); }

Result<Written> CheckpointWriter::Finish() {
  REGRAFT_CHECK(impl_->bundle.Finish());
  Written written;
  written.prefix = impl_->prefix;
  written.entries = impl_->bundle.tensors().size();
  written.shards = impl_->bundle.num_shards();
  written.bytes = impl_->bundle.data_bytes();
  return written;
}

}  // namespace regraft
