// classify/classify.h - what each tensor is for (docs/classes.md).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify/owners.h"
#include "regraft/entry.h"
#include "regraft/object_graph.h"
#include "regraft/tensor.h"

namespace regraft::classify {

/// Sets the class and its reason for every entry of an object-based file, from its graph.
/// Pre: owners[i] is that of entries[i].
/// Cost: linear in the edges of the graph and the entries.
void ClassifyByGraph(const ObjectGraph& graph, std::span<const Owner> owners,
                     std::vector<Entry>& entries);

/// The same for an object-based file whose graph cannot be read: what the keys alone tell.
void ClassifyByKey(std::vector<Entry>& entries);

/// Sets them for a name-based file, by the names that optimizers and averages give. Such a
/// name counts only if the variable that it belongs to exists.
/// Pre: entries are sorted by key.
void ClassifyByName(std::vector<Entry>& entries);

/// A reason that is made of several parts.
std::string Sentence(std::initializer_list<std::string_view> parts);

/// True for a scalar integer, as counters of steps are.
bool IsCounter(const TensorSpec& spec);

/// True for what people call the number of training steps ("global_step", "step", "epoch" ...).
bool IsStepName(std::string_view name);

/// What KindName() says.
std::string_view KindNameOf(std::string_view format, bool has_graph);

}  // namespace regraft::classify
