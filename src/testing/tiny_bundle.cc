#include "testing/tiny_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <span>
#include <utility>

#include "bundle/ordered_code.h"
#include "digest/crc32c.h"
#include "table/table_builder.h"

namespace regraft::testing {
namespace {

constexpr std::string_view kValueSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";

std::span<const std::byte> AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

void AppendVarint(std::uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

std::string Fixed(std::uint64_t value, std::size_t bytes, bool big_endian) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  if (big_endian) std::reverse(out.begin(), out.end());
  return out;
}

struct Stored {
  std::string bytes;
  std::uint32_t crc = 0;  // Unmasked.
};

Stored StoreStrings(const std::vector<std::string>& values, bool big_endian) {
  Stored out;
  for (const std::string& value : values) {
    AppendVarint(value.size(), &out.bytes);
    out.crc = digest::ExtendCrc32c(out.crc, AsBytes(Fixed(value.size(), 4, big_endian)));
  }
  std::string rest = Fixed(digest::MaskCrc(out.crc), 4, big_endian);
  for (const std::string& value : values) rest += value;
  out.crc = digest::ExtendCrc32c(out.crc, AsBytes(rest));
  out.bytes += rest;
  return out;
}

Stored StoreVariants(const std::vector<std::string>& values, bool big_endian) {
  Stored out;
  for (const std::string& value : values) {
    AppendVarint(value.size(), &out.bytes);
    out.bytes += value;
    out.crc = digest::ExtendCrc32c(out.crc, AsBytes(Fixed(value.size(), 8, big_endian)));
    out.crc = digest::ExtendCrc32c(out.crc, AsBytes(value));
    const std::string check = Fixed(digest::MaskCrc(out.crc), 4, big_endian);
    out.bytes += check;
    out.crc = digest::ExtendCrc32c(out.crc, AsBytes(check));
  }
  return out;
}

Stored StorePlain(std::string bytes, DType dtype, bool big_endian) {
  const std::size_t unit = SwapUnitBytes(dtype);
  if (big_endian != (std::endian::native == std::endian::big) && unit > 1) {
    for (std::size_t i = 0; i + unit <= bytes.size(); i += unit) {
      std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                   bytes.begin() + static_cast<std::ptrdiff_t>(i + unit));
    }
  }
  const std::uint32_t crc = digest::Crc32c(AsBytes(bytes));
  return {std::move(bytes), crc};
}

Stored Store(DType dtype, const std::string& bytes, const std::vector<std::string>& values,
             bool big_endian) {
  if (dtype == DType::kString) return StoreStrings(values, big_endian);
  if (dtype == DType::kVariant) return StoreVariants(values, big_endian);
  return StorePlain(bytes, dtype, big_endian);
}

wire::TensorShape WireShape(const Shape& shape) {
  return {{shape.dims().begin(), shape.dims().end()}, false};
}

}  // namespace

std::string ValueKey(std::string_view path) { return std::string(path).append(kValueSuffix); }

TinyGraph::TinyGraph() : parents_{-1} { graph_.nodes.emplace_back().has_checkpoint_values = false; }

std::int32_t TinyGraph::AddNode(std::int32_t parent, std::string edge) {
  const auto node = static_cast<std::int32_t>(graph_.nodes.size());
  graph_.nodes.emplace_back().has_checkpoint_values = false;
  parents_.push_back(parent);
  AddEdge(parent, std::move(edge), node);
  return node;
}

TinyGraph& TinyGraph::AddEdge(std::int32_t parent, std::string edge, std::int32_t child) {
  At(parent).children.push_back({child, std::move(edge)});
  return *this;
}

std::int32_t TinyGraph::AddVariable(std::int32_t parent, std::string edge, std::string_view path,
                                    std::string full_name) {
  const std::int32_t node = AddNode(parent, std::move(edge));
  At(node).attributes.push_back({"VARIABLE_VALUE", std::move(full_name), ValueKey(path)});
  for (std::int32_t at = node; at >= 0; at = parents_[static_cast<std::size_t>(at)]) {
    At(at).has_checkpoint_values = true;
  }
  return node;
}

std::int32_t TinyGraph::AddSlot(std::int32_t optimizer, std::string_view optimizer_path,
                                std::int32_t variable, std::string slot, std::string full_name) {
  const auto node = static_cast<std::int32_t>(graph_.nodes.size());
  std::string path = Key(variable).substr(0, Key(variable).size() - kValueSuffix.size());
  path += fmt::format("/.OPTIMIZER_SLOT/{}/{}", optimizer_path, slot);
  graph_.nodes.emplace_back().has_checkpoint_values = true;
  parents_.push_back(-1);
  At(node).attributes.push_back({"VARIABLE_VALUE", std::move(full_name), ValueKey(path)});
  At(optimizer).slot_variables.push_back({variable, std::move(slot), node});
  return node;
}

const std::string& TinyGraph::Key(std::int32_t node) const {
  return graph_.nodes[static_cast<std::size_t>(node)].attributes.at(0).checkpoint_key;
}

