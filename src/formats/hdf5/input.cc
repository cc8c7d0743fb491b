#include "formats/hdf5/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"
#include "base/try.h"

namespace regraft::hdf5 {
namespace {

constexpr std::uint64_t kBlockBytes = 16384;

}  // namespace

Status Input::ReadBlock(std::uint64_t number, Block& block) const {
  const std::uint64_t start = number * kBlockBytes;
  block.number = kUndefined;
  block.bytes.resize(static_cast<std::size_t>(std::min(kBlockBytes, end_ - start)));
  REGRAFT_CHECK(file_.ReadAt(base_ + start, std::as_writable_bytes(std::span(block.bytes))));
  block.number = number;
  return {};
}

Result<std::string> Input::Read(std::uint64_t address, std::uint64_t size,
                                std::string_view what) const {
  if (!Has(address, size)) {
    return Fail(Damaged(
        address, fmt::format("{} of {} is not within the file", what, Plural(size, "byte"))));
  }
  std::string out(static_cast<std::size_t>(size), '\0');
  if (size > kBlockBytes) {
    REGRAFT_CHECK(file_.ReadAt(base_ + address, std::as_writable_bytes(std::span(out))));
    return out;
  }
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t at = address + done, number = at / kBlockBytes;
    Block& block = blocks_[number % blocks_.size()];
    if (block.number != number) REGRAFT_CHECK(ReadBlock(number, block));
    const std::uint64_t within = at % kBlockBytes;
    const std::uint64_t count = std::min(size - done, kBlockBytes - within);
    std::copy_n(block.bytes.data() + within, count, out.data() + done);
    done += count;
  }
  return out;
}

Error Input::Damaged(std::uint64_t address, std::string message) const {
  return Error(ErrorCode::kCorrupt, "hdf5/damaged", std::move(message))
      .InFile(file_.name())
      .AtOffset(base_ + address)
      .Hint("the file is damaged: copy it again from where it came");
}

Error Input::Refused(std::string_view slug, std::uint64_t address, std::string message) const {
  return Error(ErrorCode::kUnsupported, std::string(slug), std::move(message))
      .InFile(file_.name())
      .AtOffset(base_ + address);
}

Error Input::NewLayout(std::uint64_t address, std::string message) const {
  return Refused("hdf5/new-layout", address, std::move(message))
      .Hint(
          "write it again without libver='latest', or let h5repack of the HDF5 tools write it for "
          "the earliest version");
}

}  // namespace regraft::hdf5
