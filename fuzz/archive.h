// fuzz/archive.h - reading all that an archive has, twice.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/archive.h"
#include "fuzz.h"
#include "io/byte_source.h"

namespace regraft::fuzz {

/// Files by how their paths end; the first that fits.
class FewFiles final : public io::Files {
 public:
  explicit FewFiles(std::vector<std::pair<std::string_view, std::string_view>> files)
      : files_(std::move(files)) {}

  Result<std::unique_ptr<const io::ByteSource>> Open(const std::string& path) const override {
    for (const auto& [ending, bytes] : files_) {
      if (path.ends_with(ending)) return io::MemorySource(path, Bytes(bytes));
    }
    return Fail({ErrorCode::kNotFound, "io/not-found", "no such file"});
  }
  Result<std::optional<io::FileInfo>> Look(const std::string&) const override {
    return std::optional<io::FileInfo>();
  }
  Result<std::vector<std::string>> List(const std::string&) const override {
    return std::vector<std::string>();
  }

 private:
  const std::vector<std::pair<std::string_view, std::string_view>> files_;
};

/// Reads every tensor in all ways, which must agree.
inline void ReadAll(const archive::Archive& archive, bool verify) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  for (const archive::StoredTensor& tensor : archive.tensors()) {
    (void)archive.ReadRaw(tensor, verify);
    (void)archive.ReadStrings(tensor, verify);
    const auto bytes = tensor.spec.Bytes();
    if (KindOf(tensor.spec.dtype) != DTypeKind::kNumeric || !bytes || *bytes > kMostBytes) {
      continue;  // A tensor larger than its file is refused, but its buffer is the caller's.
    }
    std::vector<std::byte> whole(*bytes);
    std::vector<std::byte> slice(*bytes);
    std::vector<SliceRange> all;
    for (const std::int64_t dim : tensor.spec.shape.dims()) all.push_back({0, dim});
    const bool read = archive.Read(tensor, whole, verify).has_value();
    const bool sliced = archive.ReadSlice(tensor, all, slice, verify).has_value();
    Require(!(read && sliced) || whole == slice);
  }
}

}  // namespace regraft::fuzz
