// fuzz/make_seeds.cc - writes the binary seeds, one folder a decoder.
//
// Usage: regraft_fuzz_seeds FOLDER
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bundle/ordered_code.h"
#include "digest/crc32c.h"
#include "fuzz.h"
#include "regraft/catalog.h"
#include "regraft/dtype.h"
#include "regraft/entry.h"
#include "regraft/plan.h"
#include "regraft/targets.h"
#include "small_catalog.h"
#include "table/table_builder.h"
#include "wire/messages.h"

namespace {

using regraft::fuzz::Bytes;
using regraft::wire::BundleEntry;

class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}

  void Write(const std::string& decoder, const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories(path_ / decoder);
    std::ofstream(path_ / decoder / name, std::ios::binary) << bytes;
  }

 private:
  std::filesystem::path path_;
};

std::string Fixed32(std::uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

BundleEntry Entry(regraft::DType dtype, std::vector<std::int64_t> dims, std::int64_t offset,
                  std::string_view stored) {
  BundleEntry entry;
  entry.dtype = static_cast<std::int32_t>(dtype);
  entry.shape.dims = std::move(dims);
  entry.offset = offset;
  entry.size = static_cast<std::int64_t>(stored.size());
  entry.crc32c = regraft::digest::MaskCrc(regraft::digest::Crc32c(Bytes(stored)));
  entry.has_crc32c = true;
  return entry;
}

regraft::wire::ObjectGraph Graph() {
  regraft::wire::ObjectGraph graph;
  graph.nodes.resize(4);
  graph.nodes[0].children = {{1, "model"}, {3, "optimizer"}, {0, "self"}};
  graph.nodes[1].children = {{2, "a.S/b"}};
  graph.nodes[2].attributes = {{"VARIABLE_VALUE", "b", "model/a.S.Sb/.ATTRIBUTES/VARIABLE_VALUE"}};
  graph.nodes[3].slot_variables = {{2, "m", 2}};
  graph.nodes[1].registered_saver = regraft::wire::RegisteredSaver{"saver", "object"};
  graph.nodes[1].has_checkpoint_values = true;
  return graph;
}

std::string Header() {
  regraft::wire::BundleHeader header;
  header.num_shards = 1;
  header.version.producer = 1;
  return regraft::wire::EncodeBundleHeader(header);
}

// A whole tensor, one of two slices, and two strings.
void WriteBundle(const Folder& folder) {
  const std::string whole = "0123456789ab";
  const std::string slices = "ABCDEFGH";
  // Lengths 2 and 0, their checksum (of the lengths as 32-bit numbers), then the bytes.
  const std::uint32_t lengths = regraft::digest::Crc32c(Bytes(Fixed32(2) + Fixed32(0)));
  const std::string checksum = Fixed32(regraft::digest::MaskCrc(lengths));
  const std::string strings = std::string("\x02\x00", 2) + checksum + "hi";

  BundleEntry parts = Entry(regraft::DType::kFloat32, {2}, 0, "");
  parts.has_crc32c = false;
  parts.slices = {{{0, 1}}, {{1, 1}}};
  BundleEntry words = Entry(regraft::DType::kString, {2}, 20, strings);
  words.crc32c =
      regraft::digest::MaskCrc(regraft::digest::ExtendCrc32c(lengths, Bytes(checksum + "hi")));

  for (const bool snappy : {false, true}) {
    regraft::table::TableBuilder table({.block_size = 64, .snappy = snappy});
    const auto encode = [](const BundleEntry& entry) {
      return regraft::wire::EncodeBundleEntry(entry);
    };
    table.Add("", Header());
    // Slice keys sort before every plain name.
    for (const std::int64_t row : {0, 1}) {
      const std::string_view piece = std::string_view(slices).substr(row == 0 ? 0 : 4, 4);
      table.Add(regraft::bundle::EncodeSliceKey("parts", {{row, 1}}),
                encode(Entry(regraft::DType::kFloat32, {1}, 12 + 4 * row, piece)));
    }
    table.Add("parts", encode(parts));
    table.Add("whole", encode(Entry(regraft::DType::kInt32, {3}, 0, whole)));
    table.Add("words", encode(words));
    const std::string index = std::move(table).Finish();
    const std::string name = snappy ? "snappy" : "plain";
    folder.Write("table", name, index);
    folder.Write(
        "bundle", name,
        Fixed32(static_cast<std::uint32_t>(index.size())) + index + whole + slices + strings);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const Folder folder(argv[1]);
  WriteBundle(folder);
  BundleEntry entry = Entry(regraft::DType::kFloat32, {2, 3}, 7, "bytes");
  entry.slices = {{{0, 1}, {0, -1}}, {{1, 1}, {0, -1}}};
  folder.Write("wire", "header", Header());
  folder.Write("wire", "entry", regraft::wire::EncodeBundleEntry(entry));
  folder.Write("wire", "graph", regraft::wire::EncodeObjectGraph(Graph()));
  folder.Write("object_graph", "graph", regraft::wire::EncodeObjectGraph(Graph()));
  const regraft::Catalog catalog = regraft::fuzz::SmallCatalog();
  const auto plan =
      regraft::MakePlan(catalog, regraft::TargetsFrom(catalog),
                        {.select = {.exclude = {"@optimizer"}}, .map = {{"gone", "nowhere"}}});
  if (!plan) {
    std::fprintf(stderr, "%s\n", plan.error().message.c_str());
    return 1;
  }
  folder.Write("plan_json", "plan", regraft::PlanJson(*plan));
  return 0;
}
