// bundle/test_writing.h - what tests of writing share.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "bundle/bundle_reader.h"
#include "bundle/bundle_writer.h"
#include "regraft/dtype.h"
#include "regraft/error.h"
#include "regraft/tensor.h"
#include "testing/simulated_disk.h"
#include "testing/tiny_bundle.h"

namespace regraft::bundle {

using Files = testing::SimulatedDisk::Files;

inline constexpr char kIndex[] = "p.index";
inline constexpr char kData[] = "p.data-00000-of-00001";
inline const TensorSpec kScalar{DType::kFloat32, {}};

inline std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}
inline std::string Text(const Status& status) { return status ? "" : status.error().ToString(); }
inline std::string Slug(const Status& status) { return status ? "" : status.error().slug; }

inline BundleWriter Make(testing::SimulatedDisk& disk, const WriteOptions& options = {}) {
  return BundleWriter::Create(disk, "p", options).value();
}

inline std::unique_ptr<const BundleReader> Open(const io::Files& files,
                                                const std::string& prefix = "p") {
  return BundleReader::Open(files, prefix, {}).value();
}

inline const archive::StoredTensor& Find(const BundleReader& reader, std::string_view key) {
  return reader.tensors()[static_cast<std::size_t>(reader.Find(key))];
}

}  // namespace regraft::bundle
