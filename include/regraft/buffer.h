// regraft/buffer.h - an owned block of bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace regraft {

/// An owned, 64-byte aligned block of bytes. Moves and swaps; does not copy.
class Buffer {
 public:
  Buffer() = default;
  /// Zeroed bytes. Throws std::bad_alloc only.
  explicit Buffer(std::size_t size);
  /// Bytes that hold anything, for a caller that fills them all. Throws as above.
  static Buffer Unfilled(std::size_t size);
  static Buffer CopyOf(std::span<const std::byte> bytes);
  /// Memory of somebody else, which `owner` keeps (null: it outlives the buffer).
  static Buffer Lent(std::span<std::byte> bytes, std::shared_ptr<void> owner);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  std::size_t size() const { return size_; }
  std::span<std::byte> bytes() { return {data_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }

 private:
  struct Free {
    Free() noexcept {}
    explicit Free(std::shared_ptr<void> of) noexcept : lent(true), owner(std::move(of)) {}
    bool lent = false;
    std::shared_ptr<void> owner;
    void operator()(std::byte* p) noexcept;
  };
  std::unique_ptr<std::byte[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace regraft
