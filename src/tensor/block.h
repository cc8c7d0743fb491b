// tensor/block.h - runs of elements as numbers of 64 bits, in loops without a branch.
//
// One numeric type goes to another through the widest number of its kind: as many loops as
// there are types, not as many as there are pairs. element.h says the same of one element.
#pragma once

#include <cstddef>
#include <cstdint>

#include "regraft/dtype.h"
#include "tensor/element.h"

namespace regraft::tensor {

/// Elements that are converted at a time; they stay in the nearest cache.
inline constexpr std::size_t kBlockElements = 512;

/// Numbers of one kind: the fields that element.h's Number has for it.
struct Block {
  Number::Kind kind = Number::Kind::kReal;
  std::size_t count = 0;
  std::int64_t i[kBlockElements];
  std::uint64_t u[kBlockElements];
  double re[kBlockElements];
  double im[kBlockElements];
};

/// Reads elements. Pre: a numeric type, at most kBlockElements of them.
void LoadBlock(DType dtype, const std::byte* elements, std::size_t count, Block& block);

struct StoredBlock {
  std::int64_t overflowed = 0;
  bool lost = false;  ///< At least one number.
};
/// Writes the block's numbers as elements; those that are lost hold anything.
/// Pre: a castable type.
StoredBlock StoreBlock(DType dtype, const Block& block, std::byte* elements);

}  // namespace regraft::tensor
