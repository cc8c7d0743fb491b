#include "identity/tree.h"

#include <fmt/format.h>

#include <algorithm>

namespace regraft::identity {
namespace {

constexpr Row kLayerRows[] = {Row::kWeightedLayers, Row::kOperations, Row::kLayers};

std::uint32_t TokenOf(std::string text, Tokens& tokens) {
  return tokens.try_emplace(std::move(text), static_cast<std::uint32_t>(tokens.size() + 1))
      .first->second;
}

}  // namespace

void Tree::Insert(std::span<const Part> parts, std::size_t variable) {
  Id at = kRoot;
  for (const Part& part : parts) {
    const Id next = static_cast<Id>(nodes_.size());
    if (part.kind == PartKind::kGiven) {
      const auto [found, fresh] = nodes_[at].given.try_emplace(part.text, next);
      at = found->second;
      if (!fresh) continue;
    } else {
      std::vector<Member>& row = nodes_[at].rows[{part.row, part.text}];
      const auto found =
          std::lower_bound(row.begin(), row.end(), part.number,
                           [](const Member& m, std::uint64_t n) { return m.number < n; });
      if (found != row.end() && found->number == part.number) {
        at = found->node;
        continue;
      }
      row.insert(found, {part.number, next});
      at = next;
    }
    nodes_.emplace_back();
  }
  std::vector<std::size_t>& here = nodes_[at].variables;
  if (std::find(here.begin(), here.end(), variable) == here.end()) here.push_back(variable);
}

void Tree::Finish(std::span<const TensorSpec* const> specs, Tokens& tokens) {
  // Children are made after their parents.
  for (Id node = static_cast<Id>(nodes_.size()); node-- > 0;) Close(node, specs, tokens);
}

void Tree::Close(Id id, std::span<const TensorSpec* const> specs, Tokens& tokens) {
  Node& node = nodes_[id];
  std::vector<Member> layers;
  bool has_layers = false;
  for (const Row row : kLayerRows) {
    const auto found = node.rows.find({row, ""});
    if (found == node.rows.end()) continue;
    if (!has_layers) layers = std::move(found->second);
    has_layers = true;
    node.rows.erase(found);
  }
  if (has_layers) node.rows[{Row::kLayers, ""}] = std::move(layers);

  std::string exactly, roughly;
  const auto add = [&](std::string_view what, std::string_view name) {
    exactly += fmt::format("{}{}:{}", what, name.size(), name);
    roughly += fmt::format("{}{}:{}", what, name.size(), name);
  };
  const auto add_child = [&](Id child) {
    exactly += fmt::format("={};", nodes_[child].exactly);
    roughly += fmt::format("={};", nodes_[child].but_for_extents);
  };
  for (const auto& [name, child] : node.given) {
    add("g", name);
    add_child(child);
  }
  for (const auto& [key, row] : node.rows) {
    add(fmt::format("r{}", static_cast<int>(key.first)), key.second);
    for (const Member& member : row) add_child(member.node);
  }
  for (const std::size_t variable : node.variables) {
    const TensorSpec& spec = *specs[variable];
    exactly += fmt::format("v{}", spec.ToString());
    roughly += fmt::format("v{}/{}", static_cast<int>(spec.dtype), spec.shape.rank());
  }
  node.exactly = TokenOf("e" + exactly, tokens);
  node.but_for_extents = TokenOf("b" + roughly, tokens);
}

void Tree::AppendBelow(Id id, std::vector<std::size_t>& out) const {
  const Node& node = nodes_[id];
  for (const auto& [name, child] : node.given) AppendBelow(child, out);
  for (const auto& [key, row] : node.rows) {
    for (const Member& member : row) AppendBelow(member.node, out);
  }
  out.insert(out.end(), node.variables.begin(), node.variables.end());
}

std::vector<std::size_t> Tree::Below(Id node) const {
  std::vector<std::size_t> out;
  AppendBelow(node, out);
  return out;
}

Tree::Id Tree::OnlyRoot() const {
  const Node& top = nodes_[kRoot];
  if (!top.variables.empty()) return kRoot;
  if (top.rows.empty() && top.given.size() == 1) {
    const Id child = top.given.begin()->second;
    return nodes_[child].variables.empty() ? child : kRoot;
  }
  if (top.given.empty() && top.rows.size() == 1 && top.rows.begin()->second.size() == 1) {
    // The name of a model that nobody named.
    const auto& [key, row] = *top.rows.begin();
    if (key.first == Row::kStem && nodes_[row[0].node].variables.empty()) return row[0].node;
  }
  return kRoot;
}

}  // namespace regraft::identity
