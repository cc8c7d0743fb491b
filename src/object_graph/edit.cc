#include "object_graph/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "object_graph/draft.h"
#include "object_graph/settle_keys.h"
#include "object_graph/source.h"
#include "object_graph/write.h"

namespace regraft::object_graph {
namespace {

constexpr std::size_t kMostListed = 10;

std::size_t Index(std::int32_t node) { return static_cast<std::size_t>(node); }

Status CheckReachable(std::span<const Source> sources) {
  std::vector<std::string> names;
  for (const Source& source : sources) {
    for (const std::int32_t node : source.unreachable) names.push_back(source.NameOf(node));
  }
  if (names.empty()) return {};
  Error error(ErrorCode::kUnmet, "object-graph/unreachable",
              fmt::format("{} would have no name in the new object graph",
                          names.size() == 1 ? fmt::format("'{}'", names[0])
                                            : Plural(names.size(), "value")));
  if (names.size() > 1) {
    for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) {
      error.details.push_back({"value", fmt::format("'{}'", names[i])});
    }
    if (names.size() > kMostListed) {
      error.details.push_back({"and", fmt::format("{} more", names.size() - kMostListed)});
    }
  }
  error.hint =
      "keep one of its names, or leave the value out; a slot needs its variable and its "
      "optimizer";
  return Fail(std::move(error));
}

// Everything stays as it is, but for the variables' own names.
Edited Whole(const Part& part) {
  Edited edited;
  edited.nodes.assign(part.graph->nodes().begin(), part.graph->nodes().end());
  if (part.rename_full) {
    for (ObjectGraph::Node& node : edited.nodes) {
      for (ObjectGraph::Attribute& attribute : node.attributes) {
        if (!attribute.full_name.empty())
          attribute.full_name = part.rename_full(attribute.full_name);
      }
    }
  }
  std::vector<std::string>& keys = edited.keys.emplace_back();
  for (const ObjectGraph::Place place : part.kept) {
    keys.push_back(part.graph->At(place).checkpoint_key);
  }
  edited.message = Serialize(edited.nodes);
  return edited;
}

void SetHasValues(std::span<const Part> parts, std::vector<ObjectGraph::Node>& nodes) {
  const bool known = std::any_of(parts.begin(), parts.end(), [](const Part& part) {
    const auto all = part.graph->nodes();
    return std::any_of(all.begin(), all.end(),
                       [](const auto& n) { return n.has_values.has_value(); });
  });
  if (known) MarkValues(nodes);
}

// For parts[i].kept[j] its key and its place in the order.
void AddKeys(std::span<const Part> parts, const Draft& draft, Edited& edited) {
  struct Known {
    const std::string* key;
    std::size_t order;
  };
  std::vector<std::unordered_map<std::uint64_t, Known>> by_place(parts.size());
  std::size_t order = 0;
  const auto number = [](ObjectGraph::Place place) {
    return (std::uint64_t{static_cast<std::uint32_t>(place.node)} << 32) | place.attribute;
  };
  for (std::size_t i = 0; i < draft.nodes.size(); ++i) {
    for (std::size_t j = 0; j < draft.nodes[i].attributes.size(); ++j) {
      const Provenance& from = draft.provenance[i][j];
      by_place[from.part][number(from.place)] = {&draft.nodes[i].attributes[j].checkpoint_key,
                                                 order++};
    }
  }
  edited.keys.resize(parts.size());
  edited.order.resize(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const ObjectGraph::Place place : parts[i].kept) {
      const Known known = by_place[i].at(number(place));
      edited.keys[i].push_back(*known.key);
      edited.order[i].push_back(known.order);
    }
  }
}

}  // namespace

Result<Edited> Edit(std::span<const Part> parts) {
  std::vector<Source> sources;
  for (const Part& part : parts) sources.push_back(LookAt(part));
  const bool same = sources.size() == 1 && sources[0].same;
  if (same && sources[0].whole) return Whole(parts[0]);
  REGRAFT_CHECK(CheckReachable(sources));

  Draft draft;
  if (same) {
    draft = Prune(sources[0]);
  } else {
    REGRAFT_TRY(draft, Compose(sources));
  }
  const std::vector<std::int32_t> order = InTensorFlowOrder(draft.nodes);
  std::vector<std::vector<Provenance>> provenance;
  for (const std::int32_t from : order)
    provenance.push_back(std::move(draft.provenance[Index(from)]));
  draft.provenance = std::move(provenance);
  REGRAFT_CHECK(SettleKeys(draft));
  SetHasValues(parts, draft.nodes);

  Edited edited;
  AddKeys(parts, draft, edited);
  if (!same) edited.order.clear();
  edited.message = Serialize(draft.nodes);
  edited.nodes = std::move(draft.nodes);
  return edited;
}

}  // namespace regraft::object_graph
