#include "identity/evidence.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "object_graph/optimizers.h"

namespace regraft::identity {
namespace {

std::uint64_t NumberOf(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// Keras 3 keeps in `_kernel` what it calls kernel.
std::string_view WithoutPrivate(std::string_view part) {
  return part.size() > 1 && part[0] == '_' ? part.substr(1) : part;
}

}  // namespace

Parts PartsOfPath(std::string_view path, std::span<const PartKind> kinds) {
  const std::vector<std::string_view> texts = Split(path, '/');
  const bool known = kinds.size() == texts.size();
  Parts parts;
  parts.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string_view text = texts[i];
    PartKind kind = KindOfPathPart(text);
    // The words alone do not tell a key from a place in a list, or a class from a name.
    const bool told = known && (kind == PartKind::kGiven || (kinds[i] == PartKind::kGiven &&
                                                             object_graph::IsElementName(text)));
    if (told && kinds[i] != kind && kinds[i] == PartKind::kPlace) {
      const Counted counted = CountOf(text);
      parts.push_back({PartKind::kPlace, counted.stem, Row::kClass, counted.number});
      continue;
    }
    if (told) kind = kinds[i];
    switch (kind) {
      case PartKind::kSpelling:
        break;
      case PartKind::kNone:
        // The one such list that is in the model's order.
        if (text == "variables" && i <= 1 && i + 2 == texts.size() &&
            object_graph::IsElementName(texts[i + 1])) {
          parts.push_back({PartKind::kPlace, "", Row::kVariables, NumberOf(texts[++i])});
          break;
        }
        return {};
      case PartKind::kPlace:
        if (text.starts_with("layer_with_weights-")) {
          parts.push_back({PartKind::kPlace, "", Row::kWeightedLayers,
                           NumberOf(text.substr(text.find('-') + 1))});
        } else if (text.starts_with("layer-")) {
          parts.push_back({PartKind::kPlace, "", Row::kLayers, NumberOf(text.substr(6))});
        } else if (!parts.empty() && i > 0 &&
                   (texts[i - 1] == "_operations" || texts[i - 1] == "_layers")) {
          // Functional models count operations that are no layers in the one, and not in the other.
          const Row row = texts[i - 1] == "_operations" ? Row::kOperations : Row::kLayers;
          parts.back() = {PartKind::kPlace, "", row, NumberOf(text)};
        } else {
          parts.push_back({PartKind::kPlace, "", Row::kList, NumberOf(text)});
        }
        break;
      case PartKind::kNumbered: {
        const Counted counted = CountOf(text);
        parts.push_back({PartKind::kNumbered, counted.stem, Row::kStem, counted.number});
        break;
      }
      case PartKind::kGiven:
        parts.push_back({PartKind::kGiven, WithoutPrivate(text)});
        break;
    }
  }
  return parts;
}

Parts PartsOfName(std::string_view name, std::span<const PartKind> kinds,
                  const std::function<bool(std::string_view stem)>& also_numbered) {
  if (name.empty()) return {};
  const std::vector<std::string_view> texts = Split(name, '/');
  const bool known = kinds.size() == texts.size();
  Parts parts;
  parts.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Counted counted = CountOf(texts[i]);
    const bool last = i + 1 == texts.size();
    const bool numbered = known ? kinds[i] == PartKind::kNumbered
                                : (!last || counted.stem == "Variable") &&
                                      (IsAutomaticName(texts[i]) || also_numbered(counted.stem));
    if (numbered) {
      parts.push_back({PartKind::kNumbered, counted.stem, Row::kStem, counted.number});
    } else {
      parts.push_back({PartKind::kGiven, WithoutPrivate(texts[i])});
    }
  }
  return parts;
}

bool AllGiven(std::span<const Part> parts) {
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), [](const Part& part) {
    return part.kind == PartKind::kGiven;
  });
}

std::string Joined(std::span<const Part> parts) {
  std::string out;
  for (const Part& part : parts) {
    if (!out.empty()) out += '/';
    if (part.kind == PartKind::kGiven) {
      out += part.text;
      continue;
    }
    // No text of a person begins with a byte of control.
    out += '\x01';
    out += static_cast<char>('0' + static_cast<int>(part.row));
    out += part.text;
    out += '\x01';
    out += std::to_string(part.number);
  }
  return out;
}

std::span<const Part> ChosenEnd(std::span<const Part> parts) {
  std::size_t start = parts.size();
  while (start > 0 && parts[start - 1].kind == PartKind::kGiven) --start;
  const std::span<const Part> end = parts.subspan(start);
  return start == 0 || end.size() >= 2 ? end : std::span<const Part>();
}

}  // namespace regraft::identity
