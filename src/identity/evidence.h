// identity/evidence.h - the parts of paths and names that say who a variable is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/part_kind.h"

namespace regraft::identity {

/// Rows of layers have several names for one thing; a lower rank counts where there are several.
enum class Row : std::uint8_t {
  kList,            ///< blocks/0
  kWeightedLayers,  ///< layer_with_weights-0
  kOperations,      ///< _operations/1
  kLayers,          ///< layer-1, _layers/1
  kVariables,       ///< variables/0 of an exported model
  kStem,            ///< dense_1: the row of the stem
  kClass,           ///< layers/dense_1 in a Keras file: the row of the class in its container
};

/// One part that tells something. Borrows its text.
struct Part {
  PartKind kind = PartKind::kGiven;  ///< kGiven, kPlace or kNumbered.
  std::string_view text;             ///< Of a kGiven one; the stem of a kNumbered one.
  Row row = Row::kList;              ///< Of the others.
  std::uint64_t number = 0;

  bool operator==(const Part&) const = default;
};
using Parts = std::vector<Part>;

/// The parts of an edge path. None if the path is no evidence: it leads through bookkeeping.
/// `kinds` are those of all parts between slashes if the owner knows them, else empty.
Parts PartsOfPath(std::string_view path, std::span<const PartKind> kinds = {});

/// The parts of a variable's own name. A part is numbered if `kinds` say so or, without them,
/// if its name is automatic or `also_numbered` says so; the last part names the variable itself.
Parts PartsOfName(std::string_view name, std::span<const PartKind> kinds,
                  const std::function<bool(std::string_view stem)>& also_numbered);

/// True if a person chose every part.
bool AllGiven(std::span<const Part> parts);

/// The parts as one text; equal texts are equal evidence.
std::string Joined(std::span<const Part> parts);

/// The parts from the layer on if a person chose them all: everything, or what stands behind
/// the last numbered part if that is a layer and its variable at least. Else none.
std::span<const Part> ChosenEnd(std::span<const Part> parts);

}  // namespace regraft::identity
