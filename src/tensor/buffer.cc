#include <cstring>
#include <new>
#include <utility>

#include "regraft/tensor.h"

namespace regraft {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

Buffer::Buffer(std::size_t size) : size_(size) {
  if (size == 0) return;
  auto* memory = static_cast<std::byte*>(::operator new(size, kAlignment));
  data_.reset(memory);
  std::memset(memory, 0, size);
}

Buffer Buffer::CopyOf(std::span<const std::byte> bytes) {
  Buffer out(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data_.get(), bytes.data(), bytes.size());
  return out;
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void Buffer::Free::operator()(std::byte* p) const noexcept { ::operator delete(p, kAlignment); }

}  // namespace regraft
