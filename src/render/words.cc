#include "render/words.h"

#include <fmt/format.h>

#include "base/text.h"
#include "regraft/key.h"
#include "regraft/names.h"
#include "select/names.h"

namespace regraft::render {

std::string NameOrKey(const std::string& name, const std::string& key) {
  return name.empty() ? std::string(ShortKey(key)) : name;
}

Note BecameInfinite(std::uint64_t elements, const std::vector<std::string>& names) {
  return {fmt::format("{} became infinite by a cast: {}", Plural(elements, "element"),
                      Join(FoldNames(names), ", "))};
}

}  // namespace regraft::render
