// maps/name_pattern.h - names with holes: "blocks.{i}.attn.{x=query,key,value}".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "regraft/error.h"

namespace regraft::maps {

/// What stands in a hole: a number (of a list, the place in it), or the text of a component.
struct Capture {
  std::int64_t number = 0;
  std::string text = {};
  auto operator<=>(const Capture&) const = default;
};

/// Captures by their names, sorted.
using Captures = std::vector<std::pair<std::string, Capture>>;

const Capture* FindCapture(const Captures& captures, std::string_view name);
void SetCapture(Captures& captures, std::string_view name, Capture capture);

/// | hole | it stands for |
/// |---|---|
/// | `{i}` | a number without leading zeros |
/// | `{i:03}` | a number of three digits, or more if it is larger |
/// | `{r:a}` | a small letter, a being 0 |
/// | `{i+1}`, `{i-1}` | the same with a number added |
/// | `{x:*}` | one component: no '/' and no '.' |
/// | `{x=query,key,value}` | one of a list; the place in the list is what is captured |
/// | `{m=1\|0}` | one of alternatives: the first that fits anything, for the whole map |
struct Hole {
  enum class Kind : std::uint8_t { kNumber, kLetter, kComponent, kChoice, kAlternative };
  Kind kind = Kind::kNumber;
  std::string name;
  std::int64_t offset = 0;
  std::size_t width = 0;
  std::vector<std::string> choices = {};
  bool operator==(const Hole&) const = default;
};

/// A name with holes. `{{` and `}}` are braces.
class NamePattern {
 public:
  /// Errors: kInvalidArgument "map/bad-rule".
  static Result<NamePattern> Parse(std::string_view text);
  /// The pattern of exactly this name.
  static std::string Escaped(std::string_view name);

  /// True if the name is one of the pattern's; then the captures are those of its holes. Holes of
  /// one name agree.
  bool Match(std::string_view name, Captures& captures) const;
  /// The name with these captures. Pre: there is one for every hole, of its kind.
  std::string Render(const Captures& captures) const;
  /// True if Render() can: every number is one that the hole can show.
  bool CanRender(const Captures& captures) const;
  std::string Text() const;

  const std::vector<Hole>& holes() const { return holes_; }
  std::vector<Hole>& holes() { return holes_; }
  /// The whole name, if there are no holes.
  std::optional<std::string_view> literal() const;

 private:
  bool MatchFrom(std::size_t hole, std::string_view rest, Captures& captures) const;

  // One more text than holes: texts_[i] stands in front of holes_[i].
  std::vector<std::string> texts_;
  std::vector<Hole> holes_;
};

/// Puts values in the place of "{name}", "{name+1}" in the text of an op.
/// `look` gives the value, or nothing. Errors: kInvalidArgument "map/bad-rule".
Result<std::string> Substituted(
    std::string_view text, const std::function<std::optional<std::string>(const Hole& hole)>& look);

}  // namespace regraft::maps
