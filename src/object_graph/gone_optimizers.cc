#include "object_graph/gone_optimizers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "object_graph/optimizers.h"

namespace regraft::object_graph {
namespace {

using Node = ObjectGraph::Node;
using Edge = ObjectGraph::Edge;

class Finder {
 public:
  Finder(std::span<const Node> nodes, const std::vector<bool>& kept)
      : nodes_(nodes),
        kept_(kept),
        bits_(EdgeBits(nodes)),
        is_optimizer_(FindOptimizers(nodes, bits_)),
        belongings_(nodes, is_optimizer_),
        in_model_(nodes.size(), false) {}

  std::vector<bool> Run() {
    FindModel();
    // What only optimizers lead to is theirs, and their slots are.
    std::vector<bool> stored(nodes_.size(), false), stays(nodes_.size(), false);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      stored[i] = !in_model_[i] && !nodes_[i].attributes.empty();
      stays[i] = !in_model_[i] && kept_[i];
      for (const ObjectGraph::Slot& slot : nodes_[i].slots) {
        stored[i] = true;
        if (kept_[Index(slot.slot)]) stays[i] = true;
      }
    }
    SpreadUp(stored);
    SpreadUp(stays);
    std::vector<bool> gone(nodes_.size(), false);
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      const auto& children = nodes_[i].children;
      gone[i] = is_optimizer_[i] && stored[i] && !stays[i] &&
                std::none_of(children.begin(), children.end(),
                             [this](const Edge& edge) { return belongings_.LeadsOut(edge); });
    }
    return gone;
  }

 private:
  static std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

  // Marks what can be reached without an optimizer.
  void FindModel() {
    if (nodes_.empty()) return;
    std::vector<std::int32_t> open = {0};
    in_model_[0] = true;
    while (!open.empty()) {
      const std::int32_t node = open.back();
      open.pop_back();
      for (const Edge& edge : nodes_[Index(node)].children) {
        const bool follow =
            edge.name != "keras_api" && (!is_optimizer_[Index(node)] || belongings_.LeadsOut(edge));
        if (!follow || in_model_[Index(edge.node)]) continue;
        in_model_[Index(edge.node)] = true;
        open.push_back(edge.node);
      }
    }
  }

  // Marks what leads to marked nodes.
  void SpreadUp(std::vector<bool>& marks) const {
    std::vector<std::vector<std::int32_t>> parents(nodes_.size());
    std::vector<std::int32_t> open;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const Edge& edge : nodes_[i].children) {
        parents[Index(edge.node)].push_back(static_cast<std::int32_t>(i));
      }
      if (marks[i]) open.push_back(static_cast<std::int32_t>(i));
    }
    while (!open.empty()) {
      const std::int32_t node = open.back();
      open.pop_back();
      for (const std::int32_t parent : parents[Index(node)]) {
        if (marks[Index(parent)]) continue;
        marks[Index(parent)] = true;
        open.push_back(parent);
      }
    }
  }

  const std::span<const Node> nodes_;
  const std::vector<bool>& kept_;
  const std::vector<std::uint32_t> bits_;
  const std::vector<bool> is_optimizer_;
  const Belongings belongings_;
  std::vector<bool> in_model_;
};

}  // namespace

std::vector<bool> FindGoneOptimizers(std::span<const Node> nodes, const std::vector<bool>& kept) {
  return Finder(nodes, kept).Run();
}

}  // namespace regraft::object_graph
