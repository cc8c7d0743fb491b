#include "bundle/bundle_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "bundle/data_stream.h"
#include "bundle/index_encoder.h"
#include "bundle/ordered_code.h"
#include "bundle/place_slice.h"
#include "bundle/publication.h"
#include "bundle/slice_cover.h"
#include "bundle/stored_checksum.h"
#include "bundle/string_tensor.h"
#include "digest/crc32.h"
#include "io/fetch.h"
#include "regraft/buffer.h"

namespace regraft::bundle {
namespace {

// What is checked at a time.
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
constexpr bool kBigEndian = std::endian::native == std::endian::big;

Error Invalid(std::string slug, std::string message) {
  return Error(ErrorCode::kInvalidArgument, std::move(slug), std::move(message));
}

Error WrongSize(const TensorSpec& spec, std::uint64_t needed, std::uint64_t given) {
  return Invalid("bundle/wrong-size", fmt::format("{} takes {}, and {} were given", spec.ToString(),
                                                  Plural(needed, "byte"), given));
}

Error OutOfOrder(std::string_view what) {
  return Invalid("bundle/call-order",
                 fmt::format("{}: this call does not fit here; a tensor is begun, appended to and "
                             "ended, one after the other, and the checkpoint finished once, last",
                             what));
}

Status CheckNumeric(const TensorSpec& spec) {
  if (KindOf(spec.dtype) == DTypeKind::kNumeric) return {};
  return Fail(
      Error(ErrorCode::kUnsupported, "bundle/opaque-dtype",
            fmt::format("numbers cannot be added as a tensor of type {}", DTypeName(spec.dtype)))
          .Hint(spec.dtype == DType::kString ? "AddStrings() takes strings"
                                             : "AddStored() copies it from another checkpoint"));
}

// An error about a request, not about a file.
Error AsRequest(Error error) {
  error.code = ErrorCode::kInvalidArgument;
  return error;
}

// The extents as the index spells them, or nothing for a slice that is the whole tensor.
std::optional<wire::TensorSlice> Spell(const Shape& shape, std::span<const SliceRange> ranges) {
  wire::TensorSlice slice;
  bool whole = ranges.size() == shape.rank();
  for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
    SliceRange range = ranges[axis];
    const std::int64_t dim = axis < shape.rank() ? shape[axis] : 0;
    if (range.length == -1 && range.start > 0) range.length = dim - range.start;
    whole = whole && range.start == 0 && (range.length == -1 || range.length == dim);
    slice.push_back({range.start, range.length});
  }
  if (whole) return std::nullopt;
  return slice;
}

}  // namespace

struct BundleWriter::State {
  // A piece whose bytes are coming.
  struct OpenPiece {
    std::string key;
    DType dtype;
    archive::StoredPiece piece;
    StoredChecksum checksum;
  };

  State(Publication files, const WriteOptions& write_options)
      : publication(std::move(files)), options(write_options) {}

  // Does one step of the writing, unless an earlier one has failed.
  template <typename Step>
  Status Do(const std::string& key, Step step) {
    if (failure) return Fail(*failure);
    Status done = step();
    if (done) return done;
    failure = std::move(done).error().ForKey(key.empty() && open ? open->key : key);
    data.reset();
    publication.Abandon();
    return Fail(*failure);
  }

  std::uint64_t shard_bytes() const { return data ? data->size() : 0; }

  Status StartShard();
  Status CloseShard();
  Status Begin(WrittenPiece piece);
  Status Append(std::span<const std::byte> bytes);
  Status End(std::optional<std::uint32_t> expected_crc);
  Status Register(const OpenPiece& piece, const Shape& whole);
  Status Place(std::uint64_t size, std::uint32_t crc);
  Status Copy(const archive::Archive& from, const archive::StoredPiece& stored, bool verify);
  Status Finish();

  Publication publication;
  const WriteOptions options;
  std::optional<DataStream> data;
  std::int32_t shard = -1;
  std::int32_t num_shards = 0;
  std::uint64_t data_bytes = 0;  // Of the data files that are complete.
  Buffer chunk;
  std::optional<OpenPiece> open;
  std::map<std::string, archive::StoredTensor> tensors;  // Their own keys are set by Finish().
  std::set<std::string> slice_keys;
  std::vector<archive::StoredTensor> written;
  std::optional<Error> failure;
  bool finished = false;
};

