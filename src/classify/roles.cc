#include "classify/roles.h"

#include <cstddef>
#include <span>
#include <utility>

#include "classify/classify.h"
#include "object_graph/optimizers.h"

namespace regraft::classify {
namespace {

using Node = ObjectGraph::Node;
using Edge = ObjectGraph::Edge;
using namespace object_graph;

// What an edge to a node makes of it.
enum NodeMark : std::uint8_t { kAveragesList = 1, kVariablesList = 2, kKerasApi = 4 };

class Finder {
 public:
  explicit Finder(const ObjectGraph& graph)
      : nodes_(graph.nodes()),
        roles_(nodes_.size()),
        bits_(object_graph::EdgeBits(nodes_)),
        is_optimizer_(object_graph::FindOptimizers(nodes_, bits_)),
        belongings_(nodes_, is_optimizer_),
        marks_(nodes_.size(), 0) {}

  std::vector<Role> Run() && {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (is_optimizer_[i]) MarkOptimizer(static_cast<std::int32_t>(i));
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) MarkByEdges(i);
    for (std::size_t i = 0; i < nodes_.size(); ++i) MarkChildrenOf(i);
    Spread(
        0, [](Role& role) { return !std::exchange(role.in_model, true); },
        [this](std::int32_t from, const Edge& edge) {
          if (edge.name == "keras_api") return false;
          return !is_optimizer_[Index(from)] || belongings_.LeadsOut(edge);
        });
    for (const std::int32_t node : variables_) roles_[Index(node)].in_model = true;
    return std::move(roles_);
  }

 private:
  static std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

  void MarkOptimizer(std::int32_t optimizer) {
    for (const ObjectGraph::Slot& slot : nodes_[Index(optimizer)].slots) {
      Role& role = roles_[Index(slot.slot)];
      role.slot = &slot;
      role.optimizer = optimizer;
      variables_.push_back(slot.variable);
    }
    for (const Edge& edge : nodes_[Index(optimizer)].children) {
      if ((EdgeBitOf(edge.name) & (kCounter | kRate)) != 0)
        roles_[Index(edge.node)].hyperparameter = true;
      if (edge.name == "_model_variables_moving_average") marks_[Index(edge.node)] |= kAveragesList;
      if (edge.name == "_trainable_variables") marks_[Index(edge.node)] |= kVariablesList;
    }
    Spread(
        optimizer,
        [optimizer](Role& role) {
          if (role.optimizer >= 0) return false;
          role.optimizer = optimizer;
          return true;
        },
        [this](std::int32_t from, const Edge& edge) {
          return edge.name != "_trainable_variables" &&
                 !(is_optimizer_[Index(from)] && belongings_.LeadsOut(edge));
        });
  }

  void MarkByEdges(std::size_t parent) {
    const std::uint32_t bits = bits_[parent];
    const bool normalizes =
        (bits & (kMovingMean | kMovingVariance)) != 0 &&
        (HasBits(bits, kMovingMean | kMovingVariance) || HasBits(bits, kNormalizer));
    const bool averages = HasBits(bits, kAverage | kHidden | kAverageCounter);
    for (const Edge& edge : nodes_[parent].children) {
      Role& role = roles_[Index(edge.node)];
      const std::uint32_t bit = EdgeBitOf(edge.name);
      if (averages) role.average = true;
      if (parent == 0 && (edge.name == "save_counter" || edge.name == "_save_counter")) {
        role.save_counter = true;
      }
      if (IsStepName(edge.name)) role.step_edge = &edge.name;
      // The statistics are variables, or objects with variables of their own (Sonnet).
      if (normalizes && (bit & (kMovingMean | kMovingVariance)) != 0) {
        Spread(
            edge.node, [](Role& r) { return !std::exchange(r.statistics, true); },
            [](std::int32_t, const Edge&) { return true; });
      }
      if (edge.name == "keras_api") marks_[Index(edge.node)] |= kKerasApi;
    }
  }

  // What the marks of a node mean for its children. A step of its own, so that a node with
  // many edges to it is looked at once.
  void MarkChildrenOf(std::size_t node) {
    for (const Edge& edge : nodes_[node].children) {
      if ((marks_[node] & kAveragesList) != 0) roles_[Index(edge.node)].optimizer_average = true;
      // Keras 3 optimizers list the model's own variables.
      if ((marks_[node] & kVariablesList) != 0) variables_.push_back(edge.node);
      if ((marks_[node] & kKerasApi) != 0 && edge.name == "metrics") {
        Spread(
            edge.node, [](Role& role) { return !std::exchange(role.in_metrics, true); },
            [](std::int32_t, const Edge&) { return true; });
      }
    }
  }

  // Marks `start` and what is below it along the edges that `follow` allows; `mark` returns
  // false for a node that was marked before.
  template <typename Mark, typename Follow>
  void Spread(std::int32_t start, Mark mark, Follow follow) {
    if (nodes_.empty() || !mark(roles_[Index(start)])) return;
    std::vector<std::int32_t> open = {start};
    while (!open.empty()) {
      const std::int32_t node = open.back();
      open.pop_back();
      for (const Edge& edge : nodes_[Index(node)].children) {
        if (follow(node, edge) && mark(roles_[Index(edge.node)])) open.push_back(edge.node);
      }
    }
  }

  const std::span<const Node> nodes_;
  std::vector<Role> roles_;
  const std::vector<std::uint32_t> bits_;
  const std::vector<bool> is_optimizer_;
  const object_graph::Belongings belongings_;
  std::vector<std::uint8_t> marks_;
  std::vector<std::int32_t> variables_;  // Of the model, whoever lists them.
};

}  // namespace

std::vector<Role> FindRoles(const ObjectGraph& graph) { return Finder(graph).Run(); }

}  // namespace regraft::classify
