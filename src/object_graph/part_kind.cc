#include "regraft/part_kind.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "object_graph/keras_class_names.h"
#include "object_graph/optimizers.h"

namespace regraft {
namespace {

// Lists that Keras and SavedModel keep for themselves: the order of what is in them is not that
// of the model, or changes with what is trainable.
constexpr std::array<std::string_view, 8> kBookkeeping = {
    "_all_variables",
    "_model_variables_moving_average",
    "_non_trainable_variables",
    "_trainable_variables",
    "keras_api",
    "non_trainable_variables",
    "trainable_variables",
    "variables",
};

bool HasNumberAfter(std::string_view part, std::string_view stem) {
  return part.starts_with(stem) && object_graph::IsElementName(part.substr(stem.size()));
}

}  // namespace

char PartKindLetter(PartKind kind) {
  switch (kind) {
    case PartKind::kGiven:
      return 'g';
    case PartKind::kPlace:
      return 'p';
    case PartKind::kNumbered:
      return 'n';
    case PartKind::kSpelling:
      return 's';
    case PartKind::kNone:
      return '-';
  }
  return '-';
}

std::optional<PartKind> ParsePartKind(char letter) {
  switch (letter) {
    case 'g':
      return PartKind::kGiven;
    case 'p':
      return PartKind::kPlace;
    case 'n':
      return PartKind::kNumbered;
    case 's':
      return PartKind::kSpelling;
    case '-':
      return PartKind::kNone;
    default:
      return std::nullopt;
  }
}

Counted CountOf(std::string_view part) {
  const std::size_t cut = part.find_last_not_of("0123456789");
  if (cut == std::string_view::npos || cut == 0 || part[cut] != '_' || cut + 1 == part.size()) {
    return {part, 0};
  }
  // A framework counts without leading zeros.
  const std::string_view digits = part.substr(cut + 1);
  Counted out{part.substr(0, cut), 0};
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out.number);
  if (digits[0] == '0' || parsed.ec != std::errc()) return {part, 0};
  return out;
}

bool IsAutomaticName(std::string_view part) {
  // Bidirectional calls what it has after the layer that it was given.
  for (const std::string_view way : {"forward_", "backward_"}) {
    if (!part.starts_with(way)) continue;
    part.remove_prefix(way.size());
    break;
  }
  const std::string_view stem = CountOf(part).stem;
  return stem == "Variable" || std::binary_search(object_graph::kKerasClassNames.begin(),
                                                  object_graph::kKerasClassNames.end(), stem);
}

PartKind KindOfPathPart(std::string_view part) {
  if (object_graph::IsElementName(part) || HasNumberAfter(part, "layer_with_weights-") ||
      HasNumberAfter(part, "layer-")) {
    return PartKind::kPlace;
  }
  if (part == "_functional") return PartKind::kSpelling;
  if (part.starts_with("_self_") ||
      std::binary_search(kBookkeeping.begin(), kBookkeeping.end(), part)) {
    return PartKind::kNone;
  }
  return PartKind::kGiven;
}

}  // namespace regraft
