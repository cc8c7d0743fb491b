// testing/v1_table.h - tables of V1 checkpoints, sound or not.
#pragma once

#include <cstdint>
#include <map>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bundle/ordered_code.h"
#include "regraft/dtype.h"
#include "table/table_builder.h"
#include "wire/messages.h"

namespace regraft::testing {

/// One file of a V1 checkpoint. Values are the bytes of a TensorProto.
class V1Table {
 public:
  using Dims = std::vector<std::int64_t>;

  /// A tensor that is stored whole.
  V1Table& Add(std::string_view name, DType dtype, const Dims& dims, std::string_view value) {
    const wire::TensorSlice whole(dims.size());
    return Add(name, dtype, dims, {{whole, std::string(value)}});
  }
  V1Table& Add(std::string_view name, DType dtype, const Dims& dims,
               const std::vector<std::pair<wire::TensorSlice, std::string>>& slices) {
    protozero::pbf_writer meta(meta_);
    protozero::pbf_writer tensor(meta, 1);
    tensor.add_string(1, name.data(), name.size());
    {
      protozero::pbf_writer shape(tensor, 2);
      for (const std::int64_t dim : dims) protozero::pbf_writer(shape, 2).add_int64(1, dim);
    }
    tensor.add_int32(3, static_cast<std::int32_t>(dtype));
    for (const auto& [slice, value] : slices) {
      const std::string extents = Extents(slice);
      tensor.add_message(4, extents);
      std::string data;
      {
        protozero::pbf_writer message(data);
        protozero::pbf_writer saved(message, 2);
        saved.add_string(1, name.data(), name.size());
        saved.add_message(2, extents);
        saved.add_message(3, value);
      }
      values_[bundle::EncodeSliceKey(name, slice)] = data;
    }
    return *this;
  }
  V1Table& Version(std::int32_t producer, std::int32_t min_consumer) {
    protozero::pbf_writer meta(meta_);
    protozero::pbf_writer version(meta, 2);
    version.add_int32(1, producer);
    version.add_int32(2, min_consumer);
    return *this;
  }

  /// The values by their keys, to be spoiled.
  std::map<std::string, std::string>& values() { return values_; }

  std::string Finish(const table::BuildOptions& options = {}) const {
    table::TableBuilder table(options);
    std::string first;
    protozero::pbf_writer(first).add_message(1, meta_);
    table.Add("", first);
    for (const auto& [key, value] : values_) table.Add(key, value);
    return std::move(table).Finish();
  }

  /// The message of packed float values.
  static std::string Floats(const std::vector<float>& values) {
    std::string bytes;
    protozero::pbf_writer(bytes).add_packed_float(5, values.begin(), values.end());
    return bytes;
  }

 private:
  static std::string Extents(const wire::TensorSlice& slice) {
    std::string bytes;
    protozero::pbf_writer message(bytes);
    for (const wire::SliceExtent& extent : slice) {
      std::string numbers;
      protozero::pbf_writer each(numbers);
      if (extent.start != 0) each.add_int64(1, extent.start);
      if (extent.length != -1) each.add_int64(2, extent.length);
      message.add_message(1, numbers);  // A writer of parts would leave empty ones out.
    }
    return bytes;
  }

  std::string meta_;
  std::map<std::string, std::string> values_;
};

}  // namespace regraft::testing
