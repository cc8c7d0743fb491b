// testing/tiny_bundle.h - writes V2 bundles, sound ones and broken ones, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/dtype.h"
#include "regraft/object_graph.h"
#include "regraft/tensor.h"
#include "wire/messages.h"

namespace regraft::testing {

/// "model/kernel" -> "model/kernel/.ATTRIBUTES/VARIABLE_VALUE".
std::string ValueKey(std::string_view path);

/// The memory of `values`, which is what Add() takes.
template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}
template <typename T>
std::string BytesOf(std::initializer_list<T> values) {
  return BytesOf(std::vector<T>(values));
}

/// Builds an object graph node by node. Node 0, the root, exists from the start.
class TinyGraph {
 public:
  TinyGraph();

  /// A new object under `parent`; its number.
  std::int32_t AddNode(std::int32_t parent, std::string edge);
  /// One more edge between two objects that exist.
  TinyGraph& AddEdge(std::int32_t parent, std::string edge, std::int32_t child);
  /// A new variable under `parent`, stored as ValueKey(path).
  std::int32_t AddVariable(std::int32_t parent, std::string edge, std::string_view path,
                           std::string full_name);
  /// A slot variable as the older optimizers keep them: no edge leads to it. It is stored as
  /// "<variable's path>/.OPTIMIZER_SLOT/<optimizer_path>/<slot>/.ATTRIBUTES/VARIABLE_VALUE".
  std::int32_t AddSlot(std::int32_t optimizer, std::string_view optimizer_path,
                       std::int32_t variable, std::string slot, std::string full_name);
  /// The key of a node's (first) value.
  const std::string& Key(std::int32_t node) const;

  /// For whatever the functions above do not do.
  wire::ObjectGraph& graph() { return graph_; }
  const wire::ObjectGraph& graph() const { return graph_; }

 private:
  wire::TrackableObject& At(std::int32_t node) {
    return graph_.nodes[static_cast<std::size_t>(node)];
  }

  wire::ObjectGraph graph_;
  std::vector<std::int32_t> parents_;
};

/// Collects tensors and writes them as TensorFlow does: data in the order of the calls, the
/// index sorted. Bytes are given in this machine's order and packed.
class TinyBundle {
 public:
  TinyBundle& Add(std::string key, DType dtype, Shape shape, std::string bytes);
  TinyBundle& AddFloats(std::string key, Shape shape, const std::vector<float>& values) {
    return Add(std::move(key), DType::kFloat32, std::move(shape), BytesOf(values));
  }
  TinyBundle& AddInt64s(std::string key, Shape shape, const std::vector<std::int64_t>& values) {
    return Add(std::move(key), DType::kInt64, std::move(shape), BytesOf(values));
  }
  TinyBundle& AddStrings(std::string key, Shape shape, std::vector<std::string> values);
  /// Elements of a variant tensor, each the bytes of a VariantTensorDataProto.
  TinyBundle& AddVariants(std::string key, Shape shape, std::vector<std::string> values);
  /// One slice of the partitioned tensor `key`; the parent entry makes itself. The extents
  /// are written as they are given: {0, -1} is a full axis.
  TinyBundle& AddSlice(std::string key, DType dtype, Shape full, wire::TensorSlice slice,
                       std::string bytes);
  TinyBundle& AddStringSlice(std::string key, Shape full, wire::TensorSlice slice,
                             std::vector<std::string> values);
  /// Stored as `_CHECKPOINTABLE_OBJECT_GRAPH`.
  TinyBundle& SetGraph(const wire::ObjectGraph& graph);
  TinyBundle& SetGraph(const TinyGraph& graph) { return SetGraph(graph.graph()); }

  TinyBundle& SetBigEndian() {
    big_endian_ = true;
    return *this;
  }
  /// How many data files the header speaks of. Default: one.
  TinyBundle& SetShards(std::int32_t count) {
    shards_ = count;
    return *this;
  }
  /// Where the tensors of the following calls go. Default: 0.
  TinyBundle& InShard(std::int32_t shard) {
    shard_ = shard;
    return *this;
  }
  /// Small blocks give an index of several blocks.
  TinyBundle& SetBlockSize(std::size_t bytes) {
    block_size_ = bytes;
    return *this;
  }
  TinyBundle& SetSnappy() {
    snappy_ = true;
    return *this;
  }

  /// Changes the entry of `key` (for a slice: of its encoded key) before it is written: a
  /// wrong size, checksum, type ...
  TinyBundle& Edit(std::string key, std::function<void(wire::BundleEntry&)> change);
  /// Puts `value` into the index under `key` as it is; "" is the header.
  TinyBundle& PutRaw(std::string key, std::string value);
  /// Leaves `key` out of the index; "" is the header.
  TinyBundle& Leave(std::string key);

  /// Path to content: "<prefix>.index" and one data file a shard.
  std::map<std::string, std::string> Files(const std::string& prefix) const;
  /// Writes the same files, and their folder, to disk.
  void WriteTo(const std::string& prefix) const;

 private:
  struct Item {
    std::string key;
    DType dtype;
    Shape shape;
    std::int32_t shard;
    std::string bytes;                 // Of other types than strings and variants.
    std::vector<std::string> strings;  // Of those.
  };
  TinyBundle& AddItem(Item item);
  std::string AddToParent(const std::string& key, DType dtype, const Shape& full,
                          const wire::TensorSlice& slice, Shape* slice_shape);

  std::vector<Item> items_;
  std::map<std::string, wire::BundleEntry> parents_;
  std::map<std::string, std::function<void(wire::BundleEntry&)>> edits_;
  std::map<std::string, std::string> raw_;
  std::vector<std::string> left_;
  bool big_endian_ = false;
  bool snappy_ = false;
  std::int32_t shards_ = 1;
  std::int32_t shard_ = 0;
  std::size_t block_size_ = 262144;
};

}  // namespace regraft::testing
