#include "object_graph/paths.h"

#include <cstdint>
#include <utility>

namespace regraft::object_graph {
namespace {

// Steps of comparing a node with those of a path before a graph is taken to be hostile; a
// model of a million variables needs about a tenth.
constexpr std::size_t kMaxSteps = 100'000'000;

// One path that is kept: that of `before`, and one edge more.
struct Step {
  std::int32_t node;
  std::uint32_t path;  // Its index among the paths of the node.
  std::uint32_t edges;
  std::size_t before;  // Index of the step before; of the root: itself.
};

class Walk {
 public:
  Walk(std::span<const ObjectGraph::Node> nodes, std::size_t budget)
      : nodes_(nodes), budget_(budget), paths_(nodes.size()) {}

  std::vector<std::vector<std::string>> Run() && {
    if (nodes_.empty()) return {};
    paths_[0].emplace_back();
    steps_.push_back({0, 0, 0, 0});
    for (std::size_t at = 0; at < steps_.size(); ++at) {
      if (steps_[at].edges == ObjectGraph::kMaxPathEdges) break;
      const std::int32_t node = steps_[at].node;
      for (const ObjectGraph::Edge& edge : nodes_[static_cast<std::size_t>(node)].children) {
        if (!Extend(at, edge)) return std::move(paths_);
      }
    }
    return std::move(paths_);
  }

 private:
  // False if nothing more may be added.
  bool Extend(std::size_t at, const ObjectGraph::Edge& edge) {
    auto& paths = paths_[static_cast<std::size_t>(edge.node)];
    if (paths.size() >= ObjectGraph::kMaxPaths || Visits(at, edge.node)) {
      return walked_ <= kMaxSteps;
    }
    const Step step = steps_[at];
    const std::string& before = paths_[static_cast<std::size_t>(step.node)][step.path];
    const std::size_t length = before.size() + edge.name.size() + 1;
    const std::size_t cost = length + sizeof(std::string) + sizeof(Step);
    if (cost > budget_) return false;
    budget_ -= cost;
    std::string path;
    path.reserve(length);
    if (step.edges > 0) path.append(before).push_back('/');
    path.append(edge.name);
    steps_.push_back({edge.node, static_cast<std::uint32_t>(paths.size()), step.edges + 1, at});
    paths.push_back(std::move(path));
    return walked_ <= kMaxSteps;
  }

  bool Visits(std::size_t at, std::int32_t node) {
    for (;; at = steps_[at].before) {
      ++walked_;
      if (steps_[at].node == node) return true;
      if (at == 0) return false;
    }
  }

  const std::span<const ObjectGraph::Node> nodes_;
  std::size_t budget_;
  std::size_t walked_ = 0;
  std::vector<Step> steps_;
  std::vector<std::vector<std::string>> paths_;
};

}  // namespace

std::vector<std::vector<std::string>> AllPaths(std::span<const ObjectGraph::Node> nodes,
                                               std::size_t budget) {
  return Walk(nodes, budget).Run();
}

}  // namespace regraft::object_graph
