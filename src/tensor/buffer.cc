#include "regraft/buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace regraft {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kLargePage = std::size_t{2} << 20;

std::byte* Allocate(std::size_t size) {
  const bool large = size >= kLargePage;
  void* memory = nullptr;
  if (::posix_memalign(&memory, large ? kLargePage : kAlignment, size) != 0) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  // Fresh memory comes in pages of 4 KiB otherwise, and the faults take longer than reading
  // the tensor. It is only advice: what the system makes of it does not matter here.
  if (large) ::madvise(memory, size, MADV_HUGEPAGE);
#endif
  return static_cast<std::byte*>(memory);
}

}  // namespace

Buffer::Buffer(std::size_t size) : Buffer(Unfilled(size)) {
  if (size > 0) std::memset(data_.get(), 0, size);
}

Buffer Buffer::Unfilled(std::size_t size) {
  Buffer out;
  if (size > 0) out.data_.reset(Allocate(size));
  out.size_ = size;
  return out;
}

Buffer Buffer::CopyOf(std::span<const std::byte> bytes) {
  Buffer out = Unfilled(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data_.get(), bytes.data(), bytes.size());
  return out;
}

Buffer Buffer::Lent(std::span<std::byte> bytes, std::shared_ptr<void> owner) {
  Buffer out;
  out.data_ = std::unique_ptr<std::byte[], Free>(bytes.data(), Free(std::move(owner)));
  out.size_ = bytes.size();
  return out;
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void Buffer::Free::operator()(std::byte* p) noexcept {
  if (!lent) std::free(p);
  owner.reset();
}

}  // namespace regraft
