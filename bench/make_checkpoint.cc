// Writes a checkpoint of any size, as TensorFlow would have: TENSORS matrices of ROWS x COLUMNS
// float32, below an object graph. Memory stays small.
//
// Usage: regraft_make_checkpoint PREFIX TENSORS ROWS COLUMNS
#include <fmt/core.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/crc32c.h"
#include "regraft/dtype.h"
#include "table/table_builder.h"
#include "wire/messages.h"

namespace {

using regraft::io::Crc32c;
using regraft::io::ExtendCrc32c;
using regraft::io::MaskCrc;

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Cheap numbers of one magnitude; no two tensors are alike.
void Fill(std::vector<float>& values, std::uint64_t seed) {
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (float& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<std::int32_t>(state >> 32)) * 0x1p-32f;
  }
}

// The layout of a string tensor of one element (docs/format/bundle.md, "Strings").
struct StringTensor {
  std::string stored;
  std::uint32_t crc = 0;
};
StringTensor Pack(std::string_view text) {
  StringTensor result;
  for (std::uint64_t rest = text.size();; rest >>= 7) {
    result.stored += static_cast<char>(rest < 128 ? rest : rest % 128 + 128);
    if (rest < 128) break;
  }
  const auto length = static_cast<std::uint32_t>(text.size());
  const auto fixed32 = [](std::uint32_t value) {
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift);
    return bytes;
  };
  result.crc = Crc32c(Bytes(fixed32(length)));
  const std::string checksum = fixed32(MaskCrc(result.crc));
  result.stored += checksum;
  result.stored += text;
  result.crc = ExtendCrc32c(ExtendCrc32c(result.crc, Bytes(checksum)), Bytes(text));
  return result;
}

class Writer {
 public:
  explicit Writer(const std::string& prefix)
      : prefix_(prefix), data_(prefix + ".data-00000-of-00001", std::ios::binary) {}

  void Add(const std::string& key, regraft::DType dtype, std::vector<std::int64_t> dims,
           std::string_view stored, std::uint32_t crc) {
    regraft::wire::BundleEntry entry;
    entry.dtype = static_cast<std::int32_t>(dtype);
    entry.shape.dims = std::move(dims);
    entry.offset = offset_;
    entry.size = static_cast<std::int64_t>(stored.size());
    entry.crc32c = MaskCrc(crc);
    entry.has_crc32c = true;
    entries_[key] = regraft::wire::EncodeBundleEntry(entry);
    data_.write(stored.data(), entry.size);
    offset_ += entry.size;
  }

  bool Finish() {
    regraft::wire::BundleHeader header;
    header.num_shards = 1;
    header.version.producer = 1;
    regraft::table::TableBuilder table;
    table.Add("", regraft::wire::EncodeBundleHeader(header));
    for (const auto& [key, value] : entries_) table.Add(key, value);
    std::ofstream index(prefix_ + ".index", std::ios::binary);
    index << std::move(table).Finish();
    return data_.flush() && index.flush();
  }

 private:
  std::string prefix_;
  std::ofstream data_;
  std::int64_t offset_ = 0;
  std::map<std::string, std::string> entries_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: {} PREFIX TENSORS ROWS COLUMNS\n", argv[0]);
    return 2;
  }
  const std::int64_t tensors = std::atoll(argv[2]);
  const std::int64_t rows = std::atoll(argv[3]);
  const std::int64_t columns = std::atoll(argv[4]);

  Writer writer(argv[1]);
  // root -> model -> layer_i -> kernel.
  regraft::wire::ObjectGraph graph;
  graph.nodes.resize(2);
  graph.nodes[0].children.push_back({1, "model"});
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  for (std::int64_t i = 0; i < tensors; ++i) {
    const std::string key = fmt::format("model/layer_{}/kernel/.ATTRIBUTES/VARIABLE_VALUE", i);
    const auto layer = static_cast<std::int32_t>(graph.nodes.size());
    graph.nodes[1].children.push_back({layer, fmt::format("layer_{}", i)});
    graph.nodes.resize(graph.nodes.size() + 2);
    graph.nodes[graph.nodes.size() - 2].children.push_back({layer + 1, "kernel"});
    graph.nodes.back().attributes.push_back(
        {"VARIABLE_VALUE", fmt::format("layer_{}/kernel", i), key});

    Fill(values, static_cast<std::uint64_t>(i));
    const auto bytes = std::as_bytes(std::span(values));
    writer.Add(key, regraft::DType::kFloat32, {rows, columns},
               {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, Crc32c(bytes));
  }
  const StringTensor packed = Pack(regraft::wire::EncodeObjectGraph(graph));
  writer.Add("_CHECKPOINTABLE_OBJECT_GRAPH", regraft::DType::kString, {}, packed.stored,
             packed.crc);
  if (!writer.Finish()) {
    fmt::print(stderr, "cannot write {}\n", argv[1]);
    return 5;
  }
  return 0;
}
