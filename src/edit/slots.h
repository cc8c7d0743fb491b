// edit/slots.h - which variable each optimizer slot and average belongs to.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "classify/owners.h"
#include "regraft/checkpoint.h"

namespace regraft::edit {

inline constexpr std::ptrdiff_t kSeveralVariables = -2;

/// For each entry of the checkpoint the index of the variable that it is a slot or an average
/// of, or -1: from the slots of the object graph, from the lists that Keras optimizers keep in
/// the order of their variables, and in files of names from the names (docs/classes.md).
/// Where the evidence is not one to one, -1; kSeveralVariables if a slot's name would do for
/// several variables.
/// `objects` is OwnersOf() its object graph, if it has one.
/// Cost: linear in the entries and the edges of the graph.
std::vector<std::ptrdiff_t> SlotVariables(const CheckpointReader& reader,
                                          std::span<const classify::Owner> objects);

}  // namespace regraft::edit
