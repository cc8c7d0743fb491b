// testing/files.h - file systems that tests own: in memory, counted, failing.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "io/byte_source.h"

namespace regraft::testing {

/// Files in memory, by path.
class MemoryFiles final : public io::FileSystem {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> content) : content_(std::move(content)) {}
  Result<std::unique_ptr<const io::ByteSource>> Open(const std::string& path) const override;

  std::map<std::string, std::string>& content() { return content_; }

 private:
  std::map<std::string, std::string> content_;
};

/// Passes everything on and counts it. Threads: safe.
class CountingFiles final : public io::FileSystem {
 public:
  explicit CountingFiles(const io::FileSystem& inner) : inner_(inner) {}
  Result<std::unique_ptr<const io::ByteSource>> Open(const std::string& path) const override;

  std::uint64_t opens() const;
  std::uint64_t reads() const;
  std::uint64_t bytes_read() const;
  /// Bytes read from one file; 0 if it was never opened.
  std::uint64_t bytes_read(const std::string& path) const;

 private:
  friend class CountingSource;
  struct Count {
    std::uint64_t opens = 0, reads = 0, bytes = 0;
  };
  const io::FileSystem& inner_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Count> counts_;
};

/// Passes everything on, but the `fail_at`-th ReadAt (from 1; 0: none) fails with kIo
/// "test/fault". Threads: safe.
class FaultFiles final : public io::FileSystem {
 public:
  FaultFiles(const io::FileSystem& inner, std::uint64_t fail_at)
      : inner_(inner), fail_at_(fail_at) {}
  Result<std::unique_ptr<const io::ByteSource>> Open(const std::string& path) const override;

  /// Starts counting anew.
  void FailAt(std::uint64_t read) {
    reads_ = 0;
    fail_at_ = read;
  }
  /// True if the failing read has come.
  bool failed() const { return fail_at_ != 0 && reads_ >= fail_at_; }

 private:
  friend class FaultSource;
  const io::FileSystem& inner_;
  std::atomic<std::uint64_t> fail_at_;
  mutable std::atomic<std::uint64_t> reads_{0};
};

}  // namespace regraft::testing
