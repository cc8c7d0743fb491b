#include "bundle/bundle_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "bundle/index_decoder.h"
#include "bundle/piece_reader.h"
#include "bundle/runs.h"
#include "bundle/shard_files.h"
#include "bundle/string_tensor.h"
#include "io/crc32c.h"

namespace regraft::bundle {
namespace {

void SwapUnits(std::size_t unit, std::span<std::byte> bytes) {
  if (unit < 2) return;
  for (auto at = bytes.begin(); at != bytes.end(); at += static_cast<std::ptrdiff_t>(unit)) {
    std::reverse(at, at + static_cast<std::ptrdiff_t>(unit));
  }
}

// The part of a piece that lies in a request, in coordinates of both.
struct Overlap {
  std::vector<std::int64_t> lengths;
  std::vector<std::int64_t> in_piece;
  std::vector<std::int64_t> in_request;
  bool empty = false;
};

Overlap Intersect(const Piece& piece, std::span<const SliceRange> request) {
  Overlap out;
  for (std::size_t axis = 0; axis < request.size(); ++axis) {
    const std::int64_t start = std::max(piece.start[axis], request[axis].start);
    const std::int64_t end = std::min(piece.start[axis] + piece.shape[axis],
                                      request[axis].start + request[axis].length);
    out.empty = out.empty || end <= start;
    out.lengths.push_back(end - start);
    out.in_piece.push_back(start - piece.start[axis]);
    out.in_request.push_back(start - request[axis].start);
  }
  return out;
}

Error NotNumeric(const BundleTensor& tensor) {
  return Error(ErrorCode::kUnsupported, "bundle/opaque-dtype",
               fmt::format("a tensor of type {} has no numbers that could be read",
                           DTypeName(tensor.spec.dtype)))
      .Offer({{{Option::kRaw}}, "gives its stored bytes"});
}

}  // namespace

struct BundleReader::Impl {
  Impl(const io::FileSystem& files, const std::string& prefix, DecodedIndex index)
      : num_shards(index.header.num_shards),
        big_endian(index.header.big_endian),
        tensors(std::move(index.tensors)),
        shards(files, prefix, num_shards) {}

  bool must_swap() const { return big_endian != (std::endian::native == std::endian::big); }

  // The data file of a piece.
  Result<std::shared_ptr<const io::ByteSource>> FileOf(const Piece& piece) const {
    auto file = shards.Get(piece.shard);
    if (file || file.error().slug != "bundle/shard-missing") return file;
    std::uint64_t least = 0;
    for (const BundleTensor& tensor : tensors) {
      if (!tensor.fault.empty()) continue;
      for (const Piece& other : tensor.pieces) {
        if (other.shard == piece.shard) least = std::max(least, other.offset + other.size);
      }
    }
    return Fail(std::move(file).error().With("size", "at least " + Plural(least, "byte")));
  }

  // The bytes of a piece as they are in its file, unverified.
  Result<std::string> Bytes(const Piece& piece) const {
    std::string bytes;
    if (piece.size == 0) return bytes;
    REGRAFT_TRY(const auto file, FileOf(piece));
    REGRAFT_CHECK(CheckInFile(*file, piece));
    bytes.resize(static_cast<std::size_t>(piece.size));
    REGRAFT_CHECK(file->ReadAt(piece.offset, std::as_writable_bytes(std::span(bytes))));
    return bytes;
  }

  // Adds to an error about the content of a piece where that is.
  Error InPlace(Error error, const Piece& piece) const {
    return std::move(error).InFile(shards.Path(piece.shard)).AtOffset(piece.offset);
  }

  StringLayout LayoutOf(const Piece& piece, bool verify) const {
    return {static_cast<std::uint64_t>(piece.shape.num_elements()), big_endian, verify,
            piece.crc32c};
  }

