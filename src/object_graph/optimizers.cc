#include "object_graph/optimizers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>

namespace regraft::object_graph {
namespace {

struct KnownEdge {
  std::string_view name;
  std::uint32_t bit;
};

// Sorted by name.
constexpr std::array kKnownEdges = {
    KnownEdge{"_counter", kAverageCounter},
    KnownEdge{"_current_learning_rate", kRate},
    KnownEdge{"_hidden", kHidden},
    KnownEdge{"_iterations", kCounter},
    KnownEdge{"_learning_rate", kRate},
    KnownEdge{"_loss_scale", kLossScale},
    KnownEdge{"_variables", kVariables},
    KnownEdge{"average", kAverage},
    KnownEdge{"axis", kNormalizer},
    KnownEdge{"base_optimizer", kWrapped},
    KnownEdge{"beta", kNormalizer},
    KnownEdge{"beta_1", kRate},
    KnownEdge{"beta_2", kRate},
    KnownEdge{"decay", kRate},
    KnownEdge{"dynamic_scale", kLossScale},
    KnownEdge{"epsilon", kRate},
    KnownEdge{"gamma", kNormalizer},
    KnownEdge{"inner_optimizer", kWrapped},
    KnownEdge{"iter", kCounter},
    KnownEdge{"iterations", kCounter},
    KnownEdge{"learning_rate", kRate},
    KnownEdge{"loss_scale", kLossScale},
    KnownEdge{"lr", kRate},
    KnownEdge{"m", kFirstMoment},
    KnownEdge{"momentum", kRate},
    KnownEdge{"moving_mean", kMovingMean},
    KnownEdge{"moving_variance", kMovingVariance},
    KnownEdge{"offset", kNormalizer},
    KnownEdge{"rho", kRate},
    KnownEdge{"scale", kNormalizer},
    KnownEdge{"step", kStep},
    KnownEdge{"v", kSecondMoment},
    KnownEdge{"weight_decay", kRate},
};

}  // namespace

std::uint32_t EdgeBitOf(std::string_view name) {
  const auto found =
      std::lower_bound(kKnownEdges.begin(), kKnownEdges.end(), name,
                       [](const KnownEdge& edge, std::string_view n) { return edge.name < n; });
  return found != kKnownEdges.end() && found->name == name ? found->bit : 0;
}

std::vector<std::uint32_t> EdgeBits(std::span<const ObjectGraph::Node> nodes) {
  std::vector<std::uint32_t> bits(nodes.size(), 0);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const ObjectGraph::Edge& edge : nodes[i].children) bits[i] |= EdgeBitOf(edge.name);
  }
  return bits;
}

std::vector<bool> FindOptimizers(std::span<const ObjectGraph::Node> nodes,
                                 std::span<const std::uint32_t> bits) {
  std::vector<bool> found(nodes.size(), false);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    found[i] = !nodes[i].slots.empty() ||
               (HasBits(bits[i], kCounter) && (bits[i] & (kRate | kVariables)) != 0) ||
               HasBits(bits[i], kStep | kFirstMoment | kSecondMoment) ||  // Sonnet's.
               HasBits(bits[i], kWrapped | kLossScale);
  }
  // What wraps an optimizer is one too.
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!HasBits(bits[i], kWrapped)) continue;
    for (const ObjectGraph::Edge& edge : nodes[i].children) {
      if (EdgeBitOf(edge.name) == kWrapped && found[static_cast<std::size_t>(edge.node)]) {
        found[i] = true;
      }
    }
  }
  return found;
}

Belongings::Belongings(std::span<const ObjectGraph::Node> nodes,
                       const std::vector<bool>& is_optimizer)
    : is_optimizer_(is_optimizer), is_composite_(nodes.size(), false) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    is_composite_[i] =
        std::any_of(nodes[i].children.begin(), nodes[i].children.end(),
                    [](const ObjectGraph::Edge& edge) { return !IsElementName(edge.name); });
  }
}

bool Belongings::LeadsOut(const ObjectGraph::Edge& edge) const {
  const auto node = static_cast<std::size_t>(edge.node);
  return EdgeBitOf(edge.name) == 0 && is_composite_[node] && !is_optimizer_[node];
}

std::optional<std::vector<Element>> ElementsOf(const ObjectGraph::Node& list) {
  std::vector<Element> elements;
  for (std::size_t i = 0; i < list.children.size(); ++i) {
    const std::string& name = list.children[i].name;
    std::uint64_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (!IsElementName(name) || read.ec != std::errc() || std::to_string(number) != name) {
      return std::nullopt;
    }
    elements.push_back({number, static_cast<std::uint32_t>(i)});
  }
  std::stable_sort(elements.begin(), elements.end(),
                   [](Element a, Element b) { return a.number < b.number; });
  const auto repeated = std::adjacent_find(
      elements.begin(), elements.end(), [](Element a, Element b) { return a.number == b.number; });
  if (repeated != elements.end()) return std::nullopt;
  return elements;
}

}  // namespace regraft::object_graph
