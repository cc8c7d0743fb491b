// regraft/entry.h - one stored tensor, and what it is for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/part_kind.h"
#include "regraft/tensor.h"

namespace regraft {

/// What a tensor is for. Found from the object graph where the file has one, else by the
/// names that optimizers give, which count only if the variable they belong to exists.
enum class EntryClass { kWeights, kOptimizer, kStep, kEma, kBnStats, kMeta };

/// "@weights", "@optimizer", "@step", "@ema", "@bn-stats", "@meta"; and back.
std::string_view ClassName(EntryClass cls);
std::optional<EntryClass> ParseClass(std::string_view name);

/// One stored tensor. Holds no tensor data; where that is, its reader knows
/// (CheckpointReader::StoredPieces).
struct Entry {
  std::string key;   ///< Its key in the file.
  std::string name;  ///< What people see, unique in its catalog; see ReadableNames().
  TensorSpec spec;
  std::uint64_t bytes = 0;  ///< As stored, over all slices.
  EntryClass cls = EntryClass::kWeights;
  std::string class_reason;        ///< One sentence: why it has this class.
  std::string full_name;           ///< The variable's own name; without a graph, the key.
  std::vector<std::string> paths;  ///< Edge paths, un-escaped, shortest first.
  /// Of what kind the parts of each path are, where the file tells more than its words do: the
  /// class in "layers/dense_1" of a Keras file is a place. Empty: by the tables of docs/names.md.
  std::vector<std::vector<PartKind>> path_kinds;
  /// Of a slot of an optimizer, or an average: which one ("momentum", "m", "Adam"), the key of
  /// its variable (empty if the file does not tell), and the path of the optimizer.
  std::string slot;
  std::string slot_of;
  std::string optimizer;
  /// Of a tensor that a map makes (mapped.h): "transpose 1 0 of dense/kernel [8,4]"; or empty.
  std::string made_of = {};

  bool operator==(const Entry&) const = default;
};

}  // namespace regraft
