#include "render/evidence_text.h"

#include <fmt/format.h>

#include <string_view>

namespace regraft::render {
namespace {

std::string_view SpellingText(Spelling spelling) {
  switch (spelling) {
    case Spelling::kKey:
      return "key";
    case Spelling::kName:
      return "name";
    case Spelling::kShortKey:
      return "short key";
    case Spelling::kPath:
      return "path";
    case Spelling::kDotted:
      return "dotted path";
    case Spelling::kFullName:
      return "full name";
    case Spelling::kFullNameColon:
      return "full name with :0";
  }
  return "";
}

}  // namespace

std::string HowFound(const PlannedTarget& planned) {
  switch (planned.evidence) {
    case Evidence::kMap:
      return fmt::format("by the map, from the {}", SpellingText(planned.spelling));
    case Evidence::kGivenPath:
      return "by given path";
    case Evidence::kGivenName:
      return "by given name";
    case Evidence::kPlace:
      return fmt::format("by place ({})", planned.detail);
    case Evidence::kNumber:
      return fmt::format("by automatic number ({})", planned.detail);
    case Evidence::kSlot:
      return "with the variables that they belong to";
    case Evidence::kKey:
      return "under the same key";
    case Evidence::kNone:
      break;
  }
  return "";
}

}  // namespace regraft::render
