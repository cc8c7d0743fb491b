// python/block.h - memory that NumPy and a framework may both own.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common.h"
#include "regraft/buffer.h"

namespace regraft::python {

/// The bytes of one tensor, freed with the last of those that have them. Freeing needs no
/// Python, so that a framework may do it in any thread, and after Python's end.
class Block {
 public:
  explicit Block(Buffer buffer) : buffer_(std::make_shared<Buffer>(std::move(buffer))) {}

  /// A writable array of uint8 over them.
  Bytes Array() const;

  /// A DLPack capsule ("dltensor") over them, for from_dlpack() of a framework. The memory is
  /// compact, begins at a multiple of 64 and belongs to whoever takes it: nobody else may look
  /// at the block afterwards. None if DLPack has no such type.
  nb::object Dlpack(const std::string& dtype, const std::vector<std::int64_t>& shape) const;

 private:
  std::shared_ptr<Buffer> buffer_;
};

}  // namespace regraft::python
