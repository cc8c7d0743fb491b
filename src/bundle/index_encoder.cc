#include "bundle/index_encoder.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "bundle/ordered_code.h"
#include "bundle/place_slice.h"
#include "digest/crc32c.h"
#include "table/table_builder.h"
#include "wire/messages.h"

namespace regraft::bundle {
namespace {

// The version of the format that is written ("producer" in TensorFlow's words).
constexpr std::int32_t kVersion = 1;

wire::BundleEntry EntryOf(DType dtype, const Shape& shape) {
  wire::BundleEntry entry;
  entry.dtype = static_cast<std::int32_t>(dtype);
  entry.shape.dims.assign(shape.dims().begin(), shape.dims().end());
  return entry;
}

std::string EncodePiece(DType dtype, const archive::StoredPiece& piece) {
  wire::BundleEntry entry = EntryOf(dtype, piece.shape);
  entry.shard_id = static_cast<std::int32_t>(piece.where.file);
  entry.offset = static_cast<std::int64_t>(piece.where.offset);
  entry.size = static_cast<std::int64_t>(piece.where.bytes);
  entry.crc32c = digest::MaskCrc(piece.checksum.value);
  // TensorFlow leaves out what is zero, as it does with every field.
  entry.has_crc32c = entry.crc32c != 0;
  return wire::EncodeBundleEntry(entry);
}

std::string EncodeParent(const archive::StoredTensor& tensor) {
  wire::BundleEntry entry = EntryOf(tensor.spec.dtype, tensor.spec.shape);
  // It means nothing, but merging leaves it so.
  if (!tensor.pieces.empty()) {
    entry.shard_id = static_cast<std::int32_t>(tensor.pieces.front().where.file);
  }
  for (const archive::StoredPiece& piece : tensor.pieces) {
    entry.slices.push_back(SliceOf(piece.spelled));
  }
  return wire::EncodeBundleEntry(entry);
}

}  // namespace

Error DuplicateKey(const std::string& key) {
  return Error(ErrorCode::kInvalidArgument, "bundle/duplicate-key",
               "there is an entry of this key already")
      .ForKey(key)
      .Hint("each key can be stored once: give this tensor another, or leave one out");
}

Result<std::string> EncodeIndex(std::span<const archive::StoredTensor> tensors,
                                std::int32_t num_shards) {
  std::vector<std::pair<std::string, std::string>> records;
  wire::BundleHeader header;
  header.num_shards = num_shards;
  header.big_endian = std::endian::native == std::endian::big;
  header.version.producer = kVersion;
  records.emplace_back("", wire::EncodeBundleHeader(header));
  for (const archive::StoredTensor& tensor : tensors) {
    if (!tensor.partitioned) {
      records.emplace_back(tensor.key, EncodePiece(tensor.spec.dtype, tensor.pieces.front()));
      continue;
    }
    records.emplace_back(tensor.key, EncodeParent(tensor));
    for (const archive::StoredPiece& piece : tensor.pieces) {
      records.emplace_back(EncodeSliceKey(tensor.key, SliceOf(piece.spelled)),
                           EncodePiece(tensor.spec.dtype, piece));
    }
  }
  std::sort(records.begin(), records.end());
  table::TableBuilder builder;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i > 0 && records[i].first == records[i - 1].first) {
      return Fail(DuplicateKey(records[i].first));
    }
    builder.Add(records[i].first, records[i].second);
  }
  return std::move(builder).Finish();
}

}  // namespace regraft::bundle
