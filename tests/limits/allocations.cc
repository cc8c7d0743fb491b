// The program's operator new, in a file of its own: a compiler that sees both sides of a pair
// warns that they do not match.
#include "allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> largest{0};
std::atomic<std::ptrdiff_t> live{0}, most{0}, base{0};

void* Count(void* memory) {
  const auto size = static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
  const std::ptrdiff_t now = live.fetch_add(size) + size;
  std::ptrdiff_t before = most;
  while (before < now && !most.compare_exchange_weak(before, now)) {
  }
  return memory;
}

void Free(void* memory) {
  live -= static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
  std::free(memory);
}

void* Allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  std::size_t before = largest;
  while (before < size && !largest.compare_exchange_weak(before, size)) {
  }
  // aligned_alloc wants whole multiples.
  void* memory = std::aligned_alloc(alignment, (size / alignment + 1) * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return Count(memory);
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return Count(std::malloc(size));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return Count(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete[](void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { Free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { Free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { Free(memory); }

namespace regraft::limits {

std::size_t LargestAllocation() { return largest; }
void ForgetLargestAllocation() { largest = 0; }

std::size_t PeakBytes() { return static_cast<std::size_t>(most - base); }
void ForgetPeak() {
  base = live.load();
  most = live.load();
}

}  // namespace regraft::limits
