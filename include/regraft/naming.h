// regraft/naming.h - names as people say them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/part_kind.h"

namespace regraft {

/// The name of the slots in a list of an optimizer, whatever Keras calls the list: "momentum" for
/// "_momentums", "velocity" for "adam_velocities". Entry::slot says it.
std::string SlotNameOf(std::string_view list);

/// Everything that the name that people see is made of. Borrows all of it.
struct Naming {
  std::span<const std::string> paths;  ///< Edge paths, shortest first.
  /// Of what kind each part of each path is, as far as the owner knows; may be empty.
  std::span<const std::vector<PartKind>> path_kinds;
  std::string_view full_name;
  std::string_view key;
  bool of_model = true;  ///< A weight: it is never called by its place in an optimizer.
  /// Of a slot: which one, the place of its variable in the list (-1: not known), and the path
  /// of the optimizer.
  std::string_view slot;
  std::ptrdiff_t slot_of = -1;
  std::string_view optimizer;
};

/// One name for each, as a person would say it (docs/names.md): a path that has only parts that
/// a person chose; else the path up to the row of layers, then the variable's own name from its
/// layer on ("model/conv2d_1/kernel"); else the path; else the key without its ending. A slot is
/// called "optimizer/momentum/" and the name of its variable.
/// None is what another one is called in any other way, and they differ if the keys do. Linear.
std::vector<std::string> ReadableNames(std::span<const Naming> things);

}  // namespace regraft
