// identity/tree.h - names as a tree: what is below what, which rows there are, what they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/evidence.h"
#include "regraft/tensor.h"

namespace regraft::identity {

/// Numbers for texts, equal for equal ones; shared by the trees that are compared.
using Tokens = std::unordered_map<std::string, std::uint32_t>;

/// All names of one side. A variable may be at several places of it.
class Tree {
 public:
  using Id = std::uint32_t;
  static constexpr Id kRoot = 0;

  struct Member {
    std::uint64_t number = 0;
    Id node = 0;
  };
  struct Node {
    std::map<std::string_view, Id> given;
    /// Sorted by number. The key is the kind of row and, for names, the stem.
    std::map<std::pair<Row, std::string_view>, std::vector<Member>> rows;
    std::vector<std::size_t> variables;  ///< One, unless several have one name.
    /// What the node holds: the names below and their specs, with and without extents.
    std::uint32_t exactly = 0, but_for_extents = 0;
  };

  Tree() : nodes_(1) {}
  /// Pre: the texts of the parts outlive the tree.
  void Insert(std::span<const Part> parts, std::size_t variable);
  /// To be called once, when all is inserted. Of several rows of layers of one node, which are
  /// the same layers in other words, one stays.
  void Finish(std::span<const TensorSpec* const> specs, Tokens& tokens);

  const Node& At(Id node) const { return nodes_[node]; }
  /// The variables below a node in an order that depends on names alone.
  std::vector<std::size_t> Below(Id node) const;
  /// The one object right below the root that everything is below of; kRoot if there is none.
  Id OnlyRoot() const;

 private:
  void Close(Id node, std::span<const TensorSpec* const> specs, Tokens& tokens);
  void AppendBelow(Id node, std::vector<std::size_t>& out) const;

  std::vector<Node> nodes_;
};

}  // namespace regraft::identity
