#include <fmt/format.h>

#include "regraft/copy.h"

namespace regraft {

Result<CastRule> ParseCastRule(std::string_view text) {
  const std::size_t arrow = text.find("=>");
  if (arrow != std::string_view::npos) {
    const auto from = ParseDType(text.substr(0, arrow));
    const auto to = ParseDType(text.substr(arrow + 2));
    if (from && to && IsCastable(*from) && IsCastable(*to) && *from != *to) {
      return CastRule{*from, *to};
    }
  }
  return Fail(Error(ErrorCode::kInvalidArgument, "edit/bad-cast",
                    fmt::format("the cast '{}' is not of the form TYPE=>TYPE, two different "
                                "types of numbers",
                                text))
                  .Offer({{{Option::kCast, "float32=>bfloat16"}},
                          "for example; types are called as in lists of entries",
                          true}));
}

}  // namespace regraft
