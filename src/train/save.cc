// Checkpoint::Save() and Write().
#include <fmt/format.h>

#include <algorithm>

#include "base/try.h"
#include "io/disk.h"
#include "regraft/checkpoint.h"
#include "regraft/entry.h"
#include "regraft/key.h"
#include "regraft/train.h"
#include "regraft/write_objects.h"
#include "regraft/writer.h"
#include "train/object_tree.h"
#include "train/save_counter.h"

namespace regraft::train {
namespace {

constexpr char kCounterEdge[] = "save_counter";

bool IsCounter(const TensorSpec& spec) {
  return spec.dtype == DType::kInt64 && spec.shape.rank() == 0;
}

// The counter that a root object has of its own.
std::optional<Variable> OwnCounter(const Node& root) {
  for (const Node::Edge& edge : root.edges) {
    if (!edge.variable || edge.name != kCounterEdge) continue;
    Variable variable = Node::Handle(edge.variable);
    if (IsCounter(variable.spec())) return variable;
  }
  return std::nullopt;
}

// Where the counter of a file may be. It is an edge of the root, so its key is known without a
// graph that can be read.
std::vector<std::string> CounterKeys(const CheckpointReader& source) {
  if (source.catalog().graph_error) {
    return {std::string(kSaveCounterKey)};
  }
  std::vector<std::string> keys;
  const ObjectGraph* const graph = source.object_graph();
  if (graph == nullptr || graph->nodes().empty()) return keys;
  for (const ObjectGraph::Edge& edge : graph->nodes()[0].children) {
    if (edge.name != kCounterEdge) continue;
    const ObjectGraph::Node& node = graph->nodes()[static_cast<std::size_t>(edge.node)];
    for (const ObjectGraph::Attribute& each : node.attributes) keys.push_back(each.checkpoint_key);
  }
  return keys;
}

Status CheckEdge(const std::string& edge, std::string_view what) {
  if (!edge.empty()) return {};
  return Fail(Error(ErrorCode::kInvalidArgument, "train/empty-name",
                    fmt::format("{} cannot be saved under an empty name", what))
                  .Hint("give it a keyword: Checkpoint({{\"model\", model}})"));
}

}  // namespace

std::shared_ptr<SaveCounter> Checkpoint::NewSaveCounter() {
  return std::make_shared<SaveCounter>();
}

Variable Checkpoint::save_counter() const {
  if (root_) {
    const NodePtr root = std::get<Value::Object>(items_.front().value.held_).node.lock();
    if (root) {
      if (std::optional<Variable> own = OwnCounter(*root)) return *std::move(own);
    }
  }
  return counter_->variable;
}

std::int64_t Checkpoint::saves() const { return save_counter().data<std::int64_t>()[0]; }

bool Checkpoint::continues() const { return counter_->restored; }

void Checkpoint::SetSaves(std::int64_t count) {
  counter_->counting = true;
  save_counter().mutable_data<std::int64_t>()[0] = count;
}

Result<std::optional<std::int64_t>> ReadSaveCount(const CheckpointReader& source) {
  for (const std::string& key : CounterKeys(source)) {
    const Entry* const entry = source.Find(key);
    if (entry == nullptr || !IsCounter(entry->spec)) continue;
    std::int64_t count = 0;
    REGRAFT_CHECK(source.Read(*entry, std::as_writable_bytes(std::span(&count, 1))));
    return std::optional<std::int64_t>(count);
  }
  return std::optional<std::int64_t>();
}

// The node of what an item holds.
Result<std::int32_t> Checkpoint::AddTo(ObjectTreeBuilder& builder, const Item& item) {
  if (const auto* variable = std::get_if<Variable>(&item.value.held_)) {
    REGRAFT_CHECK(CheckEdge(item.keyword, variable->name()));
    REGRAFT_CHECK(CheckExists(*variable));
    return builder.Of(*variable);
  }
  REGRAFT_CHECK(CheckEdge(item.keyword, "a list or an object"));
  if (const auto* object = std::get_if<Value::Object>(&item.value.held_)) {
    REGRAFT_TRY(const NodePtr node, LockObject(object->node, item.keyword));
    REGRAFT_CHECK(CheckBuilt(node, Purpose::kSave));
    return builder.Of(node);
  }
  const std::int32_t container = builder.Add();
  const auto add = [&](const std::string& edge, const Variable& each) -> Status {
    REGRAFT_CHECK(CheckEdge(edge, each.name()));
    REGRAFT_CHECK(CheckExists(each));
    return builder.Connect(container, edge, builder.Of(each));
  };
  if (const auto* names = std::get_if<Value::Names>(&item.value.held_)) {
    for (const auto& [name, each] : *names) REGRAFT_CHECK(add(name, each));
  } else {
    const auto& list = std::get<std::vector<Variable>>(item.value.held_);
    for (std::size_t i = 0; i < list.size(); ++i) REGRAFT_CHECK(add(std::to_string(i), list[i]));
  }
  return container;
}

Result<ObjectTree> Checkpoint::Tree(bool with_counter) const {
  ObjectTreeBuilder builder;
  if (root_) {
    REGRAFT_TRY(const NodePtr node,
                LockObject(std::get<Value::Object>(items_.front().value.held_).node, ""));
    REGRAFT_CHECK(CheckBuilt(node, Purpose::kSave));
    builder.Of(node);
    REGRAFT_CHECK(builder.Expand());  // Its own edges come first.
    REGRAFT_CHECK(builder.Connect(0, "root", 0));
  } else {
    // As Python's Checkpoint(**keywords): one edge each, sorted by name.
    std::vector<Item> keywords;
    for (const Item& item : items_) {
      const auto* const names = std::get_if<Value::Names>(&item.value.held_);
      if (names == nullptr || !item.keyword.empty()) {
        keywords.push_back(item);
        continue;
      }
      for (const auto& [name, variable] : *names) keywords.push_back({name, variable});
    }
    std::stable_sort(keywords.begin(), keywords.end(),
                     [](const Item& a, const Item& b) { return a.keyword < b.keyword; });
    const std::int32_t root = builder.Add();
    for (const Item& item : keywords) {
      REGRAFT_TRY(const std::int32_t node, AddTo(builder, item));
      REGRAFT_CHECK(builder.Connect(root, item.keyword, node));
    }
  }
  const Variable counter = save_counter();
  if (with_counter) REGRAFT_CHECK(builder.Connect(0, kCounterEdge, builder.Of(counter)));
  REGRAFT_TRY(ObjectTree tree, builder.Finish());
  const bool holds =
      std::any_of(tree.variables.begin(), tree.variables.end(),
                  [&](const std::optional<Variable>& each) { return each && !(*each == counter); });
  if (holds) return tree;
  return Fail(Error(ErrorCode::kUnmet, "train/nothing-to-save",
                    "there is no variable below the checkpoint's root, so nothing would be saved")
                  .Hint("a class says what belongs to it: Track(\"dense\", dense), "
                        "AddVariable(\"step\", step)"));
}

Status Checkpoint::WriteFiles(io::Disk& disk, const std::string& prefix,
                              std::optional<std::int64_t> count,
                              const WriteOptions& options) const {
  REGRAFT_TRY(const ObjectTree tree, Tree(count.has_value() || counter_->counting));
  const Variable counter = save_counter();
  const auto add = [&](std::size_t node, const std::string& key, CheckpointWriter& writer) {
    const Variable& variable = *tree.variables[node];
    std::span<const std::byte> bytes = variable.bytes();
    // The counter itself advances when the file is there.
    if (count && variable == counter) bytes = std::as_bytes(std::span(&*count, 1));
    return writer.Add(key, variable.spec(), bytes);
  };
  REGRAFT_CHECK(WriteObjects(disk, prefix, tree.nodes, add, options));
  return {};
}

Status Checkpoint::WriteTo(io::Disk& disk, const std::string& prefix, std::int64_t count,
                           const WriteOptions& options) const {
  return WriteFiles(disk, prefix, count, options);
}

Result<std::string> Checkpoint::Write(const std::string& prefix,
                                      const WriteOptions& options) const {
  REGRAFT_CHECK(WriteFiles(io::RealDisk(), prefix, std::nullopt, options));
  return prefix;
}

Result<std::string> Checkpoint::Save(const std::string& prefix, const WriteOptions& options) {
  return SaveNumbered(*this, prefix, options);
}

}  // namespace regraft::train
