#include <fmt/format.h>

#include "base/text.h"
#include "regraft/plan.h"

namespace regraft {

std::string Candidate::ToString() const {
  if (key.empty()) return name;  // Of a plan that was stored as text.
  std::string out = fmt::format("{} {}", name, spec.ToString());
  if (kind == Kind::kNear) {
    out += fmt::format(", {} shape, name differs in {}", same_shape ? "same" : "another",
                       Plural(differing, "part"));
  }
  return out;
}

}  // namespace regraft
