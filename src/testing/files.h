// testing/files.h - file systems that tests own: in memory, counted, failing.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "io/byte_source.h"
#include "regraft/error.h"

namespace regraft::testing {

/// Files in memory, by path.
class MemoryFiles final : public io::Files {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> content) : content_(std::move(content)) {}
  Result<std::unique_ptr<const io::ByteSource>> Open(const std::string& path) const override;
  Result<std::optional<io::FileInfo>> Look(const std::string& path) const override;
  Result<std::vector<std::string>> List(const std::string& folder) const override;

  std::map<std::string, std::string>& content() { return content_; }

 private:
  std::map<std::string, std::string> content_;
};

/// Passes everything on; what wraps it looks at what it wants to look at.
class ForwardingFiles : public io::Files {
 public:
  explicit ForwardingFiles(const io::Files& inner) : inner_(inner) {}
  Result<std::unique_ptr<const io::ByteSource>> Open(const std::string& path) const override {
    return inner_.Open(path);
  }
  Result<std::optional<io::FileInfo>> Look(const std::string& path) const override {
    return inner_.Look(path);
  }
  Result<std::vector<std::string>> List(const std::string& folder) const override {
    return inner_.List(folder);
  }
  io::ReadCost Cost() const override { return inner_.Cost(); }

 private:
  const io::Files& inner_;
};

/// Passes everything on, and says that it likes to be read in another way.
class CostlyFiles final : public ForwardingFiles {
 public:
  CostlyFiles(const io::Files& inner, io::ReadCost cost) : ForwardingFiles(inner), cost_(cost) {}
  io::ReadCost Cost() const override { return cost_; }

 private:
  const io::ReadCost cost_;
};

/// Passes everything on and counts it. Threads: safe.
class CountingFiles final : public ForwardingFiles {
 public:
  using ForwardingFiles::ForwardingFiles;
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
  mutable std::mutex mutex_;
  mutable std::map<std::string, Count> counts_;
};

/// Passes everything on, but the `fail_at`-th ReadAt (from 1; 0: none) fails with kIo
/// "test/fault". Threads: safe.
class FaultFiles final : public ForwardingFiles {
 public:
  FaultFiles(const io::Files& inner, std::uint64_t fail_at)
      : ForwardingFiles(inner), fail_at_(fail_at) {}
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
  std::atomic<std::uint64_t> fail_at_;
  mutable std::atomic<std::uint64_t> reads_{0};
};

}  // namespace regraft::testing