Status BundleWriter::State::CloseShard() {
  if (!data) return {};
  REGRAFT_CHECK(data->Sync());
  data_bytes += data->size();
  data.reset();
  return {};
}

Status BundleWriter::State::StartShard() {
  if (open || finished) return Fail(OutOfOrder("a data file"));
  REGRAFT_CHECK(CloseShard());
  REGRAFT_TRY(auto file, publication.AddDataFile());
  data.emplace(std::move(file));
  ++shard;
  return {};
}

Status BundleWriter::State::Begin(WrittenPiece piece) {
  if (open || finished) return Fail(OutOfOrder("a tensor"));
  if (piece.key.empty()) {
    return Fail(Invalid("bundle/empty-key", "a tensor has no key"));
  }
  archive::StoredPiece place;
  place.shape = piece.spec.shape;
  place.start.assign(place.shape.rank(), 0);
  if (piece.slice) {
    auto placed = PlaceSlice(*piece.slice, piece.spec.shape);
    if (!placed) return Fail(AsRequest(std::move(placed).error()));
    place = *std::move(placed);
    place.spelled = SpelledAs(*piece.slice);
  }
  place.where = {static_cast<std::uint32_t>(shard), shard_bytes(), 0};
  place.byte_order = std::endian::native;
  const auto count = static_cast<std::uint64_t>(place.shape.num_elements());
  const DType dtype = piece.spec.dtype;
  open.emplace(OpenPiece{std::move(piece.key), dtype, std::move(place),
                         StoredChecksum(dtype, count, kBigEndian, /*verify=*/true)});
  return Register(*open, piece.spec.shape);
}

// Makes sure that nothing else has the key, and adds what is known before the data.
Status BundleWriter::State::Register(const OpenPiece& piece, const Shape& whole) {
  const bool partitioned = !piece.piece.spelled.empty();
  const TensorSpec spec{piece.dtype, whole};
  const auto [at, fresh] = tensors.try_emplace(piece.key);
  archive::StoredTensor& tensor = at->second;
  if (fresh) {
    tensor.spec = spec;
    tensor.partitioned = partitioned;
  } else if (!partitioned || !tensor.partitioned) {
    return Fail(DuplicateKey(piece.key));
  }
  if (!partitioned) return {};
  if (tensor.spec != spec) {
    return Fail(Invalid("bundle/bad-slice",
                        fmt::format("a slice of a tensor {}, of which there are slices as {}",
                                    spec.ToString(), tensor.spec.ToString())));
  }
  if (slice_keys.insert(EncodeSliceKey(piece.key, SliceOf(piece.piece.spelled))).second) return {};
  return Fail(DuplicateKey(piece.key).With(
      "slice", RegionText(piece.piece.start, piece.piece.shape.dims())));
}

Status BundleWriter::State::Append(std::span<const std::byte> bytes) {
  if (!open) return Fail(OutOfOrder("bytes without a tensor"));
  REGRAFT_CHECK(open->checksum.Update(bytes));
  open->piece.where.bytes += bytes.size();
  return data->Append(bytes);
}

Status BundleWriter::State::End(std::optional<std::uint32_t> expected_crc) {
  if (!open) return Fail(OutOfOrder("the end of a tensor"));
  const TensorSpec spec{open->dtype, open->piece.shape};
  if (KindOf(spec.dtype) == DTypeKind::kNumeric) {
    REGRAFT_TRY(const std::uint64_t needed, spec.Bytes());
    if (needed != open->piece.where.bytes)
      return Fail(WrongSize(spec, needed, open->piece.where.bytes));
  }
  auto crc = open->checksum.Finish();
  if (!crc) return Fail(AsRequest(std::move(crc).error()));
  if (expected_crc && *crc != *expected_crc) return Fail(ChecksumError(*expected_crc, *crc));
  return Place(open->piece.where.bytes, *crc);
}

// Everything of the open piece is in the stream.
Status BundleWriter::State::Place(std::uint64_t size, std::uint32_t crc) {
  open->piece.where.bytes = size;
  open->piece.checksum = ChecksumOf(open->dtype, crc);
  tensors[open->key].pieces.push_back(std::move(open->piece));
  open.reset();
  return data->Pad(options.data_alignment);
}

