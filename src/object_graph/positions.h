// object_graph/positions.h - the paths of a new graph as a tree, made into a graph by joining
// the positions that are one object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace regraft::object_graph {

/// A node of one of the sources.
struct Ref {
  std::int32_t part = -1;
  std::int32_t node = -1;
  auto operator<=>(const Ref&) const = default;
};

/// Two values that would have one path.
struct Clash {
  struct Side {
    std::size_t part = 0;
    std::string path;  ///< The old one.
  };
  std::string path;
  Side first, second;
};

/// Fill it, then Join(), then read it. Position 0 is the root.
class Positions {
 public:
  using Id = std::uint32_t;

  Positions();

  /// The positions along a path, the root's first.
  std::vector<Id> Insert(std::span<const std::string> edges);
  /// Says that the object there is the one that `origin` was.
  void SetOrigin(Id position, Ref origin);
  /// Puts a value there that came by the path `old`.
  void PutValue(Id position, Ref value, const std::string& old);
  /// Puts an optimizer there. Several are one in the new graph.
  void PutOptimizer(Id position, Ref optimizer);

  /// Makes one object of the positions of one value; then of those that were one object
  /// and still have the same children.
  void Join();

  std::span<const Clash> clashes() const { return clashes_; }

  /// One object of the new graph, named by one of its positions.
  struct Object {
    Id id;
    std::vector<std::pair<std::string, Id>> children;
    std::optional<Ref> value;
    std::vector<Ref> optimizers;
  };
  /// All objects, the root first.
  std::vector<Object> Objects();
  /// The object that the value or optimizer is, or is part of.
  std::optional<Id> ObjectOf(Ref thing);

 private:
  struct Position {
    Id parent = 0;
    std::string name;
    std::vector<Id> children;  // In the order in which they were made.
    std::optional<Ref> value;
    std::string old;  // By which path the value came.
    std::vector<Ref> optimizers;
    Ref origin;
    bool mixed = false;  // Of several origins.
  };
  struct Step {
    Id parent;
    std::string_view name;
    bool operator==(const Step&) const = default;
  };
  struct StepHash {
    std::size_t operator()(const Step& step) const {
      return std::hash<std::string_view>()(step.name) * 31 + step.parent;
    }
  };

  Id Find(Id position);
  void Unite(Id a, Id b);
  bool JoinStructure();
  std::string Signature(Id position);
  std::string PathOf(Id position) const;

  std::deque<Position> positions_;  // Does not move them: child_ borrows their names.
  std::vector<Id> joined_;          // Union-find.
  std::unordered_map<Step, Id, StepHash> child_;
  std::map<Ref, std::vector<Id>> places_;
  std::vector<Clash> clashes_;
};

}  // namespace regraft::object_graph