TinyBundle& TinyBundle::AddItem(Item item) {
  items_.push_back(std::move(item));
  return *this;
}

TinyBundle& TinyBundle::Add(std::string key, DType dtype, Shape shape, std::string bytes) {
  return AddItem({std::move(key), dtype, std::move(shape), shard_, std::move(bytes), {}});
}

TinyBundle& TinyBundle::AddStrings(std::string key, Shape shape, std::vector<std::string> values) {
  return AddItem({std::move(key), DType::kString, std::move(shape), shard_, "", std::move(values)});
}

TinyBundle& TinyBundle::AddVariants(std::string key, Shape shape, std::vector<std::string> values) {
  return AddItem(
      {std::move(key), DType::kVariant, std::move(shape), shard_, "", std::move(values)});
}

std::string TinyBundle::AddToParent(const std::string& key, DType dtype, const Shape& full,
                                    const wire::TensorSlice& slice, Shape* slice_shape) {
  wire::BundleEntry& parent = parents_[key];
  parent.dtype = static_cast<std::int32_t>(dtype);
  parent.shape = WireShape(full);
  parent.slices.push_back(slice);
  std::vector<std::int64_t> dims;
  for (std::size_t axis = 0; axis < slice.size(); ++axis) {
    dims.push_back(slice[axis].length < 0 ? full[axis] : slice[axis].length);
  }
  *slice_shape = Shape::Make(std::move(dims)).value();
  return bundle::EncodeSliceKey(key, slice);
}

TinyBundle& TinyBundle::AddSlice(std::string key, DType dtype, Shape full, wire::TensorSlice slice,
                                 std::string bytes) {
  Shape shape;
  std::string slice_key = AddToParent(key, dtype, full, slice, &shape);
  return Add(std::move(slice_key), dtype, std::move(shape), std::move(bytes));
}

TinyBundle& TinyBundle::AddStringSlice(std::string key, Shape full, wire::TensorSlice slice,
                                       std::vector<std::string> values) {
  Shape shape;
  std::string slice_key = AddToParent(key, DType::kString, full, slice, &shape);
  return AddStrings(std::move(slice_key), std::move(shape), std::move(values));
}

TinyBundle& TinyBundle::SetGraph(const wire::ObjectGraph& graph) {
  return AddStrings("_CHECKPOINTABLE_OBJECT_GRAPH", {}, {wire::EncodeObjectGraph(graph)});
}

TinyBundle& TinyBundle::Edit(std::string key, std::function<void(wire::BundleEntry&)> change) {
  edits_[std::move(key)] = std::move(change);
  return *this;
}

TinyBundle& TinyBundle::PutRaw(std::string key, std::string value) {
  raw_[std::move(key)] = std::move(value);
  return *this;
}

TinyBundle& TinyBundle::Leave(std::string key) {
  left_.push_back(std::move(key));
  return *this;
}

std::map<std::string, std::string> TinyBundle::Files(const std::string& prefix) const {
  std::vector<std::string> data(static_cast<std::size_t>(std::max(shards_, 1)));
  std::map<std::string, wire::BundleEntry> entries = parents_;
  for (const Item& item : items_) {
    const Stored stored = Store(item.dtype, item.bytes, item.strings, big_endian_);
    std::string& file = data.at(static_cast<std::size_t>(item.shard));
    wire::BundleEntry& entry = entries[item.key];
    entry.dtype = static_cast<std::int32_t>(item.dtype);
    entry.shape = WireShape(item.shape);
    entry.shard_id = item.shard;
    entry.offset = static_cast<std::int64_t>(file.size());
    entry.size = static_cast<std::int64_t>(stored.bytes.size());
    entry.crc32c = digest::MaskCrc(stored.crc);
    entry.has_crc32c = true;
    file += stored.bytes;
  }
  for (const auto& [key, change] : edits_) change(entries.at(key));

  std::map<std::string, std::string> index;
  index[""] = wire::EncodeBundleHeader({shards_, big_endian_, {1, 0, {}}});
  for (const auto& [key, entry] : entries) index[key] = wire::EncodeBundleEntry(entry);
  for (const auto& [key, value] : raw_) index[key] = value;
  for (const std::string& key : left_) index.erase(key);
  table::TableBuilder builder({block_size_, snappy_});
  for (const auto& [key, value] : index) builder.Add(key, value);

  std::map<std::string, std::string> files;
  files[prefix + ".index"] = std::move(builder).Finish();
  for (std::size_t i = 0; i < data.size(); ++i) {
    files[fmt::format("{}.data-{:05}-of-{:05}", prefix, i, shards_)] = std::move(data[i]);
  }
  return files;
}

void TinyBundle::WriteTo(const std::string& prefix) const {
  for (const auto& [path, content] : Files(prefix)) {
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder);
    std::ofstream out(path, std::ios::binary);
    out.exceptions(std::ios::failbit | std::ios::badbit);
    out << content;
  }
}

}  // namespace regraft::testing
