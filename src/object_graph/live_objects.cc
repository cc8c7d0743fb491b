#include "regraft/live_objects.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <span>
#include <utility>

#include "object_graph/optimizers.h"
#include "object_graph/paths.h"
#include "regraft/key.h"
#include "regraft/object_graph.h"

namespace regraft {
namespace {

using EdgeKind = LiveObjects::EdgeKind;
using Path = LiveObjects::Path;

// Edges of an optimizer to what is the model's.
constexpr std::array<std::string_view, 2> kForeign = {"_trainable_variables",
                                                      "_model_variables_moving_average"};

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

std::string KeyOf(std::span<const std::string> parts) {
  std::string key;
  for (const std::string& part : parts) {
    if (!key.empty()) key += '/';
    key += EscapeEdge(part);
  }
  return key;
}

// The kinds of a path, of whose parts some are numbers that are keys. A part with a slash would
// look like two.
std::vector<PartKind> KindsOf(std::span<const std::string> parts, const std::vector<bool>& is_key) {
  if (std::ranges::find(is_key, true) == is_key.end()) return {};
  std::vector<PartKind> kinds;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].find('/') != std::string::npos) return {};
    kinds.push_back(object_graph::IsElementName(parts[i]) && !is_key[i] ? PartKind::kPlace
                                                                        : PartKind::kGiven);
  }
  return kinds;
}

// The paths of every node along edges that are not of these kinds, shortest first.
std::vector<std::vector<Path>> Walk(std::span<const LiveObjects::Node> nodes,
                                    std::initializer_list<EdgeKind> without) {
  std::vector<ObjectGraph::Node> kept(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const LiveObjects::Edge& edge : nodes[i].edges) {
      if (std::ranges::find(without, edge.kind) != without.end()) continue;
      kept[i].children.push_back({edge.node, edge.name});
    }
  }
  const auto steps = object_graph::WalkPaths(kept, std::numeric_limits<std::size_t>::max());
  std::vector<std::vector<Path>> paths(nodes.size());
  std::vector<std::size_t> way;
  std::vector<bool> is_key;
  for (std::size_t end = 0; end < steps.size(); ++end) {
    way.clear();
    for (std::size_t at = end; steps[at].edges > 0; at = steps[at].before) way.push_back(at);
    Path path;
    path.parts.reserve(way.size());
    is_key.assign(way.size(), false);
    for (std::size_t i = 0; i < way.size(); ++i) {
      const object_graph::PathStep& step = steps[way[way.size() - 1 - i]];
      const std::size_t from = Index(steps[step.before].node);
      path.parts.push_back(kept[from].children[step.edge].name);
      is_key[i] = nodes[from].has_keys && object_graph::IsElementName(path.parts.back());
    }
    path.kinds = KindsOf(path.parts, is_key);
    paths[Index(steps[end].node)].push_back(std::move(path));
  }
  return paths;
}

bool HasKinds(std::span<const LiveObjects::Node> nodes) {
  return std::ranges::any_of(nodes, [](const LiveObjects::Node& node) {
    return std::ranges::any_of(
        node.edges, [](const LiveObjects::Edge& edge) { return edge.kind != EdgeKind::kPlain; });
  });
}

// Nodes that are reached through an optimizer, and in no other way.
std::vector<bool> OfOptimizers(std::span<const LiveObjects::Node> nodes) {
  const auto is_optimizer = [&](std::size_t node) {
    return nodes[node].optimizer && !nodes[node].value;
  };
  std::array<std::vector<bool>, 2> seen = {std::vector<bool>(nodes.size()),
                                           std::vector<bool>(nodes.size())};
  std::vector<std::pair<std::size_t, bool>> waiting = {{0, is_optimizer(0)}};
  while (!waiting.empty()) {
    const auto [node, within] = waiting.back();
    waiting.pop_back();
    if (seen[within ? 1 : 0][node]) continue;
    seen[within ? 1 : 0][node] = true;
    for (const LiveObjects::Edge& edge : nodes[node].edges) {
      const std::size_t child = Index(edge.node);
      const bool foreign =
          is_optimizer(node) && std::ranges::find(kForeign, edge.name) != kForeign.end();
      waiting.emplace_back(child, (within || is_optimizer(child)) && !foreign);
    }
  }
  std::vector<bool> only(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) only[i] = seen[1][i] && !seen[0][i];
  return only;
}

}  // namespace

std::string LiveObjects::Path::Text() const {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += '/';
    text += parts[i];
  }
  return text;
}

LiveObjects::LiveObjects(std::vector<Node> nodes)
    : nodes_(std::move(nodes)), of_optimizer_(OfOptimizers(nodes_)) {
  if (!HasKinds(nodes_)) {
    paths_ = Walk(nodes_, {});
    return;
  }
  paths_ = Walk(nodes_, {EdgeKind::kKeras3, EdgeKind::kNumber});
  const auto add = [this](std::vector<std::vector<Path>> more, auto wanted) {
    for (std::size_t i = 0; i < more.size(); ++i) {
      if (!wanted(i)) continue;
      for (Path& path : more[i]) {
        const auto known = std::ranges::find(paths_[i], path.parts, &Path::parts);
        if (known == paths_[i].end()) paths_[i].push_back(std::move(path));
      }
    }
  };
  add(Walk(nodes_, {EdgeKind::kKeras2, EdgeKind::kNumber}), [](std::size_t) { return true; });
  add(Walk(nodes_, {}), [this](std::size_t i) { return paths_[i].empty(); });

  numbered_.resize(nodes_.size());
  const auto known = Walk(nodes_, {EdgeKind::kKeras2, EdgeKind::kExtra, EdgeKind::kNumber});
  const auto by_number = Walk(nodes_, {EdgeKind::kKeras2, EdgeKind::kExtra});
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (known[i].empty() && !by_number[i].empty()) numbered_[i] = by_number[i].front().parts;
  }
}

std::string LiveObjects::KeyByNumber(std::size_t node) const {
  if (numbered_.empty() || numbered_[node].empty()) return {};
  return ValueKey(KeyOf(numbered_[node]));
}

std::vector<std::string> LiveObjects::SlotKeys(std::size_t variable, std::string_view name,
                                               std::size_t optimizer) const {
  std::vector<std::string> keys;
  for (const Path& of : PathsTo(variable)) {
    for (const Path& by : PathsTo(optimizer)) {
      keys.push_back(ValueKey(SlotPath(KeyOf(of.parts), KeyOf(by.parts), name)));
    }
  }
  return keys;
}

}  // namespace regraft