  // Copies what the request has of every piece; `out` keeps the file's byte order.
  Status Copy(const BundleTensor& tensor, std::span<const SliceRange> request,
              std::span<std::byte> out, bool verify) const {
    std::vector<std::int64_t> lengths;
    for (const SliceRange& range : request) lengths.push_back(range.length);
    for (const Piece& piece : tensor.pieces) {
      const Overlap overlap = Intersect(piece, request);
      if (overlap.empty) continue;
      const Runs runs(ElementBytes(tensor.spec.dtype), overlap.lengths, piece.shape,
                      overlap.in_piece, lengths, overlap.in_request);
      REGRAFT_TRY(const auto file, FileOf(piece));
      REGRAFT_CHECK(ReadRuns(*file, piece, runs, out, verify));
    }
    return {};
  }

  Status ReadNumbers(const BundleTensor& tensor, std::span<const SliceRange> request,
                     std::span<std::byte> out, bool verify) const {
    if (!tensor.fault.empty()) return Fail(tensor.fault.front());
    if (KindOf(tensor.spec.dtype) != DTypeKind::kNumeric) return Fail(NotNumeric(tensor));
    assert(request.size() == tensor.spec.shape.rank());
    if (verify && tensor.spec.shape.num_elements() == 0) {
      const Piece& piece = tensor.pieces.front();
      if (piece.crc32c != 0) return Fail(InPlace(ChecksumError(piece.crc32c, 0), piece));
    }
    REGRAFT_CHECK(Copy(tensor, request, out, verify));
    if (must_swap()) SwapUnits(SwapUnitBytes(tensor.spec.dtype), out);
    return {};
  }

  Result<std::vector<std::string>> ReadStrings(const BundleTensor& tensor, bool verify) const {
    if (!tensor.fault.empty()) return Fail(tensor.fault.front());
    if (tensor.spec.dtype != DType::kString) {
      return Fail(Error(ErrorCode::kUnsupported, "bundle/not-strings",
                        fmt::format("a tensor of type {} has no strings",
                                    DTypeName(tensor.spec.dtype))));
    }
    std::vector<std::vector<std::string>> parts;
    for (const Piece& piece : tensor.pieces) {
      REGRAFT_TRY(const std::string bytes, Bytes(piece));
      auto values = DecodeStrings(bytes, LayoutOf(piece, verify));
      if (!values) return Fail(InPlace(std::move(values).error(), piece));
      if (!tensor.partitioned) return values;
      parts.push_back(*std::move(values));
    }
    // Every element has been read, so their number is no mere claim.
    std::vector<std::string> out(static_cast<std::size_t>(tensor.spec.shape.num_elements()));
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Piece& piece = tensor.pieces[i];
      const std::vector<std::int64_t> origin(piece.start.size(), 0);
      // As if an element were a byte, runs step through both tensors.
      for (Runs runs(1, piece.shape.dims(), piece.shape, origin, tensor.spec.shape.dims(),
                     piece.start);
           !runs.done(); runs.Next()) {
        const auto from = parts[i].begin() + static_cast<std::ptrdiff_t>(runs.from());
        std::move(from, from + static_cast<std::ptrdiff_t>(runs.run_bytes()),
                  out.begin() + static_cast<std::ptrdiff_t>(runs.to()));
      }
    }
    return out;
  }

  Result<std::string> ReadRaw(const BundleTensor& tensor, bool verify) const {
    if (!tensor.fault.empty()) return Fail(tensor.fault.front());
    if (tensor.partitioned) {
      return Fail(Error(ErrorCode::kUnsupported, "bundle/partitioned",
                        fmt::format("the tensor is stored in {}, which have no bytes in common",
                                    Plural(tensor.pieces.size(), "slice"))));
    }
    const Piece& piece = tensor.pieces.front();
    REGRAFT_TRY(std::string bytes, Bytes(piece));
    Status status = CheckRaw(tensor.spec.dtype, bytes, LayoutOf(piece, verify));
    if (!status) return Fail(InPlace(std::move(status).error(), piece));
    return bytes;
  }

