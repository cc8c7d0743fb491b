#include "archive/archive_writer.h"

#include <numeric>

#include "base/try.h"

namespace regraft::archive {

Result<std::vector<std::size_t>> ArchiveWriter::Declare(std::span<const DeclaredTensor> tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

void ArchiveWriter::SetMetadata(std::map<std::string, std::string>) {}

Status ArchiveWriter::AddStoredPiece(const std::string& key, const Archive& from,
                                     const StoredTensor& tensor, std::size_t, bool verify) {
  // Each format has its own form of strings.
  if (KindOf(tensor.spec.dtype) == DTypeKind::kString) {
    REGRAFT_TRY(const std::vector<std::string> values, from.ReadStrings(tensor, verify));
    return AddStrings(key, tensor.spec.shape, values);
  }
  REGRAFT_CHECK(Begin(key, tensor.spec));
  REGRAFT_CHECK(from.Stream(tensor, verify,
                            [this](std::span<const std::byte> bytes) { return Append(bytes); }));
  return End();
}

}  // namespace regraft::archive
