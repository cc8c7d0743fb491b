// restore/test_arrays.h - named memory to restore into, and checkpoints in memory.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "regraft/checkpoint.h"
#include "regraft/dtype.h"
#include "regraft/identity.h"
#include "regraft/restore.h"
#include "regraft/tensor.h"
#include "testing/files.h"
#include "testing/tiny_bundle.h"

namespace regraft::restore {

inline CheckpointReader Opened(const io::Files& files) {
  auto reader = CheckpointReader::Open(files, "p", {});
  EXPECT_TRUE(reader) << reader.error().ToString();
  return *std::move(reader);
}

/// Arrays of the caller. `source` is the name in the checkpoint, if it is another one.
class Arrays {
 public:
  Arrays& Add(const std::string& name, DType dtype, Shape shape, std::string bytes,
              std::string source = "") {
    Target target;
    target.name = name;
    target.full_name = source.empty() ? name : std::move(source);
    target.spec = {dtype, std::move(shape)};
    names_.push_back(name);
    memory_.push_back(std::move(bytes));
    destination_.Add(std::move(target), std::as_writable_bytes(std::span(memory_.back())));
    return *this;
  }
  Arrays& AddFloats(const std::string& name, Shape shape, float fill, std::string source = "") {
    const std::vector<float> values(static_cast<std::size_t>(shape.num_elements()), fill);
    return Add(name, DType::kFloat32, std::move(shape), testing::BytesOf(values),
               std::move(source));
  }

  ArrayDestination& destination() { return destination_; }
  std::vector<Target> Targets() const { return destination_.Targets().value(); }
  /// The bytes of all arrays, in the order in which they were added.
  std::vector<std::string> snapshot() const { return {memory_.begin(), memory_.end()}; }

  template <typename T>
  std::vector<T> Values(const std::string& name) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] != name) continue;
      std::vector<T> out(memory_[i].size() / sizeof(T));
      if (!out.empty()) std::memcpy(out.data(), memory_[i].data(), memory_[i].size());
      return out;
    }
    return {};
  }
  std::vector<float> Floats(const std::string& name) const { return Values<float>(name); }

 private:
  std::vector<std::string> names_;
  std::deque<std::string> memory_;  // Does not move its elements.
  ArrayDestination destination_;
};

}  // namespace regraft::restore
