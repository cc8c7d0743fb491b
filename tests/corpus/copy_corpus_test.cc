// Every whole V2 checkpoint of the corpus, copied piece by piece in the order of its data files,
// comes out as it was. Only an index that has a Snappy block does not: it is written anew without
// compression, as TensorFlow does, with the same records.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/try.h"
#include "bundle/bundle_reader.h"
#include "bundle/bundle_writer.h"
#include "bundle/data_file_name.h"
#include "corpus.h"
#include "io/byte_source.h"
#include "table/format.h"
#include "table/table_reader.h"
#include "testing/simulated_disk.h"

namespace regraft::bundle {
namespace {

namespace fs = std::filesystem;

std::string Content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

struct Copied {
  const archive::StoredTensor* tensor;
  std::size_t number;
  const archive::StoredPiece& piece() const { return tensor->pieces[number]; }
};

std::vector<Copied> InFileOrder(const BundleReader& reader) {
  std::vector<Copied> out;
  for (const archive::StoredTensor& tensor : reader.tensors()) {
    for (std::size_t i = 0; i < tensor.pieces.size(); ++i) out.push_back({&tensor, i});
  }
  // An empty tensor lies where the next begins.
  std::stable_sort(out.begin(), out.end(), [](const Copied& a, const Copied& b) {
    const auto place = [](const archive::StoredPiece& p) {
      return std::tuple(p.where.file, p.where.offset, p.where.bytes);
    };
    return place(a.piece()) < place(b.piece());
  });
  return out;
}

Status Copy(const BundleReader& reader, io::Disk& disk) {
  REGRAFT_TRY(BundleWriter writer, BundleWriter::Create(disk, "p", {}));
  std::uint32_t shard = 0;
  for (const Copied& stored : InFileOrder(reader)) {
    for (; shard < stored.piece().where.file; ++shard) REGRAFT_CHECK(writer.StartShard());
    REGRAFT_CHECK(writer.AddStoredPiece(stored.tensor->key, reader, *stored.tensor, stored.number,
                                        /*verify=*/true));
  }
  for (; shard + 1 < reader.num_files(); ++shard) REGRAFT_CHECK(writer.StartShard());
  return writer.Finish();
}

using Records = std::vector<std::pair<std::string, std::string>>;

Records RecordsOf(const std::string& index) {
  Records out;
  const auto source = io::MemorySource("index", std::as_bytes(std::span(index)));
  const Status scanned =
      table::ScanTable(*source, {}, [&](std::string_view key, std::string_view value) {
        out.emplace_back(key, value);
        return Status();
      });
  EXPECT_TRUE(scanned) << scanned.error().ToString();
  return out;
}

// Of the first data block; the block that leads to it is never compressed.
bool HasSnappyBlock(const std::string& index) {
  std::string_view footer = std::string_view(index).substr(index.size() - table::kFooterBytes);
  table::TakeHandle(footer);
  std::string_view block = std::string_view(index).substr(table::TakeHandle(footer)->offset);
  table::TakeVarint(block);
  const std::uint64_t key_bytes = *table::TakeVarint(block);
  table::TakeVarint(block);
  block.remove_prefix(key_bytes);
  const table::BlockHandle data = *table::TakeHandle(block);
  return index[data.offset + data.size] == table::kSnappyBlock;
}

TEST(CopyCorpus, IsTheSameByteForByte) {
  std::size_t copied = 0;
  for (const CorpusItem& item : CorpusItems("V2-")) {
    if (!item.IsWhole()) continue;
    SCOPED_TRACE(item.path);
    const std::string prefix = item.path.substr(0, item.path.size() - 6);
    const auto reader = BundleReader::Open(io::RealFiles(), prefix, {});
    ASSERT_TRUE(reader) << reader.error().ToString();
    testing::SimulatedDisk disk;
    const Status status = Copy(**reader, disk);
    ASSERT_TRUE(status) << status.error().ToString();
    const testing::SimulatedDisk::Files files = disk.Content();
    EXPECT_EQ(files.size(), 1u + (*reader)->num_files());
    for (std::uint32_t shard = 0; shard < (*reader)->num_files(); ++shard) {
      const std::string path = (*reader)->FilePath(shard);
      const std::string name = "p" + path.substr(prefix.size());
      EXPECT_TRUE(files.at(name) == Content(path)) << name;
    }
    const std::string original = Content(item.path);
    EXPECT_TRUE(RecordsOf(files.at("p.index")) == RecordsOf(original));
    EXPECT_NE(files.at("p.index") == original, HasSnappyBlock(original));
    EXPECT_EQ(HasSnappyBlock(original), item.remarks.find("snappy index") != std::string::npos);
    ++copied;
  }
  EXPECT_GE(copied, 70u);
}

}  // namespace
}  // namespace regraft::bundle
