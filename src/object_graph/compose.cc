#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "object_graph/draft.h"
#include "object_graph/new_path.h"
#include "object_graph/positions.h"

namespace regraft::object_graph {
namespace {

constexpr std::size_t kMostClashes = 10;

// Steps in the order in which a person reads the tree: down first, then along the edges.
std::vector<std::size_t> InReadingOrder(const Source& source) {
  const std::vector<PathStep>& steps = source.steps;
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> below(steps.size(), kNone), beside(steps.size(), kNone);
  for (std::size_t i = steps.size(); i-- > 1;) {
    if (!source.alive[i]) continue;
    beside[i] = below[steps[i].before];
    below[steps[i].before] = i;
  }
  std::vector<std::size_t> order, open;
  if (!steps.empty() && source.alive[0]) open.push_back(0);
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    order.push_back(at);
    if (beside[at] != kNone) open.push_back(beside[at]);
    if (below[at] != kNone) open.push_back(below[at]);
  }
  return order;
}

class Composer {
 public:
  explicit Composer(std::span<const Source> sources) : sources_(sources) {}

  Result<Draft> Run() && {
    for (std::size_t part = 0; part < sources_.size(); ++part) {
      for (const std::size_t step : InReadingOrder(sources_[part])) {
        REGRAFT_CHECK(Place(part, step));
      }
      for (const Detached& slot : sources_[part].detached) REGRAFT_CHECK(PlaceSlot(part, slot));
    }
    positions_.Join();
    if (!positions_.clashes().empty()) return Fail(Collision());
    return Drafted();
  }

 private:
  static Ref RefOf(std::size_t part, std::int32_t node) {
    return {static_cast<std::int32_t>(part), node};
  }

  // Puts what is at the end of the path `step` to its new place.
  Status Place(std::size_t part, std::size_t step) {
    const Source& source = sources_[part];
    const Fate fate = source.fates[step];
    if (fate != Fate::kSame && fate != Fate::kChanged) return {};

    std::vector<std::int32_t> nodes;           // On the old path, the root first.
    std::vector<std::string_view> old, moved;  // Its edges; elements of lists renumbered.
    for (std::size_t at = step; at != 0; at = source.steps[at].before) {
      const std::int32_t before = source.steps[source.steps[at].before].node;
      const std::uint32_t edge = source.steps[at].edge;
      nodes.push_back(source.steps[at].node);
      old.push_back(source.At(before).children[edge].name);
      moved.push_back(source.EdgeName(before, edge));
    }
    nodes.push_back(0);
    std::reverse(nodes.begin(), nodes.end());
    std::reverse(old.begin(), old.end());
    std::reverse(moved.begin(), moved.end());

    NewPath path;
    const std::string text = source.PathText(step);
    if (fate == Fate::kSame) {
      path.edges.assign(old.begin(), old.end());
      path.front = old.size();
    } else {
      auto read = ReadNewPath(old, source.renamed.at(step));
      if (!read) return Fail(std::move(read).error().With("renamed", fmt::format("'{}'", text)));
      path = *std::move(read);
    }
    const std::size_t length = path.edges.size();
    for (std::size_t i = 0; i < path.front; ++i) path.edges[i] = moved[i];
    for (std::size_t i = 1; i <= path.back; ++i) {
      path.edges[length - i] = moved[moved.size() - i];
    }

    const std::vector<Positions::Id> ids = positions_.Insert(path.edges);
    for (std::size_t i = 0; i <= path.front; ++i) {
      positions_.SetOrigin(ids[i], RefOf(part, nodes[i]));
    }
    for (std::size_t i = 0; i <= path.back; ++i) {
      positions_.SetOrigin(ids[length - i], RefOf(part, nodes[old.size() - i]));
    }
    const Ref ref = RefOf(part, nodes.back());
    const std::uint8_t wants = source.wants[static_cast<std::size_t>(ref.node)];
    const bool is_value = (wants & (kValue | kVariable | kSaver)) != 0;
    if (is_value && length == 0 && step != 0) return Fail(NoName(text));
    if (is_value) positions_.PutValue(ids.back(), ref, text);
    if ((wants & kOptimizer) != 0) positions_.PutOptimizer(ids.back(), ref);
    return {};
  }

