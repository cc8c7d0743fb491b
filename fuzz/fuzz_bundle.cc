// Any bytes as an index and one data file: four bytes say how long the index is.
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bundle/bundle_reader.h"
#include "fuzz.h"
#include "io/byte_source.h"

namespace {

class TwoFiles final : public regraft::io::Files {
 public:
  TwoFiles(std::string_view index, std::string_view data) : index_(index), data_(data) {}

  regraft::Result<std::unique_ptr<const regraft::io::ByteSource>> Open(
      const std::string& path) const override {
    if (path.ends_with(".index")) {
      return regraft::io::MemorySource(path, regraft::fuzz::Bytes(index_));
    }
    if (path.ends_with(".data-00000-of-00001")) {
      return regraft::io::MemorySource(path, regraft::fuzz::Bytes(data_));
    }
    return regraft::Fail({regraft::ErrorCode::kNotFound, "io/not-found", "no such file"});
  }
  regraft::Result<std::optional<regraft::io::FileInfo>> Look(const std::string&) const override {
    return std::optional<regraft::io::FileInfo>();
  }
  regraft::Result<std::vector<std::string>> List(const std::string&) const override {
    return std::vector<std::string>();
  }

 private:
  std::string_view index_;
  std::string_view data_;
};

constexpr std::uint64_t kMostBytes = 1 << 20;

void ReadAll(const regraft::bundle::BundleReader& reader, bool verify) {
  for (const regraft::archive::StoredTensor& tensor : reader.tensors()) {
    (void)reader.ReadRaw(tensor, verify);
    (void)reader.ReadStrings(tensor, verify);
    const auto bytes = tensor.spec.Bytes();
    if (regraft::KindOf(tensor.spec.dtype) != regraft::DTypeKind::kNumeric || !bytes ||
        *bytes > kMostBytes) {
      continue;  // A tensor larger than its file is refused, but its buffer is the caller's.
    }
    std::vector<std::byte> whole(*bytes);
    std::vector<std::byte> slice(*bytes);
    std::vector<regraft::SliceRange> all;
    for (const std::int64_t dim : tensor.spec.shape.dims()) all.push_back({0, dim});
    const bool read = reader.Read(tensor, whole, verify).has_value();
    const bool sliced = reader.ReadSlice(tensor, all, slice, verify).has_value();
    regraft::fuzz::Require(!(read && sliced) || whole == slice);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = regraft::fuzz::Text(data, size);
  std::uint32_t index_size = 0;
  if (size < sizeof index_size) return 0;
  std::memcpy(&index_size, data, sizeof index_size);
  text.remove_prefix(sizeof index_size);
  const TwoFiles files(text.substr(0, index_size),
                       index_size < text.size() ? text.substr(index_size) : "");
  for (const bool verify : {true, false}) {
    const auto reader =
        regraft::bundle::BundleReader::Open(files, "fuzz", {.verify_checksums = verify});
    if (reader) ReadAll(**reader, verify);
  }
  return 0;
}
