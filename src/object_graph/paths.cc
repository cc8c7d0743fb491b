#include "object_graph/paths.h"

#include <utility>

namespace regraft::object_graph {
namespace {

// Steps of comparing a node with those of a path before a graph is taken to be hostile; a
// model of a million variables needs about a tenth.
constexpr std::size_t kMaxSteps = 100'000'000;

class Walk {
 public:
  Walk(std::span<const ObjectGraph::Node> nodes, std::size_t budget)
      : nodes_(nodes), budget_(budget), paths_(nodes.size(), 0) {}

  std::vector<PathStep> Run() && {
    if (nodes_.empty()) return {};
    paths_[0] = 1;
    steps_.push_back({0, 0});
    for (std::size_t at = 0; at < steps_.size(); ++at) {
      if (steps_[at].edges == ObjectGraph::kMaxPathEdges) break;
      const auto& children = nodes_[static_cast<std::size_t>(steps_[at].node)].children;
      for (std::size_t i = 0; i < children.size(); ++i) {
        if (!Extend(at, children[i], static_cast<std::uint32_t>(i))) return std::move(steps_);
      }
    }
    return std::move(steps_);
  }

 private:
  // False if nothing more may be added.
  bool Extend(std::size_t at, const ObjectGraph::Edge& edge, std::uint32_t number) {
    std::size_t& paths = paths_[static_cast<std::size_t>(edge.node)];
    if (paths >= ObjectGraph::kMaxPaths || Visits(at, edge.node)) return walked_ <= kMaxSteps;
    const PathStep step = steps_[at];
    const std::size_t length = step.length + edge.name.size() + (step.edges > 0 ? 1 : 0);
    const std::size_t cost = PathCost(length);
    if (cost > budget_) return false;
    budget_ -= cost;
    ++paths;
    steps_.push_back({edge.node, number, step.edges + 1, at, length});
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
  std::vector<PathStep> steps_;
  std::vector<std::size_t> paths_;  // How many each node has.
};

}  // namespace

std::vector<PathStep> WalkPaths(std::span<const ObjectGraph::Node> nodes, std::size_t budget) {
  return Walk(nodes, budget).Run();
}

std::vector<std::vector<std::string>> AllPaths(std::span<const ObjectGraph::Node> nodes,
                                               std::size_t budget) {
  std::vector<std::vector<std::string>> paths(nodes.size());
  const std::vector<PathStep> steps = WalkPaths(nodes, budget);
  // Which path of its node each step is.
  std::vector<std::uint32_t> number(steps.size(), 0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const PathStep& step = steps[i];
    std::vector<std::string>& mine = paths[static_cast<std::size_t>(step.node)];
    number[i] = static_cast<std::uint32_t>(mine.size());
    std::string path;
    if (i > 0) {
      const auto before = static_cast<std::size_t>(steps[step.before].node);
      path.reserve(step.length);
      if (step.edges > 1) path.append(paths[before][number[step.before]]).push_back('/');
      path.append(nodes[before].children[step.edge].name);
    }
    mine.push_back(std::move(path));
  }
  return paths;
}

}  // namespace regraft::object_graph
