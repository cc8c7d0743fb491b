// formats/torch/value.h - what a pickle of tensors holds, as data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace regraft::torch {

/// Index of a Value; values may be met several times.
using ValueId = std::uint32_t;

/// A value of Python. Nothing of it is called or imported: what makes an object is kept by name.
struct Value {
  enum class Kind : std::uint8_t {
    kNone,
    kBool,
    kInt,
    kFloat,
    kText,
    kSequence,  ///< A tuple, list or set.
    kDict,      ///< Keys and values in turns.
    kGlobal,    ///< "module name" of a class or function.
    kStorage,   ///< Of the file's: type, key and number of elements.
    kTensor,    ///< Storage, offset, sizes, strides, and perhaps a type.
    kOpaque,    ///< A tensor of which nothing can be read here: `text` says why.
    kInert,     ///< Something that does not matter.
  };

  Kind kind = Kind::kNone;
  std::int64_t number = 0;  ///< Of a bool or an integer.
  std::string text = {};    ///< Of text, and the name of a global.
  std::vector<ValueId> items = {};
};

/// All values of a pickle.
struct Values {
  std::vector<Value> all;
  ValueId root = 0;

  const Value& operator[](ValueId id) const { return all[id]; }
};

}  // namespace regraft::torch