// Copies the bytes of a stored piece into the open one. Only a checksum of the same kind can go
// along; where there is another, it is compared, and where there is none, one is made.
Status BundleWriter::State::Copy(const archive::Archive& from, const archive::StoredPiece& stored,
                                 bool verify) {
  StoredChecksum& checksum = open->checksum;
  const archive::ChecksumKind kind = stored.checksum.kind;
  const bool goes_along =
      kind == archive::ChecksumKind::kCrc32c || kind == archive::ChecksumKind::kOwn;
  const bool compare = verify;
  verify = verify || !goes_along;
  io::Sums sums;
  if (stored.where.bytes > 0) {
    REGRAFT_TRY(const auto source, from.DataFile(stored));
    if (!verify) REGRAFT_CHECK(data->AppendRange(source, stored.where.offset, stored.where.bytes));
    if (verify && !chunk.size()) chunk = Buffer::Unfilled(kChunkBytes);
    for (std::uint64_t at = 0; verify && at < stored.where.bytes;) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, stored.where.bytes - at));
      const auto bytes = chunk.bytes().first(size);
      REGRAFT_CHECK(source->ReadAt(stored.where.offset + at, bytes));
      REGRAFT_CHECK(checksum.Update(bytes));
      if (kind == archive::ChecksumKind::kCrc32) {
        sums.crc32 = digest::ExtendCrc32(sums.crc32, bytes);
      }
      if (from.IsOnDisk(stored.where.file)) {
        REGRAFT_CHECK(data->AppendRange(source, stored.where.offset + at, size));
      } else {
        REGRAFT_CHECK(data->Append(bytes));
      }
      at += size;
    }
  }
  if (verify) {
    REGRAFT_TRY(const std::uint32_t crc, checksum.Finish());
    if (compare && kind == archive::ChecksumKind::kCrc32) {
      REGRAFT_CHECK(from.CompareChecksum(stored, sums));
    }
    if (!goes_along) return Place(stored.where.bytes, crc);
    if (crc != stored.checksum.value) return Fail(ChecksumError(stored.checksum.value, crc));
  }
  return Place(stored.where.bytes, stored.checksum.value);
}

Status BundleWriter::State::Finish() {
  if (open || finished) return Fail(OutOfOrder("the end of the checkpoint"));
  finished = true;
  REGRAFT_CHECK(CloseShard());
  written.reserve(tensors.size());
  while (!tensors.empty()) {
    auto node = tensors.extract(tensors.begin());
    archive::StoredTensor& tensor = written.emplace_back(std::move(node.mapped()));
    tensor.key = std::move(node.key());
    if (!tensor.partitioned) continue;
    Status covered = CheckCover(tensor.spec.shape, tensor.pieces);
    if (!covered) return Fail(AsRequest(std::move(covered).error()).ForKey(tensor.key));
  }
  num_shards = publication.CountShards();
  REGRAFT_TRY(const std::string index, EncodeIndex(written, num_shards));
  return publication.Commit(index, num_shards);
}

BundleWriter::BundleWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
BundleWriter::BundleWriter(BundleWriter&&) noexcept = default;
BundleWriter& BundleWriter::operator=(BundleWriter&&) noexcept = default;
BundleWriter::~BundleWriter() = default;

Result<BundleWriter> BundleWriter::Create(io::Disk& disk, std::string prefix,
                                          const WriteOptions& options) {
  REGRAFT_TRY(Publication files, Publication::Begin(disk, std::move(prefix), options.overwrite));
  BundleWriter writer(std::make_unique<State>(std::move(files), options));
  REGRAFT_CHECK(writer.StartShard());
  return writer;
}

Status BundleWriter::StartShard() {
  return state_->Do("", [&] { return state_->StartShard(); });
}

std::uint64_t BundleWriter::shard_bytes() const { return state_->shard_bytes(); }

Status BundleWriter::Begin(WrittenPiece piece) {
  const std::string key = piece.key;
  return state_->Do(key, [&] { return state_->Begin(std::move(piece)); });
}

Status BundleWriter::Begin(const std::string& key, const TensorSpec& spec) {
  return state_->Do(key, [&]() -> Status {
    REGRAFT_CHECK(CheckNumeric(spec));
    return state_->Begin({key, spec});
  });
}

