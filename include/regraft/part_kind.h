// regraft/part_kind.h - of what kind the parts of a name are.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace regraft {

/// Who chose a part of a path or a name, and so what it is evidence of.
enum class PartKind : std::uint8_t {
  kGiven,     ///< A person: an attribute, a key, a keyword, a name that was passed.
  kPlace,     ///< Nobody: a position in a list or in a row of layers.
  kNumbered,  ///< A framework, counting: dense_1, Variable.
  kSpelling,  ///< Nobody: the same thing is there without it, such as _functional.
  kNone,      ///< Bookkeeping: a path with it says nothing of a weight.
};

/// 'g', 'p', 'n', 's', '-'; and back.
char PartKindLetter(PartKind kind);
std::optional<PartKind> ParsePartKind(char letter);

/// A name that counts: dense_12 is the stem "dense" with the number 12; "dense" has 0.
struct Counted {
  std::string_view stem;
  std::uint64_t number = 0;
};
Counted CountOf(std::string_view part);

/// True if Keras names layers like this when nobody names them, or TensorFlow a variable: the
/// stem is a layer class of Keras 2 or 3 in snake case, or "Variable".
bool IsAutomaticName(std::string_view part);

/// The kind of one part of an edge path, as far as it tells by itself.
PartKind KindOfPathPart(std::string_view part);

}  // namespace regraft
