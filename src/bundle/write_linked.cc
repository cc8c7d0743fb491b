#include <algorithm>
#include <bit>
#include <utility>

#include "base/try.h"
#include "bundle/bundle_writer.h"
#include "bundle/index_encoder.h"
#include "bundle/publication.h"
#include "bundle/stored_checksum.h"
#include "bundle/string_tensor.h"

namespace regraft::bundle {
namespace {

// Appends the value to the file, and says where it is.
Result<archive::StoredTensor> Store(const NewString& string, std::int32_t shard,
                                    io::OutputFile& file) {
  const std::string lengths = EncodeStringLengths(std::span(&string.value, 1));
  StoredChecksum checksum(DType::kString, 1, std::endian::native == std::endian::big,
                          /*verify=*/true);
  archive::StoredTensor tensor;
  tensor.key = string.key;
  tensor.spec = {DType::kString, Shape()};
  archive::StoredPiece& piece = tensor.pieces.emplace_back();
  piece.where = {static_cast<std::uint32_t>(shard), file.size(), 0};
  for (const std::string& part : {lengths, string.value}) {
    REGRAFT_CHECK(checksum.Update(std::as_bytes(std::span(part))));
    REGRAFT_CHECK(file.Append(std::as_bytes(std::span(part))));
    piece.where.bytes += part.size();
  }
  REGRAFT_TRY(const std::uint32_t crc, checksum.Finish());
  piece.checksum = ChecksumOf(DType::kString, crc);
  return tensor;
}

}  // namespace

Result<std::int32_t> WriteLinked(io::Disk& disk, const std::string& prefix,
                                 std::span<const std::string> data_files,
                                 std::vector<archive::StoredTensor> tensors,
                                 std::span<const NewString> strings, const WriteOptions& options) {
  for (const archive::StoredTensor& tensor : tensors) {
    if (!tensor.fault.empty()) return Fail(tensor.fault.front());
  }
  REGRAFT_TRY(Publication files, Publication::Begin(disk, prefix, options.overwrite));
  for (const std::string& path : data_files) files.AddLink(path);
  if (!strings.empty() || data_files.empty()) {
    REGRAFT_TRY(const auto file, files.AddDataFile());
    for (const NewString& string : strings) {
      REGRAFT_TRY(archive::StoredTensor tensor,
                  Store(string, static_cast<std::int32_t>(data_files.size()), *file));
      const auto after =
          std::upper_bound(tensors.begin(), tensors.end(), tensor,
                           [](const archive::StoredTensor& a, const archive::StoredTensor& b) {
                             return a.key < b.key;
                           });
      tensors.insert(after, std::move(tensor));
    }
    REGRAFT_CHECK(file->Sync());
  }
  const std::int32_t shards = files.CountShards();
  REGRAFT_TRY(const std::string index, EncodeIndex(tensors, shards));
  REGRAFT_CHECK(files.Commit(index, shards));
  return shards;
}

}  // namespace regraft::bundle
