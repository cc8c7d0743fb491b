// regraft/key.h - the keys under which objects store their values: one grammar.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace regraft {

/// The attribute of a variable that holds its value.
inline constexpr std::string_view kValueAttribute = "VARIABLE_VALUE";
/// The end of the key of a variable's value: "model/a/kernel/.ATTRIBUTES/VARIABLE_VALUE".
inline constexpr std::string_view kValueEnding = "/.ATTRIBUTES/VARIABLE_VALUE";
/// The key of the number of saves, an edge of the root.
inline constexpr std::string_view kSaveCounterKey = "save_counter/.ATTRIBUTES/VARIABLE_VALUE";

/// TensorFlow's escape of one edge name for use in a key, and its reversal.
std::string EscapeEdge(std::string_view edge);
std::string UnescapeEdge(std::string_view escaped);
/// A path of a key as people write it: its parts without escapes.
std::string UnescapePath(std::string_view escaped);

/// A key in its parts, each as it stands in the key. Borrows the key.
///   object/.ATTRIBUTES/attribute
///   object/.OPTIMIZER_SLOT/optimizer/slot/.ATTRIBUTES/attribute
struct KeyParts {
  std::string_view object;     ///< The path to the object, or to the variable of a slot.
  bool is_slot = false;        ///< Else the next two are empty.
  std::string_view optimizer;  ///< The path to the optimizer.
  std::string_view slot;       ///< The name of the slot.
  std::string_view attribute;

  bool is_value() const { return attribute == kValueAttribute; }
};
/// Nothing for a name of another form.
std::optional<KeyParts> ParseKey(std::string_view key);
/// The key in front of its attribute: the path of an object or a slot. The key itself if it is
/// of another form.
std::string_view ObjectPath(std::string_view key);

/// The key of an attribute of the object at an escaped path.
std::string AttributeKey(std::string_view object, std::string_view attribute);
/// The same of a variable's value.
std::string ValueKey(std::string_view object);
/// The path that stands for a slot in its keys. Both paths are escaped; the name is not.
std::string SlotPath(std::string_view variable, std::string_view optimizer, std::string_view slot);

/// A slot's path, or the key of one, around its sign: the variable's path, and what follows.
struct SlotParts {
  std::string_view variable, rest;
};
/// Nothing if there is no sign of a slot in it.
std::optional<SlotParts> SplitSlot(std::string_view path);

/// The key without kValueEnding; the key itself if it has another end.
std::string_view ShortKey(std::string_view key);

}  // namespace regraft
