#include <fmt/format.h>

#include "base/text.h"
#include "regraft/plan.h"

namespace regraft {

std::string Candidate::ToString() const {
  if (key.empty()) return name;  // Of a plan that was stored as text.
  std::string out = fmt::format("{} {}", name, spec.ToString());
  if (kind == Kind::kNear) {
    out += fmt::format(", {} shape, {}", same_shape ? "same" : "another",
                       differing == 0 ? "the same name, which does not tell whose it is"
                                      : "name differs in " + Plural(differing, "part"));
  }
  return out;
}

}  // namespace regraft
