// io/descriptor.h - what the parts of this module share about the system's files.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

#include "io/byte_source.h"

namespace regraft::io {

/// The system's sentence for an errno.
inline std::string SystemText(int error) { return std::generic_category().message(error); }

/// Owns one descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// What the system says of a file.
FileInfo InfoOf(const struct stat& info);

/// The descriptor behind a source that RealFiles() opened, -1 for any other source.
int DescriptorOf(const ByteSource& source);

}  // namespace regraft::io