Status BundleWriter::Append(std::span<const std::byte> bytes) {
  return state_->Do("", [&] { return state_->Append(bytes); });
}

Status BundleWriter::End(std::optional<std::uint32_t> expected_crc) {
  return state_->Do("", [&] { return state_->End(expected_crc); });
}

Status BundleWriter::Add(const std::string& key, const TensorSpec& spec,
                         std::span<const std::byte> bytes) {
  return state_->Do(key, [&]() -> Status {
    REGRAFT_CHECK(CheckNumeric(spec));
    REGRAFT_CHECK(state_->Begin({key, spec}));
    REGRAFT_CHECK(state_->Append(bytes));
    return state_->End({});
  });
}

Status BundleWriter::AddStrings(const std::string& key, const Shape& shape,
                                std::span<const std::string> values) {
  return state_->Do(key, [&]() -> Status {
    if (values.size() != static_cast<std::uint64_t>(shape.num_elements())) {
      return Fail(Invalid(
          "bundle/wrong-size",
          fmt::format("{} strings for a tensor of the shape {}", values.size(), shape.ToString())));
    }
    REGRAFT_CHECK(state_->Begin({key, {DType::kString, shape}}));
    const std::string lengths = EncodeStringLengths(values);
    REGRAFT_CHECK(state_->Append(std::as_bytes(std::span(lengths))));
    for (const std::string& value : values) {
      REGRAFT_CHECK(state_->Append(std::as_bytes(std::span(value))));
    }
    return state_->End({});
  });
}

Status BundleWriter::AddSlice(const std::string& key, const TensorSpec& spec,
                              std::span<const SliceRange> ranges,
                              std::span<const std::byte> bytes) {
  return state_->Do(key, [&]() -> Status {
    REGRAFT_CHECK(CheckNumeric(spec));
    REGRAFT_CHECK(state_->Begin({key, spec, Spell(spec.shape, ranges)}));
    REGRAFT_CHECK(state_->Append(bytes));
    return state_->End({});
  });
}

Status BundleWriter::AddStored(const std::string& key, const archive::Archive& from,
                               const archive::StoredTensor& tensor, bool verify) {
  Status added;
  for (std::size_t piece = 0; added && piece < tensor.pieces.size(); ++piece) {
    added = AddStoredPiece(key, from, tensor, piece, verify);
  }
  return added;
}

Status BundleWriter::AddStoredPiece(const std::string& key, const archive::Archive& from,
                                    const archive::StoredTensor& tensor, std::size_t piece,
                                    bool verify) {
  return state_->Do(key, [&]() -> Status {
    if (!tensor.fault.empty()) return Fail(tensor.fault.front());
    if (piece >= tensor.pieces.size()) {
      return Fail(Invalid("bundle/bad-slice",
                          fmt::format("there is no piece {} of {}", piece, tensor.pieces.size())));
    }
    const archive::StoredPiece& stored = tensor.pieces[piece];
    if (stored.byte_order != std::endian::native) {
      return Fail(Error(ErrorCode::kUnsupported, "bundle/endianness",
                        "the stored bytes were written by a machine of the other byte order, "
                        "and a checkpoint has one")
                      .InFile(from.FilePath(stored.where.file))
                      .Hint("its numbers can be read, and written anew"));
    }
    WrittenPiece written{key, tensor.spec};
    if (tensor.partitioned) written.slice = SliceOf(stored.spelled);
    REGRAFT_CHECK(state_->Begin(std::move(written)));
    Status copied = state_->Copy(from, stored, verify);
    if (copied || copied.error().code != ErrorCode::kCorrupt) return copied;
    return Fail(std::move(copied)
                    .error()
                    .InFile(from.FilePath(stored.where.file))
                    .AtOffset(stored.where.offset));
  });
}

std::span<const archive::StoredTensor> BundleWriter::tensors() const { return state_->written; }
std::int32_t BundleWriter::num_shards() const { return state_->num_shards; }
std::uint64_t BundleWriter::data_bytes() const { return state_->data_bytes; }

Status BundleWriter::Finish() {
  return state_->Do("", [&] { return state_->Finish(); });
}

}  // namespace regraft::bundle
