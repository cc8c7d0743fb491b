// object_graph/edit.h - a graph with parts left out, renamed, or joined with others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/object_graph.h"

namespace regraft::object_graph {

/// What of one graph goes into the new one.
struct Part {
  const ObjectGraph* graph = nullptr;
  std::string name = {};  ///< What an error calls it, if there are several.
  /// The attributes that stay. Objects that held some and lose all are left out.
  std::vector<ObjectGraph::Place> kept = {};
  /// For an edge path of something kept its path in the new graph; nothing if the thing is
  /// not to be reached by this path any more. Without a function every path stays.
  ///
  /// It is asked for the paths of kept values, of variables whose slots are kept, and, with a
  /// '/' at the end, of objects without a value that matter: an optimizer with kept slots, an
  /// object with a registered saver. So a rule for what is below an object moves the object.
  std::function<std::optional<std::string>(const std::string& path)> rename = {};
  /// For a variable's full name the new one. Without a function it stays.
  std::function<std::string(const std::string& full_name)> rename_full = {};
  /// For a slot that no edge leads to the path under which it becomes a value of its own and
  /// leaves its optimizer; nothing if it goes with its variable. Without a function all do.
  std::function<std::optional<std::string>(ObjectGraph::Place slot)> detach = {};
};

struct Edited {
  std::vector<ObjectGraph::Node> nodes;
  std::string message;  ///< As it is stored.
  /// For parts[i].kept[j] its new key. If it is no key of the file but begins some (those of
  /// a table), these change their beginning alike.
  std::vector<std::vector<std::string>> keys;
  /// For parts[i].kept[j] its place in the order in which TensorFlow stores the values of a
  /// graph of which parts were left out. Empty if all is kept or paths changed.
  std::vector<std::vector<std::size_t>> order;
};

/// Prunes, renames and joins. Something that had several paths keeps them all, renamed one
/// by one; objects that were shared stay shared as far as they still hold the same; slots
/// follow their variable and stay the optimizer's; where elements of a list of variables
/// below an optimizer are left out, the others move up, as they would stand in the program
/// that has only those; an optimizer of which nothing stays goes with all of its edges
/// (FindGoneOptimizers()); a key stays as it was if it still is a path of its value.
///
/// With one part and no changed path, what stays keeps all of its other edges, cycles and objects
/// that never held a value included; if everything stays, so does the whole graph. Otherwise only
/// simple paths survive, as far as ObjectGraph::PathsTo() bounds them.
///
/// Pre: every Place is one of its graph.
/// Errors: kUnmet "object-graph/collision" if two different values would have one path,
///         naming both and the path; "object-graph/unreachable" if every path of a kept
///         value is renamed away; kInvalidArgument "object-graph/bad-path" for a new path
///         with an empty component.
Result<Edited> Edit(std::span<const Part> parts);

}  // namespace regraft::object_graph
