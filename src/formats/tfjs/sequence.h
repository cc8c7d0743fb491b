// formats/tfjs/sequence.h - several files, read as one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::tfjs {

/// The bytes of the parts, one part after another. Holds none of them.
class Sequence final : public io::ByteSource {
 public:
  /// Pre: the sizes of the parts have a sum.
  Sequence(std::string name, std::vector<std::shared_ptr<const io::ByteSource>> parts);

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
  Status ReadAt(std::uint64_t offset, std::span<std::byte> out) const override;

 private:
  const std::string name_;
  const std::vector<std::shared_ptr<const io::ByteSource>> parts_;
  std::vector<std::uint64_t> ends_;  // Of each part, in the whole.
};

}  // namespace regraft::tfjs
