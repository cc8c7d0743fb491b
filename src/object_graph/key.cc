#include "regraft/key.h"

#include "base/text.h"

namespace regraft {
namespace {

constexpr std::string_view kAttributes = "/.ATTRIBUTES/";
constexpr std::string_view kSlot = "/.OPTIMIZER_SLOT/";

}  // namespace

std::string EscapeEdge(std::string_view edge) {
  std::string out;
  out.reserve(edge.size());
  for (const char c : edge) {
    if (c == '.') {
      out += "..";
    } else if (c == '/') {
      out += ".S";
    } else {
      out += c;
    }
  }
  return out;
}

std::string UnescapeEdge(std::string_view escaped) {
  std::string out;
  out.reserve(escaped.size());
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const char next = i + 1 < escaped.size() ? escaped[i + 1] : '\0';
    if (escaped[i] == '.' && (next == '.' || next == 'S')) {
      out += next == '.' ? '.' : '/';
      ++i;
    } else {
      out += escaped[i];
    }
  }
  return out;
}

std::string UnescapePath(std::string_view escaped) {
  std::string out;
  for (const std::string_view edge : Split(escaped, '/')) {
    if (edge.data() != escaped.data()) out += '/';
    out += UnescapeEdge(edge);
  }
  return out;
}

std::optional<KeyParts> ParseKey(std::string_view key) {
  const std::size_t at = key.rfind(kAttributes);
  if (at == std::string_view::npos) return std::nullopt;
  KeyParts out;
  out.object = key.substr(0, at);
  out.attribute = key.substr(at + kAttributes.size());
  if (const auto parts = SplitSlot(out.object)) {
    const std::size_t slash = parts->rest.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    out.object = parts->variable;
    out.is_slot = true;
    out.optimizer = parts->rest.substr(0, slash);
    out.slot = parts->rest.substr(slash + 1);
  }
  return out;
}

std::string_view ObjectPath(std::string_view key) {
  return ParseKey(key) ? key.substr(0, key.rfind(kAttributes)) : key;
}

std::string AttributeKey(std::string_view object, std::string_view attribute) {
  return std::string(object).append(kAttributes).append(EscapeEdge(attribute));
}

std::string ValueKey(std::string_view object) { return std::string(object).append(kValueEnding); }

std::string SlotPath(std::string_view variable, std::string_view optimizer, std::string_view slot) {
  return std::string(variable).append(kSlot).append(optimizer).append("/").append(EscapeEdge(slot));
}

std::optional<SlotParts> SplitSlot(std::string_view path) {
  const std::size_t at = path.find(kSlot);
  if (at == std::string_view::npos) return std::nullopt;
  return SlotParts{path.substr(0, at), path.substr(at + kSlot.size())};
}

std::string_view ShortKey(std::string_view key) {
  if (key.size() > kValueEnding.size() && key.ends_with(kValueEnding)) {
    key.remove_suffix(kValueEnding.size());
  }
  return key;
}

}  // namespace regraft