  // Puts a slot that leaves its optimizer to its new place.
  Status PlaceSlot(std::size_t part, const Detached& slot) {
    const std::string old = sources_[part].NameOf(slot.node);
    auto path = ReadNewPath({}, slot.path);
    if (!path) return Fail(std::move(path).error().With("renamed", fmt::format("'{}'", old)));
    if (path->edges.empty()) return Fail(NoName(old));
    positions_.PutValue(positions_.Insert(path->edges).back(), RefOf(part, slot.node), old);
    return {};
  }

  static Error NoName(const std::string& text) {
    return Error(ErrorCode::kInvalidArgument, "object-graph/bad-path",
                 fmt::format("'{}' would become the empty name, which is the root's", text))
        .Hint("leave a name to every value");
  }

  Error Collision() const {
    const std::span<const Clash> clashes = positions_.clashes();
    Error error(ErrorCode::kUnmet, "object-graph/collision",
                fmt::format("{} would be the name of two different values",
                            clashes.size() == 1 ? fmt::format("'{}'", clashes[0].path)
                                                : Plural(clashes.size(), "path")));
    for (std::size_t i = 0; i < std::min(clashes.size(), kMostClashes); ++i) {
      error.details.push_back(
          {"path", fmt::format("'{}': {} and {}", clashes[i].path, SideText(clashes[i].first),
                               SideText(clashes[i].second))});
    }
    if (clashes.size() > kMostClashes) {
      error.details.push_back({"and", fmt::format("{} more", clashes.size() - kMostClashes)});
    }
    error.hint = sources_.size() > 1 ? "put one of the checkpoints below a prefix of its own, or "
                                       "leave one of the two values out"
                                     : "rename one of the two to another name, or leave it out";
    return error;
  }

  std::string SideText(const Clash::Side& side) const {
    if (sources_.size() == 1) return fmt::format("'{}'", side.path);
    const std::string& name = sources_[side.part].part->name;
    return fmt::format("'{}' of {}", side.path,
                       name.empty() ? fmt::format("part {}", side.part + 1) : name);
  }

  Draft Drafted() {
    Draft draft;
    std::map<Positions::Id, std::int32_t> number;
    const std::vector<Positions::Object> objects = positions_.Objects();
    for (const Positions::Object& object : objects) {
      number[object.id] = static_cast<std::int32_t>(draft.nodes.size());
      if (object.value) {
        const auto part = static_cast<std::size_t>(object.value->part);
        draft.Add(sources_[part], part, object.value->node);
      } else {
        draft.nodes.emplace_back();
        draft.provenance.emplace_back();
      }
    }
    for (std::size_t i = 0; i < objects.size(); ++i) {
      for (const auto& [name, child] : objects[i].children) {
        draft.nodes[i].children.push_back({number.at(child), name});
      }
    }
    for (std::size_t part = 0; part < sources_.size(); ++part) AddSlots(part, number, draft);
    return draft;
  }

  void AddSlots(std::size_t part, const std::map<Positions::Id, std::int32_t>& number,
                Draft& draft) {
    std::map<std::int32_t, std::int32_t> added;  // Slots that no edge leads to.
    for (const KeptSlot& kept : sources_[part].slots) {
      const std::int32_t node = kept.slot->slot;
      std::int32_t slot = -1;
      if (const auto reached = positions_.ObjectOf(RefOf(part, node))) {
        slot = number.at(*reached);
      } else {
        const auto [at, is_new] = added.try_emplace(node, 0);
        if (is_new) at->second = draft.Add(sources_[part], part, node);
        slot = at->second;
      }
      const auto optimizer = positions_.ObjectOf(RefOf(part, kept.optimizer));
      const auto variable = positions_.ObjectOf(RefOf(part, kept.slot->variable));
      draft.nodes[static_cast<std::size_t>(number.at(*optimizer))].slots.push_back(
          {number.at(*variable), kept.slot->name, slot});
    }
  }

  const std::span<const Source> sources_;
  Positions positions_;
};

}  // namespace

Result<Draft> Compose(std::span<const Source> sources) { return Composer(sources).Run(); }

}  // namespace regraft::object_graph
