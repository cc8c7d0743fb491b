// Writes a checkpoint of any size, as TensorFlow would have: TENSORS matrices of ROWS x COLUMNS
// float32. Memory stays small.
//
// Usage: regraft_bench_make_checkpoint PREFIX TENSORS ROWS COLUMNS [graph | adam | names]
//   graph: below an object graph; adam: two of three are slots of its optimizer;
//   names: a file of names, as tf.compat.v1.train.Saver leaves it, of which two are slots, too.
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/regraft.h"

namespace {

using regraft::ObjectGraph;
using regraft::Status;

// Cheap numbers of one magnitude; no two tensors are alike.
void Fill(std::vector<float>& values, std::uint64_t seed) {
  std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
  for (float& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<std::int32_t>(state >> 32)) * 0x1p-32f;
  }
}

// root -> model -> layer_i -> kernel, and optimizer -> m, v of each.
std::vector<ObjectGraph::Node> MakeGraph(std::int64_t tensors, bool adam) {
  std::vector<ObjectGraph::Node> nodes(2);
  nodes[0].children.push_back({1, "model"});
  if (adam) {
    nodes[0].children.push_back({2, "optimizer"});
    nodes.emplace_back().children.push_back({3, "iter"});
    nodes.emplace_back().attributes.push_back({"VARIABLE_VALUE", "Adam/iter", ""});
  }
  for (std::int64_t i = 0; i < (adam ? tensors / 3 : tensors); ++i) {
    const auto layer = static_cast<std::int32_t>(nodes.size());
    nodes[1].children.push_back({layer, fmt::format("layer_{}", i)});
    nodes.emplace_back().children.push_back({layer + 1, "kernel"});
    nodes.emplace_back().attributes.push_back(
        {"VARIABLE_VALUE", fmt::format("layer_{}/kernel", i), ""});
    for (const char* slot : {"m", "v"}) {
      if (!adam) break;
      nodes[2].slots.push_back({layer + 1, slot, static_cast<std::int32_t>(nodes.size())});
      nodes.emplace_back().attributes.push_back(
          {"VARIABLE_VALUE", fmt::format("Adam/layer_{}/kernel/{}", i, slot), ""});
    }
  }
  return nodes;
}

std::vector<std::string> MakeNames(std::int64_t tensors) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < tensors / 3; ++i) {
    const std::string name =
        fmt::format("resnet/block_{}/unit_{}/conv_{}/weights", i / 16, i / 4 % 4, i % 4);
    for (const char* suffix : {"", "/Adam", "/Adam_1"}) names.push_back(name + suffix);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status WriteNames(const std::string& prefix, const regraft::TensorSpec& spec, std::int64_t tensors,
                  const auto& next) {
  auto writer = regraft::CheckpointWriter::Create(prefix, {.overwrite = true});
  if (!writer) return regraft::Fail(writer.error());
  for (const std::string& name : MakeNames(tensors)) {
    if (Status added = writer->Add(name, spec, next()); !added) return added;
  }
  if (auto written = writer->Finish(); !written) return regraft::Fail(written.error());
  return {};
}

Status Write(const std::string& prefix, std::int64_t tensors, std::int64_t rows,
             std::int64_t columns, std::string_view kind) {
  const regraft::TensorSpec spec{regraft::DType::kFloat32, {rows, columns}};
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  std::uint64_t seed = 0;
  const auto next = [&] {
    Fill(values, seed++);
    return std::as_bytes(std::span(values));
  };
  if (kind == "names") return WriteNames(prefix, spec, tensors, next);
  const auto written = regraft::WriteObjects(
      prefix, MakeGraph(tensors, kind == "adam"),
      [&](std::size_t, const std::string& key, regraft::CheckpointWriter& writer) {
        return writer.Add(key, spec, next());
      },
      {.overwrite = true});
  if (!written) return regraft::Fail(written.error());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    fmt::print(stderr, "usage: {} PREFIX TENSORS ROWS COLUMNS [graph | adam | names]\n", argv[0]);
    return 2;
  }
  const auto written = Write(argv[1], std::atoll(argv[2]), std::atoll(argv[3]), std::atoll(argv[4]),
                             argc == 6 ? argv[5] : "graph");
  if (written) return 0;
  fmt::print(stderr, "{}\n", written.error().ToString());
  return 1;
}
