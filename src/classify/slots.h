// classify/slots.h - which variable each slot of an optimizer and each average belongs to.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "classify/owners.h"
#include "regraft/entry.h"
#include "regraft/object_graph.h"

namespace regraft::classify {

/// True for a class whose entries may belong to a variable: slots and averages.
bool Follows(EntryClass cls);
/// True for a class whose entries may have slots and averages.
bool IsVariable(EntryClass cls);

/// The elements of a list of an optimizer in order; empty if the node is no list, or has gaps.
std::vector<std::int32_t> ElementsOf(const ObjectGraph& graph, std::int32_t list);

/// Fills slot, slot_of and optimizer of entries that are slots: from the slots of the object
/// graph, from the lists that Keras optimizers keep in the order of their variables, and from
/// names (docs/classes.md). Where the evidence is not one to one, slot_of stays empty.
/// Pre: the entries have their classes. `owners` is OwnersOf(graph, entries).
/// Cost: linear in the entries and the edges of the graph.
void LinkSlots(const ObjectGraph& graph, std::span<const Owner> owners,
               std::vector<Entry>& entries);

/// The same without the graph, from the keys of slots of the older kind.
void LinkSlotsByKey(std::vector<Entry>& entries);

/// The same for a file of names: "dense/kernel/Adam" belongs to "dense/kernel".
void LinkSlotsByName(std::vector<Entry>& entries);

}  // namespace regraft::classify