  static Status CheckRaw(DType dtype, const std::string& bytes, const StringLayout& layout) {
    if (!layout.verify) return {};
    if (dtype == DType::kString) return CheckStrings(bytes, layout);
    if (dtype == DType::kVariant) return CheckVariants(bytes, layout);
    const std::uint32_t crc = io::Crc32c(std::as_bytes(std::span(bytes)));
    if (crc != layout.crc32c) return Fail(ChecksumError(layout.crc32c, crc));
    return {};
  }

  const std::int32_t num_shards;
  const bool big_endian;
  const std::vector<BundleTensor> tensors;
  const ShardFiles shards;
};

Result<BundleReader> BundleReader::Open(const io::FileSystem& files, const std::string& prefix,
                                        const OpenOptions& options) {
  REGRAFT_TRY(const std::unique_ptr<const io::ByteSource> file, files.Open(prefix + ".index"));
  REGRAFT_TRY(DecodedIndex index, DecodeIndex(*file, options.verify_checksums));
  return BundleReader(std::make_unique<const Impl>(files, prefix, std::move(index)));
}

BundleReader::BundleReader(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
BundleReader::BundleReader(BundleReader&&) noexcept = default;
BundleReader& BundleReader::operator=(BundleReader&&) noexcept = default;
BundleReader::~BundleReader() = default;

std::span<const BundleTensor> BundleReader::tensors() const { return impl_->tensors; }

std::ptrdiff_t BundleReader::Find(std::string_view key) const {
  const auto found = std::lower_bound(
      impl_->tensors.begin(), impl_->tensors.end(), key,
      [](const BundleTensor& tensor, std::string_view k) { return tensor.key < k; });
  if (found == impl_->tensors.end() || found->key != key) return -1;
  return found - impl_->tensors.begin();
}

std::int32_t BundleReader::num_shards() const { return impl_->num_shards; }
bool BundleReader::big_endian() const { return impl_->big_endian; }
std::string BundleReader::ShardPath(std::int32_t shard) const { return impl_->shards.Path(shard); }

Result<std::shared_ptr<const io::ByteSource>> BundleReader::DataFile(const Piece& piece) const {
  REGRAFT_TRY(auto file, impl_->FileOf(piece));
  REGRAFT_CHECK(CheckInFile(*file, piece));
  return file;
}

Status BundleReader::CheckStored(const BundleTensor& tensor) const {
  if (!tensor.fault.empty()) return Fail(tensor.fault.front());
  for (const Piece& piece : tensor.pieces) {
    if (piece.size == 0) continue;
    auto file = DataFile(piece);
    if (!file) return Fail(std::move(file).error().ForKey(tensor.key));
  }
  return {};
}

Status BundleReader::Read(const BundleTensor& tensor, std::span<std::byte> out,
                          bool verify) const {
  std::vector<SliceRange> whole;
  for (const std::int64_t dim : tensor.spec.shape.dims()) whole.push_back({0, dim});
  return ReadSlice(tensor, whole, out, verify);
}

Status BundleReader::ReadSlice(const BundleTensor& tensor, std::span<const SliceRange> ranges,
                               std::span<std::byte> out, bool verify) const {
  auto status = impl_->ReadNumbers(tensor, ranges, out, verify);
  if (!status) return Fail(std::move(status).error().ForKey(tensor.key));
  return status;
}

Result<std::vector<std::string>> BundleReader::ReadStrings(const BundleTensor& tensor,
                                                           bool verify) const {
  auto values = impl_->ReadStrings(tensor, verify);
  if (!values) return Fail(std::move(values).error().ForKey(tensor.key));
  return values;
}

Result<std::string> BundleReader::ReadRaw(const BundleTensor& tensor, bool verify) const {
  auto bytes = impl_->ReadRaw(tensor, verify);
  if (!bytes) return Fail(std::move(bytes).error().ForKey(tensor.key));
  return bytes;
}

}  // namespace regraft::bundle
