#include "select/unconfirmed.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "regraft/entry.h"
#include "regraft/key.h"
#include "regraft/part_kind.h"
#include "select/names.h"

namespace regraft::select {
namespace {

bool HasPosition(const Entry& entry) {
  const std::vector<std::string_view> parts = Split(ShortKey(entry.key), '/');
  return std::any_of(parts.begin(), parts.end(), [](std::string_view part) {
    return KindOfPathPart(part) == PartKind::kPlace;
  });
}

}  // namespace

std::size_t DropUnconfirmed(const Catalog& source, Identity identity,
                            std::span<Resolution> resolutions) {
  if (!source.graph_error || identity == Identity::kPlaces) return 0;
  std::size_t dropped = 0;
  for (Resolution& resolution : resolutions) {
    if (resolution.found.evidence == Evidence::kMap) continue;
    // Of several sources another one may know its names.
    const auto gone = std::erase_if(resolution.found.entries, [&](std::size_t at) {
      const Entry& entry = source.entries[at];
      return entry.full_name.empty() && HasPosition(entry);
    });
    if (gone == 0 || !resolution.found.entries.empty()) continue;
    resolution = Resolution{};
    ++dropped;
  }
  return dropped;
}

}  // namespace regraft::select
