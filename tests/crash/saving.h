// Ways to write a checkpoint, and what is to be found afterwards.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "bundle/bundle_reader.h"
#include "bundle/bundle_writer.h"
#include "regraft/checkpoint.h"
#include "regraft/dtype.h"
#include "regraft/entry.h"
#include "regraft/error.h"
#include "regraft/find.h"
#include "regraft/prove.h"
#include "regraft/tensor.h"
#include "regraft/writer.h"
#include "testing/files.h"
#include "testing/golden.h"
#include "testing/simulated_disk.h"
#include "testing/tiny_bundle.h"

namespace regraft::crash {

using Files = testing::SimulatedDisk::Files;
/// Key to digest of the values.
using Values = std::map<std::string, std::string>;
using Save = std::function<Status(testing::SimulatedDisk&, bool overwrite)>;

inline constexpr char kPrefix[] = "run/ckpt";
inline constexpr char kOther[] = "run/other";
inline constexpr char kKeras[] = "run/model.keras";
inline constexpr char kOtherKeras[] = "run/other.keras";

inline Status Add(CheckpointWriter& writer, const std::string& key,
                  const std::vector<float>& values) {
  const TensorSpec spec{DType::kFloat32, {static_cast<std::int64_t>(values.size())}};
  return writer.Add(key, spec, std::as_bytes(std::span(values)));
}

/// Two data files, one tensor in parts.
inline Status SaveValues(testing::SimulatedDisk& disk, bool overwrite) {
  REGRAFT_TRY(auto writer, CheckpointWriter::Create(disk, kPrefix, {.overwrite = overwrite}));
  REGRAFT_CHECK(Add(writer, "a", {5, 6, 7}));
  REGRAFT_CHECK(writer.Begin("b", {DType::kFloat32, {2}}));
  for (const float value : {8.0f, 9.0f}) {
    REGRAFT_CHECK(writer.Append(std::as_bytes(std::span(&value, 1))));
  }
  REGRAFT_CHECK(writer.End());
  REGRAFT_CHECK(writer.StartShard());
  REGRAFT_CHECK(writer.AddStrings("s", {2}, std::vector<std::string>{"new", "strings"}));
  REGRAFT_TRY(const Written written, writer.Finish());
  EXPECT_EQ(written.entries, 3u);
  return {};
}

/// One data file more or less than before, copied from another checkpoint of the disk.
inline Status SaveCopies(testing::SimulatedDisk& disk, bool overwrite) {
  REGRAFT_TRY(const auto from, CheckpointReader::Open(disk, kOther, {}));
  REGRAFT_TRY(auto writer, CheckpointWriter::Create(disk, kPrefix, {.overwrite = overwrite}));
  for (const Entry& entry : from.entries()) REGRAFT_CHECK(writer.AddStored(entry.key, from, entry));
  REGRAFT_CHECK(writer.Finish());
  return {};
}

/// Only an index, over the data files of another checkpoint.
inline Status SaveLinks(testing::SimulatedDisk& disk, bool overwrite) {
  REGRAFT_TRY(const auto from, bundle::BundleReader::Open(disk, kOther, {}));
  const std::vector<std::string> data{from->FilePath(0)};
  const auto kept = from->tensors().subspan(1);
  const bundle::NewString note{"note", "stored with the index"};
  REGRAFT_CHECK(bundle::WriteLinked(disk, kPrefix, data, {kept.begin(), kept.end()}, {&note, 1},
                                    {.overwrite = overwrite}));
  return {};
}

/// A copy of a file of Keras, with other values and another checksum.
inline Status SaveLike(testing::SimulatedDisk& disk, bool overwrite) {
  REGRAFT_TRY(const auto like, CheckpointReader::Open(disk, kOtherKeras, {}));
  REGRAFT_TRY(auto writer,
              CheckpointWriter::CreateLike(disk, like, kKeras, {.overwrite = overwrite}));
  const std::pair<std::string, TensorSpec> kernel{"layers/dense/vars/0", {DType::kFloat32, {2, 1}}};
  REGRAFT_CHECK(writer.Declare({&kernel, 1}));
  const std::array<float, 2> values = {8, 9};
  REGRAFT_CHECK(writer.Add(kernel.first, kernel.second, std::as_bytes(std::span(values))));
  REGRAFT_CHECK(writer.Finish());
  return {};
}

/// A disk with another checkpoint to copy from, and with files that were left behind.
inline Files Bystanders() {
  testing::TinyBundle other;
  other.AddFloats("a", {2}, {15, 16}).AddFloats("c", {3}, {17, 18, 19}).AddStrings("t", {1}, {"u"});
  Files files = other.Files(kOther);
  files[kOtherKeras] = testing::Golden("formats/keras3.keras");
  files["run/ckpt.meta"] = "a graph";
  files["run/ckpt.index.tempstate77"] = "half an index";
  return files;
}

/// What is there before, in `shards` data files.
inline Files OldCheckpoint(std::int32_t shards) {
  testing::TinyBundle old;
  old.SetShards(shards).AddFloats("a", {3}, {1, 2, 3});
  for (std::int32_t shard = 1; shard < shards; ++shard) old.InShard(shard);
  old.AddFloats("b", {2}, {4, 4}).AddStrings("s", {2}, {"old", "text"});
  return old.Files(kPrefix);
}

/// A file of Keras that is there before.
inline Files OldKeras() { return {{kKeras, testing::Golden("formats/keras3.keras")}}; }

/// The values of the checkpoints, all verified; nothing of one whose main file is not there.
inline Values Read(const Files& files) {
  Values out;
  const testing::MemoryFiles memory(files);
  for (const std::string path : {kPrefix, kKeras}) {
    if (!files.contains(MainFileOf(path))) continue;
    const auto reader = CheckpointReader::Open(memory, path, {});
    EXPECT_TRUE(reader) << reader.error().ToString();
    if (!reader) return {{"", "does not open"}};
    const auto verified = VerifyCheckpoint(*reader);
    EXPECT_TRUE(verified && verified->failed.empty() && verified->broken.empty()) << path;
    for (const Entry& entry : reader->entries()) {
      const auto digest = reader->Sha256(entry);
      EXPECT_TRUE(digest) << digest.error().ToString();
      out[path + ':' + entry.key] = digest ? *digest : digest.error().ToString();
    }
  }
  return out;
}

}  // namespace regraft::crash
